/* Dead letters and what became of them: see letters.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "cli/cli.h"
#include "cli/letters.h"
#include "cli/message.h"
#include "cli/scan.h"
#include "event/keys.h"
#include "wire/reader.h"

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

struct reading {
	struct cli *cli;
	const struct letters_filter *filter;
	jv all;	    /* array of letters */
	jv last;    /* "member connection place" -> index of its last letter */
	jv keys;    /* "connection|key" -> true: whose receipts matter */
	jv said;    /* "member connection|key" -> Receipt */
	jv dropped; /* "member offset" -> true: of the letter */
};

/* --- reading the letters ---------------------------------------------------
 */

static void
set_header(
    jv *one, const char *name, const struct bus_message *m, const char *header)
{
	char *text = message_header(m, header);

	json_set_str(one, name, text);
	free(text);
}

static int64_t
number(const struct bus_message *m, const char *header, int64_t fallback)
{
	char *text = message_header(m, header);
	int64_t n = text[0] != '\0' ? strtoll(text, NULL, 10) : fallback;

	free(text);
	return n;
}

static jv
letter_new(const struct bus_message *m)
{
	jv one = jv_object();

	json_set_str(&one, "member", strrchr(m->topic, '.') + 1);
	json_set_int(&one, "offset", m->offset);
	json_set_int(&one, "at", m->timestamp_ms);
	json_set_int(&one, "leaves", m->timestamp_ms + DEAD_KEPT_DAYS * DAY_MS);
	set_header(&one, "connection", m, "tw_connection");
	set_header(&one, "reason", m, "tw_reason");
	set_header(&one, "status", m, "tw_status");
	set_header(&one, "attempts", m, "tw_attempts");
	set_header(&one, "key", m, "tw_key");
	set_header(&one, "topic", m, "tw_topic");
	set_header(&one, "cut", m, "tw_cut");
	json_set_int(&one, "from", number(m, "tw_offset", -1));
	json_set_int(&one, "replays", number(m, "tw_replays", 0));
	json_set_str(&one, "state", "open");
	return one;
}

static int
is(jv one, const char *field, const char *wanted)
{
	return wanted == NULL || strcmp(json_str(one, field, ""), wanted) == 0;
}

/* The reason is looked at later: the last letter of a place counts. */
static int
passes(const struct letters_filter *f, jv one)
{
	return json_int(one, "at", 0) >= f->since_ms &&
	       is(one, "connection", f->connection) && is(one, "key", f->key);
}

/* The letter before, of the same place, has been tried again. */
static void
note_place(struct reading *r, jv one)
{
	char *place = mem_printf("%s %s %s:%lld", json_str(one, "member", ""),
	    json_str(one, "connection", ""), json_str(one, "topic", ""),
	    (long long)json_int(one, "from", -1));
	int64_t at = json_int(r->last, place, -1);
	jv before;

	if (at >= 0 && json_int(one, "from", -1) >= 0) {
		before = jv_array_get(jv_copy(r->all), (int)at);
		json_set_str(&before, "state", "again");
		r->all = jv_array_set(r->all, (int)at, before);
	}
	json_set_int(&r->last, place, jv_array_length(jv_copy(r->all)));
	free(place);
}

/* The key of its record's receipt; "" if it stands by its place, for then its
 * own key proves nothing. */
static void
note_key(struct reading *r, const struct bus_message *m, jv *one)
{
	char *key = mem_printf("%s|%s", json_str(*one, "connection", ""),
	    json_str(*one, "key", ""));
	int is_own =
	    m->key_size == strlen(key) && memcmp(m->key, key, m->key_size) == 0;

	if (is_own)
		json_set(&r->keys, key, jv_true());
	json_set_str(one, "receipt", is_own ? key : "");
	free(key);
}

static int
take(void *ctx, const struct bus_message *m, struct err *err)
{
	struct reading *r = ctx;
	jv one = letter_new(m), whole;

	if (!passes(r->filter, one)) {
		jv_free(one);
		return 0;
	}
	if (r->filter->whole == LETTERS_ALL || r->filter->whole == m->offset) {
		whole = message_json(r->cli, m, err);
		if (!jv_is_valid(whole)) {
			jv_free(one);
			return -1;
		}
		json_set(&one, "letter", whole);
	}
	note_place(r, one);
	note_key(r, m, &one);
	r->all = jv_array_append(r->all, one);
	return 0;
}

static int
read_letters(struct reading *r, struct err *err)
{
	char **topics =
	    scan_topics(r->cli, RECORD_CLAIM, 1, r->filter->member, err);
	int rc;

	if (topics == NULL)
		return -1;
	rc = reader_scan(&r->cli->bus, (const char *const *)topics,
	    SCAN_TIMEOUT_MS, take, r, err);
	scan_free(topics);
	return rc;
}

/* --- what became of them ---------------------------------------------------
 */

static int
is_awaited(void *ctx, const struct bus_message *m)
{
	struct reading *r = ctx;

	return m->key != NULL && jv_object_has(jv_copy(r->keys),
				     jv_string_sized(m->key, (int)m->key_size));
}

static int
read_receipts(struct reading *r, struct err *err)
{
	char **topics =
	    scan_topics(r->cli, RECORD_RECEIPT, 0, r->filter->member, err);
	jv found;

	if (topics == NULL)
		return -1;
	found = scan_some(r->cli, topics, is_awaited, r, err);
	scan_free(topics);
	if (!jv_is_valid(found))
		return -1;
	jv_array_foreach (found, i, one) {
		char *key = mem_printf("%s %s", json_str(one, "member", ""),
		    json_str(one, "key", ""));

		json_set(&r->said, key, json_get(one, "value"));
		free(key);
		jv_free(one);
	}
	jv_free(found);
	return 0;
}

static void
note_drop(struct reading *r, jv one)
{
	jv command = json_get(one, "value");
	jv arguments = json_get(command, "arguments");
	char *of;

	if (is(command, "action", "drop") && is(command, "outcome", "done")) {
		of = mem_printf("%s %s", json_str(one, "member", ""),
		    json_str(arguments, "offset", ""));
		json_set(&r->dropped, of, jv_true());
		free(of);
	}
	jv_free(arguments);
	jv_free(command);
}

static int
read_drops(struct reading *r, struct err *err)
{
	jv all = scan_latest(r->cli, RECORD_COMMAND, r->filter->member, err);

	if (!jv_is_valid(all))
		return -1;
	jv_array_foreach (all, i, one) {
		note_drop(r, one);
		jv_free(one);
	}
	jv_free(all);
	return 0;
}

static int
is_dropped(const struct reading *r, jv one)
{
	char *of = mem_printf("%s %lld", json_str(one, "member", ""),
	    (long long)json_int(one, "offset", -1));
	int is_it = json_bool(r->dropped, of, 0);

	free(of);
	return is_it;
}

/* What RECEIPT (borrowed) says of letter ONE. */
static const char *
state_by(const struct reading *r, jv one, jv receipt)
{
	static const char *const states[] = {"pending", "delivered", "removed"};
	int64_t from = json_int(one, "from", -1);
	size_t i;

	if (jv_get_kind(receipt) == JV_KIND_OBJECT &&
	    is(receipt, "topic", json_str(one, "topic", ""))) {
		if (json_int(receipt, "offset", -1) > from)
			return "newer";
		for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			if (json_int(receipt, "offset", -1) == from &&
			    is(receipt, "state", states[i]))
				return states[i];
	}
	return is_dropped(r, one) ? "dropped" : "open";
}

static jv
judged(struct reading *r, jv one)
{
	char *key = mem_printf(
	    "%s %s", json_str(one, "member", ""), json_str(one, "receipt", ""));
	jv receipt = json_get(r->said, key);

	if (is(one, "state", "open"))
		json_set_str(&one, "state", state_by(r, one, receipt));
	jv_free(receipt);
	free(key);
	return jv_object_delete(one, jv_string("receipt"));
}

jv
letters_list(struct cli *c, const struct letters_filter *f, struct err *err)
{
	struct reading r = {.cli = c,
	    .filter = f,
	    .all = jv_array(),
	    .last = jv_object(),
	    .keys = jv_object(),
	    .said = jv_object(),
	    .dropped = jv_object()};
	jv out = jv_invalid();

	if (read_letters(&r, err) == 0 && read_receipts(&r, err) == 0 &&
	    read_drops(&r, err) == 0) {
		jv_free(out);
		out = jv_array();
		jv_array_foreach (r.all, i, one) {
			if (is(one, "reason", f->reason))
				out = jv_array_append(out, judged(&r, one));
			else
				jv_free(one);
		}
	}
	jv_free(r.all);
	jv_free(r.last);
	jv_free(r.keys);
	jv_free(r.said);
	jv_free(r.dropped);
	return out;
}

int
letters_is_open(jv letter)
{
	return is(letter, "state", "open") || is(letter, "state", "pending");
}

int
letters_is_leaving(jv letter, int64_t wall_ms)
{
	return letters_is_open(letter) &&
	       json_int(letter, "leaves", 0) - wall_ms <
		   DEAD_WARN_DAYS * DAY_MS;
}
