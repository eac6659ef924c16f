/*
 * jq programs in a sandbox: see program.h.  Everything a program may see comes
 * in through its input, never by splicing text.
 */
#include <stdlib.h>
#include <string.h>

#include <jq.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/program.h"
#include "map/program_inner.h"

/* One distinct text, shared by all programs that are in it. */
struct compiled {
	struct compiled *next;
	char *text;   /* with the prelude */
	jq_state *jq; /* NULL after a halt: compiled again at the next run */
	size_t refs;
};

struct program {
	char *name;
	struct compiled *compiled;
	int number; /* among those it is compiled with, -1: alone */
};

/* Not thread-safe, as program.h says: one loop owns all programs. */
static struct compiled *cache;

void
program_sandbox(void)
{
	/* jq reads $HOME/.jq and the colours; both are the user's. */
	clearenv();
	setenv("JQ_LIBRARY_PATH", "", 1);
}

/* ---- compiling --------------------------------------------------------- */

/*
 * jq says "jq: error: WHAT at <top-level>, line N:" and then the whole text;
 * WHAT and N are wanted, once a mistake.
 */
static void
on_compile_error(void *arg, jv msg)
{
	static const char before[] = "jq: error: ";
	struct buf *out = arg;
	const char *s =
	    jv_get_kind(msg) == JV_KIND_STRING ? jv_string_value(msg) : "";
	const char *at, *line, *end;

	if (strncmp(s, before, sizeof(before) - 1) == 0) {
		s += sizeof(before) - 1;
		at = strstr(s, " at <");
		line = at != NULL ? strstr(at, ", line ") : NULL;
		buf_puts(out, out->size ? "; " : "");
		if (line != NULL)
			buf_printf(
			    out, "line %ld: ", strtol(line + 7, NULL, 10));
		end = at != NULL ? at : s + strcspn(s, "\n");
		at = strstr(s, " (Unix shell");
		if (at != NULL && at < end)
			end = at;
		buf_add(out, s, (size_t)(end - s));
	}
	jv_free(msg);
}

static jq_state *
compile(const char *name, const char *text, struct err *err)
{
	struct buf messages = {.max = ERR_MSG_SIZE};
	jq_state *jq = jq_init();

	if (jq == NULL)
		abort();
	jq_set_error_cb(jq, on_compile_error, &messages);
	jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
	if (!jq_compile(jq, text)) {
		err_set(err, ERR_REJECT, 0, "%s: %s", name,
		    messages.size ? messages.data : "not a jq program");
		jq_teardown(&jq);
	} else {
		jq_set_error_cb(jq, NULL, NULL);
	}
	buf_free(&messages);
	return jq;
}

/* Texts that compile but mean something else behind a prelude. */
static int
check_text(const char *name, const char *text, struct err *err)
{
	if (strlen(text) > PROGRAM_TEXT_MAX_BYTES)
		return err_set(err, ERR_REJECT, 0, "%s: longer than %d bytes",
		    name, PROGRAM_TEXT_MAX_BYTES);
	if (text[strspn(text, " \t\r\n")] == '\0')
		return err_set(
		    err, ERR_REJECT, 0, "%s: an empty program", name);
	return 0;
}

/* What TEXT is compiled to, maybe already; NULL with ERR. */
static struct compiled *
compiled_get(const char *name, const char *text, struct err *err)
{
	struct compiled *c;
	jq_state *jq;

	for (c = cache; c != NULL; c = c->next)
		if (strcmp(c->text, text) == 0)
			return c;
	jq = compile(name, text, err);
	if (jq == NULL)
		return NULL;
	c = mem_new(1, sizeof(*c));
	c->text = mem_dup(text);
	c->jq = jq;
	c->next = cache;
	cache = c;
	return c;
}

static struct program *
program_new(const char *name, struct compiled *c, int number)
{
	struct program *p = mem_new(1, sizeof(*p));

	c->refs++;
	p->name = mem_dup(name);
	p->compiled = c;
	p->number = number;
	return p;
}

struct program *
program_get(const char *name, const char *text, struct err *err)
{
	struct compiled *c;
	struct buf whole = {0};

	if (check_text(name, text, err) != 0)
		return NULL;
	program_text_one(text, &whole);
	c = compiled_get(name, whole.data, err);
	buf_free(&whole);
	return c != NULL ? program_new(name, c, -1) : NULL;
}

int
program_get_all(
    const struct program_source *sources, size_t n, struct program **out)
{
	struct compiled *c = NULL;
	struct buf whole = {0};
	struct err err = {0};
	int number = 0;

	if (program_text_all(sources, n, &whole) == 0)
		c = compiled_get("", whole.data, &err);
	buf_free(&whole);
	if (c == NULL)
		return -1;
	for (size_t i = 0; i < n; i++)
		out[i] = sources[i].is_defs
			     ? NULL
			     : program_new(sources[i].name, c, number++);
	return 0;
}

void
program_put(struct program *p)
{
	struct compiled *c, **at;

	if (p == NULL)
		return;
	c = p->compiled;
	free(p->name);
	free(p);
	if (--c->refs > 0)
		return;
	for (at = &cache; *at != c; at = &(*at)->next)
		;
	*at = c->next;
	if (c->jq != NULL)
		jq_teardown(&c->jq);
	free(c->text);
	free(c);
}

/* ---- running ----------------------------------------------------------- */

/* What a failed run said (consumed), or nothing: 1 if it was no error. */
static int
failure(jv result, const char *name, struct err *err)
{
	jv msg = jv_invalid_get_msg(result), text;

	if (jv_get_kind(msg) == JV_KIND_NULL || !jv_is_valid(msg)) {
		jv_free(msg);
		return 1;
	}
	text =
	    jv_get_kind(msg) == JV_KIND_STRING ? msg : jv_dump_string(msg, 0);
	err_set(err, ERR_REJECT, 0, "%s: %.300s", name, jv_string_value(text));
	jv_free(text);
	return 0;
}

/* Not-a-number aborts jq 1.6 in slices, and is no JSON: JSON_DEPTH_MAX deep. */
static int
has_nan(jv v)
{
	int found = 0;

	if (jv_get_kind(v) == JV_KIND_NUMBER)
		return jv_number_value(v) != jv_number_value(v);
	if (jv_get_kind(v) == JV_KIND_ARRAY) {
		jv_array_foreach (v, i, item) {
			found |= has_nan(item);
			jv_free(item);
		}
	} else if (jv_get_kind(v) == JV_KIND_OBJECT) {
		jv_object_foreach (v, key, value) {
			found |= has_nan(value);
			jv_free(key);
			jv_free(value);
		}
	}
	return found;
}

int
program_run(struct program *p, jv input, jv vars, jv *out, struct err *err)
{
	if (!has_nan(input))
		return program_run_parsed(p, input, vars, out, err);
	jv_free(input);
	jv_free(vars);
	return err_set(
	    err, ERR_REJECT, 0, "%s: a number that is none (NaN)", p->name);
}

int
program_run_parsed(
    struct program *p, jv input, jv vars, jv *out, struct err *err)
{
	struct compiled *c = p->compiled;
	int has_result, fired;
	jv result;

	if (c->jq == NULL)
		c->jq = compile(p->name, c->text, err);
	if (c->jq == NULL) {
		jv_free(input);
		jv_free(vars);
		return -1;
	}
	json_set(&vars, "input", input);
	if (p->number >= 0)
		json_set_int(&vars, "number", p->number);
	jq_start(c->jq, vars, 0);
	program_watch(c->jq);
	result = jq_next(c->jq);
	fired = program_watched();
	has_result = jv_is_valid(result);
	if (fired) {
		/* What a halt leaves behind differs between versions. */
		jq_teardown(&c->jq);
		jv_free(result);
		return err_set(err, ERR_REJECT, 0, "%s: took over %d ms",
		    p->name, PROGRAM_RUN_MAX_MS);
	}
	/* Resets, so that nothing of this record stays referenced. */
	jq_start(c->jq, jv_null(), 0);
	if (!has_result && !failure(result, p->name, err))
		return -1;
	*out = has_result ? result : jv_null();
	return 0;
}
