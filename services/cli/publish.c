/* twinwire publish: records of files onto the wire. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/count.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/scan.h"
#include "cli/spool.h"
#include "event/members.h"
#include "event/rules.h"
#include "wire/reader.h"

enum { FLUSH_MS = 30000, PROGRESS_EACH = 100, MAILBOXES_MAX = 64 };

/* What the command line says. */
struct order {
	const char *member, *ns, *template, *members_file;
	const char *brokers, *registry, *conf; /* offline: taken, not used */
	int is_dry, is_strip, is_partial;
	enum record_type type;
	jv mailboxes; /* array of strings, or invalid */
	const char *allowed[MAILBOXES_MAX + 1];
	struct rules_conf rules;
};

static const char summary[] =
    "Publish the records of files (or of stdin): JSON, JSON Lines, or a table "
    "(CSV with\n, ; or tabs, in UTF-8 or Windows-1251).  TYPE is events, "
    "claims or organizations.\nAll records are checked first; one that is "
    "wrong is named with its row and column\nand nothing is published.  What "
    "already stands on the wire is not published again.";

/* Without --dry-run and --template the common options come from cli.h. */
static int
start(struct cli *c, struct order *o, int argc, char **argv)
{
	const struct cli_option options[] = {
	    {"member", "ID", "the member that publishes", &o->member, NULL},
	    {"namespace", "NAME",
		"where local ids come from (default: files); for life", &o->ns,
		NULL},
	    {"members", "FILE",
		"members.yaml: role mailboxes that may be named",
		&o->members_file, NULL},
	    {"strip", NULL,
		"take phone numbers and mailboxes out instead of refusing",
		NULL, &o->is_strip},
	    {"partial", NULL, "publish what is right, even if some is wrong",
		NULL, &o->is_partial},
	    {"dry-run", NULL, "check only, and print what would be published",
		NULL, &o->is_dry},
	    {"template", "TYPE", "print an empty table, for spreadsheets",
		&o->template, NULL},
	    {"brokers", "HOST:PORT", "(not used)", &o->brokers, NULL},
	    {"registry", "URL", "(not used)", &o->registry, NULL},
	    {"conf", "FILE", "(not used)", &o->conf, NULL},
	};
	size_t n = sizeof(options) / sizeof(*options);
	struct cli_usage usage = {
	    .arguments = "TYPE [FILE...]",
	    .summary = summary,
	    .common = CLI_KAFKA | CLI_REGISTRY | CLI_JSON,
	    .max = -1,
	    .options = options,
	    .n_options = n - 3,
	};

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--dry-run") != 0 &&
		    strncmp(argv[i], "--template", 10) != 0)
			continue;
		usage.common = CLI_JSON;
		usage.n_options = n;
	}
	return cli_start(c, &usage, argc, argv);
}

static void
print_problem(void *ctx, const char *where, const char *field, const char *text)
{
	(void)ctx;
	fprintf(stderr, "%s%s%s: %s\n", where, *field != '\0' ? ", " : "",
	    field, text);
}

/* Number of records refused, or -1 when a file is none. */
static int
take_file(const struct cli *c, struct batch *b, const char *path)
{
	int is_stdin = strcmp(path, "-") == 0, rc;
	FILE *f = is_stdin ? stdin : fopen(path, "rb");
	struct err err;

	if (f == NULL)
		return cli_say(c, -1, "%s: %s", path, strerror(errno));
	rc = batch_add(
	    b, is_stdin ? "stdin" : path, f, print_problem, NULL, &err);
	if (rc < 0)
		cli_fail(c, &err);
	if (!is_stdin)
		fclose(f);
	return rc;
}

/* The same of all of them. */
static int
take_files(const struct cli *c, struct batch *b)
{
	static char stdin_name[] = "-", *only_stdin[] = {stdin_name, NULL};
	char **files = c->n_args > 1 ? c->args + 1 : only_stdin;
	int refused = 0, rc = 0;

	for (; *files != NULL && rc >= 0; files++) {
		rc = take_file(c, b, *files);
		refused += rc;
	}
	return rc < 0 ? -1 : refused;
}

/* Put M aside if it stands under a key of the batch. */
static int
keep_previous(void *ctx, const struct bus_message *m, struct err *err)
{
	struct batch *b = ctx;
	char *key = mem_dup_n(m->key, m->key_size);
	struct batch_entry *e = key == NULL ? NULL : batch_find(b, key);

	free(key);
	if (e == NULL)
		return 0;
	return spool_put(b->spool, m->value, m->value_size, &e->previous, err);
}

/* What stands on the wire under the keys of B. */
static int
take_previous(struct cli *c, struct batch *b, struct err *err)
{
	char **topics = scan_topics(c, b->type, 0, b->member, err);
	int rc;

	if (topics == NULL)
		return -1;
	if (topics[0] == NULL)
		rc = err_set(err, ERR_REJECT, 0,
		    "there is no topic for the %s of %s; `twinwire provision` "
		    "makes it",
		    record_type_topic_word(b->type), b->member);
	else
		rc = reader_scan(&c->bus, (const char *const *)topics,
		    SCAN_TIMEOUT_MS, keep_previous, b, err);
	scan_free(topics);
	return rc;
}

static void
show_progress(size_t done, size_t n)
{
	if (!isatty(STDERR_FILENO) || n < PROGRESS_EACH)
		return;
	if (done % PROGRESS_EACH == 0 || done == n)
		fprintf(
		    stderr, "\r%zu of %zu%s", done, n, done == n ? "\n" : "");
}

static void
on_written(void *ctx, int64_t offset, const struct err *err)
{
	struct batch_entry *e = ctx;

	(void)err;
	e->is_written = offset >= 0;
}

/* The record that E's message held, jv_null() if it was withdrawn or cannot be
 * read; jv_invalid() with ERR if the registry does not answer. */
static jv
previous_of(struct cli *c, struct batch *b, const struct batch_entry *e,
    struct err *err)
{
	char *topic = topic_new(b->type, b->member);
	struct bus_message m = {
	    .topic = topic, .key = e->key, .key_size = strlen(e->key)};
	struct buf bytes = {0};
	struct reader_record r;
	const char *reason;
	jv value = jv_invalid();

	if (spool_get(b->spool, &e->previous, &bytes, err) == 0) {
		m.value = bytes.data;
		m.value_size = bytes.size;
		if (cli_decode(c, &m, &r, &reason, err) == 1) {
			value = jv_copy(r.value);
			reader_fini(&r);
		} else if (err->class == ERR_REJECT) {
			value = jv_null();
		}
	}
	buf_free(&bytes);
	free(topic);
	return value;
}

/* The record of E, of which PREVIOUS (borrowed) stands on the wire, into R if
 * it is news: 1, 0, or -1 with ERR. */
static int
take_news(struct batch *b, const struct batch_entry *e, jv previous,
    struct cli_record *r, struct err *err)
{
	jv record = batch_record(b, e, err);
	int is_news;

	if (!jv_is_valid(record))
		return -1;
	is_news = batch_is_news(b, record, previous);
	if (is_news)
		r->value = rules_derive(b->type, record, previous, b->now_ms);
	else
		jv_free(record);
	return is_news;
}

/* Send E if it is news; BYTES is room. */
static int
send_entry(struct cli *c, struct batch *b, struct batch_entry *e,
    struct buf *bytes, struct err *err)
{
	struct cli_record r = {.type = b->type,
	    .member = b->member,
	    .key = e->key,
	    .value = jv_null()};
	jv previous = jv_null();
	int rc;

	if (e->previous.size == 0) {
		rc = batch_bytes(b, e, bytes, err) == 0 ? 1 : -1;
		r.avro = bytes;
	} else {
		previous = previous_of(c, b, e, err);
		rc = jv_is_valid(previous) ? take_news(b, e, previous, &r, err)
					   : -1;
		jv_free(previous);
	}
	e->is_sent = rc != 0;
	if (rc == 1)
		rc = cli_write(c, &r, on_written, e, err);
	jv_free(r.value);
	return rc < 0 ? err_wrap(err, "%s %zu", e->unit, e->n) : 0;
}

/* How many entries were written; the first that should be and is not in
 * *OUT_FIRST, or NULL. */
static size_t
count_written(const struct batch *b, const struct batch_entry **out_first)
{
	const struct batch_entry *e;
	size_t n = 0;

	*out_first = NULL;
	for (e = b->entries; e != NULL; e = e->hh.next) {
		n += (size_t)e->is_written;
		if (e->is_sent && !e->is_written && *out_first == NULL)
			*out_first = e;
	}
	return n;
}

/* Write what is new; *OUT_WRITTEN of them.  -1 when it has been said why not
 * all. */
static int
write_all(struct cli *c, struct batch *b, size_t *out_written)
{
	const struct batch_entry *first;
	struct batch_entry *e;
	struct buf bytes = {0};
	struct err err = {0}, late;
	char *where;
	size_t done = 0;
	int rc = 0;

	for (e = b->entries; rc == 0 && e != NULL; e = e->hh.next) {
		show_progress(++done, b->n);
		rc = send_entry(c, b, e, &bytes, &err);
	}
	buf_free(&bytes);
	/* What was sent before it may still arrive. */
	if (cli_flush(c, FLUSH_MS, rc == 0 ? &err : &late) != 0)
		rc = -1;
	*out_written = count_written(b, &first);
	if (rc == 0)
		return 0;
	cli_fail(c, &err);
	where = first == NULL ? mem_dup("the end") : batch_where(first);
	cli_say(c, 0,
	    "published %zu of %zu, all before %s; what is published is not "
	    "published again by another try",
	    *out_written, b->n, where);
	free(where);
	return -1;
}

static int
publish(struct cli *c, struct batch *b, int refused)
{
	size_t written = 0;
	struct err err;
	jv out;

	if (b->n > 0 && take_previous(c, b, &err) != 0)
		return cli_fail(c, &err);
	if (write_all(c, b, &written) != 0)
		return CLI_FAILED;
	if (c->is_json) {
		out = jv_object();
		json_set_int(&out, "published", (int64_t)written);
		json_set_int(&out, "unchanged", (int64_t)(b->n - written));
		json_set_int(&out, "refused", refused);
		cli_print_json(out);
	} else {
		printf("published %zu, unchanged %zu, refused %d\n", written,
		    b->n - written, refused);
	}
	return refused > 0 ? CLI_FAILED : CLI_OK;
}

static int
print_all(const struct cli *c, struct batch *b, int refused)
{
	const struct batch_entry *e;
	struct err err;

	for (e = b->entries; e != NULL; e = e->hh.next) {
		jv line = jv_object(), record = batch_record(b, e, &err);

		if (!jv_is_valid(record)) {
			jv_free(line);
			return cli_fail(c, &err);
		}
		json_set_str(&line, "key", e->key);
		json_set(&line, "value", record);
		cli_print_json(line);
	}
	fprintf(stderr, "%zu would be published, %d refused\n", b->n, refused);
	return refused > 0 ? CLI_FAILED : CLI_OK;
}

/* Mailboxes of the member's offices, if a members.yaml was given. */
static int
take_members(const struct cli *c, struct order *o)
{
	struct members *m;
	struct err err;
	size_t n = 0;
	jv row;

	o->mailboxes = jv_invalid();
	if (o->members_file == NULL)
		return 0;
	m = members_load(o->members_file, NULL, &err);
	if (m == NULL)
		return cli_say(c, -1, "%s", err.msg);
	row = members_row(m, o->member);
	o->mailboxes = json_get(row, "role_mailboxes");
	jv_free(row);
	members_free(m);
	if (jv_get_kind(o->mailboxes) != JV_KIND_ARRAY)
		return 0;
	jv_array_foreach (o->mailboxes, i, one) {
		/* Borrowed from the array, which holds another reference. */
		if (jv_get_kind(one) == JV_KIND_STRING && n < MAILBOXES_MAX)
			o->allowed[n++] = jv_string_value(one);
		jv_free(one);
	}
	o->rules.role_mailboxes = o->allowed;
	return 0;
}

/* -1 to go on, else the exit code. */
static int
understand(const struct cli *c, struct order *o)
{
	const char *word = o->template;

	if (word == NULL && c->n_args == 0)
		return cli_say(c, CLI_USAGE,
		    "what? events, claims or organizations; see --help");
	if (word == NULL)
		word = c->args[0];
	if (record_type_parse(word, &o->type) != 0 ||
	    o->type > RECORD_ORGANIZATION)
		return cli_say(c, CLI_USAGE,
		    "\"%s\" is none of events, claims and organizations", word);
	if (o->template != NULL) {
		columns_template(o->type, stdout);
		return CLI_OK;
	}
	if (o->member == NULL || !key_is_id(o->member))
		return cli_say(c, CLI_USAGE,
		    o->member == NULL ? "who publishes? Give --member"
				      : "--member: not the id of a member");
	if (!key_is_id(o->ns))
		return cli_say(c, CLI_USAGE,
		    "--namespace: small letters, digits and hyphens only");
	o->rules.personal_data =
	    o->is_strip ? RULES_PERSONAL_STRIP : RULES_PERSONAL_REFUSE;
	return take_members(c, o) == 0 ? -1 : CLI_CONFIG;
}

int
publish_main(int argc, char **argv)
{
	struct order o = {.ns = "files", .mailboxes = jv_invalid()};
	struct batch b;
	struct cli c;
	int code = start(&c, &o, argc, argv), refused;

	if (code >= 0)
		return code;
	code = understand(&c, &o);
	if (code >= 0)
		goto out;
	b = batch_new(o.type, o.member, o.ns, &o.rules);
	refused = take_files(&c, &b);
	if (refused < 0)
		code = CLI_FAILED;
	else if (o.is_dry)
		code = print_all(&c, &b, refused);
	else if (refused > 0 && !o.is_partial)
		code = cli_say(&c, CLI_FAILED,
		    "nothing published: %d of %zu entries %s wrong", refused,
		    b.n + (size_t)refused, count_word(refused, "is", "are"));
	else
		code = publish(&c, &b, refused);
	batch_fini(&b);
out:
	jv_free(o.mailboxes);
	cli_end(&c);
	return code;
}
