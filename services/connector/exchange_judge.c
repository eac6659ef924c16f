/* What an answer means: see exchange_inner.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "connector/answer.h"
#include "connector/env.h"
#include "connector/exchange_inner.h"
#include "connector/item.h"
#include "map/connection.h"
#include "rest/call.h"
#include "rest/http.h"
#include "store/state.h"

jv
exchange_run(struct exchange *x, enum preset_op op, const struct flight *f,
    jv view, struct err *err)
{
	jv vars = f->item != NULL ? item_vars(f->item, jv_null()) : jv_object();
	jv out;

	if (f->item == NULL)
		json_set(&vars, "config", jv_copy(x->env->conf->config));
	else
		json_set_str(&vars, "op", core_op_word(f->op));
	json_set_int(&vars, "status", json_int(view, "status", 0));
	if (preset_run(
		x->env->conf->preset, op, jv_copy(view), vars, &out, err) != 0)
		return jv_invalid();
	return out;
}

static int
is_same_content(const struct item *i, jv a, jv b)
{
	const struct preset *p = i->conf->preset;
	unsigned char hash_a[JSON_HASH_SIZE], hash_b[JSON_HASH_SIZE];

	if (!jv_is_valid(a) || !jv_is_valid(b))
		return 0;
	a = preset_owned(p, jv_copy(a));
	b = preset_owned(p, jv_copy(b));
	json_hash(a, hash_a);
	json_hash(b, hash_b);
	jv_free(a);
	jv_free(b);
	return memcmp(hash_a, hash_b, sizeof(hash_a)) == 0;
}

/* Local ids are strings; where they are numbers, smaller is older. */
static int
is_older(jv a, jv b)
{
	const char *ida = json_str(a, "local_id", "");
	const char *idb = json_str(b, "local_id", "");

	if (strlen(ida) != strlen(idb) &&
	    strspn(ida, "0123456789") == strlen(ida) &&
	    strspn(idb, "0123456789") == strlen(idb))
		return strlen(ida) < strlen(idb);
	return strcmp(ida, idb) < 0;
}

static void
keep_twin(struct item *i, jv one)
{
	if (jv_is_valid(i->twin) && !is_older(one, i->twin)) {
		jv_free(one);
		return;
	}
	jv_free(i->twin);
	i->twin = one;
}

static void
keep_found(struct item *i, jv one)
{
	if (!jv_is_valid(i->found)) {
		i->found = one;
	} else if (is_older(one, i->found)) {
		keep_twin(i, i->found);
		i->found = one;
	} else {
		keep_twin(i, one);
	}
}

/* Of LIST (consumed) keep the oldest item with our marker and the next. */
static int
adopt(struct item *i, jv list)
{
	char *marker = item_marker(i);
	int n = 0;

	jv_free(i->found);
	jv_free(i->twin);
	i->found = i->twin = jv_invalid();
	jv_array_foreach (list, at, one) {
		if (strcmp(json_str(one, "marker", ""), marker) == 0) {
			keep_found(i, one);
			n++;
		} else {
			jv_free(one);
		}
	}
	jv_free(list);
	free(marker);
	return n;
}

/* "Does it hold what we created when the outcome was unknown?" */
static int
is_as_created(struct exchange *x, const struct item *i, jv content)
{
	unsigned char hash[JSON_HASH_SIZE];
	struct state_row row;
	jv owned;

	if (!jv_is_valid(content) ||
	    state_get(x->env->state, x->env->conf->id, STATE_SUBSCRIBED, i->key,
		&row, NULL) != 1 ||
	    row.verify_at_ms == 0)
		return 0;
	owned = preset_owned(i->conf->preset, jv_copy(content));
	json_hash(owned, hash);
	jv_free(owned);
	return memcmp(hash, row.created, sizeof(hash)) == 0;
}

static void
judge_found(
    struct exchange *x, struct flight *f, jv view, struct core_answer *out)
{
	struct err err = {0};
	jv list = exchange_run(x, PRESET_STORED, f, view, &err), older, younger;
	struct item *i = f->item;

	if (jv_get_kind(list) != JV_KIND_ARRAY) {
		/* Whatever answered was not the list we asked for: nothing is
		 * known, and creating now could double. */
		jv_free(list);
		item_fail(i, "site_answer_unreadable",
		    err.msg[0] != '\0' ? err.msg : "no list of items");
		out->result = CORE_RETRY;
		return;
	}
	out->n_items = adopt(i, list);
	out->result = out->n_items > 0 ? CORE_FOUND : CORE_NONE;
	if (out->n_items == 0)
		return;
	older = json_get(i->found, "record");
	out->is_equal = is_same_content(i, older, i->body);
	out->is_as_created = is_as_created(x, i, older);
	if (out->n_items > 1) {
		younger = json_get(i->twin, "record");
		out->is_twin_equal = is_same_content(i, younger, i->body) ||
				     is_same_content(i, younger, older) ||
				     is_as_created(x, i, younger);
		jv_free(younger);
	}
	jv_free(older);
}

/* Does ITEM, as the system answered, say that it is another record's? */
static int
is_anothers(const struct item *i, jv item)
{
	const char *says = json_str(item, "marker", "");
	char *marker = item_marker(i);
	int is_ours = says[0] == '\0' || strcmp(says, marker) == 0;

	free(marker);
	return !is_ours;
}

/* What the system says it holds now. */
static void
judge_written(
    struct exchange *x, struct flight *f, jv view, struct core_answer *out)
{
	int64_t status = json_int(view, "status", 0);
	struct item *i = f->item;
	struct err err = {0};
	jv list, one = jv_invalid();
	int is_readable;

	/* As rows.c: what the system does not name, our marker names. */
	out->has_local_id = preset_tier(x->env->conf->preset) != PRESET_FIND;
	/* "Done" by the preset's `errors`: an error's body is no item. */
	if (status < 200 || status >= 300 || f->op == CORE_REMOVE ||
	    f->op == CORE_REMOVE_TWIN || i->is_columns ||
	    !preset_has(x->env->conf->preset, PRESET_STORED))
		return;
	list = exchange_run(x, PRESET_STORED, f, view, &err);
	is_readable = jv_get_kind(list) == JV_KIND_ARRAY;
	if (is_readable && jv_array_length(jv_copy(list)) > 0)
		one = jv_array_get(jv_copy(list), 0);
	jv_free(list);
	if (jv_is_valid(one) && is_anothers(i, one)) {
		/* Linked to it, the next version would overwrite it. */
		jv_free(one);
		item_fail(i, "site_answer_unreadable",
		    "the site answered with another record's item");
		out->result = CORE_UNKNOWN;
	} else if (jv_is_valid(one)) {
		if (json_str(one, "local_id", "")[0] != '\0')
			out->has_local_id = 1;
		jv_free(i->stored);
		i->stored = one;
	} else if (is_readable && f->op == CORE_UPDATE) {
		/* It took the update in the trash: gone for all readers. */
		out->result = CORE_GONE;
	} else {
		/* "Done", but what?  Look, or do it again. */
		item_fail(i, "site_answer_unreadable", err.msg);
		out->result = CORE_UNKNOWN;
	}
}

static void
note_failure(
    const struct exchange *x, struct item *i, const struct http_answer *a)
{
	char text[160];

	i->status = a->status;
	if (a->outcome == HTTP_ANSWERED)
		snprintf(text, sizeof(text), "the site answered %d", a->status);
	else
		snprintf(text, sizeof(text), "%.150s", a->err->msg);
	item_fail(i, answer_code(a), text);
	free(i->excerpt);
	i->excerpt = http_site_excerpt(
	    x->env->system.site, a->body, ITEM_EXCERPT_MAX_BYTES - 1);
}

/* Done, and the system says no more than that: our id is its id. */
static int
is_bare(const struct exchange *x, const struct flight *f,
    const struct http_answer *a)
{
	return a->outcome == HTTP_ANSWERED && a->status >= 200 &&
	       a->status < 300 && a->body_size == 0 && f->op != CORE_FIND &&
	       preset_tier(x->env->conf->preset) == PRESET_PUT &&
	       !jv_is_valid(f->item->body);
}

void
exchange_judge(struct exchange *x, struct flight *f,
    const struct http_answer *a, struct core_answer *out)
{
	const struct preset *p = x->env->conf->preset;
	jv view, word = jv_null();
	const char *said = NULL;

	if (is_bare(x, f, a)) {
		answer_classify(f->op, a, NULL, out);
		f->item->status = a->status;
		out->has_local_id = 1;
		return;
	}
	view = call_answer(a, preset_format(p));
	if (a->outcome == HTTP_ANSWERED && a->status >= 300 &&
	    preset_has(p, PRESET_ERRORS)) {
		word = exchange_run(x, PRESET_ERRORS, f, view, NULL);
		if (jv_get_kind(word) == JV_KIND_STRING)
			said = jv_string_value(word);
	}
	answer_classify(f->op, a, said, out);
	jv_free(word);
	if (out->result != CORE_OK && out->result != CORE_NONE)
		note_failure(x, f->item, a);
	else if (a->outcome == HTTP_ANSWERED)
		f->item->status = a->status;
	if (out->result == CORE_OK && f->op == CORE_FIND)
		judge_found(x, f, view, out);
	else if (out->result == CORE_OK)
		judge_written(x, f, view, out);
	jv_free(view);
}
