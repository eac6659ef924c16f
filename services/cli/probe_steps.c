/* The steps of `twinwire probe`: see probe.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/count.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/asked.h"
#include "cli/probe.h"
#include "map/connection.h"
#include "map/preset.h"

enum { PAGES_MAX = 50 };

static const char *const said_words[] = {"no", "yes", "not known"};

static void note(struct probe *p, const char *step, enum probe_said result,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
note(struct probe *p, const char *step, enum probe_said result,
    const char *format, ...)
{
	char text[300];
	jv one = jv_object();
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	json_set_str(&one, "step", step);
	json_set_str(&one, "result", said_words[result]);
	json_set_str(&one, "text", text);
	p->steps = jv_array_append(p->steps, one);
	cli_say(&p->cli, 0, "%s: %s", step, text);
}

/* Variables for programs about version RECORD (borrowed), in row LOCAL_ID
 * (NULL: none); BODY (consumed; invalid: none). */
static jv
vars_of(const struct probe *p, jv body, const char *local_id)
{
	char at[CLOCK_TEXT_SIZE];
	jv vars = jv_object(), row = jv_null();

	json_set_str(&vars, "type", record_type_word(p->type));
	json_set_str(&vars, "topic", "tw.events.probe");
	json_set_str(&vars, "key", p->key);
	json_set_str(&vars, "marker", p->marker);
	json_set_str(&vars, "at", clock_text(clock_wall_ms(), at));
	json_set(&vars, "config", jv_copy(p->conf->config));
	if (jv_is_valid(body))
		json_set(&vars, "body", body);
	else
		jv_free(body);
	if (local_id != NULL) {
		row = jv_object();
		json_set_str(&row, "local_id", local_id);
		json_set_str(&row, "url", "");
		json_set_str(&row, "version", "");
	}
	json_set(&vars, "row", row);
	return vars;
}

/* What the preset writes for RECORD (borrowed); invalid with ERR. */
static jv
body_of(const struct probe *p, jv record, struct err *err)
{
	jv body;

	if (preset_run(p->conf->preset, PRESET_BODY, jv_copy(record),
		vars_of(p, jv_invalid(), NULL), &body, err) != 0)
		return jv_invalid();
	return body;
}

/* Send OP of RECORD with an idempotency key of ITS. */
static jv
ask(struct probe *p, enum preset_op op, jv record, const char *local_id,
    struct err *err)
{
	jv body = jv_invalid(), vars;

	if (jv_get_kind(record) == JV_KIND_OBJECT) {
		body = body_of(p, record, err);
		if (!jv_is_valid(body))
			return body;
	}
	vars = vars_of(p, body, local_id);
	json_set_str(&vars, "id",
	    jv_equal(jv_copy(record), jv_copy(p->changed)) ? "msg_probe2"
							   : "msg_probe1");
	return asked_ask(p->asked, op, jv_copy(record), vars, err);
}

static int
is_good(jv answer)
{
	int64_t status = json_int(answer, "status", 0);

	return status >= 200 && status < 300;
}

/* What the preset's `errors` says of ANSWER to OP (borrowed), "" nothing. */
static jv
word_of(struct probe *p, const char *op, jv answer)
{
	jv vars = vars_of(p, jv_invalid(), NULL), out;

	json_set_str(&vars, "op", op);
	if (preset_run(p->conf->preset, PRESET_ERRORS, jv_copy(answer), vars,
		&out, NULL) != 0)
		return jv_null();
	return out;
}

/* Items that ANSWER (consumed) to OP names with our marker, or any if it is a
 * write's; invalid if it cannot be read. */
static jv
items_of(struct probe *p, const char *op, jv record, jv answer)
{
	struct err err = {0};
	jv vars, out, body = jv_invalid();

	if (jv_get_kind(record) == JV_KIND_OBJECT)
		body = body_of(p, record, &err);
	vars = vars_of(p, body, NULL);
	json_set_str(&vars, "op", op);
	if (preset_run(
		p->conf->preset, PRESET_STORED, answer, vars, &out, &err) != 0)
		return jv_invalid();
	return out;
}

static void
remember(struct probe *p, const char *local_id)
{
	int is_known = 0;

	jv_array_foreach (p->local_ids, i, one) {
		is_known |= strcmp(jv_string_value(one), local_id) == 0;
		jv_free(one);
	}
	if (!is_known && local_id[0] != '\0')
		p->local_ids =
		    jv_array_append(p->local_ids, jv_string(local_id));
}

static char *
first_id(const struct probe *p)
{
	jv one = jv_array_get(jv_copy(p->local_ids), 0);
	char *id = jv_get_kind(one) == JV_KIND_STRING
		       ? mem_dup(jv_string_value(one))
		       : NULL;

	jv_free(one);
	return id;
}

/* All that is there of the test record now, each remembered: by the look-up,
 * else by reading what is remembered.  Invalid if neither can be asked. */
static jv
look(struct probe *p)
{
	struct err err = {0};
	int has_find = preset_has(p->conf->preset, PRESET_FIND_BY);
	char *id = first_id(p);
	jv answer, list, ours = jv_array(), word;

	if (!preset_has(p->conf->preset, PRESET_STORED) ||
	    (!has_find &&
		(id == NULL || !preset_has(p->conf->preset, PRESET_READ)))) {
		free(id);
		jv_free(ours);
		return jv_invalid();
	}
	answer = ask(p, has_find ? PRESET_FIND_BY : PRESET_READ,
	    has_find ? p->record : jv_null(), id, &err);
	free(id);
	if (!jv_is_valid(answer)) {
		jv_free(ours);
		return answer;
	}
	if (!is_good(answer)) {
		word = word_of(p, has_find ? "find" : "read", answer);
		if (jv_get_kind(word) != JV_KIND_STRING &&
		    json_int(answer, "status", 0) != 404 &&
		    json_int(answer, "status", 0) != 410) {
			jv_free(ours);
			ours = jv_invalid();
		}
		jv_free(word);
		jv_free(answer);
		return ours;
	}
	list = items_of(p, has_find ? "find" : "read", p->record, answer);
	if (jv_get_kind(list) != JV_KIND_ARRAY) {
		jv_free(ours);
		return list;
	}
	jv_array_foreach (list, i, one) {
		if (!has_find ||
		    strcmp(json_str(one, "marker", ""), p->marker) == 0) {
			remember(p, json_str(one, "local_id", ""));
			ours = jv_array_append(ours, jv_copy(one));
		}
		jv_free(one);
	}
	jv_free(list);
	return ours;
}

/* The whole listing: how many items are the test record's, in *OUT_GONE
 * whether LOCAL_ID is among those gone, in *OUT_WHOLE whether it came to its
 * end.  -1 if it cannot be had. */
static int
list_all(struct probe *p, const char *local_id, int *out_gone, int *out_whole)
{
	jv cursor = jv_null(), answer, page, items, gone;
	struct err err = {0};
	int n = 0;

	*out_gone = *out_whole = 0;
	for (int i = 0; i < PAGES_MAX && !*out_whole; i++) {
		jv vars = vars_of(p, jv_invalid(), NULL);

		json_set(&vars, "cursor", jv_copy(cursor));
		answer = asked_ask(
		    p->asked, PRESET_LIST, jv_null(), jv_copy(vars), &err);
		if (!jv_is_valid(answer) || !is_good(answer) ||
		    preset_run(p->conf->preset, PRESET_LISTED, answer, vars,
			&page, &err) != 0) {
			jv_free(cursor);
			return -1;
		}
		items = json_get(page, "items");
		jv_array_foreach (items, k, one) {
			if (strcmp(json_str(one, "marker", ""), p->marker) ==
				0 ||
			    (local_id != NULL &&
				strcmp(json_str(one, "local_id", ""),
				    local_id) == 0)) {
				n++;
				remember(p, json_str(one, "local_id", ""));
			}
			jv_free(one);
		}
		gone = json_get(page, "gone");
		jv_array_foreach (gone, g, one) {
			*out_gone |=
			    local_id != NULL &&
			    strcmp(jv_string_value(one), local_id) == 0;
			jv_free(one);
		}
		jv_free(cursor);
		cursor = json_get(page, "next");
		*out_whole = json_bool(page, "complete", 0);
		jv_free(items);
		jv_free(gone);
		jv_free(page);
	}
	jv_free(cursor);
	return n;
}

static int
step_enter(struct probe *p)
{
	struct err err = {0};
	jv answer, said;

	if (!preset_has(p->conf->preset, PRESET_PROBE)) {
		p->lets_in = PROBE_UNKNOWN;
		note(p, "enter", PROBE_UNKNOWN,
		    "the preset has no `probe`: nothing tells a wrong "
		    "password from a record that is refused");
		return 0;
	}
	answer = ask(p, PRESET_PROBE, jv_null(), NULL, &err);
	if (!jv_is_valid(answer)) {
		note(p, "enter", PROBE_NO, "%s", err.msg);
		return -1;
	}
	if (preset_run(p->conf->preset, PRESET_PROBED, answer,
		vars_of(p, jv_invalid(), NULL), &said, &err) != 0) {
		note(p, "enter", PROBE_NO, "%s", err.msg);
		return -1;
	}
	p->lets_in = jv_get_kind(said) == JV_KIND_TRUE ? PROBE_YES : PROBE_NO;
	note(p, "enter", p->lets_in, "%s",
	    p->lets_in == PROBE_YES ? "the system lets us in"
				    : jv_string_value(said));
	jv_free(said);
	return p->lets_in == PROBE_YES ? 0 : -1;
}

static enum preset_op
create_op(const struct probe *p)
{
	return preset_has(p->conf->preset, PRESET_CREATE) ? PRESET_CREATE
							  : PRESET_UPDATE;
}

/* 0 if it was taken. */
static int
create(struct probe *p, const char *step)
{
	struct err err = {0};
	jv answer = ask(p, create_op(p), p->record, NULL, &err), list;
	int64_t status = json_int(answer, "status", 0);

	if (!jv_is_valid(answer) || !is_good(answer)) {
		note(p, step, PROBE_NO, "not taken: %s (status %lld)", err.msg,
		    (long long)status);
		jv_free(answer);
		return -1;
	}
	p->is_put = strcmp(json_str(answer, "method", ""), "PUT") == 0;
	if (!preset_has(p->conf->preset, PRESET_STORED)) {
		jv_free(answer);
		return 0;
	}
	list = items_of(p, "create", p->record, answer);
	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		jv_array_foreach (list, i, one) {
			remember(p, json_str(one, "local_id", ""));
			jv_free(one);
		}
	}
	jv_free(list);
	return 0;
}

/* Names of members of WRITTEN that HELD (both borrowed) has otherwise. */
static jv
differences(const struct probe *p, jv written, jv held)
{
	jv a = preset_owned(p->conf->preset, jv_copy(written));
	jv b = preset_owned(p->conf->preset, jv_copy(held));
	jv out = jv_array();

	if (jv_get_kind(a) == JV_KIND_OBJECT) {
		jv_object_foreach (a, name, value) {
			jv other = json_get(b, jv_string_value(name));

			if (!jv_is_valid(other)) {
				jv_free(other);
				other = jv_null();
			}
			if (!jv_equal(value, other))
				out = jv_array_append(out, jv_copy(name));
			jv_free(name);
		}
	}
	jv_free(a);
	jv_free(b);
	return out;
}

static void
step_read(struct probe *p)
{
	struct err err = {0};
	jv list = look(p), one, held, body;
	int n;

	if (jv_get_kind(list) != JV_KIND_ARRAY) {
		jv_free(list);
		note(p, "read", PROBE_UNKNOWN,
		    "the preset can neither look it up nor read it");
		return;
	}
	n = jv_array_length(jv_copy(list));
	if (n == 0) {
		p->keeps_key = PROBE_NO;
		note(p, "read", PROBE_NO,
		    "it is not found by our key after it was created");
		jv_free(list);
		return;
	}
	one = jv_array_get(list, 0);
	held = json_get(one, "record");
	body = body_of(p, p->record, &err);
	p->keeps_key = strcmp(json_str(one, "marker", ""), p->marker) == 0;
	p->is_find_good = n == 1 && preset_has(p->conf->preset, PRESET_FIND_BY);
	jv_free(p->rewritten);
	p->rewritten = differences(p, body, held);
	note(p, "read", p->keeps_key, "%s our key; %s",
	    p->keeps_key ? "it keeps" : "it does not keep",
	    jv_array_length(jv_copy(p->rewritten)) == 0
		? "what we wrote comes back as it was"
		: "it rewrites what we wrote");
	jv_free(one);
	jv_free(held);
	jv_free(body);
}

static void
step_repeat(struct probe *p)
{
	int gone, whole, n = -1;
	jv list;

	if (create(p, "repeat") != 0) {
		p->idempotent = PROBE_NO;
		return;
	}
	list = look(p);
	if (jv_get_kind(list) == JV_KIND_ARRAY &&
	    preset_has(p->conf->preset, PRESET_FIND_BY))
		n = jv_array_length(jv_copy(list));
	else if (preset_has(p->conf->preset, PRESET_LIST))
		n = list_all(p, NULL, &gone, &whole);
	jv_free(list);
	if (n < jv_array_length(jv_copy(p->local_ids)))
		n = jv_array_length(jv_copy(p->local_ids));
	p->n_made = n;
	p->idempotent = n < 1 ? PROBE_UNKNOWN : n == 1;
	if (n < 1)
		note(p, "repeat", PROBE_UNKNOWN,
		    "taken twice; how often it is there cannot be asked");
	else
		note(p, "repeat", p->idempotent,
		    "the same create sent twice made %d %s", n,
		    count_word(n, "item", "items"));
}

static void
step_update(struct probe *p)
{
	struct err err = {0};
	char *id = first_id(p);
	jv answer = ask(p, PRESET_UPDATE, p->changed, id, &err), list, body;

	free(id);
	if (!jv_is_valid(answer) || !is_good(answer)) {
		p->updates = PROBE_NO;
		note(p, "update", PROBE_NO, "not taken: %s (status %lld)",
		    err.msg, (long long)json_int(answer, "status", 0));
		jv_free(answer);
		return;
	}
	jv_free(answer);
	list = look(p);
	body = body_of(p, p->changed, &err);
	p->updates = PROBE_UNKNOWN;
	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		p->updates = PROBE_NO;
		jv_array_foreach (list, i, one) {
			jv held = json_get(one, "record");
			jv differ = differences(p, body, held);

			/* No more than what it rewrites anyway. */
			if (jv_array_length(differ) <=
			    jv_array_length(jv_copy(p->rewritten)))
				p->updates = PROBE_YES;
			jv_free(held);
			jv_free(one);
		}
	}
	jv_free(list);
	jv_free(body);
	note(p, "update", p->updates, "%s",
	    p->updates == PROBE_YES  ? "the new version stands there"
	    : p->updates == PROBE_NO ? "taken, but the old version stands there"
				     : "taken; what stands there cannot be "
				       "asked");
}

static void
step_list(struct probe *p)
{
	char *id = first_id(p);
	int gone, whole, n;

	if (!preset_has(p->conf->preset, PRESET_LIST)) {
		note(p, "list", PROBE_UNKNOWN, "the preset has no `list`");
		free(id);
		return;
	}
	n = list_all(p, id, &gone, &whole);
	free(id);
	p->lists = n > 0;
	if (n < 0)
		note(p, "list", PROBE_NO, "the listing cannot be had or read");
	else
		note(p, "list", p->lists, "%s%s",
		    n > 0 ? "it stands in the listing"
			  : "it does not stand in the listing",
		    whole ? "" : ", of which only the first pages were read");
}

/* Remove ID: the status of the answer, or 0. */
static int64_t
remove_one(struct probe *p, const char *id)
{
	struct err err = {0};
	jv answer = ask(p, PRESET_REMOVE, jv_null(), id, &err);
	int64_t status = json_int(answer, "status", 0);

	jv_free(answer);
	return status;
}

static void
step_remove(struct probe *p)
{
	char *id = first_id(p);
	int64_t status = 0;
	jv list;

	jv_array_foreach (p->local_ids, i, one) {
		status = remove_one(p, jv_string_value(one));
		jv_free(one);
	}
	if (id == NULL)
		status = remove_one(p, "");
	list = look(p);
	if (jv_get_kind(list) != JV_KIND_ARRAY)
		p->removes =
		    status >= 200 && status < 300 ? PROBE_UNKNOWN : PROBE_NO;
	else
		p->removes = jv_array_length(jv_copy(list)) == 0;
	jv_free(list);
	note(p, "delete", p->removes, "%s (status %lld)",
	    p->removes == PROBE_YES  ? "it is gone"
	    : p->removes == PROBE_NO ? "it is still there: delete it by hand"
				     : "taken; whether it is gone cannot be "
				       "asked",
	    (long long)status);
	if (id != NULL && p->removes == PROBE_YES) {
		status = remove_one(p, id);
		note(p, "delete again", PROBE_UNKNOWN,
		    "answered with status %lld", (long long)status);
	}
	free(id);
}

static void
step_deletion(struct probe *p)
{
	char *id = first_id(p);
	int gone = 0, whole = 0, n;

	if (preset_has(p->conf->preset, PRESET_LIST) && id != NULL &&
	    p->removes == PROBE_YES) {
		n = list_all(p, id, &gone, &whole);
		p->is_gone_listed = gone;
		p->shows_deletions = n == 0 && (gone || whole);
		note(p, "deletion", p->shows_deletions, "%s",
		    gone	      ? "the listing names it as gone"
		    : n == 0 && whole ? "it is missing from the whole listing"
				      : "the listing does not show it");
	}
	free(id);
}

void
probe_run(struct probe *p)
{
	p->steps = jv_array();
	p->local_ids = jv_array();
	p->rewritten = jv_array();
	p->n_made = -1;
	p->keeps_key = p->idempotent = p->updates = p->lists =
	    p->shows_deletions = p->removes = PROBE_UNKNOWN;
	if (step_enter(p) != 0)
		return;
	if (create(p, "create") != 0) {
		p->is_refused = 1;
		return;
	}
	note(p, "create", PROBE_YES, "taken");
	step_read(p);
	step_repeat(p);
	step_update(p);
	step_list(p);
	step_remove(p);
	step_deletion(p);
}
