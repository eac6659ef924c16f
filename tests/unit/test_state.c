#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/state.h"

static char folder[64];
static char file[96];

static int
make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/test_state.XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(file, sizeof(file), "%s/state", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
	char name[128];

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
	return rmdir(folder);
}

static struct state *
open_it(void)
{
	struct err err = {0};
	struct state *s = state_open(file, &err);

	if (s == NULL)
		fail_msg("%s", err.msg);
	return s;
}

static struct state_row
row_of(const char *key, int64_t offset)
{
	struct state_row r = {.key = key,
	    .local_id = "",
	    .url = "",
	    .version = "",
	    .topic = "tw.events.mag",
	    .offset = offset,
	    .reason = ""};

	return r;
}

static void
a_file_keeps_its_instance(void **state)
{
	struct state *s = open_it();
	char instance[64];
	struct stat st;

	(void)state;
	assert_int_equal(strlen(state_instance(s)), 32);
	snprintf(instance, sizeof(instance), "%s", state_instance(s));
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
	state_close(s);
	s = open_it();
	assert_string_equal(state_instance(s), instance);
	state_close(s);
	state_close(NULL);
}

static void
a_second_process_is_refused(void **state)
{
	struct state *s = open_it();
	struct err err = {0};
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0)
		_exit(state_open(file, &err) == NULL &&
			      err.class == ERR_FATAL &&
			      strstr(err.msg, "in use") != NULL
			  ? 0
			  : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	state_close(s);
}

static void
rows_come_back_as_they_were_put(void **state)
{
	struct state *s = open_it();
	struct state_row in = row_of("web.17@mag", 42), out;

	(void)state;
	in.local_id = "17";
	in.url = "https://example.org/17";
	in.version = "v1";
	in.state = STATE_PARKED;
	in.reason = "http_503";
	memset(in.body_hash, 1, STATE_HASH_SIZE);
	memset(in.fingerprint, 2, STATE_HASH_SIZE);
	in.receipt_due = 1;
	in.verify_at_ms = 5;
	in.since_ms = 6;
	in.record = "a\0b";
	in.record_size = 3;
	assert_int_equal(
	    state_get(s, "c1", STATE_SUBSCRIBED, in.key, &out, NULL), 0);
	assert_int_equal(state_put(s, "c1", STATE_SUBSCRIBED, &in, NULL), 0);
	assert_int_equal(
	    state_get(s, "c1", STATE_SUBSCRIBED, in.key, &out, NULL), 1);
	assert_string_equal(out.key, in.key);
	assert_string_equal(out.local_id, in.local_id);
	assert_string_equal(out.url, in.url);
	assert_string_equal(out.version, in.version);
	assert_string_equal(out.topic, in.topic);
	assert_string_equal(out.reason, in.reason);
	assert_int_equal(out.offset, 42);
	assert_int_equal(out.state, STATE_PARKED);
	assert_memory_equal(out.body_hash, in.body_hash, STATE_HASH_SIZE);
	assert_memory_equal(out.fingerprint, in.fingerprint, STATE_HASH_SIZE);
	assert_int_equal(out.receipt_due, 1);
	assert_int_equal(out.verify_at_ms, 5);
	assert_int_equal(out.since_ms, 6);
	assert_int_equal(out.record_size, 3);
	assert_memory_equal(out.record, "a\0b", 3);

	/* Other connections and the other side have rows of their own. */
	assert_int_equal(
	    state_get(s, "c2", STATE_SUBSCRIBED, in.key, &out, NULL), 0);
	assert_int_equal(
	    state_get(s, "c1", STATE_PUBLISHED, in.key, &out, NULL), 0);

	in.record = NULL;
	in.record_size = 0;
	in.offset = 43;
	assert_int_equal(state_put(s, "c1", STATE_SUBSCRIBED, &in, NULL), 0);
	assert_int_equal(
	    state_get(s, "c1", STATE_SUBSCRIBED, in.key, &out, NULL), 1);
	assert_int_equal(out.offset, 43);
	assert_null(out.record);
	assert_int_equal(
	    state_delete(s, "c1", STATE_SUBSCRIBED, in.key, NULL), 0);
	assert_int_equal(
	    state_get(s, "c1", STATE_SUBSCRIBED, in.key, &out, NULL), 0);
	assert_int_equal(
	    state_delete(s, "c1", STATE_SUBSCRIBED, in.key, NULL), 0);
	state_close(s);
}

static void
rows_are_found_by_the_systems_own_id(void **state)
{
	struct state *s = open_it();
	struct state_row row = row_of("a", 1), out;

	(void)state;
	assert_int_equal(state_put(s, "c", STATE_PUBLISHED, &row, NULL), 0);
	row.key = "b";
	row.local_id = "17";
	assert_int_equal(state_put(s, "c", STATE_PUBLISHED, &row, NULL), 0);
	assert_int_equal(
	    state_find_local(s, "c", STATE_PUBLISHED, "17", &out, NULL), 1);
	assert_string_equal(out.key, "b");
	assert_int_equal(
	    state_find_local(s, "c", STATE_PUBLISHED, "", &out, NULL), 0);
	assert_int_equal(
	    state_find_local(s, "c", STATE_SUBSCRIBED, "17", &out, NULL), 0);
	state_close(s);
}

static int
collect(void *ctx, const struct state_row *row)
{
	char *seen = ctx;
	size_t at = 0, size = strlen(seen);

	while (seen[at] != '\0' && seen[at] < row->key[0])
		at++;
	memmove(seen + at + 1, seen + at, size - at + 1);
	seen[at] = row->key[0];
	return 0;
}

/* The keys that are due, MAX at a time, '|' after each time. */
static void
collect_due(struct state *s, int64_t last, size_t max, char *seen)
{
	struct state_due due = {
	    .side = STATE_SUBSCRIBED, .last = last, .max = max};
	char some[16];

	seen[0] = '\0';
	do {
		some[0] = '\0';
		assert_int_equal(
		    state_scan_due(s, "x", &due, collect, some, NULL), 0);
		strcat(seen, some);
		strcat(seen, "|");
	} while (some[0] != '\0');
}

static void
scans_pick_rows_by_state_and_time(void **state)
{
	static const struct {
		const char *key;
		enum state_row_state state;
		int due;
		int64_t verify;
	} rows[] = {{"c", STATE_DELIVERED, 1, 0}, {"a", STATE_PARKED, 0, 9},
	    {"b", STATE_DELIVERED, 1, 0}, {"d", STATE_REFUSED, 0, 0}};
	struct state *s = open_it();
	char seen[16];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct state_row r = row_of(rows[i].key, 1);

		r.state = rows[i].state;
		r.receipt_due = rows[i].due;
		r.verify_at_ms = rows[i].verify;
		state_put(s, "x", STATE_SUBSCRIBED, &r, NULL);
	}
	seen[0] = '\0';
	state_scan(s, "x", STATE_SUBSCRIBED, -1, collect, seen, NULL);
	assert_string_equal(seen, "abcd");
	seen[0] = '\0';
	state_scan(
	    s, "x", STATE_SUBSCRIBED, STATE_DELIVERED, collect, seen, NULL);
	assert_string_equal(seen, "bc");
	seen[0] = '\0';
	state_scan(s, "x", STATE_SUBSCRIBED, STATE_PARKED, collect, seen, NULL);
	assert_string_equal(seen, "a");
	seen[0] = '\0';
	state_scan_verify(s, "x", collect, seen, NULL);
	assert_string_equal(seen, "a");
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 4);
	assert_int_equal(
	    state_count(s, "x", STATE_SUBSCRIBED, STATE_DELIVERED, NULL), 2);
	assert_int_equal(
	    state_count(s, "x", STATE_SUBSCRIBED, STATE_REFUSED, NULL), 1);
	assert_int_equal(state_count(s, "y", STATE_SUBSCRIBED, -1, NULL), 0);
	state_close(s);
}

static void
what_is_due_stands_above_the_mark(void **state)
{
	struct state *s = open_it();
	struct state_row row = row_of("a", 1);
	char seen[16];

	(void)state;
	assert_int_equal(state_written(s, "x", NULL), 0);
	state_begin(s, NULL);
	row.receipt_due = 1;
	for (const char *key = "abcd"; *key != '\0'; key++) {
		char text[] = {*key, '\0'};

		row.key = text;
		state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	}
	row.receipt_due = 0;
	row.key = "b";
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	state_commit(s, NULL);
	assert_int_equal(state_written(s, "x", NULL), 4);
	collect_due(s, 4, 10, seen);
	assert_string_equal(seen, "acd||");
	collect_due(s, 3, 10, seen);
	assert_string_equal(seen, "ac||");
	collect_due(s, 4, 2, seen);
	assert_int_equal(strlen(seen), 6); /* two, one, none */

	state_begin(s, NULL);
	state_set_told(s, "x", 3, NULL);
	state_set_told(s, "x", 2, NULL);
	state_commit(s, NULL);
	state_close(s);
	s = open_it();
	assert_int_equal(state_told(s, "x", NULL), 3);
	assert_int_equal(state_written(s, "x", NULL), 4);
	collect_due(s, 4, 10, seen);
	assert_string_equal(seen, "d||");
	state_get(s, "x", STATE_SUBSCRIBED, "d", &row, NULL);
	assert_int_equal(row.receipt_due, 4);
	state_get(s, "x", STATE_SUBSCRIBED, "a", &row, NULL);
	assert_int_equal(row.receipt_due, 0);
	state_close(s);
}

/* A count is taken once and then kept up. */
static void
rows_are_counted_as_they_come_and_go(void **state)
{
	struct state *s = open_it();
	struct state_row row = row_of("a", 1);

	(void)state;
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 1);
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 1);
	row.key = "b";
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	state_put(s, "x", STATE_PUBLISHED, &row, NULL);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 2);
	state_delete(s, "x", STATE_SUBSCRIBED, "c", NULL);
	state_delete(s, "x", STATE_SUBSCRIBED, "a", NULL);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 1);
	state_begin(s, NULL);
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	state_delete(s, "x", STATE_SUBSCRIBED, "b", NULL);
	state_rollback(s);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 1);
	state_delete_all(s, "x", STATE_SUBSCRIBED, NULL);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 0);
	assert_int_equal(state_count(s, "x", STATE_PUBLISHED, -1, NULL), 1);
	state_close(s);
}

static void
rows_are_counted_by_when_they_came_to_be_so(void **state)
{
	static const struct {
		const char *key, *reason;
		enum state_row_state state;
		int64_t since;
	} rows[] = {{"a", "x", STATE_REFUSED, 10},
	    {"b", "x", STATE_REFUSED, 20}, {"c", "x", STATE_REFUSED, 30},
	    {"d", "dropped", STATE_REFUSED, 20}, {"e", "x", STATE_PARKED, 20}};
	const struct state_span span = {STATE_REFUSED, "dropped", 15, 30};
	struct state *s = open_it();
	int64_t first = -1;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct state_row r = row_of(rows[i].key, 1);

		r.state = rows[i].state;
		r.reason = rows[i].reason;
		r.since_ms = rows[i].since;
		state_put(s, "x", STATE_SUBSCRIBED, &r, NULL);
	}
	assert_int_equal(
	    state_count_span(s, "x", STATE_SUBSCRIBED, &span, &first, NULL), 1);
	assert_int_equal(first, 20);
	assert_int_equal(
	    state_count_span(s, "x", STATE_PUBLISHED, &span, &first, NULL), 0);
	assert_int_equal(
	    state_count_span(s, "y", STATE_SUBSCRIBED, &span, &first, NULL), 0);
	assert_int_equal(first, 20);
	state_close(s);
}

static void
positions_keep_what_is_open(void **state)
{
	static const int64_t open[] = {3, 7, INT64_C(1) << 40};
	struct state_position in = {"tw.events.mag", 9, 2, 1000, open, 3}, out;
	struct state *s = open_it();

	(void)state;
	assert_int_equal(
	    state_get_position(s, "c", "tw.events.mag", &out, NULL), 0);
	assert_int_equal(state_put_position(s, "c", &in, NULL), 0);
	assert_int_equal(
	    state_get_position(s, "c", "tw.events.mag", &out, NULL), 1);
	assert_string_equal(out.topic, "tw.events.mag");
	assert_int_equal(out.read_end, 9);
	assert_int_equal(out.floor, 2);
	assert_int_equal(out.last_ms, 1000);
	assert_int_equal(out.n_open, 3);
	assert_memory_equal(out.open, open, sizeof(open));
	/* What was lent out may be put again. */
	out.n_open = 1;
	assert_int_equal(state_put_position(s, "c", &out, NULL), 0);
	assert_int_equal(
	    state_get_position(s, "c", "tw.events.mag", &out, NULL), 1);
	assert_int_equal(out.n_open, 1);
	assert_int_equal(out.open[0], 3);
	in.topic = "tw.a";
	in.n_open = 0;
	in.open = NULL;
	assert_int_equal(state_put_position(s, "c", &in, NULL), 0);
	state_close(s);
}

static void
counters_add_and_values_replace(void **state)
{
	struct state *s = open_it();
	const char *value;

	(void)state;
	assert_int_equal(state_count_get(s, "c", "applied", NULL), 0);
	state_count_add(s, "c", "applied", 3, NULL);
	state_count_add(s, "c", "applied", -1, NULL);
	state_count_add(s, "c", "stale", 7, NULL);
	assert_int_equal(state_count_get(s, "c", "applied", NULL), 2);
	assert_int_equal(state_count_get(s, "d", "applied", NULL), 0);
	assert_int_equal(state_value(s, "c", "cursor", &value, NULL), 0);
	state_set_value(s, "c", "cursor", "1", NULL);
	state_set_value(s, "c", "cursor", "2", NULL);
	assert_int_equal(state_value(s, "c", "cursor", &value, NULL), 1);
	assert_string_equal(value, "2");
	assert_int_equal(state_value(s, "", "cursor", &value, NULL), 0);
	state_close(s);
}

/* What was looked for in vain is not looked for again until it comes. */
static void
a_row_is_found_as_soon_as_it_is_there(void **state)
{
	struct state *s = open_it();
	struct state_row row = row_of("k", 1), out;

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++)
			assert_int_equal(state_get(s, "c", STATE_SUBSCRIBED,
					     "k", &out, NULL),
			    0);
		state_put(s, "c", STATE_SUBSCRIBED, &row, NULL);
		assert_int_equal(
		    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, NULL), 1);
		state_delete(s, "c", STATE_SUBSCRIBED, "k", NULL);
	}
	state_put(s, "c", STATE_SUBSCRIBED, &row, NULL);
	assert_int_equal(state_begin(s, NULL), 0);
	state_delete(s, "c", STATE_SUBSCRIBED, "k", NULL);
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, NULL), 0);
	state_rollback(s);
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, NULL), 1);
	state_close(s);
}

static void
a_rollback_undoes_all_also_new_connections(void **state)
{
	struct state *s = open_it();
	struct state_row row = row_of("k", 1), out;

	(void)state;
	state_rollback(s);
	assert_int_equal(state_begin(s, NULL), 0);
	state_put(s, "c", STATE_SUBSCRIBED, &row, NULL);
	state_rollback(s);
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, NULL), 0);
	assert_int_equal(state_begin(s, NULL), 0);
	state_put(s, "d", STATE_SUBSCRIBED, &row, NULL);
	state_put(s, "c", STATE_PUBLISHED, &row, NULL);
	assert_int_equal(state_commit(s, NULL), 0);
	assert_int_equal(state_sync(s, NULL), 0);
	assert_int_equal(
	    state_get(s, "d", STATE_SUBSCRIBED, "k", &out, NULL), 1);
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, NULL), 0);
	assert_int_equal(
	    state_get(s, "c", STATE_PUBLISHED, "k", &out, NULL), 1);
	state_close(s);
}

static void
write_file(const char *bytes, size_t size)
{
	FILE *f = fopen(file, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static void
run_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(file, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

/* Two keys with one hash: the one's row becomes another key's. */
static void
a_key_whose_place_is_taken_has_a_row_all_the_same(void **state)
{
	struct state_row row = row_of("a", 1);
	struct state *s = open_it();

	(void)state;
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	state_close(s);
	run_sql("UPDATE record SET key = 'other'");
	s = open_it();
	assert_int_equal(
	    state_get(s, "x", STATE_SUBSCRIBED, "a", &row, NULL), 0);
	for (int64_t offset = 2; offset < 4; offset++) {
		row = row_of("a", offset);
		assert_int_equal(
		    state_put(s, "x", STATE_SUBSCRIBED, &row, NULL), 0);
		assert_int_equal(
		    state_get(s, "x", STATE_SUBSCRIBED, "a", &row, NULL), 1);
		assert_int_equal(row.offset, offset);
	}
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 2);
	state_close(s);

	/* Its place becomes free: it stays where it was moved to. */
	run_sql("DELETE FROM record WHERE key = 'other'");
	s = open_it();
	row = row_of("a", 5);
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 1);
	assert_int_equal(
	    state_get(s, "x", STATE_SUBSCRIBED, "a", &row, NULL), 1);
	assert_int_equal(row.offset, 5);
	state_delete(s, "x", STATE_SUBSCRIBED, "a", NULL);
	assert_int_equal(
	    state_get(s, "x", STATE_SUBSCRIBED, "a", &row, NULL), 0);
	assert_int_equal(state_count(s, "x", STATE_SUBSCRIBED, -1, NULL), 0);
	state_close(s);
}

static void
a_file_of_format_1_is_taken_over(void **state)
{
	static const char tables[] =
	    "PRAGMA application_id = 1953982834; PRAGMA user_version = 1;"
	    "CREATE TABLE connection (id INTEGER PRIMARY KEY, name TEXT NOT "
	    "NULL UNIQUE);"
	    "CREATE TABLE record (id INTEGER PRIMARY KEY,"
	    " connection INTEGER NOT NULL, side INTEGER NOT NULL,"
	    " key TEXT NOT NULL, local_id TEXT NOT NULL, url TEXT NOT NULL,"
	    " version TEXT NOT NULL, topic TEXT NOT NULL,"
	    " offset INTEGER NOT NULL, state INTEGER NOT NULL,"
	    " reason TEXT NOT NULL, body_hash BLOB NOT NULL,"
	    " fingerprint BLOB NOT NULL, receipt_due INTEGER NOT NULL,"
	    " verify_at_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL,"
	    " bytes BLOB, created BLOB NOT NULL,"
	    " UNIQUE (connection, side, key));"
	    "CREATE INDEX record_local ON record (connection, side, local_id)"
	    " WHERE side = 1 AND local_id <> '';"
	    "CREATE INDEX record_state ON record (connection, side, state)"
	    " WHERE state <> 0;"
	    "CREATE INDEX record_due ON record (connection, side)"
	    " WHERE receipt_due = 1;"
	    "CREATE INDEX record_verify ON record (connection)"
	    " WHERE verify_at_ms <> 0;"
	    "CREATE TABLE value (scope TEXT NOT NULL, name TEXT NOT NULL,"
	    " value TEXT NOT NULL, PRIMARY KEY (scope, name)) WITHOUT ROWID;";
	static const char rows[] =
	    "INSERT INTO value VALUES ('', 'instance', 'abc');"
	    "INSERT INTO connection VALUES (7, 'x');"
	    "INSERT INTO record VALUES (1, 7, 0, 'a', '17', '/17', 'v', 't', 4,"
	    " 1, 'bad', '0123456789abcdef', '', 1, 0, 99, 'kept', '');"
	    "INSERT INTO record VALUES (2, 7, 1, 'b', '18', '', '', 't', 5, 0,"
	    " '', '', '', 0, 0, 0, NULL, '');";
	struct state_row row;
	struct state *s;

	(void)state;
	run_sql(tables);
	run_sql(rows);
	for (int round = 0; round < 2; round++) {
		s = open_it();
		assert_string_equal(state_instance(s), "abc");
		assert_int_equal(
		    state_get(s, "x", STATE_SUBSCRIBED, "a", &row, NULL), 1);
		assert_string_equal(row.local_id, "17");
		assert_string_equal(row.reason, "bad");
		assert_int_equal(row.state, STATE_REFUSED);
		assert_memory_equal(
		    row.body_hash, "0123456789abcdef", STATE_HASH_SIZE);
		assert_memory_equal(row.record, "kept", 4);
		assert_int_equal(row.since_ms, 99);
		assert_int_equal(row.receipt_due, 1);
		assert_int_equal(state_written(s, "x", NULL), 1);
		assert_int_equal(
		    state_find_local(s, "x", STATE_PUBLISHED, "18", &row, NULL),
		    1);
		assert_string_equal(row.key, "b");
		assert_int_equal(row.receipt_due, 0);
		state_close(s);
	}
}

static void
a_file_of_format_2_is_taken_over(void **state)
{
	struct state_row row = row_of("a", 4);
	struct state *s = open_it();

	(void)state;
	row.state = STATE_PARKED;
	row.good_ms = 7;
	state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
	state_close(s);
	run_sql("ALTER TABLE record DROP COLUMN good_ms;"
		"PRAGMA user_version = 2;");
	for (int64_t good_ms = 0; good_ms < 10; good_ms += 9) {
		s = open_it();
		assert_int_equal(
		    state_get(s, "x", STATE_SUBSCRIBED, "a", &row, NULL), 1);
		assert_int_equal(row.offset, 4);
		assert_int_equal(row.state, STATE_PARKED);
		assert_int_equal(row.good_ms, good_ms);
		row.good_ms = 9;
		state_put(s, "x", STATE_SUBSCRIBED, &row, NULL);
		state_close(s);
	}
}

static void
expect_refusal(const char *words)
{
	struct err err = {0};

	assert_null(state_open(file, &err));
	assert_int_equal(err.class, ERR_FATAL);
	if (strstr(err.msg, words) == NULL)
		fail_msg("no \"%s\" in \"%s\"", words, err.msg);
}

static void
files_that_are_not_ours_are_refused(void **state)
{
	char text[5000];
	char *name;
	struct err err = {0};

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file(text, sizeof(text));
	expect_refusal("not a database");
	unlink(file);
	run_sql("CREATE TABLE mine (x)");
	expect_refusal("another program");
	unlink(file);
	state_close(open_it());
	run_sql("PRAGMA user_version = 99");
	expect_refusal("newer version");
	name = mem_printf("%s/missing/state", folder);
	assert_null(state_open(name, &err));
	assert_int_equal(err.class, ERR_FATAL);
	free(name);
}

static void
a_damaged_file_is_fatal(void **state)
{
	struct state *s = open_it();
	struct state_row row = row_of("k", 1);
	char key[32], junk[4096];
	FILE *f;

	(void)state;
	state_begin(s, NULL);
	for (int i = 0; i < 2000; i++) {
		snprintf(key, sizeof(key), "key-%d", i);
		row.key = key;
		state_put(s, "c", STATE_SUBSCRIBED, &row, NULL);
	}
	state_commit(s, NULL);
	state_close(s);
	f = fopen(file, "r+e");
	assert_non_null(f);
	memset(junk, 0x5a, sizeof(junk));
	for (int page = 10; page < 30; page++) {
		fseek(f, page * 4096L, SEEK_SET);
		fwrite(junk, 1, sizeof(junk), f);
	}
	fclose(f);
	expect_refusal("damaged");
}

/* SQLite's own file layer with a disk that can be full or broken. */
static int disk_answer = SQLITE_OK;
static sqlite3_io_methods real_methods, methods[2]; /* file, logs */
static int (*real_open)(
    sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);

static int
disk_write(sqlite3_file *f, const void *data, int size, sqlite3_int64 at)
{
	return disk_answer != SQLITE_OK
		   ? disk_answer
		   : real_methods.xWrite(f, data, size, at);
}

static int
disk_sync(sqlite3_file *f, int flags)
{
	return disk_answer != SQLITE_OK ? disk_answer
					: real_methods.xSync(f, flags);
}

static int
disk_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *f, int flags,
    int *out_flags)
{
	int code = real_open(vfs, name, f, flags, out_flags);

	if (code == SQLITE_OK) {
		sqlite3_io_methods *m =
		    &methods[(flags & SQLITE_OPEN_MAIN_DB) == 0];

		real_methods = *m = *f->pMethods;
		m->xWrite = disk_write;
		m->xSync = disk_sync;
		f->pMethods = m;
	}
	return code;
}

static void
a_log_made_anew_is_forgotten_alone(void **state)
{
	static const int64_t open[] = {3, 5};
	struct state_position p = {"tw.events.mag", 9, 2, 1000, open, 2};
	struct state_row row = row_of("a", 4);
	struct state *s = open_it();
	int64_t n_open = -1;

	(void)state;
	state_put_position(s, "c", &p, NULL);
	state_put(s, "c", STATE_SUBSCRIBED, &row, NULL);
	state_put(s, "c", STATE_PUBLISHED, &row, NULL);
	state_put(s, "c", STATE_TOLD, &row, NULL);
	p.topic = row.topic = "tw.events.uclg";
	row.key = "b";
	state_put_position(s, "c", &p, NULL);
	state_put(s, "c", STATE_SUBSCRIBED, &row, NULL);
	assert_int_equal(
	    state_forget_log(s, "c", "tw.events.mag", &n_open, NULL), 0);
	assert_int_equal(n_open, 2);
	assert_int_equal(
	    state_get_position(s, "c", "tw.events.mag", &p, NULL), 0);
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "a", &row, NULL), 1);
	assert_int_equal(row.offset, -1);
	assert_int_equal(
	    state_get(s, "c", STATE_PUBLISHED, "a", &row, NULL), 1);
	assert_int_equal(row.offset, 4);
	assert_int_equal(state_get(s, "c", STATE_TOLD, "a", &row, NULL), 0);
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "b", &row, NULL), 1);
	assert_int_equal(row.offset, 4);
	row = row_of("held", 8);
	row.state = STATE_REMOVED;
	state_put(s, "c", STATE_PUBLISHED, &row, NULL);
	assert_int_equal(state_forget_log(s, "c", NULL, &n_open, NULL), 0);
	assert_int_equal(n_open, 2);
	assert_int_equal(
	    state_get_position(s, "c", "tw.events.uclg", &p, NULL), 0);
	assert_int_equal(
	    state_get(s, "c", STATE_PUBLISHED, "a", &row, NULL), 1);
	assert_int_equal(row.offset, -1);
	assert_int_equal(
	    state_get(s, "c", STATE_PUBLISHED, "held", &row, NULL), 1);
	assert_int_equal(row.offset, 8);
	assert_int_equal(state_forget_log(s, "new", NULL, &n_open, NULL), 0);
	assert_int_equal(n_open, 0);
	state_close(s);
}

static void
a_full_disk_is_fatal_and_so_is_a_broken_one(void **state)
{
	static sqlite3_vfs vfs;
	struct state_row row = row_of("k", 1), out;
	struct err err = {0};
	struct state *s;

	(void)state;
	sqlite3_initialize();
	vfs = *sqlite3_vfs_find(NULL);
	real_open = vfs.xOpen;
	vfs.zName = "disk";
	vfs.xOpen = disk_open;
	sqlite3_vfs_register(&vfs, 1);
	s = open_it();
	assert_int_equal(state_put(s, "c", STATE_SUBSCRIBED, &row, &err), 0);
	disk_answer = SQLITE_FULL;
	row.offset = 2;
	assert_int_equal(state_begin(s, &err), 0);
	assert_int_equal(state_put(s, "c", STATE_SUBSCRIBED, &row, &err), 0);
	assert_int_equal(state_commit(s, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(strstr(err.msg, "no space left"));
	assert_false(state_is_begun(s));
	state_rollback(s);
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, &err), 1);
	assert_int_equal(out.offset, 1);
	disk_answer = SQLITE_OK;
	assert_int_equal(state_put(s, "c", STATE_SUBSCRIBED, &row, &err), 0);
	disk_answer = SQLITE_IOERR_FSYNC;
	row.offset = 3;
	assert_int_equal(state_sync(s, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_int_equal(state_put(s, "c", STATE_SUBSCRIBED, &row, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	disk_answer = SQLITE_OK;
	state_close(s);
	sqlite3_vfs_unregister(&vfs);
	s = open_it();
	assert_int_equal(
	    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, NULL), 1);
	assert_int_equal(out.offset, 2);
	state_close(s);
}

/* Killed at some point of many transactions: what was committed is there,
 * whole, and the file opens. */
static void
a_kill_loses_nothing_that_was_committed(void **state)
{
	(void)state;
	for (int round = 0; round < 5; round++) {
		struct state *s;
		struct state_row row = row_of("k", 1), out;
		int64_t told = -1, value;
		int pipes[2], status;
		pid_t pid;

		assert_int_equal(pipe(pipes), 0);
		pid = fork();
		if (pid == 0) {
			close(pipes[0]);
			s = state_open(file, NULL);
			for (int64_t i = 0; s != NULL; i++) {
				row.offset = i;
				state_begin(s, NULL);
				state_put(s, "c", STATE_SUBSCRIBED, &row, NULL);
				state_count_add(s, "c", "n",
				    i - state_count_get(s, "c", "n", NULL),
				    NULL);
				state_commit(s, NULL);
				if (write(pipes[1], &i, sizeof(i)) < 0)
					break;
			}
			_exit(1);
		}
		close(pipes[1]);
		for (int i = 0; i < 200 * (round + 1); i++)
			assert_int_equal(
			    read(pipes[0], &told, sizeof(told)), sizeof(told));
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		while (read(pipes[0], &value, sizeof(value)) == sizeof(value))
			told = value;
		close(pipes[0]);
		s = open_it();
		assert_int_equal(
		    state_get(s, "c", STATE_SUBSCRIBED, "k", &out, NULL), 1);
		assert_true(out.offset >= told);
		assert_int_equal(
		    state_count_get(s, "c", "n", NULL), out.offset);
		state_close(s);
	}
}

/* Killed while the file is being made. */
static void
a_kill_while_making_it_leaves_a_file_that_opens(void **state)
{
	(void)state;
	for (int round = 0; round < 12; round++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			state_close(state_open(file, NULL));
			_exit(0);
		}
		usleep((useconds_t)round * 300);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		state_close(open_it());
		unlink(file);
	}
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_file_keeps_its_instance),
	    TEST(a_second_process_is_refused),
	    TEST(rows_come_back_as_they_were_put),
	    TEST(rows_are_found_by_the_systems_own_id),
	    TEST(scans_pick_rows_by_state_and_time),
	    TEST(what_is_due_stands_above_the_mark),
	    TEST(a_row_is_found_as_soon_as_it_is_there),
	    TEST(rows_are_counted_as_they_come_and_go),
	    TEST(a_key_whose_place_is_taken_has_a_row_all_the_same),
	    TEST(a_file_of_format_1_is_taken_over),
	    TEST(a_file_of_format_2_is_taken_over),
	    TEST(rows_are_counted_by_when_they_came_to_be_so),
	    TEST(positions_keep_what_is_open),
	    TEST(counters_add_and_values_replace),
	    TEST(a_rollback_undoes_all_also_new_connections),
	    TEST(files_that_are_not_ours_are_refused),
	    TEST(a_damaged_file_is_fatal),
	    TEST(a_log_made_anew_is_forgotten_alone),
	    TEST(a_full_disk_is_fatal_and_so_is_a_broken_one),
	    TEST(a_kill_loses_nothing_that_was_committed),
	    TEST(a_kill_while_making_it_leaves_a_file_that_opens),
	};

	return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
