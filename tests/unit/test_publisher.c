/* links: services/connector/label.c services/connector/link_rebuild.c */
/* links: services/connector/plan.c */
/* links: services/connector/publisher.c services/connector/poll.c */
/* links: services/connector/publisher_change.c */
/* links: services/connector/publisher_missing.c services/connector/txn.c */
/* links: services/connector/publisher_pages.c */
/* links: services/connector/publisher_paging.c */
/* links: services/connector/publisher_run.c */
/* links: services/connector/publisher_republish.c */
/* links: services/connector/publisher_judge.c */
/* links: services/connector/publisher_floor.c services/connector/told.c */
/* links: services/connector/receipts.c services/connector/receipt.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/mem.h"
#include "connector/boot.h"
#include "connector/env.h"
#include "connector/link_inner.h"
#include "connector/publisher.h"
#include "connector/resync.h"
#include "connector/told.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "map/preset.h"
#include "rest/http.h"
#include "store/state.h"
#include "wire/schemas.h"
#include "wire/writer.h"

/* --- a system, a preset and a wire that do what the test says ------------- */

static struct {
	char url[256];
	http_done *done;
	void *ctx;
} calls[16];
static size_t n_calls;

static struct {
	char key[64];
	jv record;
	writer_done *done;
	void *ctx;
} writes[64];
static size_t n_writes;
static int can_read, wire_answer, n_judged, n_judged_read;

struct http_call *
http_start(struct http *h, struct http_site *s, const struct http_request *r,
    http_done *done, void *ctx, struct err *err)
{
	(void)h, (void)s, (void)err;
	snprintf(calls[n_calls].url, sizeof(calls[0].url), "%s", r->url);
	calls[n_calls].done = done;
	calls[n_calls].ctx = ctx;
	return (struct http_call *)(void *)&calls[n_calls++];
}

/* The only one, where anybody looks. */
void
http_cancel(struct http *h, struct http_call *call)
{
	(void)h, (void)call;
	n_calls = 0;
}

int
preset_has(const struct preset *p, enum preset_op op)
{
	(void)p;
	return op == PRESET_LIST || op == PRESET_LISTED ||
	       op == PRESET_STORED || (op == PRESET_READ && can_read);
}

const char *
preset_name(const struct preset *p)
{
	(void)p;
	return "scripted";
}

const char *
preset_format(const struct preset *p)
{
	(void)p;
	return "json";
}

jv
preset_owned(const struct preset *p, jv content)
{
	(void)p;
	return content;
}

int
preset_run(struct preset *p, enum preset_op op, jv input, jv vars, jv *out,
    struct err *err)
{
	jv request = jv_object(), row = json_get(vars, "row"), cursor;
	char path[128];

	(void)p;
	switch (op) {
	case PRESET_LIST:
		cursor = jv_dump_string(json_get(vars, "cursor"), 0);
		snprintf(
		    path, sizeof(path), "/list/%s", jv_string_value(cursor));
		jv_free(cursor);
		break;
	case PRESET_READ:
		snprintf(path, sizeof(path), "/read/%s",
		    json_str(row, "local_id", ""));
		break;
	default:
		n_judged += op == PRESET_LISTED;
		n_judged_read += op == PRESET_STORED &&
				 strcmp(json_str(vars, "op", ""), "read") == 0;
		jv_free(request);
		request = json_get(input, "body");
		path[0] = '\0';
		if (jv_get_kind(request) == JV_KIND_STRING) {
			jv_free(request);
			jv_free(input);
			jv_free(row);
			jv_free(vars);
			return err_set(err, ERR_REJECT, 0, "no listing");
		}
	}
	if (path[0] != '\0')
		json_set_str(&request, "path", path);
	jv_free(input);
	jv_free(row);
	jv_free(vars);
	*out = request;
	return 0;
}

int
schemas_writer(
    struct schemas *s, enum record_type t, int32_t *out_id, struct err *err)
{
	(void)s, (void)t, (void)err;
	*out_id = 1;
	return 1;
}

#define WRITER_SOURCE "/mag/web-site"

const char *
writer_source(const struct writer *w)
{
	(void)w;
	return WRITER_SOURCE;
}

int
writer_send(struct writer *w, enum record_type t, const char *topic,
    const char *key, jv record, writer_done *done, void *ctx, struct err *err)
{
	(void)w, (void)t;
	assert_string_equal(topic, "tw.events.mag");
	if (wire_answer < 0)
		return err_set(err, (enum err_class) - wire_answer, 0, "no");
	if (wire_answer == 0)
		return 0;
	snprintf(writes[n_writes].key, sizeof(writes[0].key), "%s", key);
	writes[n_writes].record = jv_copy(record);
	writes[n_writes].done = done;
	writes[n_writes++].ctx = ctx;
	return 1;
}

/* No receipts are sent here. */
int
writer_send_avro(struct writer *w, const struct writer_bytes *bytes,
    writer_done *done, void *ctx, struct err *err)
{
	(void)w, (void)bytes, (void)done, (void)ctx, (void)err;
	abort();
}

/* The member's own topic, in order. */
static struct boot_record logged[8];
static size_t n_logged;

int
boot_records(const struct boot_conf *c, const char *topic, const char *prefix,
    boot_each *each, void *ctx, struct err *err)
{
	(void)c, (void)topic, (void)prefix;
	for (size_t i = 0; i < n_logged; i++)
		if (each(ctx, &logged[i], err) != 0)
			return -1;
	return 0;
}

/* Of a state file that is lost alone. */
int
told_load(const struct env *e, const struct boot_conf *boot, jv of, jv catalog,
    struct err *err)
{
	(void)e, (void)boot, (void)of, (void)catalog, (void)err;
	abort();
}

int
resync_save(const struct env *e, enum resync r, struct err *err)
{
	(void)e, (void)r, (void)err;
	abort();
}

/* --- the stage ------------------------------------------------------------ */

static char file[64];
static struct connection conf;
static struct connection_publish entry;
static struct txn txn;
static struct env env = {
    .conf = &conf, .txn = &txn, .system = {.base_url = "https://site.example"}};
static struct publisher *p;
static int64_t now;
static char seen[512]; /* what the hooks were told */

static const int64_t WALL = INT64_C(1700000000000);

static void
told_published(void *ctx, enum record_type t, const char *key, jv record)
{
	(void)ctx, (void)t;
	strcat(seen, jv_get_kind(record) == JV_KIND_NULL ? "-" : "+");
	strcat(seen, key);
	strcat(seen, " ");
}

/* What others withdrew is known up to there; -1: not yet. */
static int64_t known_to;
static int n_asked, is_shared; /* with others */

static void
asked(void *ctx, const char *topic)
{
	(void)ctx;
	assert_string_equal(topic, "tw.events.mag");
	n_asked++;
}

static int64_t
known(void *ctx, const char *topic)
{
	(void)ctx, (void)topic;
	return known_to;
}

static void
start(void)
{
	const struct publisher_hooks hooks = {.published = told_published,
	    .ask = is_shared ? asked : NULL,
	    .known = is_shared ? known : NULL};
	struct err err = {0};

	env.state = txn.state = state_open(file, &err);
	if (env.state == NULL)
		fail_msg("%s", err.msg);
	p = publisher_new(&env, 0, &hooks, &err);
	assert_non_null(p);
	seen[0] = '\0';
	n_calls = n_writes = 0;
}

static void
stop(void)
{
	assert_true(txn_commit(&txn, NULL) >= 0);
	publisher_free(p);
	state_close(env.state);
	for (size_t i = 0; i < n_writes; i++)
		jv_free(writes[i].record);
}

static int
set_up(void **state)
{
	static char id[] = "mag-web", member[] = "mag", ns[] = "web",
		    from[] = "beginning";

	(void)state;
	snprintf(file, sizeof(file), "/tmp/test_publisher.%d", (int)getpid());
	entry = (struct connection_publish){
	    .into = RECORD_EVENT, .ns = ns, .from = from, .every_ms = 1000};
	conf = (struct connection){.id = id,
	    .member = member,
	    .config = jv_object(),
	    .max_change_share = -1,
	    .publish = &entry,
	    .n_publish = 1};
	can_read = is_shared = 0;
	wire_answer = 1;
	now = 1000;
	start();
	return 0;
}

static void
remove_file(void)
{
	static const char *const ends[] = {"", "-wal", "-lock"};
	char name[96];

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s%s", file, ends[i]);
		unlink(name);
	}
}

static int
tear_down(void **state)
{
	(void)state;
	stop();
	remove_file();
	jv_free(conf.config);
	return 0;
}

static void
step(void)
{
	struct err err = {0};

	if (publisher_step(p, now, WALL + now, &err) != 0)
		fail_msg("%s", err.msg);
	assert_true(txn_commit(&txn, NULL) >= 0);
}

/* Answer the oldest call, which must be for PATH; ' stands for ". */
static void
answer(const char *path, int status, const char *body)
{
	struct http_answer a = {.outcome = HTTP_ANSWERED,
	    .status = status,
	    .headers = jv_object(),
	    .content_type = "application/json"};
	struct err err = {0};
	char *text = mem_dup(body);
	void *ctx = calls[0].ctx;

	assert_true(n_calls > 0);
	if (strcmp(calls[0].url + strlen("https://site.example"), path) != 0)
		fail_msg("%s, not %s", calls[0].url, path);
	for (char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	a.body = text;
	a.body_size = strlen(text);
	a.err = &err;
	if (status == 0) {
		a.outcome = HTTP_NOT_SENT;
		err_set(&err, ERR_RETRY, 0, "not reachable");
	}
	n_calls--;
	calls[0].done(ctx, &a);
	memmove(calls, calls + 1, n_calls * sizeof(calls[0]));
	jv_free(a.headers);
	free(text);
	step();
}

/* Acknowledge all that was written; KEYS is what it was, "-" tombstones. */
static void
acknowledge(const char *keys)
{
	struct err err = {0};
	char got[256] = "";

	for (size_t i = 0; i < n_writes; i++) {
		if (jv_get_kind(writes[i].record) == JV_KIND_NULL)
			strcat(got, "-");
		strcat(got, writes[i].key);
		strcat(got, " ");
	}
	assert_string_equal(got, keys);
	for (size_t i = 0; i < n_writes; i++) {
		writes[i].done(writes[i].ctx, (int64_t)i + 100, &err);
		jv_free(writes[i].record);
	}
	n_writes = 0;
	step();
}

static void
next_poll(void)
{
	now = publisher_deadline(p);
	step();
}

/* After the five minutes in which listings need not be whole. */
static void
next_whole_poll(void)
{
	now += 6 * 60 * 1000;
	step();
}

#define EVENT(title)                                                       \
	"{'title':{'en':'" title "'},'kind':'forum','status':'confirmed'," \
	"'start':'2022-10-31T13:00:00','end':'2022-10-31T15:00:00',"       \
	"'tz':'Europe/Volgograd','attendance':'offline'}"
#define ITEM(id, title)                                        \
	"{'local_id':'" id "','url':'https://site.example/" id \
	"','version':'1','marker':null,'record':" EVENT(title) "}"
#define PAGE(items, rest) "{'items':[" items "],'gone':[]," rest "}"
#define LAST "'next':'c1','complete':true"

static struct publisher_counts
counts(void)
{
	struct publisher_counts c;

	publisher_counts(p, &c);
	return c;
}

static int
row_state(const char *key)
{
	struct state_row row;

	return state_get(
		   env.state, "mag-web", STATE_PUBLISHED, key, &row, NULL) == 1
		   ? (int)row.state
		   : -1;
}

/* Publish events 1 and 2 and be idle again. */
static void
publish_two(void)
{
	step();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	acknowledge("web.1@mag web.2@mag ");
	seen[0] = '\0';
}

/* --- the tests ------------------------------------------------------------ */

static void
a_listing_is_published_once(void **state)
{
	struct state_row row;

	(void)state;
	publish_two();
	assert_int_equal(state_get(env.state, "mag-web", STATE_PUBLISHED,
			     "web.2@mag", &row, NULL),
	    1);
	assert_int_equal(row.state, STATE_DELIVERED);
	assert_int_equal(row.offset, 101);
	assert_string_equal(row.topic, "tw.events.mag");
	assert_string_equal(row.local_id, "2");
	assert_string_equal(row.url, "https://site.example/2");
	assert_false(row.receipt_due);
	assert_int_equal(counts().published, 2);
	assert_int_equal(publisher_deadline(p), 2000);
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("2", "B"), LAST));
	acknowledge("");
	assert_int_equal(counts().unchanged, 1);
	next_poll();
	answer("/list/\"c1\"", 200,
	    PAGE(ITEM("2", "B2"), "'next':'c2','complete':true"));
	acknowledge("web.2@mag ");
	assert_string_equal(seen, "+web.2@mag ");

	/* The cursor and the rows outlive the process. */
	stop();
	start();
	step();
	answer("/list/null", 200,
	    PAGE(ITEM("1", "A") "," ITEM("2", "B2"),
		"'next':'c2','complete':true"));
	acknowledge("");
	next_poll();
	answer("/list/\"c2\"", 200, PAGE("", LAST));
}

static void
a_page_is_judged_once_the_one_before_is_settled(void **state)
{
	(void)state;
	step();
	answer("/list/null", 200,
	    PAGE(ITEM("1", "A"), "'next':2,'complete':false"));
	assert_int_equal(n_writes, 1);
	/* It is asked for already, and says 1 again: no second time. */
	answer("/list/2", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	assert_int_equal(n_writes, 1);
	acknowledge("web.1@mag ");
	acknowledge("web.2@mag ");
	assert_int_equal(publisher_deadline(p), 2000);
	assert_int_equal(counts().published, 2);
	next_poll();
	answer("/list/\"c1\"", 200, PAGE("", LAST));
}

static void
a_page_that_fails_waits_for_what_was_sent(void **state)
{
	(void)state;
	step();
	answer("/list/null", 200,
	    PAGE(ITEM("1", "A"), "'next':2,'complete':false"));
	answer("/list/2", 500, "");
	assert_string_equal(publisher_trouble(p), "");
	acknowledge("web.1@mag ");
	assert_string_not_equal(publisher_trouble(p), "");
	assert_true(publisher_cannot_list(p));
	assert_int_equal(row_state("web.1@mag"), STATE_DELIVERED);
	next_poll();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("");
}

static const char *
reason_of(const char *key)
{
	struct state_row row;

	assert_int_equal(
	    state_get(env.state, "mag-web", STATE_SUBSCRIBED, key, &row, NULL),
	    1);
	return row.reason;
}

static void
what_carries_a_marker_is_never_published(void **state)
{
	static const char edited[] =
	    PAGE("{'local_id':'9','marker':'mag-web/web.9@volgograd',"
		 "'record':{'a':2}},"
		 "{'local_id':'10','marker':'mag-web/web.9@volgograd',"
		 "'record':{'a':3}}",
		LAST);
	static const char untouched[] =
	    PAGE("{'local_id':'9','marker':'mag-web/web.9@volgograd',"
		 "'record':{'a':1}},"
		 "{'local_id':'8','marker':'other/web.8@volgograd',"
		 "'record':{}}",
		LAST);
	struct state_row row = {.key = "web.9@volgograd",
	    .local_id = "9",
	    .state = STATE_DELIVERED};
	jv same = jv_parse("{\"a\":1}");

	(void)state;
	json_hash(same, row.fingerprint);
	jv_free(same);
	state_put(env.state, "mag-web", STATE_SUBSCRIBED, &row, NULL);
	step();
	answer("/list/null", 200, untouched);
	acknowledge("");
	assert_int_equal(counts().echo, 2);
	assert_string_equal(seen, "");

	/* Edited by a clerk; a copy that a plugin made says nothing.  Once may
	 * be a write of ours that is under way. */
	next_poll();
	answer("/list/\"c1\"", 200, edited);
	assert_string_equal(seen, "");
	assert_string_equal(reason_of("web.9@volgograd"), "");
	for (int i = 0; i < 2; i++) {
		next_poll();
		answer("/list/\"c1\"", 200, edited);
		acknowledge("");
		assert_string_equal(reason_of("web.9@volgograd"), "differs");
	}
	next_poll();
	answer("/list/\"c1\"", 200, untouched);
	acknowledge("");
	assert_string_equal(reason_of("web.9@volgograd"), "");
}

static void
what_is_unpublished_or_in_the_trash_is_withdrawn(void **state)
{
	(void)state;
	publish_two();
	next_poll();
	answer("/list/\"c1\"", 200,
	    "{'items':[{'local_id':'1','record':null}],'gone':['2','7'],"
	    "'next':'c1','complete':true}");
	acknowledge("-web.1@mag -web.2@mag ");
	assert_string_equal(seen, "-web.1@mag -web.2@mag ");
	assert_int_equal(row_state("web.1@mag"), -1);
	assert_int_equal(counts().withdrawn, 2);
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("web.1@mag ");
}

static void
what_is_missing_goes_after_a_second_whole_listing(void **state)
{
	(void)state;
	publish_two();
	next_whole_poll();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("");
	next_poll(); /* an incremental one says nothing about what is missing */
	answer("/list/\"c1\"", 200, PAGE("", LAST));
	acknowledge("");
	next_whole_poll();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("-web.2@mag ");
}

static void
what_is_missing_and_there_again_stays(void **state)
{
	(void)state;
	publish_two();
	next_whole_poll();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	next_whole_poll();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	next_whole_poll();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("");
}

static void
what_is_missing_is_asked_for_directly(void **state)
{
	(void)state;
	can_read = 1;
	publish_two();
	next_whole_poll();
	answer("/list/null", 200, PAGE("", LAST));
	assert_int_equal(n_calls, 2);
	answer("/read/1", 404, "");
	answer("/read/2", 503, "");
	acknowledge("-web.1@mag ");
	assert_int_equal(row_state("web.2@mag"), STATE_DELIVERED);
	/* A site that is ill tells nothing, however often it is asked. */
	for (int i = 0; i < 3; i++) {
		next_whole_poll();
		answer("/list/null", 200, PAGE("", LAST));
		answer("/read/2", 500, "");
		acknowledge("");
	}
	next_whole_poll();
	answer("/list/null", 200, PAGE("", LAST));
	n_judged_read = 0;
	answer("/read/2", 200, "[{'local_id':'2'}]");
	assert_int_equal(n_judged_read, 1);
	acknowledge("");
	next_whole_poll();
	answer("/list/null", 200, PAGE("", LAST));
	answer("/read/2", 200, "[]");
	acknowledge("-web.2@mag ");
}

static void
a_page_that_fails_in_the_middle_withdraws_nothing(void **state)
{
	(void)state;
	publish_two();
	for (int i = 0; i < 3; i++) {
		next_whole_poll();
		answer("/list/null", 200,
		    PAGE(ITEM("1", "A"), "'next':2,'complete':false"));
		answer("/list/2", i == 0 ? 500 : i == 1 ? 0 : 200, "garbage");
		acknowledge("");
		assert_string_not_equal(publisher_trouble(p), "");
	}
	assert_true(publisher_deadline(p) > now);
	next_whole_poll();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	acknowledge("");
	assert_string_equal(publisher_trouble(p), "");
	assert_int_equal(row_state("web.2@mag"), STATE_DELIVERED);
}

static int
is_receipt_due(const char *key)
{
	struct state_row row;

	return state_get(env.state, "mag-web", STATE_PUBLISHED, key, &row,
		   NULL) == 1 &&
	       row.receipt_due != 0;
}

/* No receipt can be told meanwhile but the first: Kafka is away. */
static void
what_was_told_to_be_refused_is_told_to_be_so_no_more(void **state)
{
	(void)state;
	step();
	answer("/list/null", 200,
	    PAGE("{'local_id':'1','record':{'title':{'en':'A'}}}", LAST));
	acknowledge("");
	assert_int_equal(row_state("web.1@mag"), STATE_REFUSED);
	next_poll();
	answer("/list/\"c1\"", 200,
	    "{'items':[],'gone':['1'],'next':'c1','complete':true}");
	acknowledge("");
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("web.1@mag ");
	assert_true(is_receipt_due("web.1@mag"));
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("1", "A2"), LAST));
	acknowledge("web.1@mag ");
	assert_true(is_receipt_due("web.1@mag"));
}

static void
a_refused_record_says_why_and_goes_out_once_edited(void **state)
{
	static const char bad[] = PAGE(
	    "{'local_id':'1','url':'u1','record':{'title':{'en':'A'},"
	    "'kind':'forum','status':'confirmed','start':'soon',"
	    "'end':'','tz':'Europe/Volgograd','attendance':'offline'}}," ITEM(
		"2", "B"),
	    LAST);
	struct state_row row;
	jv why;

	(void)state;
	step();
	answer("/list/null", 200, bad);
	acknowledge("web.2@mag ");
	assert_int_equal(state_get(env.state, "mag-web", STATE_PUBLISHED,
			     "web.1@mag", &row, NULL),
	    1);
	assert_int_equal(row.state, STATE_REFUSED);
	assert_true(row.receipt_due);
	assert_string_not_equal(row.reason, "");
	assert_string_equal(row.url, "u1");
	why = jv_parse_sized(row.record, (int)row.record_size);
	assert_string_not_equal(json_str(why, "text", ""), "");
	assert_string_equal(json_str(why, "url", ""), "u1");
	jv_free(why);
	next_poll();
	answer("/list/\"c1\"", 200, bad);
	acknowledge("");
	assert_int_equal(counts().refused, 1);
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("web.1@mag ");
	state_get(
	    env.state, "mag-web", STATE_PUBLISHED, "web.1@mag", &row, NULL);
	assert_int_equal(row.state, STATE_DELIVERED);
	assert_true(row.receipt_due);

	/* Broken by an edit: the version before stays on the wire. */
	next_poll();
	answer("/list/\"c1\"", 200, bad);
	acknowledge("");
	state_get(
	    env.state, "mag-web", STATE_PUBLISHED, "web.1@mag", &row, NULL);
	assert_int_equal(row.state, STATE_REFUSED);
	assert_string_equal(row.topic, "tw.events.mag");
	next_poll();
	answer("/list/\"c1\"", 200,
	    "{'items':[],'gone':['1'],'next':'c1','complete':true}");
	acknowledge("-web.1@mag ");
	state_get(
	    env.state, "mag-web", STATE_PUBLISHED, "web.1@mag", &row, NULL);
	assert_int_equal(row.state, STATE_REMOVED);
	assert_true(row.receipt_due);
}

static void
what_the_wire_does_not_take_now_is_sent_later(void **state)
{
	struct err err = {0};

	(void)state;
	wire_answer = 0; /* the schema is being looked up */
	step();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	assert_int_equal(n_writes, 0);
	assert_true(publisher_deadline(p) > now);
	now = publisher_deadline(p);
	wire_answer = -ERR_RETRY; /* the queue is full */
	step();
	assert_int_equal(counts().pending, 1);
	now = publisher_deadline(p);
	wire_answer = 1;
	step();
	assert_int_equal(n_writes, 1);
	err_set(&err, ERR_RETRY, 0, "broker down");
	writes[0].done(writes[0].ctx, -1, &err);
	jv_free(writes[0].record);
	n_writes = 0;
	assert_string_not_equal(publisher_trouble(p), "");
	assert_false(publisher_cannot_list(p));
	step();
	assert_int_equal(row_state("web.1@mag"), -1);
	now = publisher_deadline(p);
	step();
	acknowledge("web.1@mag ");
	assert_string_equal(publisher_trouble(p), "");
	next_poll();
	wire_answer = -ERR_REJECT; /* does not fit the schema */
	answer("/list/\"c1\"", 200, PAGE(ITEM("2", "B"), LAST));
	assert_int_equal(row_state("web.2@mag"), STATE_REFUSED);
	assert_int_equal(counts().pending, 0);
}

/* As a start reads it off the member's own topic. */
static void
given_back(int64_t offset, const char *key, jv record, const char *source)
{
	const struct boot_record r = {
	    RECORD_EVENT, "tw.events.mag", offset, key, record, source};

	assert_int_equal(publisher_rebuild(p, &r, NULL), 0);
}

/* Held until it is edited is only what another hand withdrew. */
static void
what_it_withdrew_itself_is_followed_again(void **state)
{
	(void)state;
	given_back(10, "web.1@mag", jv_null(), "/operator/cli");
	given_back(11, "web.2@mag", jv_null(), WRITER_SOURCE);
	step();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	acknowledge("web.2@mag ");
}

static void
a_lost_state_is_rebuilt_from_the_wire(void **state)
{
	jv a = jv_null(), b = jv_null();

	(void)state;
	step();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	a = jv_copy(writes[0].record);
	b = jv_copy(writes[1].record);
	acknowledge("web.1@mag web.2@mag ");
	stop();
	remove_file();
	start();
	/* As the wire gives it back: all fields, also the empty ones. */
	json_set(&a, "previousStart", jv_null());
	json_set(&a, "sameAs", jv_array());
	given_back(7, "web.1@mag", a, "/operator/cli");
	given_back(8, "web.2@mag", b, "/operator/cli");
	given_back(9, "app.3@mag", a, "/operator/cli");
	/* Withdrawn by hand. */
	given_back(10, "web.2@mag", jv_null(), "/operator/cli");
	jv_free(a);
	jv_free(b);
	assert_int_equal(row_state("app.3@mag"), -1);
	step();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	acknowledge("");
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("2", "B2"), LAST));
	acknowledge("web.2@mag ");
}

static void
an_old_site_is_not_announced(void **state)
{
	static char from[] = "now";

	(void)state;
	entry.from = from;
	step();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	acknowledge("");
	assert_int_equal(counts().below_from, 2);
	stop();
	start();
	step();
	/* New since then, and edited since then. */
	answer("/list/null", 200,
	    PAGE(ITEM("1", "A") "," ITEM("2", "B2") "," ITEM("3", "C"), LAST));
	acknowledge("web.2@mag web.3@mag ");
}

static void
a_floor_outlives_the_state_file(void **state)
{
	static char from[] = "now";
	jv floor, floors;

	(void)state;
	entry.from = from;
	step();
	answer("/list/null", 200, PAGE("", LAST));
	floor = publisher_floor(p);
	assert_string_equal(json_str(floor, "of", ""), "publish:events.web");
	assert_true(json_int(floor, "at", 0) == WALL + now);
	floors = jv_array_append(jv_array(), floor);
	stop();
	remove_file();
	now += 3600 * 1000;
	start();
	publisher_know_floors(p, floors);
	step();
	answer("/list/null", 200,
	    PAGE("{'local_id':'1','version':'2023-11-14T22:13:00Z',"
		 "'record':" EVENT("Before") "},"
					     "{'local_id':'2','version':'2023-"
					     "11-14T22:13:30Z',"
					     "'record':" EVENT(
						 "While it was away") "}",
		LAST));
	acknowledge("web.2@mag ");
	jv_free(floors);
}

static void
many_changes_at_once_ask_first(void **state)
{
	jv plan;
	char id[64];

	(void)state;
	conf.max_change_share = 0.2;
	conf.max_change_at_least = 1;
	publish_two(); /* new ones do not ask */
	next_poll();
	answer("/list/\"c1\"", 200,
	    "{'items':[" ITEM("1", "A2") "," ITEM(
		"3", "C") "],'gone':['2'],"
			  "'next':'c2','complete':true}");
	acknowledge("web.3@mag ");
	plan = publisher_plan(p);
	snprintf(id, sizeof(id), "%s", json_str(plan, "id", ""));
	assert_int_equal(strlen(id), 32);
	jv_free(plan);
	assert_string_not_equal(publisher_trouble(p), "");
	assert_int_equal(publisher_approve(p, "other"), 0);
	assert_int_equal(publisher_approve(p, id), 1);
	step();
	/* Not the plan that was approved. */
	answer("/list/\"c1\"", 200,
	    "{'items':[" ITEM("1", "A3") "],'gone':['2'],"
					 "'next':'c2','complete':true}");
	acknowledge("");
	plan = publisher_plan(p);
	assert_string_not_equal(json_str(plan, "id", ""), id);
	assert_int_equal(publisher_approve(p, json_str(plan, "id", "")), 1);
	jv_free(plan);
	step();
	answer("/list/\"c1\"", 200,
	    "{'items':[" ITEM("1", "A3") "],'gone':['2'],"
					 "'next':'c2','complete':true}");
	acknowledge("web.1@mag -web.2@mag ");
	plan = publisher_plan(p);
	assert_int_equal(jv_get_kind(plan), JV_KIND_NULL);
	assert_string_equal(publisher_trouble(p), "");
}

static void
a_pause_begins_nothing_and_a_stop_settles(void **state)
{
	(void)state;
	publisher_hold(p, 1);
	step();
	assert_int_equal(n_calls, 0);
	assert_int_equal(publisher_deadline(p), -1);
	publisher_hold(p, 0);
	step();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	publisher_stop(p);
	assert_false(publisher_is_drained(p));
	acknowledge("web.1@mag ");
	assert_true(publisher_is_drained(p));
	assert_int_equal(row_state("web.1@mag"), STATE_DELIVERED);
	assert_int_equal(publisher_deadline(p), -1);
}

static void
a_pause_ends_the_run_on_its_way(void **state)
{
	(void)state;
	step();
	answer("/list/null", 200,
	    PAGE(ITEM("1", "A"), "'next':'p2','complete':false"));
	publisher_hold(p, 1);
	acknowledge("web.1@mag "); /* what is sent is settled, */
	assert_int_equal(n_calls, 0);
	assert_int_equal(publisher_deadline(p), -1);
	publisher_hold(p, 0); /* and the rest is found again */
	next_poll();
	answer("/list/null", 200,
	    PAGE(ITEM("1", "A"), "'next':'p2','complete':false"));
	answer("/list/\"p2\"", 200, PAGE(ITEM("2", "B"), LAST));
	/* Neither sent nor withdrawn, though it was seen to be gone. */
	acknowledge("web.2@mag ");
	next_poll();
	wire_answer = 0;
	answer("/list/\"c1\"", 200,
	    "{'items':[],'gone':['1'],'next':'c1','complete':true}");
	publisher_hold(p, 1);
	wire_answer = 1;
	now += 1000;
	step();
	acknowledge("");
	assert_int_equal(row_state("web.1@mag"), STATE_DELIVERED);
}

/* A bare list is at its end where it is empty; this system does not know of
 * pages. */
static void
a_listing_without_end_fails_and_says_so(void **state)
{
	char path[32] = "/list/null", page[1024];
	int n = 0;

	(void)state;
	step();
	for (; n < 100 && n_calls > 0; n++) {
		snprintf(page, sizeof(page),
		    PAGE(ITEM("1", "A") "," ITEM("2", "B"),
			"'next':%d,'complete':false"),
		    n);
		answer(path, 200, page);
		if (n == 0)
			acknowledge("web.1@mag web.2@mag ");
		snprintf(path, sizeof(path), "/list/%d", n);
	}
	assert_in_range(n, 3, 20);
	assert_non_null(strstr(publisher_trouble(p), "it has no end"));
	assert_true(publisher_deadline(p) > now);
	assert_int_equal(row_state("web.2@mag"), STATE_DELIVERED);
}

/* As where many items share a second, and all of them come once more. */
static void
a_listing_may_say_all_again_on_its_way(void **state)
{
	char path[32] = "/list/null", page[1024], keys[32], id[16];
	int n;

	(void)state;
	step();
	for (n = 0; n < 120; n++) {
		seen[0] = '\0';
		snprintf(id, sizeof(id), "%d", n % 60);
		snprintf(page, sizeof(page),
		    "{'items':[{'local_id':'%s','version':'1','marker':null,"
		    "'record':" EVENT("A") "}],'gone':[],'next':%d,"
					   "'complete':%s}",
		    id, n, n == 119 ? "true" : "false");
		answer(path, 200, page);
		snprintf(keys, sizeof(keys), "web.%s@mag ", id);
		if (n < 60)
			acknowledge(keys);
		snprintf(path, sizeof(path), "/list/%d", n);
	}
	assert_string_equal(publisher_trouble(p), "");
	assert_int_equal(counts().published, 60);
}

static void
an_order_to_republish_may_come_while_one_runs(void **state)
{
	struct err err = {0};

	(void)state;
	publish_two();
	assert_int_equal(publisher_republish(p, &err), 2);
	step();
	step(); /* they are sent */
	assert_int_equal(publisher_republish(p, &err), 2);
	acknowledge("web.1@mag web.2@mag ");
	next_poll();
	step(); /* all of them, for the second order */
	acknowledge("web.1@mag web.2@mag ");
	next_poll();
	answer("/list/\"c1\"", 200, PAGE("", LAST));
	acknowledge("");
}

static void
withdrawn(int64_t offset, const char *key, const char *source)
{
	struct boot_record r = {
	    RECORD_EVENT, "tw.events.mag", offset, key, jv_null(), source};
	struct err err = {0};

	assert_int_equal(publisher_withdrawn(p, &r, &err), 0);
	assert_true(txn_commit(&txn, NULL) >= 0);
}

static void
what_another_hand_withdrew_is_not_republished(void **state)
{
	struct err err = {0};

	(void)state;
	publish_two();				/* at 100 and 101 */
	withdrawn(99, "web.2@mag", "/mag/cli"); /* long ago */
	withdrawn(200, "web.2@mag", WRITER_SOURCE);
	withdrawn(201, "app.2@mag", "/mag/cli"); /* another's */
	withdrawn(202, "web.1@mag", "/mag/cli");
	assert_string_equal(seen, "-web.1@mag ");
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
	assert_int_equal(publisher_republish(p, &err), 1);
	step();
	step();
	acknowledge("web.2@mag ");
	/* Until it is edited. */
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("1", "A"), LAST));
	acknowledge("");
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("1", "A2"), LAST));
	acknowledge("web.1@mag ");
}

static void
restart_shared(void)
{
	stop();
	is_shared = 1;
	start();
}

static void
what_is_withdrawn_while_all_is_republished_is_not_put_back(void **state)
{
	struct err err = {0};

	(void)state;
	publish_two(); /* at 100 and 101 */
	known_to = -1;
	n_asked = 0;
	restart_shared();
	assert_int_equal(publisher_republish(p, &err), 2);
	step();
	assert_int_equal(n_asked, 1);
	acknowledge(""); /* what was withdrawn before is not known yet */
	known_to = 99;
	next_poll();
	step();
	acknowledge(""); /* nor is that in the state file */
	next_poll();
	step();
	acknowledge("web.1@mag web.2@mag "); /* at 100 and 101 once more */
	known_to = -1;
	next_poll();
	assert_int_equal(n_asked, 2);
	withdrawn(98, "web.2@mag", "/mag/cli"); /* edited since, long ago */
	withdrawn(99, "web.1@mag", "/mag/cli"); /* after the order */
	assert_string_equal(seen, "-web.1@mag ");
	step();
	acknowledge("-web.1@mag ");
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
	assert_int_equal(row_state("web.2@mag"), STATE_DELIVERED);

	/* As a kill before the end has it. */
	restart_shared();
	step();
	assert_int_equal(n_asked, 3);
	withdrawn(100, "web.2@mag", "/mag/cli");
	step();
	acknowledge("-web.1@mag -web.2@mag ");
	assert_int_equal(row_state("web.2@mag"), STATE_REMOVED);
}

/* Order it, see both go, and the first acknowledged, at 100. */
static void
republish_half(void)
{
	struct err err = {0};

	publish_two();
	known_to = -1;
	restart_shared();
	assert_int_equal(publisher_republish(p, &err), 2);
	step();
	known_to = 50;
	next_poll();
	next_poll();
	step();
	assert_int_equal(n_writes, 2);
	writes[0].done(writes[0].ctx, 100, &err);
	step();
}

static void
a_kill_does_not_forget_what_was_put_back(void **state)
{
	(void)state;
	republish_half();
	known_to = -1;
	restart_shared();
	step();
	withdrawn(49, "web.2@mag", "/mag/cli"); /* published since */
	withdrawn(99, "web.1@mag", "/mag/cli");
	assert_string_equal(seen, "-web.1@mag ");
	step();
	acknowledge("-web.1@mag ");
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
	known_to = 102;
	next_poll();
	step();
	acknowledge("web.2@mag ");
}

static void
a_kill_does_not_forget_what_is_to_be_withdrawn_once_more(void **state)
{
	struct boot_record r = {RECORD_EVENT, "tw.events.mag", 100, "web.1@mag",
	    jv_true(), WRITER_SOURCE};
	struct err err = {0};

	(void)state;
	republish_half();
	wire_answer = 0;
	withdrawn(99, "web.1@mag", "/mag/cli");
	step(); /* killed, or stopped, before it is sent */
	restart_shared();
	assert_int_equal(publisher_lacks(p, &r, &err), 0);
	step();
	wire_answer = 1;
	now += 1000;
	step();
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
	acknowledge("-web.1@mag web.2@mag ");
}

static void
what_is_withdrawn_once_more_is_before_the_end(void **state)
{
	struct err err = {0};

	(void)state;
	republish_half();
	writes[1].done(writes[1].ctx, 101, &err);
	for (; n_writes > 0; n_writes--)
		jv_free(writes[n_writes - 1].record);
	step();
	known_to = -1;
	next_poll();
	wire_answer = 0;
	withdrawn(99, "web.1@mag", "/mag/cli");
	known_to = 102;
	next_poll();
	publisher_hold(p, 1); /* ends a run, but not this */
	step();
	assert_int_equal(counts().pending, 1);
	wire_answer = 1;
	now += 1000;
	step();
	acknowledge("-web.1@mag ");
	publisher_hold(p, 0);
	next_poll();
	next_poll();
	answer(
	    "/list/null", 200, PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST));
	acknowledge("");
}

static void
what_is_withdrawn_before_it_is_sent_once_more_is_not(void **state)
{
	struct err err = {0};

	(void)state;
	publish_two(); /* at 100 and 101 */
	assert_int_equal(publisher_republish(p, &err), 2);
	step(); /* both wait to be sent */
	withdrawn(102, "web.1@mag", "/mag/cli");
	step();
	acknowledge("web.2@mag ");
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
	assert_int_equal(counts().pending, 0);
	next_poll();
	answer("/list/\"c1\"", 200, PAGE("", LAST));
	acknowledge("");
}

static void
what_another_hand_withdrew_on_another_cluster_stays_so(void **state)
{
	struct boot_record r = {
	    RECORD_EVENT, "tw.events.mag", 3, "web.1@mag", jv_null(), ""};
	struct err err = {0};
	int64_t n_open;

	(void)state;
	publish_two(); /* at 100 and 101, of the cluster that is lost */
	assert_int_equal(txn_need(&txn, &err), 0);
	assert_int_equal(
	    state_forget_log(env.state, "mag-web", NULL, &n_open, &err), 0);
	assert_int_equal(publisher_republish(p, &err), 2);
	withdrawn(3, "web.1@mag", "/mag/cli");
	assert_int_equal(publisher_lacks(p, &r, &err), 0);
	r.key = "web.2@mag";
	assert_int_equal(publisher_lacks(p, &r, &err), 1);
	r.value = jv_true(); /* what a copy of the old cluster has */
	assert_int_equal(publisher_lacks(p, &r, &err), 2);
	step();
	step();
	acknowledge("web.2@mag ");
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
}

/* As a start does that finds its state file, but another cluster. */
static void
find_on_another_cluster(void)
{
	struct link l = {.publishers = &p, .n_publishers = 1};
	struct err err = {0};
	int64_t n_open;

	l.env = env;
	assert_int_equal(txn_need(&txn, &err), 0);
	assert_int_equal(
	    state_set_value(env.state, "mag-web", "rebuilt", "1", &err), 0);
	assert_int_equal(
	    state_forget_log(env.state, "mag-web", NULL, &n_open, &err), 0);
	assert_int_equal(link_rebuild(&l, jv_null(), NULL, &err), 0);
}

static void
logs(int64_t offset, const char *key, jv value, const char *source)
{
	logged[n_logged++] = (struct boot_record){
	    RECORD_EVENT, "tw.events.mag", offset, key, value, source};
}

static void
what_was_edited_since_it_was_withdrawn_lives_on_a_copied_cluster(void **state)
{
	(void)state;
	publish_two();
	n_logged = 0;
	logs(1, "web.1@mag", jv_null(), "/mag/cli");
	logs(2, "web.1@mag", jv_true(), WRITER_SOURCE);
	logs(3, "web.2@mag", jv_true(), WRITER_SOURCE);
	logs(4, "web.2@mag", jv_null(), "/mag/cli");
	find_on_another_cluster();
	assert_int_equal(row_state("web.1@mag"), STATE_DELIVERED);
	assert_int_equal(row_state("web.2@mag"), STATE_REMOVED);
	/* All of them are read once more, from the beginning. */
	withdrawn(1, "web.1@mag", "/mag/cli");
	assert_int_equal(row_state("web.1@mag"), STATE_DELIVERED);
	withdrawn(5, "web.1@mag", "/mag/cli");
	assert_int_equal(row_state("web.1@mag"), STATE_REMOVED);
}

static void
a_page_that_says_the_same_again_is_judged_once(void **state)
{
	static const char both[] =
	    PAGE(ITEM("1", "A") "," ITEM("2", "B"), LAST);
	int before;

	(void)state;
	can_read = 1;
	publish_two();
	next_whole_poll();
	answer("/list/null", 200, both);
	before = n_judged;
	next_whole_poll();
	answer("/list/null", 200, both);
	assert_int_equal(n_judged, before);
	assert_int_equal(counts().unchanged, 4);
	next_poll();
	answer("/list/\"c1\"", 200, PAGE(ITEM("2", "B"), LAST));
	assert_int_equal(n_judged, before + 1);

	/* Gone, and back as it was: the old page is news then. */
	next_poll();
	answer("/list/\"c1\"", 200,
	    "{'items':[],'gone':['2'],'next':'c1','complete':true}");
	acknowledge("-web.2@mag ");
	next_whole_poll();
	answer("/list/null", 200, both);
	acknowledge("web.2@mag ");

	/* A known page names what is there; the others are missing. */
	for (int i = 0; i < 2; i++) {
		next_whole_poll();
		answer("/list/null", 200, both);
		acknowledge("");
	}
	next_whole_poll();
	answer("/list/null", 200, PAGE(ITEM("1", "A"), LAST));
	answer("/read/2", 404, "");
	acknowledge("-web.2@mag ");
}

static void
odd_items_harm_nobody(void **state)
{
	char body[2048], longest[KEY_MAX_BYTES + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[KEY_MAX_BYTES] = '\0';
	snprintf(body, sizeof(body),
	    PAGE("7,{},{'local_id':''},{'local_id':5,'record':'x'},"
		 "{'local_id':'%s','record':" EVENT("L") "}," ITEM("1", "A"),
		LAST),
	    longest);
	step();
	answer("/list/null", 200, body);
	acknowledge("web.1@mag ");
	assert_int_equal(row_state("web.5@mag"), STATE_REFUSED);
	assert_int_equal(row_state(longest), STATE_REFUSED);
	assert_int_equal(counts().refused, 2);
	next_poll();
	answer("/list/\"c1\"", 200, body);
	assert_int_equal(counts().refused, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_listing_is_published_once),
	    TEST(a_page_is_judged_once_the_one_before_is_settled),
	    TEST(a_page_that_fails_waits_for_what_was_sent),
	    TEST(what_carries_a_marker_is_never_published),
	    TEST(what_is_unpublished_or_in_the_trash_is_withdrawn),
	    TEST(what_is_missing_goes_after_a_second_whole_listing),
	    TEST(what_is_missing_and_there_again_stays),
	    TEST(what_is_missing_is_asked_for_directly),
	    TEST(a_page_that_fails_in_the_middle_withdraws_nothing),
	    TEST(a_refused_record_says_why_and_goes_out_once_edited),
	    TEST(what_was_told_to_be_refused_is_told_to_be_so_no_more),
	    TEST(what_the_wire_does_not_take_now_is_sent_later),
	    TEST(a_lost_state_is_rebuilt_from_the_wire),
	    TEST(what_it_withdrew_itself_is_followed_again),
	    TEST(an_old_site_is_not_announced),
	    TEST(a_floor_outlives_the_state_file),
	    TEST(many_changes_at_once_ask_first),
	    TEST(a_pause_begins_nothing_and_a_stop_settles),
	    TEST(a_pause_ends_the_run_on_its_way),
	    TEST(a_page_that_says_the_same_again_is_judged_once),
	    TEST(a_listing_without_end_fails_and_says_so),
	    TEST(a_listing_may_say_all_again_on_its_way),
	    TEST(an_order_to_republish_may_come_while_one_runs),
	    TEST(what_another_hand_withdrew_is_not_republished),
	    TEST(what_is_withdrawn_while_all_is_republished_is_not_put_back),
	    TEST(a_kill_does_not_forget_what_was_put_back),
	    TEST(a_kill_does_not_forget_what_is_to_be_withdrawn_once_more),
	    TEST(what_is_withdrawn_once_more_is_before_the_end),
	    TEST(what_is_withdrawn_before_it_is_sent_once_more_is_not),
	    TEST(
		what_was_edited_since_it_was_withdrawn_lives_on_a_copied_cluster),
	    TEST(what_another_hand_withdrew_on_another_cluster_stays_so),
	    TEST(odd_items_harm_nobody),
	};

	return cmocka_run_group_tests_name("publish", tests, NULL, NULL);
}
