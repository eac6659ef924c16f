/*
 * A preset's programs, from text to what runs: see preset_inner.h.  All of
 * them are compiled as one; only where that fails each alone, to say where the
 * mistake is.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/form.h"
#include "map/names.h"
#include "map/preset_inner.h"
#include "map/program.h"

static void
part_fini(struct preset_part *part)
{
	free(part->name);
	free(part->label);
	free(part->text);
}

/* The place of the part for the same, or their number. */
static size_t
find_part(const struct preset *p, const struct preset_part *like)
{
	size_t i;

	for (i = 0; i < p->n_parts; i++) {
		const struct preset_part *one = &p->parts[i];

		if (one->kind == like->kind && one->kind != PRESET_DEFS &&
		    (one->kind == PRESET_NAME
			    ? strcmp(one->name, like->name) == 0
			    : one->op == like->op))
			break;
	}
	return i;
}

static void
drop_part(struct preset *p, size_t at)
{
	if (at == p->n_parts)
		return;
	part_fini(&p->parts[at]);
	p->n_parts--;
	memmove(&p->parts[at], &p->parts[at + 1],
	    (p->n_parts - at) * sizeof(*p->parts));
}

void
preset_part_add(struct preset *p, const struct preset_part *part)
{
	drop_part(p, find_part(p, part));
	p->parts = mem_grow(p->parts, p->n_parts + 1, sizeof(*p->parts));
	p->parts[p->n_parts++] = *part;
	if (part->kind == PRESET_NAME)
		names_set(p->names, part->name, NULL);
}

void
preset_part_drop(struct preset *p, enum preset_op op)
{
	const struct preset_part like = {.kind = PRESET_PROGRAM, .op = op};

	drop_part(p, find_part(p, &like));
}

void
preset_set_op(struct preset *p, enum preset_op op, struct program *program,
    struct form *form)
{
	program_put(p->ops[op]);
	form_free(p->forms[op]);
	p->ops[op] = program;
	p->forms[op] = form;
}

/* PART is PROGRAM, taken over, from now on. */
static void
set_part(
    struct preset *p, const struct preset_part *part, struct program *program)
{
	if (part->kind == PRESET_NAME)
		names_set(p->names, part->name, program);
	else if (part->kind == PRESET_PROGRAM)
		preset_set_op(p, part->op, program, NULL);
}

/*
 * Definitions go in front of a program without adding lines, so that messages
 * keep their line numbers: no comments at a line's end, then.
 */
static char *
on_one_line(const char *s)
{
	struct buf out = {0};
	const char *end;

	for (; *s != '\0'; s = *end == '\0' ? end : end + 1) {
		end = strchrnul(s, '\n');
		s += strspn(s, " \t");
		if (s >= end || *s == '#')
			continue;
		buf_add(&out, s, (size_t)(end - s));
		buf_puts(&out, " ");
	}
	return out.data != NULL ? buf_take(&out) : mem_dup("");
}

/* All parts as one; -1 if that does not work. */
static int
compile_all(struct preset *p)
{
	struct program_source *sources = mem_new(p->n_parts, sizeof(*sources));
	struct program **made = mem_new(p->n_parts, sizeof(struct program *));
	int rc;

	for (size_t i = 0; i < p->n_parts; i++) {
		const struct preset_part *part = &p->parts[i];
		int is_defs = part->kind == PRESET_DEFS;

		sources[i] = (struct program_source){part->label,
		    is_defs ? on_one_line(part->text) : part->text, is_defs};
	}
	rc = program_get_all(sources, p->n_parts, made);
	for (size_t i = 0; i < p->n_parts; i++) {
		if (rc == 0)
			set_part(p, &p->parts[i], made[i]);
		if (sources[i].is_defs)
			free((char *)sources[i].text);
	}
	free(made);
	free(sources);
	return rc;
}

/* TEXT with DEFS in front, as PART; the number of errors. */
static int
compile_part(struct preset *p, const struct preset_part *part, struct buf *defs,
    struct buf *out)
{
	struct buf whole = {0};
	struct err err = {0};
	struct program *made;

	buf_puts(&whole, defs->size > 0 ? defs->data : "");
	buf_puts(&whole, part->text);
	/* For a message with their own lines. */
	if (part->kind == PRESET_DEFS)
		buf_puts(&whole, "\n.");
	made = program_get(part->label, whole.data, &err);
	buf_free(&whole);
	if (made == NULL) {
		buf_printf(out, "%s\n", err.msg);
		return 1;
	}
	if (part->kind == PRESET_DEFS) {
		char *line = on_one_line(part->text);

		buf_puts(defs, line);
		free(line);
		program_put(made);
	} else {
		set_part(p, part, made);
	}
	return 0;
}

int
preset_compile(struct preset *p, struct buf *out)
{
	struct buf defs = {0};
	int errors = 0;

	if (p->n_parts > 0 && compile_all(p) != 0) {
		for (size_t i = 0; i < p->n_parts; i++) {
			int failed = compile_part(p, &p->parts[i], &defs, out);

			errors += failed;
			/* With wrong definitions each program would fail for
			 * them alone. */
			if (failed && p->parts[i].kind == PRESET_DEFS)
				break;
		}
	}
	buf_free(&defs);
	preset_parts_fini(p);
	return errors;
}

void
preset_parts_fini(struct preset *p)
{
	for (size_t i = 0; i < p->n_parts; i++)
		part_fini(&p->parts[i]);
	free(p->parts);
	p->parts = NULL;
	p->n_parts = 0;
}
