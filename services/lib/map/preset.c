/* Presets: see preset.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/array.h"
#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/form.h"
#include "map/names.h"
#include "map/preset.h"
#include "map/preset_inner.h"

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
    {"names", CONF_OBJECT, 0, NULL},
    {"names.*", CONF_STRING, 0, "a jq program"},
    {"body", CONF_STRING, 0, "`record` or a jq program"},
    {"find", CONF_STRING, 0, "a jq program"},
    {"create", CONF_ANY, 0, "a jq program or a form"},
    {"create.method", CONF_STRING, 1, "such as PUT"},
    {"create.path", CONF_STRING, 1, "a path with {names}"},
    {"create.body", CONF_STRING, 0, "record"},
    {"update", CONF_ANY, 0, "a jq program or a form"},
    {"update.method", CONF_STRING, 1, "such as PUT"},
    {"update.path", CONF_STRING, 1, "a path with {names}"},
    {"update.body", CONF_STRING, 0, "record"},
    {"remove", CONF_ANY, 0, "a jq program or a form"},
    {"remove.method", CONF_STRING, 1, "such as PUT"},
    {"remove.path", CONF_STRING, 1, "a path with {names}"},
    {"remove.body", CONF_STRING, 0, "record"},
    {"stored", CONF_STRING, 0, "a jq program"},
    {"list", CONF_ANY, 0, "a jq program"},
    {"list.request", CONF_STRING, 1, "a jq program"},
    {"list.answer", CONF_STRING, 1, "a jq program"},
    {"listed", CONF_STRING, 0, "a jq program"},
    {"read", CONF_ANY, 0, "a jq program or a form"},
    {"read.method", CONF_STRING, 1, "such as PUT"},
    {"read.path", CONF_STRING, 1, "a path with {names}"},
    {"read.body", CONF_STRING, 0, "record"},
    {"probe", CONF_ANY, 0, "a jq program or a form"},
    {"probe.method", CONF_STRING, 1, "such as PUT"},
    {"probe.path", CONF_STRING, 1, "a path with {names}"},
    {"probe.body", CONF_STRING, 0, "record"},
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

/* Let the text at PATH be compiled as the part that LIKE says. */
static void
add_part(struct loader *l, struct preset_part like, const char *path,
    const char *text)
{
	like.label = mem_printf(
	    "%s:%d: %s", conf_name(l->conf), conf_line(l->conf, path), path);
	like.text = mem_dup(text);
	preset_part_add(l->preset, &like);
}

static void
add_defs(struct loader *l)
{
	const char *text = json_str(l->doc, "defs", NULL);

	if (text != NULL)
		add_part(
		    l, (struct preset_part){.kind = PRESET_DEFS}, "defs", text);
}

static void
add_op(struct loader *l, enum preset_op op, const char *path, const char *text)
{
	preset_set_op(l->preset, op, NULL, NULL);
	add_part(l, (struct preset_part){.kind = PRESET_PROGRAM, .op = op},
	    path, text);
}

static const char *
is_known(void *ctx, const char *name)
{
	static const struct preset_words all = {"", "", "", "", ""};
	const struct loader *l = ctx;

	return names_has(l->preset->names, name) ? name
						 : preset_word(&all, name);
}

/* OP is FORM, taken over, or (NULL) nothing, and no program. */
static void
set_form(struct preset *p, enum preset_op op, struct form *form)
{
	preset_part_drop(p, op);
	preset_set_op(p, op, NULL, form);
}

static void
add_form(struct loader *l, enum preset_op op, jv given)
{
	struct err err = {0};
	struct form *made = form_new(given, is_known, l, &err);

	if (made == NULL)
		complain(l, preset_ops[op].word, err.msg);
	else
		set_form(l->preset, op, made);
}

static void
add_names(struct loader *l)
{
	jv names = json_get(l->doc, "names");

	if (jv_get_kind(names) == JV_KIND_OBJECT) {
		jv_object_foreach (names, key, text) {
			const char *name = jv_string_value(key);
			char *path = mem_printf("names.%s", name);

			if (jv_get_kind(text) == JV_KIND_STRING)
				add_part(l,
				    (struct preset_part){.kind = PRESET_NAME,
					.name = mem_dup(name)},
				    path, jv_string_value(text));
			free(path);
			jv_free(key);
			jv_free(text);
		}
	}
	jv_free(names);
}

static void
add_ops(struct loader *l)
{
	jv list = json_get(l->doc, "list");
	const char *text;
	size_t i;

	for (i = 0; i < PRESET_OPS; i++) {
		jv given = json_get(l->doc, preset_ops[i].word);

		text = json_str(l->doc, preset_ops[i].word, NULL);
		if (i == PRESET_BODY && text != NULL &&
		    strcmp(text, "record") == 0)
			set_form(l->preset, PRESET_BODY, NULL);
		else if (text != NULL)
			add_op(l, (enum preset_op)i, preset_ops[i].word, text);
		else if (i != PRESET_LIST &&
			 jv_get_kind(given) == JV_KIND_OBJECT)
			add_form(l, (enum preset_op)i, given);
		jv_free(given);
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
	add_names(&l);
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
		if (!preset_has_own(p, pairs[i].has) ||
		    preset_has_own(p, pairs[i].needs))
			continue;
		conf_complain(conf, "", out, "`%s` needs `%s`",
		    preset_ops[pairs[i].has].word,
		    preset_ops[pairs[i].needs].word);
		errors++;
	}
	if (preset_has_own(p, PRESET_CREATE) && !p->has_tier) {
		conf_complain(
		    conf, "", out, "tier: missing; put, find, keyed or post");
		errors++;
	}
	if (p->has_tier && p->tier == PRESET_FIND &&
	    !preset_has_own(p, PRESET_FIND_BY)) {
		conf_complain(conf, "", out, "tier find needs `find`");
		errors++;
	}
	if (p->has_tier && p->tier == PRESET_FIND &&
	    preset_has_own(p, PRESET_CREATE) &&
	    !preset_has_own(p, PRESET_UPDATE)) {
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
	p->names = names_new();
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

/* No preset NAME under DIR: say so where the connection names it. */
static int
complain_missing(const struct conf *overrides, const char *dir,
    const char *name, struct buf *out)
{
	conf_complain(overrides, "uses", out,
	    "there is no preset \"%s\": neither %s/%s/%s.yaml nor %s/%s.yaml",
	    name, dir, name, name, dir, name);
	return 1;
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
		if (overrides != NULL && access(file, F_OK) != 0)
			errors += complain_missing(overrides, dir, name, out);
		else
			conf = load_file(file, out, &errors);
		free(file);
		free(p->name);
		p->name = mem_dup(name);
	}
	if (conf != NULL)
		errors += lay_over(p, conf, out);
	if (overrides != NULL)
		errors += lay_over(p, overrides, out);
	errors += preset_compile(p, out);
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
		preset_set_op(p, (enum preset_op)i, NULL, NULL);
	preset_parts_fini(p);
	names_free(p->names);
	jv_free(p->config);
	jv_free(p->owns);
	free(p->format);
	free(p->name);
	free(p);
}

struct preset *
preset_load_file(
    const char *file, struct conf **out_conf, int *out_errors, struct buf *out)
{
	struct preset *p = preset_new();
	int errors = 0;
	jv doc;

	*out_conf = load_file(file, out, &errors);
	if (*out_conf != NULL) {
		errors += lay_over(p, *out_conf, out);
		errors += preset_compile(p, out);
		errors += preset_check_cases(*out_conf, out);
	}
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
	struct preset *p = preset_load_file(file, &conf, &errors, out);

	if (p == NULL)
		return errors;
	preset_free(p);
	conf_free(conf);
	return 0;
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

int
preset_has(const struct preset *p, enum preset_op op)
{
	return preset_has_own(p, preset_stands_for(p, op));
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
