/* Running the programs of presets: see preset.h. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/err.h"
#include "map/preset.h"
#include "map/preset_inner.h"
#include "map/program.h"
#include "map/shape.h"

const struct preset_op_row preset_ops[PRESET_OPS] = {
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

int
preset_op_parse(const char *word, enum preset_op *out)
{
	size_t i;

	for (i = 0; i < PRESET_OPS; i++) {
		if (strcmp(preset_ops[i].word, word) == 0) {
			*out = (enum preset_op)i;
			return 0;
		}
	}
	return -1;
}

int
preset_has_own(const struct preset *p, enum preset_op op)
{
	return p->ops[op] != NULL || p->forms[op] != NULL;
}

enum preset_op
preset_stands_for(const struct preset *p, enum preset_op op)
{
	return op == PRESET_UPDATE && !preset_has_own(p, op) &&
		       p->tier != PRESET_FIND
		   ? PRESET_CREATE
		   : op;
}

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
		    p->name, preset_ops[op].word);
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
	switch (preset_ops[op].shape) {
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
	if (preset_ops[op].shape != SHAPE_REQUEST && op != PRESET_BODY) {
		status = json_get(input, "status");
		if (jv_is_valid(status))
			json_set(&vars, "status", status);
		else
			jv_free(status);
	}
	if (!jv_object_has(jv_copy(vars), jv_string("op")))
		json_set_str(&vars, "op", preset_ops[op].word);
	return vars;
}

int
preset_run(struct preset *p, enum preset_op op, jv input, jv vars, jv *out,
    struct err *err)
{
	enum preset_op run = preset_stands_for(p, op);
	jv made;
	int rc;

	if (!preset_has_own(p, run)) {
		jv_free(vars);
		return run_default(p, op, input, out, err);
	}
	vars = complete_vars(p, op, input, vars);
	if (p->forms[run] != NULL) {
		rc = preset_run_form(p, op, vars, out, err);
		jv_free(vars);
		jv_free(input);
		return rc;
	}
	/* Off the wire or out of an answer: no NaN. */
	if (program_run_parsed(p->ops[run], input, vars, &made, err) != 0)
		return -1;
	if (shape(op, made, out, err) == 0)
		return 0;
	return err_wrap(err, "preset %s, %s", p->name, preset_ops[op].word);
}
