/* Tables: see csv.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/csv.h"

struct csv {
	const char *at, *end;
	char separator;
	size_t row;
	struct buf text; /* the row's cells, each zero-terminated */
	size_t cells[CSV_CELLS_MAX];
	size_t count;
};

static char
guess_separator(const char *text, size_t size)
{
	static const char all[] = {',', ';', '\t'};
	size_t counts[sizeof(all)] = {0}, best = 0;
	int in_quotes = 0;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '"')
			in_quotes = !in_quotes;
		if (in_quotes)
			continue;
		if (text[i] == '\n' || text[i] == '\r')
			break;
		for (size_t s = 0; s < sizeof(all); s++)
			counts[s] += text[i] == all[s];
	}
	for (size_t s = 1; s < sizeof(all); s++)
		if (counts[s] > counts[best])
			best = s;
	return all[best];
}

struct csv *
csv_new(const char *text, size_t size)
{
	struct csv *c = mem_new(1, sizeof(*c));

	c->at = text;
	c->end = text + size;
	c->separator = guess_separator(text, size);
	return c;
}

void
csv_free(struct csv *c)
{
	if (c == NULL)
		return;
	buf_free(&c->text);
	free(c);
}

static int
fail(struct csv *c, struct err *err, const char *why)
{
	c->at = c->end;
	return err_set(err, ERR_REJECT, 0, "%s", why);
}

static int
is_end_of_cell(const struct csv *c)
{
	return c->at == c->end || *c->at == c->separator || *c->at == '\n' ||
	       *c->at == '\r';
}

/* The inside of a quoted cell; AT is behind its first quotation mark. */
static int
read_quoted(struct csv *c, struct err *err)
{
	const char *mark;

	for (;;) {
		mark = memchr(c->at, '"', (size_t)(c->end - c->at));
		if (mark == NULL)
			return fail(c, err, "a quotation mark is not closed");
		buf_add(&c->text, c->at, (size_t)(mark - c->at));
		c->at = mark + 1;
		if (c->at == c->end || *c->at != '"')
			break;
		buf_add(&c->text, "\"", 1);
		c->at++;
	}
	while (c->at < c->end && *c->at == ' ')
		c->at++;
	return is_end_of_cell(c)
		   ? 0
		   : fail(c, err, "text behind a closing quotation mark");
}

/* Length of the blank at the end of the SIZE bytes at S: a space, a tab, a
 * line end or U+00A0; 0 if there is none. */
static size_t
blank_at_end(const char *s, size_t size)
{
	if (size > 0 && strchr(" \t\r\n", s[size - 1]) != NULL)
		return 1;
	return size > 1 && memcmp(s + size - 2, "\xc2\xa0", 2) == 0 ? 2 : 0;
}

static int
read_cell(struct csv *c, struct err *err)
{
	size_t start = c->text.size, blank;
	const char *from;

	if (c->count == CSV_CELLS_MAX)
		return fail(c, err, "too many cells");
	while (c->at < c->end && *c->at == ' ' && c->separator != ' ')
		c->at++;
	if (c->at < c->end && *c->at == '"') {
		c->at++;
		if (read_quoted(c, err) != 0)
			return -1;
	} else {
		from = c->at;
		while (!is_end_of_cell(c))
			c->at++;
		buf_add(&c->text, from, (size_t)(c->at - from));
	}
	while ((blank = blank_at_end(
		    c->text.data + start, c->text.size - start)) > 0)
		c->text.size -= blank;
	buf_add(&c->text, "", 1);
	c->cells[c->count++] = start;
	return 0;
}

/* A row, empty or not. */
static int
read_row(struct csv *c, struct err *err)
{
	c->row++;
	c->count = 0;
	buf_clear(&c->text);
	for (;;) {
		if (read_cell(c, err) != 0)
			return -1;
		if (c->at == c->end)
			return 0;
		if (*c->at != c->separator)
			break;
		c->at++;
	}
	if (*c->at == '\r' && c->at + 1 < c->end && c->at[1] == '\n')
		c->at++;
	c->at++;
	return 0;
}

static int
is_empty(const struct csv *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (*csv_cell(c, i) != '\0')
			return 0;
	return 1;
}

int
csv_next(struct csv *c, struct err *err)
{
	while (c->at < c->end) {
		if (read_row(c, err) != 0)
			return -1;
		if (!is_empty(c))
			return 1;
	}
	return 0;
}

size_t
csv_row(const struct csv *c)
{
	return c->row;
}

size_t
csv_cells(const struct csv *c)
{
	return c->count;
}

const char *
csv_cell(const struct csv *c, size_t i)
{
	const char *s;

	if (i >= c->count)
		return "";
	s = c->text.data + c->cells[i];
	for (;;) {
		if (*s != '\0' && strchr(" \t\r\n", *s) != NULL)
			s++;
		else if (strncmp(s, "\xc2\xa0", 2) == 0)
			s += 2;
		else
			return s;
	}
}
