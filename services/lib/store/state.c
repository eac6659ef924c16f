/* The state file: opening, transactions, errors.  See state.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/hex.h"
#include "base/mem.h"
#include "store/state.h"
#include "store/state_inner.h"

enum {
	STATE_APPLICATION_ID = 0x74776972, /* "twir" */
	/* 40,000 rows; given back by state_rest(). */
	CACHE_KIB = 8192,
	/* A commit writes the whole page of each row it changes: half of
	 * SQLite's default takes a quarter less time a row. */
	PAGE_BYTES = 2048,
	/* Pages in the log before they are copied into the file: 8 MiB. */
	CHECKPOINT_PAGES = 4000
};

static const char record_table[] =
    "CREATE TABLE record (id INTEGER PRIMARY KEY,"
    " connection INTEGER NOT NULL, side INTEGER NOT NULL, key TEXT NOT NULL,"
    " local_id TEXT NOT NULL, url TEXT NOT NULL, version TEXT NOT NULL,"
    " topic TEXT NOT NULL, offset INTEGER NOT NULL, state INTEGER NOT NULL,"
    " reason TEXT NOT NULL, body_hash BLOB NOT NULL,"
    " fingerprint BLOB NOT NULL, receipt_due INTEGER NOT NULL,"
    " verify_at_ms INTEGER NOT NULL, since_ms INTEGER NOT NULL, bytes BLOB,"
    " created BLOB NOT NULL, good_ms INTEGER NOT NULL DEFAULT 0);"
    "CREATE INDEX record_local ON record (connection, side, local_id)"
    " WHERE side = 1 AND local_id <> '';"
    "CREATE INDEX record_state ON record (connection, side, state)"
    " WHERE state <> 0;"
    "CREATE INDEX record_verify ON record (connection)"
    " WHERE verify_at_ms <> 0;"
    "CREATE UNIQUE INDEX record_moved ON record (connection, side, key)"
    " WHERE " STATE_MOVED ";";

static const char schema[] =
    "CREATE TABLE connection (id INTEGER PRIMARY KEY, name TEXT NOT NULL"
    " UNIQUE, written INTEGER NOT NULL DEFAULT 0,"
    " told INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE position (connection INTEGER NOT NULL, topic TEXT NOT NULL,"
    " read_end INTEGER NOT NULL, floor INTEGER NOT NULL,"
    " last_ms INTEGER NOT NULL, open BLOB NOT NULL,"
    " PRIMARY KEY (connection, topic)) WITHOUT ROWID;"
    "CREATE TABLE counter (connection INTEGER NOT NULL, name TEXT NOT NULL,"
    " value INTEGER NOT NULL, PRIMARY KEY (connection, name)) WITHOUT ROWID;"
    "CREATE TABLE value (scope TEXT NOT NULL, name TEXT NOT NULL,"
    " value TEXT NOT NULL, PRIMARY KEY (scope, name)) WITHOUT ROWID;";

static const char *const texts[SQL_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_CONNECTION_GET] =
	"SELECT id, written, told FROM connection WHERE name = ?1",
    [SQL_CONNECTION_ADD] = "INSERT INTO connection (name) VALUES (?1)",
    [SQL_CONNECTION_SAVE] =
	"UPDATE connection SET written = ?2, told = ?3 WHERE id = ?1",
    [SQL_ROW_ANY] = "SELECT 1 FROM record WHERE id >= ?1 AND id < ?2 LIMIT 1",
    [SQL_ROW_GET] = "SELECT " STATE_ROW_COLUMNS " FROM record WHERE id = ?1",
    /* Changes nothing where the place is another key's. */
    [SQL_ROW_PUT] =
	"INSERT INTO record (id, connection, side, " STATE_ROW_COLUMNS
	") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13,"
	" ?14, ?15, ?16, ?17, ?18, ?19) ON CONFLICT (id) DO UPDATE SET"
	" local_id = excluded.local_id, url = excluded.url,"
	" version = excluded.version, topic = excluded.topic,"
	" offset = excluded.offset, state = excluded.state,"
	" reason = excluded.reason, body_hash = excluded.body_hash,"
	" fingerprint = excluded.fingerprint,"
	" receipt_due = excluded.receipt_due,"
	" verify_at_ms = excluded.verify_at_ms,"
	" since_ms = excluded.since_ms, bytes = excluded.bytes,"
	" created = excluded.created, good_ms = excluded.good_ms WHERE key = "
	"excluded.key",
    [SQL_ROW_DELETE] = "DELETE FROM record WHERE id = ?1",
    [SQL_ROW_LOCAL] = "SELECT " STATE_ROW_COLUMNS " FROM record"
		      " WHERE id >= ?1 AND id < ?2"
		      " AND local_id = ?3 AND local_id <> '' LIMIT 1",
    /* Says which side, so that its index is found. */
    [SQL_ROW_LOCAL_PUBLISHED] = "SELECT " STATE_ROW_COLUMNS " FROM record"
				" WHERE connection = ?1 AND side = 1"
				" AND local_id = ?3 AND local_id <> '' LIMIT 1",
    [SQL_ROW_MOVED] = "SELECT id FROM record WHERE connection = ?1"
		      " AND side = ?2 AND key = ?3 AND " STATE_MOVED,
    [SQL_ROW_MOVED_ANY] = "SELECT 1 FROM record WHERE " STATE_MOVED " LIMIT 1",
    [SQL_POSITION_GET] = "SELECT topic, read_end, floor, last_ms, open"
			 " FROM position WHERE connection = ?1 AND topic = ?2",
    [SQL_POSITIONS] = "SELECT topic, read_end, floor, last_ms, open"
		      " FROM position WHERE connection = ?1",
    [SQL_POSITION_PUT] = "REPLACE INTO position (connection, topic, read_end,"
			 " floor, last_ms, open) VALUES (?1, ?2, ?3, ?4, ?5,"
			 " ?6)",
    [SQL_COUNT_GET] =
	"SELECT value FROM counter WHERE connection = ?1 AND name = ?2",
    [SQL_COUNT_ADD] = "INSERT INTO counter (connection, name, value)"
		      " VALUES (?1, ?2, ?3) ON CONFLICT (connection, name)"
		      " DO UPDATE SET value = value + excluded.value",
    [SQL_VALUE_GET] = "SELECT value FROM value WHERE scope = ?1 AND name = ?2",
    [SQL_VALUE_SET] =
	"REPLACE INTO value (scope, name, value) VALUES (?1, ?2, ?3)",
};

int
state_fail(struct state *s, int code, const char *what, struct err *err)
{
	/* Also a full disk, and SQLITE_MISUSE: what was to be written is lost,
	 * perhaps with all of its transaction, so a restart must look. */
	return err_set(err, ERR_FATAL, code, "state file: cannot %s: %s", what,
	    (code & 0xff) == SQLITE_FULL ? "no space left on the disk"
	    : s->db == NULL		 ? sqlite3_errstr(code)
					 : sqlite3_errmsg(s->db));
}

sqlite3_stmt *
state_sql(struct state *s, enum state_sql which, struct err *err)
{
	sqlite3_stmt **statement = &s->cached[which];
	int code;

	if (*statement != NULL)
		return *statement;
	code = sqlite3_prepare_v3(s->db, texts[which], -1,
	    SQLITE_PREPARE_PERSISTENT, statement, NULL);
	if (code != SQLITE_OK)
		state_fail(s, code, "prepare a statement", err);
	return *statement;
}

int
state_run(
    struct state *s, sqlite3_stmt *statement, const char *what, struct err *err)
{
	int code = sqlite3_step(statement);
	int result = 0;

	if (code != SQLITE_DONE && code != SQLITE_ROW)
		result = state_fail(s, code, what, err);
	sqlite3_reset(statement);
	return result;
}

const char *
state_text(sqlite3_stmt *statement, int i)
{
	const char *text = (const char *)sqlite3_column_text(statement, i);

	return text == NULL ? "" : text;
}

void *
state_hold(struct state *s, size_t size)
{
	if (size > s->held_size) {
		s->held = mem_grow(s->held, size, 1);
		s->held_size = size;
	}
	return s->held;
}

int
state_exec(struct state *s, const char *sql, const char *what, struct err *err)
{
	int code = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : state_fail(s, code, what, err);
}

/* First column of the first row of SQL, as text cut to SIZE; "" if none. */
static int
ask(struct state *s, const char *sql, char *out, size_t size, struct err *err)
{
	sqlite3_stmt *q;
	int code = sqlite3_prepare_v2(s->db, sql, -1, &q, NULL);

	if (code != SQLITE_OK)
		return state_fail(s, code, "be read", err);
	code = sqlite3_step(q);
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		snprintf(out, size, "%s",
		    code == SQLITE_ROW ? state_text(q, 0) : "");
	else
		state_fail(s, code, "be read", err);
	sqlite3_finalize(q);
	return code == SQLITE_ROW || code == SQLITE_DONE ? 0 : -1;
}

/* A file beside it, because closing any descriptor of the state file itself
 * would drop SQLite's own locks (POSIX locks belong to the process). */
static int
lock(struct state *s, const char *file, struct err *err)
{
	char *name = mem_printf("%s-lock", file);

	s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	free(name);
	if (s->lock_fd < 0)
		return err_set(err, ERR_FATAL, errno, "state file %.200s: %s",
		    file, strerror(errno));
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_FATAL, errno,
		    "state file %.200s is in use by another process", file);
	return err_set(err, ERR_FATAL, errno, "state file %.200s: %s", file,
	    strerror(errno));
}

int
state_make_tables(struct state *s, struct err *err)
{
	return state_exec(s, record_table, "be made", err);
}

/* One transaction: a crash leaves an empty file, which is made again. */
static int
create(struct state *s, struct err *err)
{
	char sql[160];

	if (state_exec(s, "BEGIN IMMEDIATE", "be made", err) != 0 ||
	    state_exec(s, schema, "be made", err) != 0 ||
	    state_make_tables(s, err) != 0)
		return -1;
	if (hex_random((sizeof(s->instance) - 1) / 2, s->instance) != 0)
		abort();
	snprintf(sql, sizeof(sql),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d;",
	    STATE_APPLICATION_ID, STATE_FORMAT);
	if (state_exec(s, sql, "be made", err) != 0 ||
	    state_set_value(s, "", "instance", s->instance, err) != 0 ||
	    state_exec(s, "COMMIT", "be made", err) != 0)
		return -1;
	return 0;
}

static int
check(struct state *s, const char *format, struct err *err)
{
	const char *instance;
	char answer[200];
	int found;

	if (strtol(format, NULL, 10) > STATE_FORMAT)
		return err_set(err, ERR_FATAL, 0,
		    "the state file has format %.20s, this program knows up to "
		    "%d: it was written by a newer version",
		    format, STATE_FORMAT);
	if (ask(s, "PRAGMA application_id", answer, sizeof(answer), err) != 0)
		return -1;
	if (strtol(answer, NULL, 10) != STATE_APPLICATION_ID ||
	    strtol(format, NULL, 10) < 1)
		return err_set(err, ERR_FATAL, 0,
		    "the state file is a database of another program");
	if (ask(s, "PRAGMA quick_check(1)", answer, sizeof(answer), err) != 0)
		return -1;
	if (strcmp(answer, "ok") != 0)
		return err_set(err, ERR_FATAL, SQLITE_CORRUPT,
		    "the state file is damaged (%s): move it away; it is "
		    "rebuilt from the topics",
		    answer);
	if (strtol(format, NULL, 10) < STATE_FORMAT &&
	    state_migrate(s, strtol(format, NULL, 10), err) != 0)
		return -1;
	found = state_value(s, "", "instance", &instance, err);
	if (found < 0)
		return -1;
	snprintf(
	    s->instance, sizeof(s->instance), "%s", found == 1 ? instance : "");
	return 0;
}

/*
 * What SQLite does by itself, but for its errors, which it would not tell: a
 * page that a failed sync lost is not written again, however well the next one
 * goes.  Returned, they are the commit's.
 */
static int
on_commit(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct state *s = ctx;
	int code = SQLITE_OK;

	if (pages >= CHECKPOINT_PAGES)
		code = sqlite3_wal_checkpoint_v2(
		    db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	if ((code & 0xff) == SQLITE_LOCKED)
		return SQLITE_OK; /* a query is under way: the next commit */
	s->checkpoint_code = code;
	return code;
}

static int
open_file(struct state *s, const char *file, struct err *err)
{
	char answer[64];
	/* Before SQLite makes it readable to all. */
	int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int code;

	if (fd < 0)
		return err_set(err, ERR_FATAL, errno, "%s", strerror(errno));
	/* One that was copied back may be anybody's to read; where it is not
	 * ours to change it is not ours to judge. */
	(void)fchmod(fd, 0600);
	close(fd);
	/* Each malloc() of SQLite's would take a lock to count bytes.  Changes
	 * nothing once a file was opened. */
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	code = sqlite3_open_v2(file, &s->db,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
	    NULL);
	if (code != SQLITE_OK)
		return state_fail(s, code, "be opened", err);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(s->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	snprintf(answer, sizeof(answer), "PRAGMA page_size = %d", PAGE_BYTES);
	/* Exclusive before WAL: no shared memory, no lock calls per read. */
	if (state_exec(s, answer, "be set up", err) != 0 ||
	    state_exec(
		s, "PRAGMA locking_mode = EXCLUSIVE", "be locked", err) != 0 ||
	    ask(s, "PRAGMA journal_mode = WAL", answer, sizeof(answer), err) !=
		0)
		return -1;
	if (strcmp(answer, "wal") != 0)
		return err_set(err, ERR_FATAL, 0,
		    "this file system takes no write-ahead log");
	snprintf(answer, sizeof(answer), "PRAGMA cache_size = -%d", CACHE_KIB);
	if (state_exec(s, answer, "be set up", err) != 0 ||
	    state_exec(s,
		"PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY",
		"be set up", err) != 0)
		return -1;
	sqlite3_wal_hook(s->db, on_commit, s);
	if (ask(s, "PRAGMA user_version", answer, sizeof(answer), err) != 0)
		return -1;
	if (strcmp(answer, "0") == 0) {
		char tables[16];

		if (ask(s, "SELECT count(*) FROM sqlite_schema", tables,
			sizeof(tables), err) != 0)
			return -1;
		if (strcmp(tables, "0") == 0)
			return create(s, err);
	}
	return check(s, answer, err);
}

struct state *
state_open(const char *file, struct err *err)
{
	struct state *s = mem_new(1, sizeof(*s));

	s->lock_fd = -1;
	if (lock(s, file, err) != 0) {
		state_close(s);
		return NULL;
	}
	if (open_file(s, file, err) != 0) {
		err_wrap(err, "%.200s", file);
		state_close(s);
		return NULL;
	}
	return s;
}

void
state_close(struct state *s)
{
	if (s == NULL)
		return;
	for (int i = 0; i < SQL_COUNT; i++)
		sqlite3_finalize(s->cached[i]);
	/* The last connection checkpoints; what fails is in the log still. */
	sqlite3_close(s->db);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	state_connections_forget(s);
	free(s->held);
	free(s);
}

void
state_rest(struct state *s)
{
	sqlite3_db_release_memory(s->db);
}

const char *
state_instance(const struct state *s)
{
	return s->instance;
}

int
state_begin(struct state *s, struct err *err)
{
	sqlite3_stmt *q = state_sql(s, SQL_BEGIN, err);

	return q == NULL ? -1 : state_run(s, q, "begin", err);
}

int
state_commit(struct state *s, struct err *err)
{
	sqlite3_stmt *q = state_sql(s, SQL_COMMIT, err);

	if (q == NULL || state_connections_save(s, err) != 0)
		return -1;
	if (state_run(s, q, "commit", err) == 0)
		return 0;
	if (s->checkpoint_code != SQLITE_OK)
		err_set(err, ERR_FATAL, s->checkpoint_code,
		    "state file: its log cannot be written back: %s",
		    sqlite3_errstr(s->checkpoint_code));
	return -1;
}

int
state_is_begun(const struct state *s)
{
	return !sqlite3_get_autocommit(s->db);
}

void
state_rollback(struct state *s)
{
	/* SQLite may have rolled back by itself already. */
	if (state_is_begun(s))
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	state_connections_forget(s);
}

int
state_sync(struct state *s, struct err *err)
{
	sqlite3_file *log = NULL;
	int code;

	/* With synchronous=NORMAL commits are in the log, unsynced; what has
	 * left the log has been synced by the checkpoint. */
	code = sqlite3_file_control(
	    s->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	if (code == SQLITE_OK && log != NULL && log->pMethods != NULL)
		code = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
	return code == SQLITE_OK ? 0
				 : err_set(err, ERR_FATAL, code,
				       "state file: cannot be synced: %s",
				       sqlite3_errstr(code));
}
