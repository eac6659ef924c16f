/* Tables: see table.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/table.h"

enum {
	GAP = 2,      /* between columns */
	FOLD_MIN = 14 /* a cell folded narrower is no use to anybody */
};

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

/* --- printing ---------------------------------------------------------------
 */

/* How a table is printed: the width of each column, 0 where it is left out. */
struct layout {
	const struct table *t;
	FILE *out;
	int *wide;
};

/* Columns that the bytes at TEXT up to END take. */
static int
width_to(const char *text, const char *end)
{
	char *part = mem_dup_n(text, (size_t)(end - text));
	int w = width(part);

	free(part);
	return w;
}

/* The widest word of TEXT: a title is folded between its words alone. */
static int
word_width(const char *text)
{
	int most = 0, w;

	while (*text != '\0') {
		const char *end = text + strcspn(text, " ");

		w = width_to(text, end);
		most = w > most ? w : most;
		text = end + strspn(end, " ");
	}
	return most;
}

static int
cells_width(const struct table *t, size_t column)
{
	int most = 0, w;

	for (size_t i = column; i < t->n_cells; i += t->n_columns) {
		w = width(t->cells[i]);
		most = w > most ? w : most;
	}
	return most;
}

/* Of a line with all columns; columns that are left out take nothing. */
static int
line_width(const struct layout *l)
{
	int sum = 0;

	for (size_t i = 0; i < l->t->n_columns; i++)
		sum += l->wide[i] > 0 ? l->wide[i] + (sum > 0 ? GAP : 0) : 0;
	return sum;
}

/* Make the widest columns narrower until all fit in COLUMNS: 0, or -1 if cells
 * would have to be folded too small to be read. */
static int
narrow(struct layout *l, int columns)
{
	size_t n = l->t->n_columns, widest;

	while (line_width(l) > columns) {
		widest = 0;
		for (size_t i = 1; i < n; i++)
			if (l->wide[i] > l->wide[widest])
				widest = i;
		if (l->wide[widest] <= FOLD_MIN ||
		    l->wide[widest] <= word_width(l->t->titles[widest]))
			return -1;
		l->wide[widest]--;
	}
	return 0;
}

/* Where the next line of TEXT ends that takes at most WIDE columns: behind a
 * blank or a mark within keys if there is one. */
static const char *
line_end(const char *text, int wide)
{
	const char *end = text, *good = NULL;
	size_t left = strlen(text), used;
	uint32_t c;

	while (left > 0) {
		used = utf8_next(end, left, &c);
		used = used > 0 ? used : 1;
		if (end > text && width_to(text, end + used) > wide)
			return good != NULL ? good : end;
		if (*end == ' ')
			good = end;
		end += used;
		left -= used;
		if (strchr("-/|,:", end[-1]) != NULL)
			good = end;
	}
	return end;
}

/* Print the next line of each cell of a row; *TEXTS move on.  1 if there is
 * more. */
static int
print_line(const struct layout *l, const char **texts)
{
	int gap = 0, has_more = 0;

	for (size_t i = 0; i < l->t->n_columns; i++) {
		const char *end = line_end(texts[i], l->wide[i]);

		if (l->wide[i] == 0)
			continue;
		fprintf(l->out, "%*s%.*s", gap, "", (int)(end - texts[i]),
		    texts[i]);
		gap = l->wide[i] - width_to(texts[i], end) + GAP;
		texts[i] = end + strspn(end, " ");
		has_more |= *texts[i] != '\0';
	}
	fputc('\n', l->out);
	return has_more;
}

static void
print_folded(const struct layout *l)
{
	size_t n = l->t->n_columns;
	const char **texts = mem_new(n, sizeof(*texts));

	memcpy(texts, l->t->titles, n * sizeof(*texts));
	while (print_line(l, texts))
		;
	for (size_t row = 0; row < l->t->n_cells; row += n) {
		for (size_t i = 0; i < n; i++)
			texts[i] = l->t->cells[row + i];
		while (print_line(l, texts))
			;
	}
	free(texts);
}

static void
print_blocks(const struct layout *l)
{
	size_t n = l->t->n_columns;
	int wide = 0, w;

	for (size_t i = 0; i < n; i++) {
		w = width(l->t->titles[i]);
		wide = w > wide ? w : wide;
	}
	for (size_t i = 0; i < l->t->n_cells; i++) {
		if (i > 0 && i % n == 0)
			fputc('\n', l->out);
		if (l->t->cells[i][0] != '\0')
			fprintf(l->out, "%s%*s%s\n", l->t->titles[i % n],
			    wide - width(l->t->titles[i % n]) + GAP, "",
			    l->t->cells[i]);
	}
}

static void
print_wide(const struct layout *l)
{
	size_t n = l->t->n_columns;

	for (size_t i = 0; i < n + l->t->n_cells; i++) {
		const char *text = i < n ? l->t->titles[i] : l->t->cells[i - n];

		fputs(text, l->out);
		if (i % n == n - 1)
			fputc('\n', l->out);
		else
			fprintf(l->out, "%*s",
			    l->wide[i % n] - width(text) + GAP, "");
	}
}

void
table_print_within(
    const struct table *t, FILE *out, const char *empty, int columns)
{
	struct layout l = {t, out, mem_new(t->n_columns, sizeof(*l.wide))};
	int cells, title;

	if (t->n_cells == 0) {
		fprintf(out, "%s\n", empty);
		goto out;
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		cells = cells_width(t, i);
		title = width(t->titles[i]);
		l.wide[i] = cells > title ? cells : title;
	}
	if (columns == 0 || line_width(&l) <= columns) {
		print_wide(&l);
		goto out;
	}
	for (size_t i = 0; i < t->n_columns; i++) {
		cells = cells_width(t, i);
		title = word_width(t->titles[i]);
		l.wide[i] = cells == 0 ? 0 : cells > title ? cells : title;
	}
	if (narrow(&l, columns) == 0)
		print_folded(&l);
	else
		print_blocks(&l);
out:
	free(l.wide);
}

void
table_print(const struct table *t, FILE *out, const char *empty)
{
	struct winsize size;
	int fd = fileno(out);
	int is_terminal = fd >= 0 && isatty(fd) &&
			  ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;

	table_print_within(t, out, empty, is_terminal ? size.ws_col : 0);
}
