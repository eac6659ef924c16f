/* The test cases in presets: see preset.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/preset.h"
#include "map/preset_inner.h"
#include "map/program.h"

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

	if (preset_op_parse(json_str(one, "op", ""), &op) != 0)
		return 0; /* said by preset_check_cases() */
	input = case_input(t, one);
	rc = preset_run(t->preset, op, jv_copy(input),
	    case_vars(t, one, input, op), &got, &err);
	ok = judge_case(t, path, one, got, rc == 0 ? NULL : &err);
	if (rc == 0)
		jv_free(got);
	jv_free(input);
	return ok;
}

/* The variables of case ONE at PATH. */
static int
check_vars(const struct conf *conf, const char *path, jv one, struct buf *out)
{
	jv vars = json_get(one, "vars");
	int errors = 0;
	char *at;

	if (jv_get_kind(vars) == JV_KIND_OBJECT) {
		jv_object_foreach (vars, name, value) {
			if (!program_has_variable(jv_string_value(name))) {
				at = mem_printf(
				    "%s.vars.%s", path, jv_string_value(name));
				conf_complain(conf, at, out,
				    "programs have no variable $%s",
				    jv_string_value(name));
				free(at);
				errors++;
			}
			jv_free(name);
			jv_free(value);
		}
	}
	jv_free(vars);
	return errors;
}

int
preset_check_cases(const struct conf *conf, struct buf *out)
{
	jv doc = conf_value(conf), cases = json_get(doc, "tests");
	jv examples = json_get(doc, "examples"), found;
	int n = jv_get_kind(cases) == JV_KIND_ARRAY
		    ? jv_array_length(jv_copy(cases))
		    : 0;
	int errors = 0;
	char path[64];

	for (int i = 0; i < n; i++) {
		jv one = jv_array_get(jv_copy(cases), i);
		const char *of = json_str(one, "of", NULL);
		const char *word = json_str(one, "op", NULL);
		enum preset_op op;

		if (word != NULL && preset_op_parse(word, &op) != 0) {
			snprintf(path, sizeof(path), "tests[%d].op", i);
			conf_complain(conf, path, out,
			    "there is no operation \"%s\"", word);
			errors++;
		}
		found = of != NULL ? json_get(examples, of) : jv_null();
		if (!jv_is_valid(found)) {
			snprintf(path, sizeof(path), "tests[%d].of", i);
			conf_complain(
			    conf, path, out, "there is no example \"%s\"", of);
			errors++;
		}
		jv_free(found);
		snprintf(path, sizeof(path), "tests[%d]", i);
		errors += check_vars(conf, path, one, out);
		jv_free(one);
	}
	jv_free(cases);
	jv_free(examples);
	jv_free(doc);
	return errors;
}

int
preset_test(const char *file, int *out_run, struct buf *out, struct err *err)
{
	struct conf *conf;
	struct tester t = {.out = out};
	int failed = 0, errors;
	char *path;
	jv doc, cases;

	t.preset = preset_load_file(file, &conf, &errors, out);
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
