/* Exchange: see exchange.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "connector/answer.h"
#include "connector/call.h"
#include "connector/env.h"
#include "connector/exchange.h"
#include "connector/item.h"
#include "map/connection.h"
#include "map/preset.h"
#include "rest/http.h"
#include "store/state.h"

/* One operation under way, or answered without a request. */
struct flight {
	struct exchange *x;
	uint64_t id;
	enum core_op op;
	struct item *item;	/* borrowed; NULL for a probe */
	struct http_call *call; /* NULL: answered at once */
	struct core_answer answer;
	char text[256]; /* of a probe that could not be asked */
	struct flight *prev, *next;
};

struct exchange {
	const struct env *env;
	exchange_answered *answered;
	exchange_probed *probed;
	void *ctx;
	struct flight *flying, *due;
};

struct exchange *
exchange_new(const struct env *env, exchange_answered *answered,
    exchange_probed *probed, void *ctx)
{
	struct exchange *x = mem_new(1, sizeof(*x));

	x->env = env;
	x->answered = answered;
	x->probed = probed;
	x->ctx = ctx;
	return x;
}

void
exchange_free(struct exchange *x)
{
	struct flight *f, *next;

	if (x == NULL)
		return;
	DL_FOREACH_SAFE(x->flying, f, next)
	{
		http_cancel(x->env->http, f->call);
		free(f);
	}
	DL_FOREACH_SAFE(x->due, f, next)
	free(f);
	free(x);
}

static enum preset_op
preset_op(const struct preset *p, enum core_op op, const struct item *i)
{
	if (i->is_columns)
		return PRESET_COLUMNS;
	switch (op) {
	case CORE_FIND:
		return PRESET_FIND_BY;
	case CORE_CREATE:
		return PRESET_CREATE;
	case CORE_PUT:
		return preset_has(p, PRESET_CREATE) ? PRESET_CREATE
						    : PRESET_UPDATE;
	case CORE_UPDATE:
		return PRESET_UPDATE;
	case CORE_REMOVE:
	case CORE_REMOVE_TWIN:
		break;
	}
	return PRESET_REMOVE;
}

static jv
row_of_item(jv item)
{
	jv row = jv_object();

	json_set_str(&row, "local_id", json_str(item, "local_id", ""));
	json_set_str(&row, "url", json_str(item, "url", ""));
	json_set_str(&row, "version", json_str(item, "version", ""));
	return row;
}

/* $row: the twin, what a look-up adopted, or what the state file knows. */
static jv
row_for(struct exchange *x, enum core_op op, const struct item *i)
{
	struct state_row r;
	jv row = jv_null();

	if (op == CORE_REMOVE_TWIN && jv_is_valid(i->twin))
		return row_of_item(i->twin);
	if (jv_is_valid(i->found))
		return row_of_item(i->found);
	if (i->is_columns && i->own_local_id != NULL) {
		row = jv_object();
		json_set_str(&row, "local_id", i->own_local_id);
		return row;
	}
	if (state_get(x->env->state, x->env->conf->id, STATE_SUBSCRIBED, i->key,
		&r, NULL) == 1 &&
	    r.local_id[0] != '\0') {
		row = jv_object();
		json_set_str(&row, "local_id", r.local_id);
		json_set_str(&row, "url", r.url);
		json_set_str(&row, "version", r.version);
	}
	return row;
}

static int
is_removal(enum core_op op)
{
	return op == CORE_REMOVE || op == CORE_REMOVE_TWIN;
}

static void
answer_now(struct flight *f, enum core_result result)
{
	f->answer.result = result;
	DL_APPEND(f->x->due, f);
}

/* Run a program on an answer; jv_invalid() with ERR if it fails. */
static jv
run_on(struct exchange *x, enum preset_op op, const struct flight *f, jv view,
    struct err *err)
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
	jv list = run_on(x, PRESET_STORED, f, view, &err), older, younger;
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
	list = run_on(x, PRESET_STORED, f, view, &err);
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
	i->excerpt = mem_printf(
	    "%.*s", ITEM_EXCERPT_MAX_BYTES - 1, a->body != NULL ? a->body : "");
	http_site_mask(x->env->site, i->excerpt);
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

static void
judge_answer(struct exchange *x, struct flight *f, const struct http_answer *a,
    struct core_answer *out)
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
		word = run_on(x, PRESET_ERRORS, f, view, NULL);
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

static void
on_answer(void *ctx, const struct http_answer *a)
{
	struct flight *f = ctx;
	struct exchange *x = f->x;
	struct core_answer out = {0};

	DL_DELETE(x->flying, f);
	CRASH_POINT("site_answered");
	judge_answer(x, f, a, &out);
	x->answered(x->ctx, f->id, &out);
	free(f);
}

static struct flight *
new_flight(struct exchange *x, uint64_t id, enum core_op op, struct item *i)
{
	struct flight *f = mem_new(1, sizeof(*f));

	f->x = x;
	f->id = id;
	f->op = op;
	f->item = i;
	return f;
}

/* The request of a form, which needs no jq and little jv. */
static struct http_call *
start_form(struct flight *f, enum preset_op program, struct err *err)
{
	struct preset *p = f->x->env->conf->preset;
	const struct connection *conf = f->x->env->conf;
	const struct item *i = f->item;
	struct buf path = {0}, text = {0};
	struct http_call *call = NULL;
	struct call c = {0};
	jv row = jv_null(), content;
	char *marker = item_marker(i), *id = NULL;
	struct preset_words words = {
	    .type = record_type_word(i->type), .marker = marker, .key = i->key};
	int has_body;

	if (f->x->env->sign != NULL || preset_form_uses(p, program, "id"))
		id = item_message_id(i, is_removal(f->op));
	if (preset_form_uses(p, program, "local_id"))
		row = row_for(f->x, f->op, i);
	words.id = c.id = id;
	words.local_id = json_str(row, "local_id", NULL);
	if (preset_fill(p, program, &words, conf->config, &path, &c.method,
		&has_body, err) == 0) {
		c.path = path.data;
		if (has_body && i->text.size == 0) {
			content = item_content(i);
			json_canonical(content, &text);
			jv_free(content);
		}
		if (has_body) {
			c.body = text.size > 0 ? text.data : i->text.data;
			c.body_size = text.size > 0 ? text.size : i->text.size;
		}
		call = call_send(f->x->env, &c, on_answer, f, err);
	}
	jv_free(row);
	buf_free(&text);
	buf_free(&path);
	free(marker);
	free(id);
	return call;
}

/* The request that a jq program makes. */
static struct http_call *
start_program(struct flight *f, enum preset_op program, struct err *err)
{
	const struct env *env = f->x->env;
	const struct item *i = f->item;
	char *id = item_message_id(i, is_removal(f->op));
	jv vars = item_vars(i, row_for(f->x, f->op, i)), request;
	jv input = jv_is_valid(i->record) && !is_removal(f->op)
		       ? jv_copy(i->record)
		       : jv_null();
	struct http_call *call = NULL;

	json_set_str(&vars, "op", core_op_word(f->op));
	json_set_str(&vars, "id", id);
	if (preset_run(
		env->conf->preset, program, input, vars, &request, err) == 0) {
		json_set_str(&request, "id", id);
		call = call_start(env, request, on_answer, f, err);
	}
	free(id);
	return call;
}

void
exchange_start(struct exchange *x, uint64_t id, enum core_op op, struct item *i)
{
	struct preset *p = x->env->conf->preset;
	enum preset_op program = preset_op(p, op, i);
	struct flight *f = new_flight(x, id, op, i);
	struct err err = {0};

	if (!preset_has(p, program)) {
		answer_now(f, op == CORE_FIND ? CORE_NONE : CORE_OK);
		return;
	}
	f->call = preset_is_form(p, program) ? start_form(f, program, &err)
					     : start_program(f, program, &err);
	if (f->call == NULL) {
		item_fail(i, "mapping_error", err.msg);
		answer_now(f, CORE_REJECT);
		return;
	}
	DL_APPEND(x->flying, f);
}

static void
on_probed(void *ctx, const struct http_answer *a)
{
	struct flight *f = ctx;
	struct exchange *x = f->x;
	const struct preset *p = x->env->conf->preset;
	struct err err = {0};
	char text[256] = "";
	int ok =
	    a->outcome == HTTP_ANSWERED && a->status >= 200 && a->status < 300;
	jv view, said;

	DL_DELETE(x->flying, f);
	if (a->outcome != HTTP_ANSWERED)
		snprintf(text, sizeof(text), "%.200s", a->err->msg);
	else if (!ok)
		snprintf(text, sizeof(text), "the site answered %d", a->status);
	if (a->outcome == HTTP_ANSWERED && preset_has(p, PRESET_PROBED)) {
		view = call_answer(a, preset_format(p));
		said = run_on(x, PRESET_PROBED, f, view, &err);
		ok = jv_get_kind(said) == JV_KIND_TRUE;
		if (jv_get_kind(said) == JV_KIND_STRING)
			snprintf(text, sizeof(text), "%.200s",
			    jv_string_value(said));
		jv_free(said);
		jv_free(view);
	}
	x->probed(x->ctx, ok, a->retry_after_ms, text);
	free(f);
}

void
exchange_probe(struct exchange *x)
{
	struct preset *p = x->env->conf->preset;
	struct flight *f = new_flight(x, 0, CORE_FIND, NULL);
	struct err err = {0};
	char at[CLOCK_TEXT_SIZE];
	jv request, vars = jv_object();

	json_set(&vars, "config", jv_copy(x->env->conf->config));
	json_set_str(&vars, "at", clock_text(clock_wall_ms(), at));
	if (!preset_has(p, PRESET_PROBE)) {
		jv_free(vars);
		DL_APPEND(x->due, f);
		return;
	}
	if (preset_run(p, PRESET_PROBE, jv_null(), vars, &request, &err) == 0)
		f->call = call_start(x->env, request, on_probed, f, &err);
	if (f->call == NULL) {
		snprintf(f->text, sizeof(f->text), "%.200s", err.msg);
		DL_APPEND(x->due, f);
		return;
	}
	DL_APPEND(x->flying, f);
}

void
exchange_step(struct exchange *x)
{
	struct flight *f;

	while ((f = x->due) != NULL) {
		DL_DELETE(x->due, f);
		if (f->item == NULL)
			x->probed(x->ctx, f->text[0] == '\0', 0, f->text);
		else
			x->answered(x->ctx, f->id, &f->answer);
		free(f);
	}
}

int
exchange_has_due(const struct exchange *x)
{
	return x->due != NULL;
}
