/* Records out of files: see input.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/csv.h"
#include "cli/input.h"
#include "cli/text.h"

enum { WHERE_MAX = 40 };

struct input {
	enum record_type type;
	struct buf text;
	char where[WHERE_MAX];
	size_t n; /* of the line or item */

	/* One of three: items, lines from AT on, or a table. */
	jv items;
	const char *at;
	struct csv *csv;
	const struct column *columns[CSV_CELLS_MAX]; /* NULL: not read */
	char titles[CSV_CELLS_MAX][COLUMN_NAME_MAX];
	size_t column_count;
};

/* The first row.  A column without a title, or with # before it, is a note. */
static int
read_titles(struct input *in, struct err *err)
{
	const char *title;

	if (csv_next(in->csv, err) != 1)
		return err_wrap(err, "row %zu", csv_row(in->csv));
	in->column_count = csv_cells(in->csv);
	for (size_t i = 0; i < in->column_count; i++) {
		title = csv_cell(in->csv, i);
		if (*title == '\0' || *title == '#')
			continue;
		in->columns[i] = columns_find(in->type, title, err);
		if (in->columns[i] == NULL)
			return err_wrap(err, "row %zu", csv_row(in->csv));
		for (size_t k = 0; k < i; k++)
			if (strcasecmp(in->titles[k], title) == 0)
				return err_set(err, ERR_REJECT, 0,
				    "row %zu: column \"%.60s\" stands there "
				    "twice",
				    csv_row(in->csv), title);
		snprintf(in->titles[i], COLUMN_NAME_MAX, "%s", title);
	}
	return 0;
}

static const char *
line_end(const char *at)
{
	return at + strcspn(at, "\r\n");
}

/* Several JSON texts, each on its line, if the first line is one. */
static int
is_lines(const char *text)
{
	jv first = json_parse(text, (size_t)(line_end(text) - text), NULL);
	int is = jv_get_kind(first) == JV_KIND_OBJECT;

	jv_free(first);
	return is;
}

static int
open_json(struct input *in, const char *text, struct err *err)
{
	jv whole = json_parse(text, strlen(text), err);

	if (jv_get_kind(whole) == JV_KIND_ARRAY) {
		in->items = whole;
		return 0;
	}
	if (jv_get_kind(whole) == JV_KIND_OBJECT) {
		in->items = jv_array_set(jv_array(), 0, whole);
		return 0;
	}
	jv_free(whole);
	if (!is_lines(text))
		return -1;
	in->at = text;
	for (const char *s = in->text.data; s < text; s++)
		in->n += *s == '\n';
	return 0;
}

struct input *
input_new(enum record_type t, const char *text, size_t size, struct err *err)
{
	struct input *in = mem_new(1, sizeof(*in));
	const char *start;
	int rc;

	in->type = t;
	in->items = jv_invalid();
	rc = size > INPUT_MAX_BYTES
		 ? err_set(err, ERR_REJECT, 0, "over %d bytes", INPUT_MAX_BYTES)
		 : text_utf8(text, size, &in->text, err);
	if (rc == 0) {
		buf_puts(&in->text, "");
		start = in->text.data + strspn(in->text.data, " \t\r\n");
		if (*start == '\0') {
			rc = err_set(err, ERR_REJECT, 0, "the file is empty");
		} else if (*start == '{' || *start == '[') {
			rc = open_json(in, start, err);
		} else {
			in->csv = csv_new(in->text.data, in->text.size);
			rc = read_titles(in, err);
		}
	}
	if (rc == 0)
		return in;
	input_free(in);
	return NULL;
}

void
input_free(struct input *in)
{
	if (in == NULL)
		return;
	jv_free(in->items);
	csv_free(in->csv);
	buf_free(&in->text);
	free(in);
}

/* Cell I into *RECORD. */
static int
take_cell(struct input *in, size_t i, jv *record, struct err *err)
{
	const char *cell = csv_cell(in->csv, i);

	if (*cell == '\0')
		return 0;
	if (i >= in->column_count)
		return err_set(err, ERR_REJECT, 0,
		    "more cells than the table has columns");
	if (in->columns[i] == NULL ||
	    columns_put(in->columns[i], in->titles[i], cell, record, err) == 0)
		return 0;
	return err_wrap(err, "column %s", in->titles[i]);
}

static int
next_row(struct input *in, jv *out, struct err *err)
{
	int rc = csv_next(in->csv, err);
	jv record;

	snprintf(in->where, WHERE_MAX, "row %zu", csv_row(in->csv));
	if (rc != 1)
		return rc;
	record = jv_object();
	for (size_t i = 0; rc == 1 && i < csv_cells(in->csv); i++)
		if (take_cell(in, i, &record, err) != 0)
			rc = -1;
	if (rc != 1) {
		jv_free(record);
		return -1;
	}
	columns_finish(in->type, &record);
	*out = record;
	return 1;
}

/* V (consumed) if it is an object. */
static int
take_object(jv v, jv *out, struct err *err)
{
	if (jv_get_kind(v) == JV_KIND_OBJECT) {
		*out = v;
		return 1;
	}
	jv_free(v);
	return err_set(err, ERR_REJECT, 0, "not a record: expected {...}");
}

static int
next_line(struct input *in, jv *out, struct err *err)
{
	const char *line, *end;
	jv v;

	do {
		if (*in->at == '\0')
			return 0;
		line = in->at;
		end = line_end(line);
		in->at = end + (end[0] == '\r' && end[1] == '\n');
		in->at += *in->at != '\0';
		in->n++;
	} while (line + strspn(line, " \t") >= end);
	snprintf(in->where, WHERE_MAX, "line %zu", in->n);
	v = json_parse(line, (size_t)(end - line), err);
	return jv_is_valid(v) ? take_object(v, out, err) : -1;
}

int
input_next(struct input *in, jv *out, struct err *err)
{
	int n;

	if (in->csv != NULL)
		return next_row(in, out, err);
	if (in->at != NULL)
		return next_line(in, out, err);
	n = jv_array_length(jv_copy(in->items));
	if (in->n >= (size_t)n)
		return 0;
	snprintf(in->where, WHERE_MAX, "item %zu", ++in->n);
	return take_object(
	    jv_array_get(jv_copy(in->items), (int)in->n - 1), out, err);
}

const char *
input_where(const struct input *in)
{
	return in->where;
}

void
input_field(const struct input *in, const char *field, char *out, size_t size)
{
	char name[COLUMN_NAME_MAX * 4];

	if (in->csv == NULL) {
		snprintf(out, size, "%s", field);
		return;
	}
	columns_name(in->type, field, name, sizeof(name));
	snprintf(out, size, "column %s", name);
}
