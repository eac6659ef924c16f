/* Counters, gauges and histograms: see metrics.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/buf.h"
#include "base/histogram.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/version.h"

struct sample {
	char *labels;	    /* key: with the suffix in front */
	size_t suffix_size; /* "_bucket" of a histogram, else 0 */
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

static void
set(struct metrics *m, const char *name, const char *suffix, const char *labels,
    double value)
{
	struct family *f;
	struct sample *s;
	char *key;

	HASH_FIND_STR(m->families, name, f);
	if (f == NULL)
		return; /* never described: a mistake that a test sees */
	key = mem_printf("%s%s", suffix, labels);
	HASH_FIND_STR(f->samples, key, s);
	if (s == NULL) {
		s = mem_new(1, sizeof(*s));
		s->labels = key;
		s->suffix_size = strlen(suffix);
		HASH_ADD_KEYPTR(
		    hh, f->samples, s->labels, strlen(s->labels), s);
	} else {
		free(key);
	}
	s->value = value;
}

void
metrics_set(
    struct metrics *m, const char *name, const char *labels, double value)
{
	set(m, name, "", labels, value);
}

void
metrics_histogram(struct metrics *m, const char *name, const char *labels,
    const struct histogram *h)
{
	const char *comma = labels[0] != '\0' ? "," : "";
	struct buf le = {0};
	double so_far = 0;

	for (size_t i = 0; i <= h->n; i++) {
		so_far += (double)h->counts[i];
		buf_clear(&le);
		if (i < h->n)
			buf_printf(
			    &le, "%s%sle=\"%g\"", labels, comma, h->bounds[i]);
		else
			buf_printf(&le, "%s%sle=\"+Inf\"", labels, comma);
		set(m, name, "_bucket", le.data, so_far);
	}
	set(m, name, "_sum", labels, h->sum);
	set(m, name, "_count", labels, so_far);
	buf_free(&le);
}

void
metrics_build(struct metrics *m, const char *program)
{
	struct buf labels = {0};

	metrics_label(&labels, "program", program);
	metrics_label(&labels, "version", TWINWIRE_VERSION);
	metrics_describe(m, "twinwire_build_info", "gauge",
	    "The program and its version; always 1.");
	metrics_set(m, "twinwire_build_info", labels.data, 1);
	buf_free(&labels);
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
			const char *labels = s->labels + s->suffix_size;

			buf_printf(out, "%s%.*s", f->name, (int)s->suffix_size,
			    s->labels);
			if (labels[0] != '\0')
				buf_printf(out, "{%s}", labels);
			add_value(out, s->value);
		}
	}
}
