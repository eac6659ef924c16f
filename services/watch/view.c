/* What the wire says of itself: see view.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/mem.h"
#include "event/keys.h"
#include "event/reasons.h"
#include "watch/view.h"
#include "wire/law.h"

enum {
	PENDING_MS = 3600 * 1000,
	AWAY_MS = 3600 * 1000, /* systems are away for a while each night */
	CERTIFICATE_DAYS = 30,
	DISK_PERCENT = 80,
	EXAMPLES_MAX = 5 /* records named in a message */
};

/* Not jv objects: those keep room for every key they ever had. */
struct known {
	UT_hash_handle hh;
	char *key; /* owned; "<member> <key of the record>" */
	const char *connection;
	char *member; /* owned; whose connection it is */
	char *owner;  /* owned; whose record a receipt speaks of; NULL: none */
	jv value;
};

/* What one member's connections say: one that writes much fills its own room.
 */
struct share {
	UT_hash_handle hh;
	char *member; /* owned */
	int n_statuses, n_troubles;
};

struct view {
	struct known *statuses;
	struct known *troubles; /* receipts: refused, pending */
	struct share *shares;
};

struct view *
view_new(void)
{
	return mem_new(1, sizeof(struct view));
}

static void
drop(struct known **of, struct known *k)
{
	HASH_DEL(*of, k);
	jv_free(k->value);
	free(k->owner);
	free(k->member);
	free(k->key);
	free(k);
}

void
view_free(struct view *v)
{
	struct share *s, *next;

	if (v == NULL)
		return;
	while (v->statuses != NULL)
		drop(&v->statuses, v->statuses);
	while (v->troubles != NULL)
		drop(&v->troubles, v->troubles);
	HASH_ITER (hh, v->shares, s, next) {
		HASH_DEL(v->shares, s);
		free(s->member);
		free(s);
	}
	free(v);
}

static struct known *
find(struct known *of, const char *member, const char *key)
{
	char *name = mem_printf("%s %s", member, key);
	struct known *k;

	HASH_FIND_STR(of, name, k);
	free(name);
	return k;
}

static struct share *
share_of(struct view *v, const char *member)
{
	struct share *s;

	HASH_FIND_STR(v->shares, member, s);
	if (s != NULL)
		return s;
	s = mem_new(1, sizeof(*s));
	s->member = mem_dup(member);
	HASH_ADD_KEYPTR(hh, v->shares, s->member, strlen(s->member), s);
	return s;
}

/* Whose record a receipt speaks of (new); its connection's member if it does
 * not say. */
static char *
owner_of(jv receipt, const char *member)
{
	const char *key = json_str(receipt, "recordKey", "");
	struct key_parts parts;

	return mem_dup(key_parse(RECORD_CLAIM, key, &parts) == 0 ||
			       key_parse(RECORD_EVENT, key, &parts) == 0
			   ? parts.member
			   : member);
}

void
view_take(struct view *v, enum record_type t, const char *member,
    const char *key, jv value)
{
	const char *state = json_str(value, "state", "");
	int is_status = t == RECORD_STATUS, max;
	struct known **of = is_status ? &v->statuses : &v->troubles;
	struct known *k = find(*of, member, key);
	struct share *s = share_of(v, member);
	int *n = is_status ? &s->n_statuses : &s->n_troubles;

	if (k != NULL) {
		drop(of, k);
		--*n;
	}
	max = is_status ? VIEW_STATUSES_MAX : VIEW_TROUBLES_MAX;
	if (jv_get_kind(value) != JV_KIND_OBJECT || *n == max ||
	    (!is_status && strcmp(state, "refused") != 0 &&
		strcmp(state, "pending") != 0))
		return;
	k = mem_new(1, sizeof(*k));
	k->key = mem_printf("%s %s", member, key);
	k->member = mem_dup(member);
	k->owner = is_status ? NULL : owner_of(value, member);
	k->value = jv_copy(value);
	k->connection = json_str(k->value, "connection", "");
	HASH_ADD_KEYPTR(hh, *of, k->key, strlen(k->key), k);
	++*n;
}

int
view_count(const struct view *v)
{
	return (int)HASH_COUNT(v->statuses);
}

/* Something that is wrong with a connection. */
struct wrong {
	const char *kind, *connection, *member;
	char text[600];
	char todo[160]; /* what to do */
	int64_t settle_ms;
};

/* New; OF: what of the member's is meant, no space in any of the three. */
static char *
id_of(const char *kind, const char *member, const char *of)
{
	return mem_printf("%s %s %s", kind, member, of);
}

static void
add(jv *out, const struct wrong *w, const char *of)
{
	char *id = id_of(w->kind, w->member, of);
	jv one = jv_object();

	json_set_str(&one, "kind", w->kind);
	json_set_str(&one, "connection", w->connection);
	json_set_str(&one, "member", w->member);
	json_set_str(&one, "text", w->text);
	json_set_str(&one, "do", w->todo);
	json_set_int(&one, "n", 1);
	json_set_int(&one, "settle", w->settle_ms);
	json_set(out, id, one);
	free(id);
}

static void
add_reason(jv *out, struct wrong *w, jv s)
{
	const char *reason = json_str(s, "reason", "");

	snprintf(w->text, sizeof(w->text), "%s (%s) %s", reasons_text(reason),
	    reason, json_str(s, "detail", ""));
	snprintf(w->todo, sizeof(w->todo), "twinwire status %s", w->connection);
	add(out, w, w->connection);
}

static void
judge_state(jv *out, struct wrong *w, jv s, int64_t wall_ms)
{
	const char *state = json_str(s, "state", "");
	const char *reason = json_str(s, "reason", "");
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
		add_reason(out, w, s);
	} else if (strcmp(reason, "listing") == 0 ||
		   strcmp(reason, "kafka") == 0) {
		w->kind = reason;
		w->settle_ms = AWAY_MS;
		add_reason(out, w, s);
		w->settle_ms = 0;
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
	for (struct known *k = v->statuses; k != NULL; k = k->hh.next) {
		struct wrong w = {
		    .connection = k->connection, .member = k->member};

		if (of == NULL || strcmp(of, k->member) == 0) {
			judge_state(out, &w, k->value, wall_ms);
			judge_health(out, &w, k->value, of == NULL);
		}
	}
}

/* One record that has not arrived more, in what is said of KIND. */
static void
count(jv *out, const char *kind, const struct known *k)
{
	const char *reason = json_str(k->value, "reason", "");
	char *id = id_of(kind, k->member, k->connection);
	char *text;
	jv w = json_get(*out, id);
	int64_t n;

	if (!jv_is_valid(w)) {
		w = jv_object();
		json_set_str(&w, "kind", kind);
		json_set_str(&w, "connection", k->connection);
		json_set_str(&w, "member", k->member);
		json_set_str(&w, "text", "");
	}
	n = json_int(w, "n", 0) + 1;
	json_set_int(&w, "n", n);
	if (n <= EXAMPLES_MAX) {
		text = mem_printf("%s%s%s: %s (%s) %s", json_str(w, "text", ""),
		    n > 1 ? "\n" : "", json_str(k->value, "recordKey", ""),
		    reasons_text(reason), reason,
		    json_str(k->value, "url", ""));
		json_set_str(&w, "text", text);
		free(text);
	}
	text = mem_printf("twinwire refused %s%s",
	    strcmp(kind, "pending") == 0 ? "--pending " : "", k->member);
	json_set_str(&w, "do", text);
	free(text);
	json_set(out, id, w);
	free(id);
}

static int
by_key(const struct known *a, const struct known *b)
{
	return strcmp(a->key, b->key);
}

static void
judge_receipts(struct view *v, const char *of, int64_t wall_ms, jv *out)
{
	HASH_SORT(v->troubles, by_key); /* the same examples */
	for (struct known *k = v->troubles; k != NULL; k = k->hh.next) {
		jv r = k->value;
		int is_refused =
		    strcmp(json_str(r, "state", ""), "refused") == 0;
		int is_own = json_int(r, "offset", -1) < 0;
		int64_t age = wall_ms - json_int(r, "since", wall_ms);

		if ((of != NULL && strcmp(of, k->member) != 0 &&
			strcmp(of, k->owner) != 0) ||
		    find(v->statuses, k->member, k->connection) == NULL)
			continue;
		if (is_refused)
			count(out, is_own ? "refused" : "not_delivered", k);
		else if (age > PENDING_MS)
			count(out, "pending", k);
	}
}

jv
view_wrong(struct view *v, const char *member, int64_t wall_ms)
{
	jv out = jv_object();

	judge_statuses(v, member, wall_ms, &out);
	judge_receipts(v, member, wall_ms, &out);
	return out;
}

/* Id of what was kept under ID as LAST; new. */
static char *
renamed(const char *id, jv last)
{
	const char *kind = json_str(last, "kind", "");
	const char *member = json_str(last, "member", "");
	const char *of = strchr(id, ' ');

	/* Of the watch itself ("the operator") nothing is a member's. */
	if (of == NULL || strchr(of + 1, ' ') != NULL || !key_is_id(member) ||
	    json_str(last, "connection", "")[0] == '\0' ||
	    strlen(kind) != (size_t)(of - id) ||
	    strncmp(id, kind, strlen(kind)) != 0)
		return mem_dup(id);
	return id_of(kind, member, of + 1);
}

jv
view_renamed(jv memory)
{
	jv out = jv_object();

	jv_object_foreach (memory, key, entry) {
		const char *id = jv_string_value(key);
		jv last = json_get(entry, "last");
		char *name = renamed(id, last);
		jv other = json_get(out, name);

		/* Of one under both ids, what was told stands. */
		if (json_int(other, "told", 0) == 0)
			json_set(&out, name, jv_copy(entry));
		free(name);
		jv_free(other);
		jv_free(last);
		jv_free(entry);
		jv_free(key);
	}
	return out;
}

jv
view_connections(struct view *v, const char *member)
{
	jv out = jv_array(), row;

	HASH_SORT(v->statuses, by_key);
	for (struct known *k = v->statuses; k != NULL; k = k->hh.next) {
		if (member != NULL && strcmp(member, k->member) != 0)
			continue;
		row = jv_object();
		json_set_str(&row, "connection", k->connection);
		json_set_str(&row, "member", k->member);
		json_set_str(&row, "state", json_str(k->value, "state", ""));
		json_set_str(&row, "reason", json_str(k->value, "reason", ""));
		json_set(&row, "counters", json_get(k->value, "counters"));
		out = jv_array_append(out, row);
	}
	return out;
}
