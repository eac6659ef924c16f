/* What a member said, as files: see leave.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/columns.h"
#include "cli/leave.h"
#include "cli/scan.h"

enum { FILES_MAX = 99 }; /* of one type: the command may be repeated */

const enum record_type leave_types[LEAVE_TYPES] = {
    RECORD_CLAIM, RECORD_EVENT, RECORD_ORGANIZATION};

/* What is in V (consumed), {path: text}; PATH is where V stands. */
static void
flatten(jv v, const char *path, jv *out)
{
	char *at;

	if (jv_get_kind(v) == JV_KIND_OBJECT) {
		jv_object_foreach (v, key, value) {
			at = mem_printf("%s%s%s", path,
			    *path != '\0' ? "." : "", jv_string_value(key));
			flatten(value, at, out);
			free(at);
			jv_free(key);
		}
		jv_free(v);
	} else if (jv_get_kind(v) == JV_KIND_ARRAY) {
		jv_array_foreach (v, i, item) {
			at = mem_printf("%s[%d]", path, i);
			flatten(item, at, out);
			free(at);
		}
		jv_free(v);
	} else if (jv_get_kind(v) == JV_KIND_STRING) {
		json_set(out, path, v);
	} else if (jv_get_kind(v) != JV_KIND_NULL) {
		json_set(out, path, jv_dump_string(v, 0));
	} else {
		jv_free(v);
	}
}

/* A cell in quotation marks.  One that a spreadsheet would take for a formula
 * becomes text; a number stays one. */
static void
put_cell(struct buf *out, const char *text, int is_first)
{
	char *end;

	(void)strtod(text, &end);
	buf_puts(out, is_first ? "\"" : ",\"");
	if (strchr("=+-@\t\r", *text) != NULL && *text != '\0' && *end != '\0')
		buf_puts(out, "'");
	for (; *text != '\0'; text++) {
		if (*text == '"')
			buf_puts(out, "\"");
		buf_add(out, text, 1);
	}
	buf_puts(out, "\"");
}

/* TABLE (borrowed, one {path: text} a record) under the titles of all paths in
 * it (TITLES, borrowed: {path: true}). */
static void
put_table(enum record_type t, jv table, jv titles, struct buf *out)
{
	jv paths = jv_keys(jv_copy(titles));
	char title[256];

	jv_array_foreach (paths, i, path) {
		columns_name(t, jv_string_value(path), title, sizeof(title));
		put_cell(out, title, i == 0);
		jv_free(path);
	}
	buf_puts(out, "\r\n");
	jv_array_foreach (table, k, row) {
		jv_array_foreach (paths, n, path) {
			put_cell(out, json_str(row, jv_string_value(path), ""),
			    n == 0);
			jv_free(path);
		}
		buf_puts(out, "\r\n");
		jv_free(row);
	}
	jv_free(paths);
}

static int
write_file(const char *name, const struct buf *content, struct err *err)
{
	FILE *f = fopen(name, "we");
	int rc = -1;

	if (f != NULL &&
	    fwrite(content->data, 1, content->size, f) == content->size)
		rc = 0;
	if (f != NULL && fclose(f) != 0)
		rc = -1;
	return rc == 0 ? 0
		       : err_set(err, ERR_FATAL, errno, "%s: %s", name,
			     strerror(errno));
}

/* New stem of two files in FOLDER that are not there yet: what an earlier try
 * wrote may be on the wire no more.  NULL with ERR. */
static char *
free_stem(
    enum record_type t, const char *member, const char *folder, struct err *err)
{
	for (int n = 1; n <= FILES_MAX; n++) {
		char number[16] = "", *stem, *lines, *cells;
		int is_free;

		if (n > 1)
			snprintf(number, sizeof(number), "-%d", n);
		stem = mem_printf("%s/%s-%s%s", folder, member,
		    record_type_topic_word(t), number);
		lines = mem_printf("%s.jsonl", stem);
		cells = mem_printf("%s.csv", stem);
		is_free = access(lines, F_OK) != 0 && access(cells, F_OK) != 0;
		free(lines);
		free(cells);
		if (is_free)
			return stem;
		free(stem);
	}
	err_set(err, ERR_REJECT, 0, "%s holds %d exports already", folder,
	    FILES_MAX);
	return NULL;
}

static int
write_one(const char *stem, const char *end, const struct buf *content,
    struct err *err)
{
	char *name = mem_printf("%s.%s", stem, end);
	int rc = write_file(name, content, err);

	free(name);
	return rc;
}

/* RECORDS of T (consumed) into two files of FOLDER. */
static int
write_both(jv records, enum record_type t, const char *member,
    const char *folder, struct err *err)
{
	char *stem = free_stem(t, member, folder, err);
	jv table = jv_array(), titles = jv_object();
	struct buf lines = {0}, cells = {0};
	int rc;

	jv_array_foreach (records, i, one) {
		jv value = json_get(one, "value"), row = jv_object();
		jv text = jv_dump_string(jv_copy(value), JV_PRINT_SORTED);

		buf_printf(&lines, "%s\n", jv_string_value(text));
		flatten(value, "", &row);
		jv_object_foreach (row, path, cell) {
			json_set(&titles, jv_string_value(path), jv_true());
			jv_free(path);
			jv_free(cell);
		}
		table = jv_array_append(table, row);
		jv_free(text);
		jv_free(one);
	}
	put_table(t, table, titles, &cells);
	rc = stem != NULL && write_one(stem, "jsonl", &lines, err) == 0 &&
		     write_one(stem, "csv", &cells, err) == 0
		 ? 0
		 : -1;
	free(stem);
	buf_free(&lines);
	buf_free(&cells);
	jv_free(records);
	jv_free(table);
	jv_free(titles);
	return rc;
}

long
leave_export(
    struct cli *c, const char *member, const char *folder, struct err *err)
{
	long total = 0, n;

	if (mkdir(folder, 0755) != 0 && errno != EEXIST)
		return err_set(
		    err, ERR_FATAL, errno, "%s: %s", folder, strerror(errno));
	for (size_t i = 0; i < LEAVE_TYPES; i++) {
		jv records = scan_latest(c, leave_types[i], member, err);

		if (!jv_is_valid(records)) {
			jv_free(records);
			return -1;
		}
		n = jv_array_length(jv_copy(records));
		total += n;
		if (n == 0)
			jv_free(records);
		else if (write_both(
			     records, leave_types[i], member, folder, err) != 0)
			return -1;
	}
	return total;
}
