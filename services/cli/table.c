/* Tables: see table.h. */
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/table.h"

struct table {
	const char *const *titles;
	size_t n_columns;
	char **cells;
	size_t n_cells;
};

struct table *
table_new(const char *const *titles)
{
	struct table *t = mem_new(1, sizeof(*t));

	t->titles = titles;
	while (titles[t->n_columns] != NULL)
		t->n_columns++;
	return t;
}

void
table_free(struct table *t)
{
	size_t i;

	if (t == NULL)
		return;
	for (i = 0; i < t->n_cells; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t);
}

/* What could break a line, steer a terminal or turn text around. */
static int
is_harmless(uint32_t c)
{
	return c >= 0x20 && (c < 0x7f || c > 0x9f) && c != 0x061c &&
	       (c < 0x200e || c > 0x200f) && (c < 0x2028 || c > 0x202e) &&
	       (c < 0x2066 || c > 0x2069);
}

void
table_add(struct table *t, const char *text)
{
	size_t left = text != NULL ? strlen(text) : 0, used;
	struct buf out = {0};
	uint32_t c;

	for (; left > 0; left -= used, text += used) {
		used = utf8_next(text, left, &c);
		if (used > 0 && is_harmless(c))
			buf_add(&out, text, used);
		else
			buf_puts(&out, "?");
		used = used > 0 ? used : 1;
	}
	t->cells = mem_grow(t->cells, t->n_cells + 1, sizeof(*t->cells));
	t->cells[t->n_cells++] = buf_take(&out);
}

void
table_add_int(struct table *t, long long number)
{
	char *text = mem_printf("%lld", number);

	table_add(t, text);
	free(text);
}

void
table_add_time(struct table *t, int64_t wall_ms)
{
	char text[CLOCK_TEXT_SIZE] = "";

	if (wall_ms >= 0) {
		clock_text(wall_ms, text);
		text[10] = ' ';
		memcpy(text + 19, "Z", 2);
	}
	table_add(t, text);
}

/* Columns of a terminal that TEXT takes: Chinese characters take two. */
static int
width(const char *text)
{
	size_t left = strlen(text), used;
	uint32_t c;
	int sum = 0, w;

	for (; left > 0; left -= used, text += used) {
		used = utf8_next(text, left, &c);
		if (used == 0) {
			used = 1;
			sum++;
			continue;
		}
		w = wcwidth((wchar_t)c);
		sum += w > 0 ? w : 0;
	}
	return sum;
}

static void
print_cell(FILE *out, const char *text, int wide, int is_last)
{
	fputs(text, out);
	if (is_last)
		fputc('\n', out);
	else
		fprintf(out, "%*s", wide - width(text) + 2, "");
}

void
table_print(const struct table *t, FILE *out, const char *empty)
{
	int *wide = mem_new(t->n_columns, sizeof(*wide));
	size_t i, n = t->n_columns;

	if (t->n_cells == 0) {
		fprintf(out, "%s\n", empty);
		free(wide);
		return;
	}
	for (i = 0; i < n; i++)
		wide[i] = width(t->titles[i]);
	for (i = 0; i < t->n_cells; i++)
		if (width(t->cells[i]) > wide[i % n])
			wide[i % n] = width(t->cells[i]);
	for (i = 0; i < n; i++)
		print_cell(out, t->titles[i], wide[i], i == n - 1);
	for (i = 0; i < t->n_cells; i++)
		print_cell(out, t->cells[i], wide[i % n], i % n == n - 1);
	free(wide);
}
