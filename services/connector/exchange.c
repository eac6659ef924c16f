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
#include "connector/env.h"
#include "connector/exchange_inner.h"
#include "connector/item.h"
#include "map/connection.h"
#include "rest/call.h"
#include "rest/http.h"
#include "store/state.h"

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
		http_cancel(x->env->system.http, f->call);
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

static void
on_answer(void *ctx, const struct http_answer *a)
{
	struct flight *f = ctx;
	struct exchange *x = f->x;
	struct core_answer out = {0};

	DL_DELETE(x->flying, f);
	CRASH_POINT("site_answered");
	exchange_judge(x, f, a, &out);
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

	if (f->x->env->system.sign != NULL ||
	    preset_form_uses(p, program, "id"))
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
		call = call_send(&f->x->env->system, &c, on_answer, f, err);
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
		call = call_start(&env->system, request, on_answer, f, err);
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
		said = exchange_run(x, PRESET_PROBED, f, view, &err);
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
		f->call =
		    call_start(&x->env->system, request, on_probed, f, &err);
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
