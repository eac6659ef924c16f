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
#include "cli/lines.h"
#include "cli/text.h"

struct input {
	enum record_type type;
	struct buf text; /* the whole file, unless it is lines */
	const char *unit;
	size_t n; /* of the line, item or row */

	/* One of three: items, lines, or a table. */
	jv items;
	struct lines *lines;
	struct csv *csv;
	const struct column *columns[CSV_CELLS_MAX]; /* NULL: not read */
	char titles[CSV_CELLS_MAX][COLUMN_NAME_MAX];
	size_t column_count;

	FILE *from_text; /* owned; TEXT, where it is lines after all */
	jv held;	 /* of the first line, until it is asked for */
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

static int
is_blank(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (strchr(" \t\r", text[i]) == NULL || text[i] == '\0')
			return 0;
	return 1;
}

/* The next line with something on it: as lines_next(). */
static int
next_text(struct input *in, const char **line, size_t *size, struct err *err)
{
	int rc;

	do {
		rc = lines_next(in->lines, line, size, err);
		in->n++;
	} while (rc == 1 && is_blank(*line, *size));
	return rc;
}

/* Several JSON texts, each on its line: 1 if the first line is one, 0 if not,
 * with all that is left of F in IN->text.  -1. */
static int
open_lines(struct input *in, FILE *f, struct err *err)
{
	struct err ignored;
	const char *line;
	size_t size;
	int rc;

	in->unit = "line";
	in->lines = lines_new(f, INPUT_MAX_BYTES);
	rc = next_text(in, &line, &size, err);
	if (rc == 1) {
		in->held = json_parse(line, size, &ignored);
		if (jv_get_kind(in->held) == JV_KIND_OBJECT)
			return 1;
		/* Rows and lines are counted as they stand there. */
		for (size_t i = 1; i < in->n; i++)
			buf_puts(&in->text, "\n");
		buf_add(&in->text, line, size);
		buf_puts(&in->text, "\n");
		rc = lines_rest(in->lines, &in->text, err);
	}
	jv_free(in->held);
	in->held = jv_invalid();
	lines_free(in->lines);
	in->lines = NULL;
	in->n = 0;
	return rc;
}

static int
open_json(struct input *in, const char *text, struct err *err)
{
	struct err ignored;
	struct buf lines;
	jv whole = json_parse(text, strlen(text), err);
	int rc = -1;

	in->unit = "item";
	if (jv_get_kind(whole) == JV_KIND_ARRAY) {
		in->items = whole;
		return 0;
	}
	if (jv_get_kind(whole) == JV_KIND_OBJECT) {
		in->items = jv_array_set(jv_array(), 0, whole);
		return 0;
	}
	jv_free(whole);
	/* Lines in another encoding, or with the line ends of old. */
	for (char *s = in->text.data; *s != '\0'; s++)
		if (s[0] == '\r' && s[1] != '\n')
			*s = '\n';
	lines = in->text;
	in->text = (struct buf){.max = INPUT_MAX_BYTES};
	/* One more for the zero byte that it ends with. */
	in->from_text = fmemopen(NULL, lines.size + 1, "w+");
	if (in->from_text != NULL) {
		fwrite(lines.data, 1, lines.size, in->from_text);
		rewind(in->from_text);
		rc = open_lines(in, in->from_text, &ignored) == 1 ? 0 : -1;
	}
	buf_free(&lines);
	return rc;
}

/* What is no JSON Lines in UTF-8, from IN->text. */
static int
open_whole(struct input *in, struct err *err)
{
	struct buf raw = in->text;
	const char *start;
	int rc;

	in->text = (struct buf){0};
	rc = text_utf8(
	    raw.data != NULL ? raw.data : "", raw.size, &in->text, err);
	buf_free(&raw);
	if (rc != 0)
		return -1;
	buf_puts(&in->text, "");
	start = in->text.data + strspn(in->text.data, " \t\r\n");
	if (*start == '\0')
		return err_set(err, ERR_REJECT, 0, "the file is empty");
	if (*start == '{' || *start == '[')
		return open_json(in, start, err);
	in->unit = "row";
	in->csv = csv_new(in->text.data, in->text.size);
	return read_titles(in, err);
}

struct input *
input_new(enum record_type t, FILE *f, struct err *err)
{
	struct input *in = mem_new(1, sizeof(*in));
	int rc;

	in->type = t;
	in->unit = "line";
	in->items = in->held = jv_invalid();
	in->text.max = INPUT_MAX_BYTES;
	rc = open_lines(in, f, err);
	if (rc == 1 || (rc == 0 && open_whole(in, err) == 0))
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
	jv_free(in->held);
	lines_free(in->lines);
	csv_free(in->csv);
	if (in->from_text != NULL)
		fclose(in->from_text);
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

	in->n = csv_row(in->csv);
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
	const char *line;
	size_t size;
	jv v = in->held;
	int rc;

	in->held = jv_invalid();
	if (!jv_is_valid(v)) {
		rc = next_text(in, &line, &size, err);
		if (rc <= 0)
			return rc;
		v = json_parse(line, size, err);
	}
	return jv_is_valid(v) ? take_object(v, out, err) : -1;
}

int
input_next(struct input *in, jv *out, struct err *err)
{
	int n;

	if (in->csv != NULL)
		return next_row(in, out, err);
	if (in->lines != NULL)
		return next_line(in, out, err);
	n = jv_array_length(jv_copy(in->items));
	if (in->n >= (size_t)n)
		return 0;
	in->n++;
	return take_object(
	    jv_array_get(jv_copy(in->items), (int)in->n - 1), out, err);
}

const char *
input_where(const struct input *in, size_t *out_n)
{
	*out_n = in->n;
	return in->unit;
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
