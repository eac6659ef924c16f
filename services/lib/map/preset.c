/* Presets: see preset.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/preset.h"
#include "map/program.h"
#include "map/shape.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct preset {
	char *name;
	enum preset_tier tier;
	int has_tier;
	int64_t overlap_ms;
	int64_t give_up_after_ms; /* -1: not said */
	char *format;
	jv config;
	jv owns;	 /* array of texts, or null: everything */
	struct buf defs; /* in front of each program, on one line */
	struct program *ops[PRESET_OPS];
};

/* What an operation takes and gives. */
enum shape { SHAPE_ANY, SHAPE_REQUEST, SHAPE_ITEMS, SHAPE_LISTED, SHAPE_SAID };

static const struct {
	const char *word;
	enum shape shape;
} ops[PRESET_OPS] = {
    [PRESET_BODY] = {"body", SHAPE_ANY},
    [PRESET_FIND_BY] = {"find", SHAPE_REQUEST},
    [PRESET_CREATE] = {"create", SHAPE_REQUEST},
    [PRESET_UPDATE] = {"update", SHAPE_REQUEST},
    [PRESET_REMOVE] = {"remove", SHAPE_REQUEST},
    [PRESET_STORED] = {"stored", SHAPE_ITEMS},
    [PRESET_LIST] = {"list", SHAPE_REQUEST},
    [PRESET_LISTED] = {"listed", SHAPE_LISTED},
    [PRESET_READ] = {"read", SHAPE_REQUEST},
    [PRESET_PROBE] = {"probe", SHAPE_REQUEST},
    [PRESET_PROBED] = {"probed", SHAPE_SAID},
    [PRESET_ERRORS] = {"errors", SHAPE_SAID},
    [PRESET_COLUMNS] = {"columns", SHAPE_REQUEST},
};

static const char *const tiers[] = {[PRESET_PUT] = "put",
    [PRESET_FIND] = "find",
    [PRESET_KEYED] = "keyed",
    [PRESET_POST] = "post"};

static const struct conf_key keys[] = {
    {"tier", CONF_STRING, 0, "put, find, keyed or post"},
    {"overlap", CONF_DURATION, 0, NULL},
    {"give_up_after", CONF_DURATION, 0, NULL},
    {"format", CONF_STRING, 0, "json"},
    {"marker", CONF_STRING, 0, "a text: where our key is kept"},
    {"owns", CONF_STRINGS, 0, NULL},
    {"config", CONF_OBJECT, 0, NULL},
    {"config.*", CONF_ANY, 0, NULL},
    {"defs", CONF_STRING, 0, "jq definitions"},
    {"body", CONF_STRING, 0, "`record` or a jq program"},
    {"find", CONF_STRING, 0, "a jq program"},
    {"create", CONF_STRING, 0, "a jq program"},
    {"update", CONF_STRING, 0, "a jq program"},
    {"remove", CONF_STRING, 0, "a jq program"},
    {"stored", CONF_STRING, 0, "a jq program"},
    {"list", CONF_ANY, 0, "a jq program"},
    {"list.request", CONF_STRING, 1, "a jq program"},
    {"list.answer", CONF_STRING, 1, "a jq program"},
    {"listed", CONF_STRING, 0, "a jq program"},
    {"read", CONF_STRING, 0, "a jq program"},
    {"probe", CONF_STRING, 0, "a jq program"},
    {"probed", CONF_STRING, 0, "a jq program"},
    {"errors", CONF_STRING, 0, "a jq program"},
    {"columns", CONF_STRING, 0, "a jq program"},
};

/* Only in a preset's own file. */
static const struct conf_key file_keys[] = {
    {"preset", CONF_STRING, 1, "the preset's name"},
    {"examples", CONF_OBJECT, 0, "inputs that test cases share"},
    {"examples.*", CONF_ANY, 0, NULL},
    {"tests", CONF_LIST, 0, "a list of test cases"},
    {"tests[]", CONF_OBJECT, 0, NULL},
    {"tests[].name", CONF_STRING, 1, "what the case shows"},
    {"tests[].op", CONF_STRING, 1, "the operation to run"},
    {"tests[].of", CONF_STRING, 0, "the name of an example"},
    {"tests[].input", CONF_ANY, 0, NULL},
    {"tests[].with", CONF_OBJECT, 0, NULL},
    {"tests[].with.*", CONF_ANY, 0, NULL},
    {"tests[].vars", CONF_OBJECT, 0, NULL},
    {"tests[].vars.*", CONF_ANY, 0, NULL},
    {"tests[].expect", CONF_ANY, 0, NULL},
    {"tests[].check", CONF_STRING, 0, "a jq program that yields true"},
    {"tests[].error", CONF_STRING, 0, "part of the message"},
};

static int
op_parse(const char *word, enum preset_op *out)
{
	size_t i;

	for (i = 0; i < PRESET_OPS; i++) {
		if (strcmp(ops[i].word, word) == 0) {
			*out = (enum preset_op)i;
			return 0;
		}
	}
	return -1;
}

const struct conf_key *
preset_keys(size_t *out_n)
{
	*out_n = COUNT(keys);
	return keys;
}

/* ---- loading ----------------------------------------------------------- */

struct loader {
	struct preset *preset;
	const struct conf *conf;
	jv doc;
	struct buf *out;
	int errors;
};

static void
complain(struct loader *l, const char *path, const char *text)
{
	conf_complain(l->conf, path, l->out, "%s", text);
	l->errors++;
}

/* Compile TEXT, named after PATH; NULL if it has mistakes. */
static struct program *
compile(struct loader *l, const char *path, const char *text)
{
	struct err err = {0};
	struct program *made;
	char *name;

	name = mem_printf(
	    "%s:%d: %s", conf_name(l->conf), conf_line(l->conf, path), path);
	made = program_get(name, text, &err);
	if (made == NULL) {
		buf_printf(l->out, "%s\n", err.msg);
		l->errors++;
	}
	free(name);
	return made;
}

/*
 * Definitions go in front of a program without adding lines, so that messages
 * keep their line numbers: no comments at a line's end, then.  They are
 * compiled alone first, for a message with their own lines.
 */
static void
add_defs(struct loader *l)
{
	const char *s = json_str(l->doc, "defs", NULL), *end;
	char *alone;

	if (s == NULL)
		return;
	alone = mem_printf(
	    "%s%s\n.", l->preset->defs.size ? l->preset->defs.data : "", s);
	program_put(compile(l, "defs", alone));
	free(alone);
	for (; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		end = strchrnul(s, '\n');
		s += strspn(s, " \t");
		if (s >= end || *s == '#')
			continue;
		buf_add(&l->preset->defs, s, (size_t)(end - s));
		buf_puts(&l->preset->defs, " ");
	}
}

/* Compile the program TEXT at PATH as OP. */
static void
add_op(struct loader *l, enum preset_op op, const char *path, const char *text)
{
	struct buf whole = {0};
	struct program *made;

	if (l->preset->defs.size > 0)
		buf_puts(&whole, l->preset->defs.data);
	buf_puts(&whole, text);
	made = compile(l, path, whole.data);
	if (made != NULL) {
		program_put(l->preset->ops[op]);
		l->preset->ops[op] = made;
	}
	buf_free(&whole);
}

static void
add_ops(struct loader *l)
{
	jv list = json_get(l->doc, "list");
	const char *text;
	size_t i;

	for (i = 0; i < PRESET_OPS; i++) {
		text = json_str(l->doc, ops[i].word, NULL);
		if (text == NULL)
			continue;
		if (i == PRESET_BODY && strcmp(text, "record") == 0) {
			program_put(l->preset->ops[i]);
			l->preset->ops[i] = NULL;
			continue;
		}
		add_op(l, (enum preset_op)i, ops[i].word, text);
	}
	if (jv_get_kind(list) == JV_KIND_OBJECT) {
		add_op(l, PRESET_LIST, "list.request",
		    json_str(list, "request", ""));
		add_op(l, PRESET_LISTED, "list.answer",
		    json_str(list, "answer", ""));
	}
	jv_free(list);
}

static void
add_words(struct loader *l)
{
	struct preset *p = l->preset;
	const char *tier = json_str(l->doc, "tier", NULL);
	const char *overlap = json_str(l->doc, "overlap", NULL);
	const char *give_up = json_str(l->doc, "give_up_after", NULL);
	const char *format = json_str(l->doc, "format", NULL);
	size_t i;

	if (tier != NULL) {
		for (i = 0; i < COUNT(tiers) && strcmp(tiers[i], tier); i++)
			;
		if (i == COUNT(tiers))
			complain(l, "tier",
			    "expected put, find, keyed or "
			    "post");
		p->tier = (enum preset_tier)i;
		p->has_tier = 1;
	}
	if (overlap != NULL)
		conf_duration_ms(overlap, &p->overlap_ms);
	if (give_up != NULL)
		conf_duration_ms(give_up, &p->give_up_after_ms);
	if (format != NULL && strcmp(format, "json") != 0)
		complain(l, "format", "expected json");
	if (format != NULL) {
		free(p->format);
		p->format = mem_dup(format);
	}
}

static void
add_values(struct loader *l)
{
	struct preset *p = l->preset;
	jv owns = json_get(l->doc, "owns"), config;

	if (jv_is_valid(owns)) {
		jv_free(p->owns);
		p->owns =
		    jv_get_kind(owns) == JV_KIND_STRING ? JV_ARRAY(owns) : owns;
	} else {
		jv_free(owns);
	}
	config = json_get(l->doc, "config");
	if (jv_get_kind(config) == JV_KIND_OBJECT)
		p->config = jv_object_merge_recursive(p->config, config);
	else
		jv_free(config);
}

/* Lay the preset's keys of CONF over P; the number of errors. */
static int
lay_over(struct preset *p, const struct conf *conf, struct buf *out)
{
	struct loader l = {.preset = p, .conf = conf, .out = out};

	l.doc = conf_value(conf);
	add_words(&l);
	add_values(&l);
	add_defs(&l);
	if (l.errors == 0)
		add_ops(&l);
	jv_free(l.doc);
	return l.errors;
}

/* What must be there for the parts to work together. */
static int
check_whole(const struct preset *p, const struct conf *conf, struct buf *out)
{
	static const struct {
		enum preset_op has, needs;
	} pairs[] = {{PRESET_LIST, PRESET_LISTED}, {PRESET_LISTED, PRESET_LIST},
	    {PRESET_FIND_BY, PRESET_STORED}, {PRESET_READ, PRESET_STORED},
	    {PRESET_PROBED, PRESET_PROBE}};
	int errors = 0;
	size_t i;

	for (i = 0; i < COUNT(pairs); i++) {
		if (p->ops[pairs[i].has] == NULL ||
		    p->ops[pairs[i].needs] != NULL)
			continue;
		conf_complain(conf, "", out, "`%s` needs `%s`",
		    ops[pairs[i].has].word, ops[pairs[i].needs].word);
		errors++;
	}
	if (p->ops[PRESET_CREATE] != NULL && !p->has_tier) {
		conf_complain(
		    conf, "", out, "tier: missing; put, find, keyed or post");
		errors++;
	}
	if (p->has_tier && p->tier == PRESET_FIND &&
	    p->ops[PRESET_FIND_BY] == NULL) {
		conf_complain(conf, "", out, "tier find needs `find`");
		errors++;
	}
	if (p->has_tier && p->tier == PRESET_FIND &&
	    p->ops[PRESET_CREATE] != NULL && p->ops[PRESET_UPDATE] == NULL) {
		conf_complain(
		    conf, "", out, "tier find needs `update` beside `create`");
		errors++;
	}
	return errors;
}

static struct conf *
load_file(const char *file, struct buf *out, int *errors)
{
	struct conf_key all[COUNT(keys) + COUNT(file_keys)];
	struct err err = {0};
	struct conf *conf = conf_load(file, &err);

	if (conf == NULL) {
		buf_printf(out, "%s\n", err.msg);
		*errors += 1;
		return NULL;
	}
	memcpy(all, keys, sizeof(keys));
	memcpy(all + COUNT(keys), file_keys, sizeof(file_keys));
	*errors += conf_check(conf, all, COUNT(all), out);
	return conf;
}

static struct preset *
preset_new(void)
{
	struct preset *p = mem_new(1, sizeof(*p));

	p->name = mem_dup("");
	p->format = mem_dup("json");
	p->config = jv_object();
	p->owns = jv_null();
	p->give_up_after_ms = -1;
	return p;
}

/* The file of preset NAME under DIR; new. */
static char *
find_file(const char *dir, const char *name)
{
	char *file = mem_printf("%s/%s/%s.yaml", dir, name, name);

	if (access(file, F_OK) == 0)
		return file;
	free(file);
	return mem_printf("%s/%s.yaml", dir, name);
}

struct preset *
preset_load(const char *dir, const char *name, const struct conf *overrides,
    struct buf *out)
{
	struct preset *p = preset_new();
	struct conf *conf = NULL;
	char *file;
	int errors = 0;

	if (name != NULL) {
		file = find_file(dir, name);
		conf = load_file(file, out, &errors);
		free(file);
		free(p->name);
		p->name = mem_dup(name);
	}
	if (conf != NULL && errors == 0)
		errors += lay_over(p, conf, out);
	if (overrides != NULL && errors == 0)
		errors += lay_over(p, overrides, out);
	if (errors == 0)
		errors +=
		    check_whole(p, overrides != NULL ? overrides : conf, out);
	json_set(
	    &p->config, "overlap_s", jv_number((double)p->overlap_ms / 1000));
	conf_free(conf);
	if (errors == 0)
		return p;
	preset_free(p);
	return NULL;
}

void
preset_free(struct preset *p)
{
	size_t i;

	if (p == NULL)
		return;
	for (i = 0; i < PRESET_OPS; i++)
		program_put(p->ops[i]);
	jv_free(p->config);
	jv_free(p->owns);
	buf_free(&p->defs);
	free(p->format);
	free(p->name);
	free(p);
}

/* ---- asking ------------------------------------------------------------ */

const char *
preset_name(const struct preset *p)
{
	return p->name;
}

enum preset_tier
preset_tier(const struct preset *p)
{
	return p->tier;
}

/* The operation whose program runs for OP. */
static enum preset_op
stands_for(const struct preset *p, enum preset_op op)
{
	return op == PRESET_UPDATE && p->ops[op] == NULL &&
		       p->tier != PRESET_FIND
		   ? PRESET_CREATE
		   : op;
}

int
preset_has(const struct preset *p, enum preset_op op)
{
	return p->ops[stands_for(p, op)] != NULL;
}

int64_t
preset_give_up_after_ms(const struct preset *p)
{
	return p->give_up_after_ms;
}

jv
preset_config(const struct preset *p)
{
	return jv_copy(p->config);
}

const char *
preset_format(const struct preset *p)
{
	return p->format;
}

jv
preset_owned(const struct preset *p, jv content)
{
	jv owned, value;

	if (jv_get_kind(p->owns) != JV_KIND_ARRAY ||
	    jv_get_kind(content) != JV_KIND_OBJECT)
		return content;
	owned = jv_object();
	jv_array_foreach (p->owns, i, name) {
		value = jv_object_get(jv_copy(content), jv_copy(name));
		if (jv_is_valid(value))
			owned = jv_object_set(owned, name, value);
		else
			jv_free(name);
	}
	jv_free(content);
	return owned;
}

/* ---- running ----------------------------------------------------------- */

/* Without a program: what the contract says instead. */
static int
run_default(
    struct preset *p, enum preset_op op, jv input, jv *out, struct err *err)
{
	int64_t status = json_int(input, "status", 0);

	if (op == PRESET_BODY) {
		*out = input;
		return 0;
	}
	jv_free(input);
	if (op == PRESET_PROBED)
		*out =
		    status >= 200 && status < 300
			? jv_true()
			: jv_string_fmt("the system answered %d", (int)status);
	else if (op == PRESET_ERRORS)
		*out = jv_null();
	else
		return err_set(err, ERR_REJECT, 0, "preset %s has no `%s`",
		    p->name, ops[op].word);
	return 0;
}

static int
shape_said(enum preset_op op, jv v, jv *out, struct err *err)
{
	static const char *const words[] = {
	    "retry", "reject", "stop", "done", "gone", "absent"};
	const char *s =
	    jv_get_kind(v) == JV_KIND_STRING ? jv_string_value(v) : "";
	size_t i;

	*out = v;
	if (op == PRESET_PROBED) {
		if (*s != '\0' || jv_get_kind(v) == JV_KIND_TRUE)
			return 0;
		jv_free(v);
		return err_set(
		    err, ERR_REJECT, 0, "gave neither true nor a sentence");
	}
	if (jv_get_kind(v) == JV_KIND_NULL)
		return 0;
	for (i = 0; i < COUNT(words); i++) {
		if (strcmp(s, words[i]) == 0)
			return 0;
	}
	jv_free(v);
	return err_set(err, ERR_REJECT, 0,
	    "gave neither null, retry, reject, stop, done, gone nor absent");
}

static int
shape(enum preset_op op, jv v, jv *out, struct err *err)
{
	switch (ops[op].shape) {
	case SHAPE_REQUEST:
		return shape_request(v, out, err);
	case SHAPE_ITEMS:
		return shape_items(v, out, err);
	case SHAPE_LISTED:
		return shape_listed(v, out, err);
	case SHAPE_SAID:
		return shape_said(op, v, out, err);
	case SHAPE_ANY:
		break;
	}
	*out = v;
	return 0;
}

/* $config, $status and $op, where the caller had none. */
static jv
complete_vars(const struct preset *p, enum preset_op op, jv input, jv vars)
{
	jv config = json_get(vars, "config"), status;

	if (jv_get_kind(config) != JV_KIND_OBJECT)
		json_set(&vars, "config", jv_copy(p->config));
	jv_free(config);
	if (ops[op].shape != SHAPE_REQUEST && op != PRESET_BODY) {
		status = json_get(input, "status");
		if (jv_is_valid(status))
			json_set(&vars, "status", status);
		else
			jv_free(status);
	}
	if (!jv_object_has(jv_copy(vars), jv_string("op")))
		json_set_str(&vars, "op", ops[op].word);
	return vars;
}

int
preset_run(struct preset *p, enum preset_op op, jv input, jv vars, jv *out,
    struct err *err)
{
	enum preset_op run = stands_for(p, op);
	jv made;

	if (p->ops[run] == NULL) {
		jv_free(vars);
		return run_default(p, op, input, out, err);
	}
	vars = complete_vars(p, op, input, vars);
	if (program_run(p->ops[run], input, vars, &made, err) != 0)
		return -1;
	if (shape(op, made, out, err) == 0)
		return 0;
	return err_wrap(err, "preset %s, %s", p->name, ops[op].word);
}

/* ---- its own tests ----------------------------------------------------- */

struct tester {
	struct preset *preset;
	const struct conf *conf;
	jv examples;
	struct buf *out;
};

/* The case's input: of an example, or its own, with members laid over. */
static jv
case_input(const struct tester *t, jv one)
{
	const char *of = json_str(one, "of", NULL);
	jv input =
	    of != NULL ? json_get(t->examples, of) : json_get(one, "input");
	jv with = json_get(one, "with");

	if (!jv_is_valid(input)) {
		jv_free(input);
		input = jv_null();
	}
	if (jv_get_kind(with) == JV_KIND_OBJECT &&
	    jv_get_kind(input) == JV_KIND_OBJECT)
		return jv_object_merge_recursive(input, with);
	jv_free(with);
	return input;
}

/* $body as the connector binds it, $config over the preset's defaults. */
static jv
case_vars(const struct tester *t, jv one, jv input, enum preset_op op)
{
	jv vars = json_get(one, "vars"), config, body;

	if (jv_get_kind(vars) != JV_KIND_OBJECT) {
		jv_free(vars);
		vars = jv_object();
	}
	config = json_get(vars, "config");
	if (jv_get_kind(config) == JV_KIND_OBJECT)
		json_set(&vars, "config",
		    jv_object_merge_recursive(
			jv_copy(t->preset->config), config));
	else
		jv_free(config);
	if ((op == PRESET_CREATE || op == PRESET_UPDATE) &&
	    preset_run(t->preset, PRESET_BODY, jv_copy(input), jv_copy(vars),
		&body, NULL) == 0)
		json_set(&vars, "body", body);
	return vars;
}

static void
say_differs(const struct tester *t, const char *path, const char *name,
    jv expected, jv got)
{
	struct buf a = {0}, b = {0};

	json_canonical(expected, &a);
	json_canonical(got, &b);
	buf_printf(t->out, "%s:%d: %s: expected\n\t%s\ngot\n\t%s\n",
	    conf_name(t->conf), conf_line(t->conf, path), name, a.data, b.data);
	buf_free(&a);
	buf_free(&b);
}

/* `check`: a program that must yield true on the result GOT (borrowed). */
static int
passes_check(
    const struct tester *t, const char *path, const char *name, jv one, jv got)
{
	const char *text = json_str(one, "check", NULL);
	struct err err = {0};
	struct program *p;
	jv result = jv_false(), expected;

	if (text == NULL)
		return 1;
	p = program_get(name, text, &err);
	if (p == NULL ||
	    program_run(p, jv_copy(got), jv_object(), &result, &err) != 0)
		conf_complain(t->conf, path, t->out, "%s", err.msg);
	program_put(p);
	if (jv_get_kind(result) == JV_KIND_TRUE) {
		jv_free(result);
		return 1;
	}
	jv_free(result);
	expected = jv_string(text);
	say_differs(t, path, name, expected, got);
	jv_free(expected);
	return 0;
}

/* The outcome of a case: GOT (borrowed; RC 0) or ERR. */
static int
judge_case(const struct tester *t, const char *path, jv one, jv got,
    const struct err *err)
{
	const char *name = json_str(one, "name", "?");
	const char *error = json_str(one, "error", NULL);
	jv expect = json_get(one, "expect");
	int ok = 0;

	if (err != NULL || error != NULL) {
		ok = err != NULL && error != NULL &&
		     strstr(err->msg, error) != NULL;
		if (!ok)
			conf_complain(t->conf, path, t->out,
			    "%s: expected %s, got %s", name,
			    error != NULL ? error : "no error",
			    err != NULL ? err->msg : "no error");
	} else {
		ok = !jv_is_valid(expect) ||
		     jv_equal(jv_copy(expect), jv_copy(got));
		if (!ok)
			say_differs(t, path, name, expect, got);
		ok = ok && passes_check(t, path, name, one, got);
	}
	jv_free(expect);
	return ok;
}

static int
run_case(const struct tester *t, const char *path, jv one)
{
	enum preset_op op;
	struct err err = {0};
	jv input, got = jv_invalid();
	int ok, rc;

	if (op_parse(json_str(one, "op", ""), &op) != 0) {
		conf_complain(t->conf, path, t->out, "op: no such operation");
		return 0;
	}
	input = case_input(t, one);
	rc = preset_run(t->preset, op, jv_copy(input),
	    case_vars(t, one, input, op), &got, &err);
	ok = judge_case(t, path, one, got, rc == 0 ? NULL : &err);
	if (rc == 0)
		jv_free(got);
	jv_free(input);
	return ok;
}

/* As preset_load(), of one file by its name; NULL with *OUT_ERRORS > 0. */
static struct preset *
load_by_file(
    const char *file, struct conf **out_conf, int *out_errors, struct buf *out)
{
	struct preset *p = preset_new();
	int errors = 0;
	jv doc;

	*out_conf = load_file(file, out, &errors);
	if (errors == 0)
		errors += lay_over(p, *out_conf, out);
	if (errors == 0)
		errors += check_whole(p, *out_conf, out);
	json_set(
	    &p->config, "overlap_s", jv_number((double)p->overlap_ms / 1000));
	*out_errors = errors;
	if (errors > 0) {
		preset_free(p);
		conf_free(*out_conf);
		return NULL;
	}
	doc = conf_value(*out_conf);
	free(p->name);
	p->name = mem_dup(json_str(doc, "preset", ""));
	jv_free(doc);
	return p;
}

int
preset_check(const char *file, struct buf *out)
{
	struct conf *conf;
	int errors;
	struct preset *p = load_by_file(file, &conf, &errors, out);

	if (p == NULL)
		return errors;
	preset_free(p);
	conf_free(conf);
	return 0;
}

int
preset_test(const char *file, int *out_run, struct buf *out, struct err *err)
{
	struct conf *conf;
	struct tester t = {.out = out};
	int failed = 0, errors;
	char *path;
	jv doc, cases;

	t.preset = load_by_file(file, &conf, &errors, out);
	if (t.preset == NULL)
		return err_set(err, ERR_REJECT, 0, "%s has errors", file);
	t.conf = conf;
	doc = conf_value(conf);
	t.examples = json_get(doc, "examples");
	cases = json_get(doc, "tests");
	*out_run = 0;
	if (jv_get_kind(cases) == JV_KIND_ARRAY) {
		jv_array_foreach (cases, i, one) {
			path = mem_printf("tests[%d]", i);
			*out_run += 1;
			failed += !run_case(&t, path, one);
			jv_free(one);
			free(path);
		}
	}
	jv_free(cases);
	jv_free(t.examples);
	jv_free(doc);
	preset_free(t.preset);
	conf_free(conf);
	return failed;
}
