/* Forms: see form.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/percent.h"
#include "map/form.h"
#include "map/shape.h"

enum { NAME_MAX_BYTES = 40 };

/* A piece of the path: a text as it is, then what a name stands for. */
struct piece {
	char *text;
	char *name; /* NULL: nothing more */
};

struct form {
	char *method;
	int has_body;
	struct piece *pieces;
	size_t n;
};

/* The next piece of *PATH, which moves on; -1 with ERR. */
static int
add_piece(struct form *f, const char **path, struct err *err)
{
	const char *open = strchrnul(*path, '{'), *close;
	struct piece *p;

	f->pieces = mem_grow(f->pieces, f->n + 1, sizeof(*f->pieces));
	p = &f->pieces[f->n++];
	*p = (struct piece){.text = mem_dup_n(*path, (size_t)(open - *path))};
	if (*open == '\0') {
		*path = open;
		return 0;
	}
	close = strchr(open, '}');
	if (close == NULL || close - open - 1 > NAME_MAX_BYTES)
		return err_set(err, ERR_REJECT, 0,
		    "path: `{` without a name and `}` behind it");
	p->name = mem_dup_n(open + 1, (size_t)(close - open - 1));
	*path = close + 1;
	return 0;
}

static int
read_path(struct form *f, const char *path, form_lookup *known, void *ctx,
    struct err *err)
{
	struct buf sample = {0};
	int rc = 0;

	do
		rc = add_piece(f, &path, err);
	while (rc == 0 && *path != '\0');
	for (size_t i = 0; i < f->n && rc == 0; i++) {
		buf_puts(&sample, f->pieces[i].text);
		if (f->pieces[i].name == NULL)
			continue;
		buf_puts(&sample, "x");
		if (known(ctx, f->pieces[i].name) == NULL)
			rc = err_set(err, ERR_REJECT, 0,
			    "path: {%s} is neither marker, key, type, id, "
			    "local_id nor one of `names`",
			    f->pieces[i].name);
	}
	if (rc == 0 && !shape_is_path(sample.data))
		rc = err_set(err, ERR_REJECT, 0,
		    "path: expected a percent-encoded path from /");
	buf_free(&sample);
	return rc;
}

struct form *
form_new(jv given, form_lookup *known, void *ctx, struct err *err)
{
	const char *method = json_str(given, "method", "");
	const char *path = json_str(given, "path", "");
	const char *body = json_str(given, "body", NULL);
	struct form *f = mem_new(1, sizeof(*f));
	int rc = 0;

	f->method = mem_dup(method);
	f->has_body = body != NULL;
	if (!shape_is_method(method))
		rc = err_set(err, ERR_REJECT, 0, "no method such as PUT");
	else if (body != NULL && strcmp(body, "record") != 0)
		rc = err_set(err, ERR_REJECT, 0,
		    "body: expected `record`; all else takes a jq program");
	else
		rc = read_path(f, path, known, ctx, err);
	if (rc == 0)
		return f;
	form_free(f);
	return NULL;
}

void
form_free(struct form *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->n; i++) {
		free(f->pieces[i].text);
		free(f->pieces[i].name);
	}
	free(f->pieces);
	free(f->method);
	free(f);
}

const char *
form_method(const struct form *f)
{
	return f->method;
}

int
form_has_body(const struct form *f)
{
	return f->has_body;
}

int
form_uses(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->pieces[i].name != NULL &&
		    strcmp(f->pieces[i].name, name) == 0)
			return 1;
	return 0;
}

int
form_path(const struct form *f, form_lookup *lookup, void *ctx, struct buf *out,
    struct err *err)
{
	for (const struct piece *p = f->pieces; p < f->pieces + f->n; p++) {
		const char *value;

		buf_puts(out, p->text);
		if (p->name == NULL)
			continue;
		value = lookup(ctx, p->name);
		if (value == NULL || *value == '\0')
			return err_set(err, ERR_REJECT, 0,
			    "path: there is no %s here", p->name);
		/* "." and ".." would climb out of the path. */
		if (strcmp(value, ".") == 0 || strcmp(value, "..") == 0)
			return err_set(err, ERR_REJECT, 0,
			    "path: \"%s\" cannot stand in an address", value);
		percent_encode(value, "", out); /* as jq's @uri */
	}
	return 0;
}
