/* Lists as CSV: see api_inner.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "portal/api_inner.h"
#include "portal/request.h"
#include "web/server.h"

/* What a kind of record has in columns: paths into the item. */
static const struct {
	const char *type;
	const char *columns[14];
} forms[] = {
    {"partnership", {"key", "record.status", "record.unilateral", "record.kind",
			"record.since", "record.a.id", "record.a.country",
			"record.a.names", "record.b.id", "record.b.country",
			"record.b.names", "record.conflicts", "at"}},
    {"claim", {"key", "member", "record.status", "record.statusSince",
		  "record.speaksFor", "record.a.id", "record.a.country",
		  "record.a.names", "record.b.id", "record.b.country",
		  "record.b.names", "record.lastVerified", "record.url", "at"}},
    {"event",
	{"key", "member", "record.status", "record.kind", "record.title",
	    "record.start", "record.end", "record.tz", "record.attendance",
	    "record.places.0.city.id", "record.places.0.city.names",
	    "record.url", "record.sequence", "at"}},
    {"organization",
	{"key", "member", "record.id", "record.names", "record.kind",
	    "record.country", "record.website", "at"}},
    {"notice", {"key", "record.kind", "record.pairKey", "record.by",
		   "record.text", "at"}},
    {"receipt", {"key", "member", "record.connection", "record.recordKey",
		    "record.state", "record.reason", "record.url", "at"}},
};

int
api_form(const struct request *rq, int *out_is_csv, struct err *err)
{
	const char *format = request_arg(rq, "format");
	const char *accept = request_header(rq, "Accept");

	if (format != NULL && strcmp(format, "json") != 0 &&
	    strcmp(format, "csv") != 0)
		return err_set(
		    err, ERR_REJECT, 0, "`format`: expected json or csv");
	*out_is_csv = format != NULL ? *format == 'c'
				     : accept != NULL &&
					   strncmp(accept, "text/csv", 8) == 0;
	return 0;
}

/* What PATH, parts with dots between them, leads to in V (consumed). */
static jv
at_path(jv v, const char *path)
{
	while (*path != '\0') {
		size_t size = strcspn(path, ".");
		jv key = jv_string_sized(path, (int)size), next;

		if (jv_get_kind(v) == JV_KIND_ARRAY)
			next = jv_array_get(jv_copy(v), *path - '0');
		else if (jv_get_kind(v) == JV_KIND_OBJECT)
			next = jv_object_get(jv_copy(v), jv_copy(key));
		else
			next = jv_null();
		jv_free(key);
		jv_free(v);
		v = next;
		path += size + (path[size] == '.');
	}
	return v;
}

/* A map's texts on one line, "en: Volgograd; ru: ..."; a list's values. */
static void
add_many(jv v, struct buf *out)
{
	if (jv_get_kind(v) == JV_KIND_ARRAY) {
		jv_array_foreach (v, i, one) {
			if (jv_get_kind(one) == JV_KIND_STRING)
				buf_printf(out, "%s%s",
				    out->size > 0 ? "; " : "",
				    jv_string_value(one));
			jv_free(one);
		}
		return;
	}
	jv_object_foreach (v, key, text) {
		if (jv_get_kind(text) == JV_KIND_STRING)
			buf_printf(out, "%s%s: %s", out->size > 0 ? "; " : "",
			    jv_string_value(key), jv_string_value(text));
		jv_free(key);
		jv_free(text);
	}
}

/* 1 if a spreadsheet would run what begins with C behind BEFORE: where numbers
 * have a comma it takes semicolons for the ends of fields, also in quotes that
 * began further left. */
static int
is_formula(char before, char c)
{
	return strchr(";\r\n", before) != NULL &&
	       strchr("=+-@\t\r", c) != NULL;
}

/* V (consumed) as one field. */
static void
add_field(jv v, struct buf *out)
{
	struct buf text = {0};

	switch (jv_get_kind(v)) {
	case JV_KIND_STRING:
		buf_puts(&text, jv_string_value(v));
		break;
	case JV_KIND_ARRAY:
	case JV_KIND_OBJECT:
		add_many(v, &text);
		break;
	case JV_KIND_INVALID:
	case JV_KIND_NULL:
		break;
	default:
		json_canonical(v, &text);
	}
	jv_free(v);
	if (text.size == 0)
		return;
	buf_puts(out, "\"");
	for (const char *c = text.data; *c != '\0'; c++) {
		if (is_formula(c == text.data ? ';' : c[-1], *c))
			buf_puts(out, "'");
		buf_add(out, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
	}
	buf_puts(out, "\"");
	buf_free(&text);
}

static const char *const *
columns_of(jv items)
{
	jv first = jv_array_length(jv_copy(items)) > 0
		       ? jv_array_get(jv_copy(items), 0)
		       : jv_null();
	const char *const *found = NULL;

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++)
		if (strcmp(forms[i].type, json_str(first, "type", "")) == 0)
			found = forms[i].columns;
	jv_free(first);
	return found;
}

static void
add_rows(jv items, const char *const *columns, struct buf *out)
{
	const int n = (int)(sizeof(forms[0].columns) / sizeof(char *));
	char text[CLOCK_TEXT_SIZE];

	for (int i = 0; i < n && columns[i] != NULL; i++) {
		const char *name = columns[i];

		if (strncmp(name, "record.", 7) == 0)
			name += 7;
		buf_printf(out, "%s%s", i > 0 ? "," : "", name);
	}
	buf_puts(out, "\r\n");
	jv_array_foreach (items, k, item) {
		json_set_str(
		    &item, "at", clock_text(json_int(item, "at", 0), text));
		for (int i = 0; i < n && columns[i] != NULL; i++) {
			if (i > 0)
				buf_puts(out, ",");
			add_field(at_path(jv_copy(item), columns[i]), out);
		}
		buf_puts(out, "\r\n");
		jv_free(item);
	}
}

/* Where the list goes on; -1 if no header holds that. */
static int
give_next(const struct request *rq, struct answer *a, const char *next)
{
	char *here;
	int is_long;

	if (next == NULL)
		return 0;
	here = request_here(rq, "after", next);
	is_long = strlen(here) + sizeof("<>; rel=\"next\"") >
		  SERVER_HEADER_VALUE_SIZE;
	if (!is_long)
		answer_header(a, "Link", "<%s>; rel=\"next\"", here);
	free(here);
	return is_long ? -1 : 0;
}

void
api_give_csv(
    const struct request *rq, struct answer *a, jv list, const struct err *err)
{
	const char *const *columns;
	jv items;

	if (!jv_is_valid(list)) {
		api_fail(a, err);
		jv_free(list);
		return;
	}
	if (give_next(rq, a, json_str(list, "next", NULL)) != 0) {
		answer_problem(a, 400,
		    "The address of the next page would be too long for a "
		    "header. Ask for less, or for JSON.");
		jv_free(list);
		return;
	}
	items = json_get(list, "items");
	columns = columns_of(items);
	if (columns != NULL)
		add_rows(items, columns, &a->body);
	a->type = "text/csv; charset=utf-8; header=present";
	jv_free(items);
	jv_free(list);
}
