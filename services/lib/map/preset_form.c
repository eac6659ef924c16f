/* Operations of presets that are forms: see preset.h. */
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "map/form.h"
#include "map/names.h"
#include "map/preset_inner.h"

const char *
preset_word(const struct preset_words *w, const char *name)
{
	const struct {
		const char *name, *value;
	} words[] = {{"type", w->type}, {"marker", w->marker}, {"key", w->key},
	    {"id", w->id}, {"local_id", w->local_id}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i].name, name) == 0)
			return words[i].value;
	return NULL;
}

int
preset_is_form(const struct preset *p, enum preset_op op)
{
	return p->forms[preset_stands_for(p, op)] != NULL;
}

int
preset_form_uses(const struct preset *p, enum preset_op op, const char *name)
{
	return form_uses(p->forms[preset_stands_for(p, op)], name);
}

struct lookup {
	struct preset *p;
	const struct preset_words *words;
	jv config; /* borrowed */
	struct err why;
};

static const char *
look_up(void *ctx, const char *name)
{
	struct lookup *l = ctx;

	if (names_has(l->p->names, name))
		return names_text(
		    l->p->names, name, l->words->type, l->config, &l->why);
	return preset_word(l->words, name);
}

int
preset_fill(struct preset *p, enum preset_op op,
    const struct preset_words *words, jv config, struct buf *out,
    const char **out_method, int *out_has_body, struct err *err)
{
	const struct form *f = p->forms[preset_stands_for(p, op)];
	struct lookup l = {.p = p, .words = words, .config = config};

	*out_method = form_method(f);
	*out_has_body = form_has_body(f);
	if (form_path(f, look_up, &l, out, err) == 0)
		return 0;
	if (l.why.class != ERR_NONE)
		*err = l.why;
	return err_wrap(err, "preset %s, %s", p->name, preset_ops[op].word);
}

int
preset_run_form(
    struct preset *p, enum preset_op op, jv vars, jv *out, struct err *err)
{
	jv row = json_get(vars, "row"), config = json_get(vars, "config");
	const struct preset_words words = {json_str(vars, "type", NULL),
	    json_str(vars, "marker", NULL), json_str(vars, "key", NULL),
	    json_str(vars, "id", NULL), json_str(row, "local_id", NULL)};
	struct buf path = {0};
	const char *method;
	int has_body, rc;

	rc = preset_fill(p, op, &words, config, &path, &method, &has_body, err);
	if (rc == 0) {
		*out = jv_object();
		json_set_str(out, "method", method);
		json_set_str(out, "path", path.data);
		json_set(out, "headers", jv_object());
		if (has_body)
			json_set(out, "body", json_get(vars, "body"));
	}
	buf_free(&path);
	jv_free(config);
	jv_free(row);
	return rc;
}
