/* What the wire says of itself: see view.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "event/reasons.h"
#include "watch/view.h"
#include "wire/law.h"

enum {
	PENDING_MS = 3600 * 1000,
	CERTIFICATE_DAYS = 30,
	DISK_PERCENT = 80,
	EXAMPLES_MAX = 5 /* records named in a message */
};

struct view {
	jv statuses; /* connection: {member, value} */
	jv troubles; /* receipt key: {member, owner, value}: refused, pending */
};

struct view *
view_new(void)
{
	struct view *v = mem_new(1, sizeof(*v));

	v->statuses = jv_object();
	v->troubles = jv_object();
	return v;
}

void
view_free(struct view *v)
{
	if (v == NULL)
		return;
	jv_free(v->statuses);
	jv_free(v->troubles);
	free(v);
}

static void
forget(jv *of, const char *key)
{
	*of = jv_object_delete(*of, jv_string(key));
}

/* Whose record a receipt speaks of; its connection's member if it does not
 * say. */
static void
add_owner(jv *one, jv receipt, const char *member)
{
	const char *key = json_str(receipt, "recordKey", "");
	struct key_parts parts;

	if (key_parse(RECORD_CLAIM, key, &parts) == 0 ||
	    key_parse(RECORD_EVENT, key, &parts) == 0)
		json_set_str(one, "owner", parts.member);
	else
		json_set_str(one, "owner", member);
}

void
view_take(struct view *v, enum record_type t, const char *member,
    const char *key, jv value)
{
	const char *state = json_str(value, "state", "");
	jv *of = t == RECORD_STATUS ? &v->statuses : &v->troubles;
	jv one;

	if (jv_get_kind(value) != JV_KIND_OBJECT ||
	    (t == RECORD_RECEIPT && strcmp(state, "refused") != 0 &&
		strcmp(state, "pending") != 0)) {
		forget(of, key);
		return;
	}
	one = jv_object();
	json_set_str(&one, "member", member);
	json_set(&one, "value", jv_copy(value));
	if (t == RECORD_RECEIPT)
		add_owner(&one, value, member);
	json_set(of, key, one);
}

int
view_count(const struct view *v)
{
	return jv_object_length(jv_copy(v->statuses));
}

/* Something that is wrong with a connection. */
struct wrong {
	const char *kind, *connection, *member;
	char text[600];
	char todo[160]; /* what to do */
};

static void
add(jv *out, const struct wrong *w, const char *of)
{
	char *id = mem_printf("%s %s", w->kind, of);
	jv one = jv_object();

	json_set_str(&one, "kind", w->kind);
	json_set_str(&one, "connection", w->connection);
	json_set_str(&one, "member", w->member);
	json_set_str(&one, "text", w->text);
	json_set_str(&one, "do", w->todo);
	json_set_int(&one, "n", 1);
	json_set(out, id, one);
	free(id);
}

static void
judge_state(jv *out, struct wrong *w, jv s, int64_t wall_ms)
{
	const char *state = json_str(s, "state", "");
	const char *reason = json_str(s, "reason", "");
	const char *detail = json_str(s, "detail", "");
	int64_t at = json_int(s, "at", 0);
	char when[CLOCK_TEXT_SIZE];

	if (wall_ms - at > LAW_SILENT_MS) {
		w->kind = "silent";
		snprintf(w->text, sizeof(w->text),
		    strcmp(state, "stopped") == 0
			? "It was stopped at %s."
			: "It has said nothing since %s.",
		    clock_text(at, when));
		snprintf(w->todo, sizeof(w->todo),
		    "See whether its connector runs, and its log.");
		add(out, w, w->connection);
		return;
	}
	if (strcmp(state, "paused") == 0 || strcmp(state, "waiting") == 0 ||
	    strcmp(reason, "awaits_approval") == 0) {
		w->kind = "paused";
		snprintf(w->text, sizeof(w->text), "%s (%s) %s",
		    reasons_text(reason), reason, detail);
		snprintf(w->todo, sizeof(w->todo), "twinwire status %s",
		    w->connection);
		add(out, w, w->connection);
	}
}

static void
judge_health(jv *out, struct wrong *w, jv s, int is_operator)
{
	jv counters = json_get(s, "counters");
	int64_t days = json_int(counters, "certificateDays", INT32_MAX);
	int64_t disk = json_int(counters, "diskPercent", 0);

	if (days < CERTIFICATE_DAYS) {
		w->kind = "certificate";
		snprintf(w->text, sizeof(w->text),
		    "A certificate that it depends on ends in %lld %s: its "
		    "system's, or one of the wire.",
		    (long long)days, count_word(days, "day", "days"));
		snprintf(w->todo, sizeof(w->todo),
		    "Renew it. RUNBOOK.md, TwinwireCertificate.");
		add(out, w, w->connection);
	}
	if (disk > DISK_PERCENT && is_operator) {
		w->kind = "disk";
		snprintf(w->text, sizeof(w->text),
		    "The disk of its connector is %lld %% full.",
		    (long long)disk);
		snprintf(w->todo, sizeof(w->todo),
		    "Make room. RUNBOOK.md, TwinwireDisk.");
		/* One disk, however many connections tell of it. */
		add(out, w, json_str(s, "instanceId", w->connection));
	}
	jv_free(counters);
}

static void
judge_statuses(const struct view *v, const char *of, int64_t wall_ms, jv *out)
{
	jv_object_foreach (v->statuses, key, one) {
		jv s = json_get(one, "value");
		struct wrong w = {.connection = jv_string_value(key),
		    .member = json_str(one, "member", "")};

		if (of == NULL || strcmp(of, w.member) == 0) {
			judge_state(out, &w, s, wall_ms);
			judge_health(out, &w, s, of == NULL);
		}
		jv_free(s);
		jv_free(key);
		jv_free(one);
	}
}

/* One record that has not arrived more, in what is said of KIND. */
static void
count(jv *out, const char *kind, jv one, jv receipt)
{
	const char *connection = json_str(receipt, "connection", "");
	const char *reason = json_str(receipt, "reason", "");
	char *id = mem_printf("%s %s", kind, connection), *text;
	jv w = json_get(*out, id);
	int64_t n;

	if (!jv_is_valid(w)) {
		w = jv_object();
		json_set_str(&w, "kind", kind);
		json_set_str(&w, "connection", connection);
		json_set_str(&w, "member", json_str(one, "member", ""));
		json_set_str(&w, "text", "");
	}
	n = json_int(w, "n", 0) + 1;
	json_set_int(&w, "n", n);
	if (n <= EXAMPLES_MAX) {
		text = mem_printf("%s%s%s: %s (%s) %s", json_str(w, "text", ""),
		    n > 1 ? "\n" : "", json_str(receipt, "recordKey", ""),
		    reasons_text(reason), reason, json_str(receipt, "url", ""));
		json_set_str(&w, "text", text);
		free(text);
	}
	text = mem_printf("twinwire refused %s%s",
	    strcmp(kind, "pending") == 0 ? "--pending " : "",
	    json_str(one, "member", ""));
	json_set_str(&w, "do", text);
	free(text);
	json_set(out, id, w);
	free(id);
}

static void
judge_receipts(const struct view *v, const char *of, int64_t wall_ms, jv *out)
{
	jv keys = jv_keys(jv_copy(v->troubles)); /* sorted: the same examples */

	jv_array_foreach (keys, i, key) {
		jv one = json_get(v->troubles, jv_string_value(key));
		jv r = json_get(one, "value");
		int is_refused =
		    strcmp(json_str(r, "state", ""), "refused") == 0;
		int is_own = json_int(r, "offset", -1) < 0;
		int64_t age = wall_ms - json_int(r, "since", wall_ms);

		if (of != NULL &&
		    strcmp(of, json_str(one, "member", "")) != 0 &&
		    strcmp(of, json_str(one, "owner", "")) != 0)
			;
		else if (is_refused)
			count(
			    out, is_own ? "refused" : "not_delivered", one, r);
		else if (age > PENDING_MS)
			count(out, "pending", one, r);
		jv_free(r);
		jv_free(one);
		jv_free(key);
	}
	jv_free(keys);
}

jv
view_wrong(const struct view *v, const char *member, int64_t wall_ms)
{
	jv out = jv_object();

	judge_statuses(v, member, wall_ms, &out);
	judge_receipts(v, member, wall_ms, &out);
	return out;
}

jv
view_connections(const struct view *v, const char *member)
{
	jv keys = jv_keys(jv_copy(v->statuses)), out = jv_array();

	jv_array_foreach (keys, i, key) {
		jv one = json_get(v->statuses, jv_string_value(key));
		jv s = json_get(one, "value"), row = jv_object();
		const char *of = json_str(one, "member", "");

		if (member == NULL || strcmp(member, of) == 0) {
			json_set(&row, "connection", jv_copy(key));
			json_set_str(&row, "member", of);
			json_set_str(&row, "state", json_str(s, "state", ""));
			json_set_str(&row, "reason", json_str(s, "reason", ""));
			json_set(&row, "counters", json_get(s, "counters"));
			out = jv_array_append(out, jv_copy(row));
		}
		jv_free(row);
		jv_free(s);
		jv_free(one);
		jv_free(key);
	}
	jv_free(keys);
	return out;
}
