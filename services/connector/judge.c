/* Judging: see judge.h. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "connector/hidden.h"
#include "connector/item.h"
#include "connector/judge.h"
#include "map/connection.h"
#include "event/rules.h"
#include "event/schema.h"
#include "map/filter.h"
#include "map/preset.h"
#include "wire/reader.h"

enum { JUDGE_MEMBERS_MAX = 40 };

int
judge_is_own(const struct connection *c, enum record_type t, const char *key)
{
	struct key_parts parts;
	size_t i;

	for (i = 0; i < c->n_publish; i++)
		if (c->publish[i].into == t && key_parse(t, key, &parts) == 0 &&
		    strcmp(parts.member, c->member) == 0 &&
		    strcmp(parts.ns, c->publish[i].ns) == 0)
			return 1;
	return 0;
}

/* Local id of the member's own row that partnership P stands beside. */
static char *
own_row(const struct connection *c, jv p)
{
	jv claims = json_get(p, "claims");
	char *found = NULL;
	struct key_parts parts;

	if (jv_get_kind(claims) == JV_KIND_ARRAY) {
		jv_array_foreach (claims, n, claim) {
			if (found == NULL &&
			    jv_get_kind(claim) == JV_KIND_STRING &&
			    judge_is_own(
				c, RECORD_CLAIM, jv_string_value(claim)) &&
			    key_parse(RECORD_CLAIM, jv_string_value(claim),
				&parts) == 0)
				found = mem_dup(parts.local_id);
			jv_free(claim);
		}
	}
	jv_free(claims);
	return found;
}

/* The first entry that the record passes: 1, 0 none, -1 with ERR. */
static int
first_passed(const struct judge_topic *t, const struct item *i,
    const struct connection_subscribe **out, struct err *err)
{
	size_t n;
	int rc;

	for (n = 0; n < t->n_entries; n++) {
		rc = connection_passes(
		    t->entries[n], i->type, t->name, i->record, err);
		if (rc != 0) {
			*out = t->entries[n];
			return rc;
		}
	}
	return 0;
}

static void
judge_bad(struct item *i, struct core_record *r, const char *code,
    const struct err *err)
{
	item_fail(i, code, err->msg);
	r->want = CORE_BAD;
}

/* What goes out is only ever sent as text, and what the system makes of it is
 * not held against it later (foreign edits, look-ups). */
static int
sends_text(const struct connection *c)
{
	return preset_tier(c->preset) == PRESET_PUT && c->n_publish == 0 &&
	       preset_is_form(c->preset, PRESET_CREATE) &&
	       preset_is_form(c->preset, PRESET_UPDATE);
}

static void
judge_body(struct item *i, struct core_record *r)
{
	struct err err = {0};

	if (i->text.size == 0 && !preset_has(i->conf->preset, PRESET_BODY)) {
		i->body = jv_copy(i->record);
	} else if (i->text.size == 0 &&
		   preset_run(i->conf->preset, PRESET_BODY, jv_copy(i->record),
		       item_vars(i, jv_null()), &i->body, &err) != 0) {
		i->body = jv_invalid();
		judge_bad(i, r, "mapping_error", &err);
		return;
	}
	if (sends_text(i->conf) && !i->is_columns)
		item_print(i);
	item_seal(i);
	memcpy(r->hash, i->hash, sizeof(r->hash));
	r->want = CORE_KEEP;
}

/* Rows that stay although their record left: on_leave: keep everywhere. */
static int
keeps_on_leave(const struct judge_topic *t)
{
	size_t n;

	for (n = 0; n < t->n_entries; n++)
		if (!t->entries[n]->on_leave_keep)
			return 0;
	return 1;
}

/* Partnerships that stand beside the member's own rows. */
static int
has_columns(const struct judge_topic *t)
{
	size_t n;

	for (n = 0; n < t->n_entries; n++)
		if (t->entries[n]->as_columns)
			return 1;
	return 0;
}

/* Whether an entry's lists look at more than whether a record is confirmed. */
static int
has_filter(const struct judge_topic *t)
{
	for (size_t n = 0; n < t->n_entries; n++)
		if (jv_object_length(jv_copy(t->entries[n]->filter)) > 0)
			return 1;
	return 0;
}

void
judge_want(const struct connection *c, const struct judge_topic *t,
    enum record_type type, struct reader_want *out)
{
	static const char *const own[] = {"sameAs", NULL};
	const char *const *const lists[] = {rules_origin_members,
	    has_filter(t) ? filter_members : filter_members_unconfirmed, own};
	const char *names[JUDGE_MEMBERS_MAX + 1];
	size_t n = 0;

	*out = (struct reader_want){
	    .is_text = sends_text(c) && !has_columns(t) &&
		       !preset_has(c->preset, PRESET_BODY)};
	if (!out->is_text)
		return;
	for (size_t e = 0; e < t->n_entries; e++)
		if (t->entries[e]->where != NULL)
			return;
	for (size_t l = 0; l < sizeof(lists) / sizeof(*lists); l++)
		for (size_t i = 0; lists[l][i] != NULL; i++)
			if (n < JUDGE_MEMBERS_MAX)
				names[n++] = lists[l][i];
	names[n] = NULL;
	out->part =
	    schema_part(schema_builtin(record_type_schema(type)), names);
}

void
judge_record(const struct connection *c, const struct judge_topic *t,
    struct hidden *hidden, struct item *i, struct core_record *r)
{
	const struct connection_subscribe *entry = NULL;
	struct err err = {0};
	jv same_as;
	int passes;

	if (judge_is_own(c, i->type, i->key)) {
		r->want = CORE_SKIP;
		return;
	}
	passes = jv_get_kind(i->record) == JV_KIND_OBJECT && !t->is_purged
		     ? first_passed(t, i, &entry, &err)
		     : 0;
	if (i->type == RECORD_EVENT) {
		same_as =
		    passes == 1 ? json_get(i->record, "sameAs") : jv_null();
		hidden_set(hidden, i->key, 0, same_as);
		jv_free(same_as);
	}
	i->is_columns = passes == 1 ? entry->as_columns : has_columns(t);
	if (jv_get_kind(i->record) == JV_KIND_NULL) {
		r->want = CORE_WITHDRAWN;
		return;
	}
	if (passes < 0) {
		judge_bad(i, r, "filter_error", &err);
		return;
	}
	if (passes == 0) {
		r->want =
		    keeps_on_leave(t) && !t->is_purged ? CORE_SKIP : CORE_LEFT;
		return;
	}
	if (i->is_columns &&
	    (i->own_local_id = own_row(c, i->record)) == NULL) {
		r->want = CORE_LEFT;
		return;
	}
	if (i->type == RECORD_EVENT && hidden_is(hidden, i->key)) {
		r->want = CORE_HIDE;
		return;
	}
	judge_body(i, r);
}
