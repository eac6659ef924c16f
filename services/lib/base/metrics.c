/* Counters and gauges: see metrics.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/metrics.h"

struct sample {
	char *labels; /* key */
	double value;
	UT_hash_handle hh;
};

struct family {
	const char *name; /* key; borrowed */
	const char *type;
	const char *help;
	struct sample *samples;
	UT_hash_handle hh;
};

struct metrics {
	struct family *families; /* uthash keeps the order of insertion */
};

struct metrics *
metrics_new(void)
{
	return mem_new(1, sizeof(struct metrics));
}

static void
family_free(struct family *f)
{
	struct sample *s, *next;

	HASH_ITER (hh, f->samples, s, next) {
		HASH_DEL(f->samples, s);
		free(s->labels);
		free(s);
	}
	free(f);
}

void
metrics_free(struct metrics *m)
{
	struct family *f, *next;

	if (m == NULL)
		return;
	HASH_ITER (hh, m->families, f, next) {
		HASH_DEL(m->families, f);
		family_free(f);
	}
	free(m);
}

void
metrics_describe(
    struct metrics *m, const char *name, const char *type, const char *help)
{
	struct family *f;

	HASH_FIND_STR(m->families, name, f);
	if (f == NULL) {
		f = mem_new(1, sizeof(*f));
		f->name = name;
		HASH_ADD_KEYPTR(hh, m->families, f->name, strlen(f->name), f);
	}
	f->type = type;
	f->help = help;
}

void
metrics_set(
    struct metrics *m, const char *name, const char *labels, double value)
{
	struct family *f;
	struct sample *s;

	HASH_FIND_STR(m->families, name, f);
	if (f == NULL)
		return; /* never described: a mistake that a test sees */
	HASH_FIND_STR(f->samples, labels, s);
	if (s == NULL) {
		s = mem_new(1, sizeof(*s));
		s->labels = mem_dup(labels);
		HASH_ADD_KEYPTR(
		    hh, f->samples, s->labels, strlen(s->labels), s);
	}
	s->value = value;
}

/* As the format has it: backslash and line feed always, quotes in labels. */
static void
add_escaped(struct buf *out, const char *text, int is_label)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_puts(out, "\\n");
		else if (*text == '\\' || (is_label && *text == '"'))
			buf_printf(out, "\\%c", *text);
		else
			buf_add(out, text, 1);
	}
}

void
metrics_label(struct buf *out, const char *key, const char *value)
{
	buf_printf(out, "%s%s=\"", out->size > 0 ? "," : "", key);
	add_escaped(out, value, 1);
	buf_puts(out, "\"");
}

static void
add_value(struct buf *out, double value)
{
	if (isnan(value))
		buf_puts(out, " NaN\n");
	else if (isinf(value))
		buf_puts(out, value > 0 ? " +Inf\n" : " -Inf\n");
	else if (fabs(value) < 9007199254740992.0 && value == floor(value))
		buf_printf(out, " %.0f\n", value);
	else
		buf_printf(out, " %.17g\n", value);
}

void
metrics_print(const struct metrics *m, struct buf *out)
{
	struct family *f, *next_family;
	struct sample *s, *next;

	HASH_ITER (hh, m->families, f, next_family) {
		if (f->samples == NULL)
			continue;
		buf_printf(out, "# HELP %s ", f->name);
		add_escaped(out, f->help, 0);
		buf_printf(out, "\n# TYPE %s %s\n", f->name, f->type);
		HASH_ITER (hh, f->samples, s, next) {
			buf_puts(out, f->name);
			if (s->labels[0] != '\0')
				buf_printf(out, "{%s}", s->labels);
			add_value(out, s->value);
		}
	}
}
