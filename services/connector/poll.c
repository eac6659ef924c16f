/* What a listed item means for the wire: see poll.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "connector/poll.h"

void
poll_decision_fini(struct poll_decision *d)
{
	jv_free(d->record);
	d->record = jv_null();
}

char *
poll_local_id(jv item)
{
	const char *text = json_str(item, "local_id", NULL);
	struct buf b = {0};
	jv id;

	if (text != NULL)
		return *text == '\0' ? NULL : mem_dup(text);
	id = json_get(item, "local_id");
	if (jv_get_kind(id) == JV_KIND_NUMBER)
		json_canonical(id, &b);
	jv_free(id);
	return b.size == 0 ? NULL : buf_take(&b);
}

char *
poll_key(
    const struct poll_conf *c, jv item, const char *local_id, struct err *err)
{
	jv record = jv_invalid();
	const char *id;
	char *key, *full;

	if (c->type != RECORD_ORGANIZATION)
		return key_new(c->type, c->member, c->ns, local_id, err);
	/* Organizations have ids of their own: org:<member>, or below it. */
	record = json_get(item, "record");
	id = json_str(record, "id", local_id);
	full = strncmp(id, "org:", 4) == 0
		   ? mem_dup(id)
		   : mem_printf("org:%s/%s", c->member, id);
	key = key_new(c->type, c->member, "", full, err);
	free(full);
	jv_free(record);
	return key;
}

const char *
poll_marker(jv item)
{
	return json_str(item, "marker", "");
}

const char *
poll_own_marker(const char *connection, const char *marker)
{
	size_t size = strlen(connection);

	if (strncmp(marker, connection, size) != 0 || marker[size] != '/' ||
	    marker[size + 1] == '\0')
		return NULL;
	return marker + size + 1;
}

void
poll_hash(enum record_type t, jv record, unsigned char out[JSON_HASH_SIZE])
{
	jv essence = rules_essence(t, jv_copy(record));
	struct buf b = {0};

	json_canonical_lean(essence, &b);
	json_hash_bytes(b.data, b.size, out);
	buf_free(&b);
	jv_free(essence);
}

/* Member NAME of V (borrowed) as an instant, or INT64_MIN. */
static int64_t
instant(jv v, const char *name)
{
	const char *text = json_str(v, name, NULL);
	int64_t ms = INT64_MIN;

	if (text == NULL)
		return json_int(v, name, INT64_MIN);
	return clock_parse(text, &ms) == 0 ? ms : INT64_MIN;
}

/* When ITEM was made or changed last (publisher.h), or INT64_MIN. */
static int64_t
changed_ms_of(jv item)
{
	int64_t modified = instant(item, "modified");
	int64_t created = instant(item, "created");
	jv record;

	if (modified < created)
		modified = created;
	/* A number there is a revision, not an instant. */
	if (modified == INT64_MIN && json_str(item, "version", NULL) != NULL)
		modified = instant(item, "version");
	if (modified == INT64_MIN) {
		record = json_get(item, "record");
		modified = instant(record, "modifiedAt");
		jv_free(record);
	}
	return modified <= 0 ? INT64_MIN : modified;
}

/* Who writes it and under which key is ours to say, whatever the item says. */
static jv
stamp(const struct poll_conf *c, jv record, const char *key)
{
	struct key_parts parts;

	switch (c->type) {
	case RECORD_EVENT:
		json_set_str(&record, "uid", key);
		json_set_str(&record, "publisher", c->member);
		break;
	case RECORD_CLAIM:
		json_set_str(&record, "registrar", c->member);
		json_set_str(&record, "localId", strchr(key, '|') + 1);
		break;
	case RECORD_ORGANIZATION:
		json_set_str(&record, "registrar", c->member);
		if (key_parse(c->type, key, &parts) == 0)
			json_set_str(&record, "id", parts.local_id);
		break;
	default: /* others are not published from systems */
		break;
	}
	return record;
}

static int
is_below(const struct poll_conf *c, int64_t changed_ms)
{
	if (c->from_ms == INT64_MIN)
		return 0;
	return changed_ms == INT64_MIN ? c->is_first_listing
				       : changed_ms < c->from_ms;
}

static void
refuse(struct poll_decision *out, const char *code, const char *field,
    const char *text)
{
	out->want = POLL_REFUSE;
	snprintf(out->code, sizeof(out->code), "%s", code);
	snprintf(out->field, sizeof(out->field), "%s", field);
	snprintf(out->text, sizeof(out->text), "%s", text);
}

/* The first of PROBLEMS (consumed) is said, the others are counted. */
static void
refuse_for(struct poll_decision *out, jv problems)
{
	int n = jv_array_length(jv_copy(problems));
	jv first = jv_array_get(problems, 0);
	char text[sizeof(out->text)];

	snprintf(text, sizeof(text), "%s", json_str(first, "text", ""));
	if (n > 1)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    " (and %d more)", n - 1);
	refuse(out, json_str(first, "code", "refused"),
	    json_str(first, "field", ""), text);
	jv_free(first);
}

static void
decide_gone(const struct poll_row *row, struct poll_decision *out)
{
	switch (row->known) {
	case POLL_LIVE:
	case POLL_BAD_LIVE:
		out->want = POLL_WITHDRAW;
		return;
	case POLL_BAD:
	case POLL_HELD:
	case POLL_OLD:
		out->want = POLL_FORGET;
		return;
	case POLL_NEW:
	case POLL_TAKEN:
		out->want = POLL_UNCHANGED;
	}
}

/* 1 if ROW settles it: the same content was judged before, or it waits for an
 * edit. */
static int
is_settled(const struct poll_conf *c, int64_t changed_ms,
    const struct poll_row *row, struct poll_decision *out)
{
	static const unsigned char none[JSON_HASH_SIZE];
	int is_known = memcmp(row->hash, none, JSON_HASH_SIZE) != 0;
	int is_same = memcmp(row->hash, out->hash, JSON_HASH_SIZE) == 0;

	switch (row->known) {
	case POLL_NEW:
	case POLL_TAKEN:
		if (!is_below(c, changed_ms))
			return 0;
		/* Without a date only the content shows an edit later on. */
		out->want = changed_ms == INT64_MIN ? POLL_KEEP : POLL_BELOW;
		return 1;
	case POLL_HELD:
	case POLL_OLD:
		out->want = is_known ? POLL_UNCHANGED : POLL_KEEP;
		return !is_known || is_same;
	case POLL_LIVE:
	case POLL_BAD:
	case POLL_BAD_LIVE:
		out->want = POLL_UNCHANGED;
		return is_same;
	}
	return 0;
}

jv
poll_previous(const struct poll_row *row)
{
	jv v = jv_null(), inner;

	if (row->record != NULL)
		v = json_parse(row->record, row->record_size, NULL);
	if (row->known == POLL_BAD_LIVE) {
		inner = json_get(v, "previous");
		jv_free(v);
		v = inner;
	}
	if (jv_is_valid(v))
		return v;
	jv_free(v);
	return jv_null();
}

void
poll_decide(const struct poll_conf *c, jv item, const char *key,
    const struct poll_row *row, int64_t now_ms, struct poll_decision *out)
{
	int64_t changed_ms = changed_ms_of(item);
	jv record, problems, previous;

	*out = (struct poll_decision){.record = jv_null()};
	if (*poll_marker(item) != '\0') {
		out->want = POLL_ECHO;
		return;
	}
	record = json_get(item, "record");
	if (jv_get_kind(record) == JV_KIND_NULL) {
		decide_gone(row, out);
		return;
	}
	if (jv_get_kind(record) != JV_KIND_OBJECT) {
		poll_hash(c->type, record, out->hash);
		jv_free(record);
		if (!is_settled(c, changed_ms, row, out))
			refuse(out, "unreadable", "",
			    "The entry could not be read.");
		return;
	}
	record = rules_strip(c->type, stamp(c, record, key), &c->rules);
	poll_hash(c->type, record, out->hash);
	if (is_settled(c, changed_ms, row, out)) {
		jv_free(record);
		return;
	}
	problems = rules_check(c->type, record, c->member, key, &c->rules);
	if (jv_array_length(jv_copy(problems)) > 0) {
		jv_free(record);
		refuse_for(out, problems);
		return;
	}
	jv_free(problems);
	out->want = POLL_PUBLISH;
	out->is_update = row->known == POLL_LIVE || row->known == POLL_BAD_LIVE;
	previous = poll_previous(row);
	out->record = rules_derive(c->type, record, previous,
	    changed_ms == INT64_MIN ? now_ms : changed_ms);
	jv_free(previous);
}

int
poll_missing(enum poll_read read, unsigned times)
{
	switch (read) {
	case POLL_READ_ABSENT:
		return 1;
	case POLL_READ_THERE:
	case POLL_READ_NONE:
		return times >= 2;
	case POLL_READ_FAILED:
		break;
	}
	return 0;
}

int64_t
poll_whole_every_ms(int64_t rows)
{
	/* The same load on the system, whatever the size. */
	return POLL_WHOLE_EVERY_MS * (1 + rows / POLL_SMALL_ROWS);
}
