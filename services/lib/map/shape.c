/* Forms of what programs give back: see shape.h. */
#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/percent.h"
#include "map/shape.h"

enum {
	METHOD_MAX = 16,
	PATH_MAX_BYTES = 4096,
	ID_MAX_BYTES = 1024,
	URL_MAX_BYTES = 8192 /* more fits no receipt, and no browser */
};

int
shape_is_method(const char *s)
{
	size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return n > 0 && n <= METHOD_MAX && s[n] == '\0';
}

int
shape_is_path(const char *s)
{
	const char *p, *end;

	if (*s != '/')
		return 0;
	for (p = s; *p != '\0'; p++) {
		if (!isalnum((unsigned char)*p) &&
		    strchr("/-._~!$&'()*+,;=:@%", *p) == NULL)
			return 0;
	}
	for (p = s; p != NULL; p = strchr(p, '/')) {
		end = strchrnul(++p, '/');
		if ((end - p == 1 && *p == '.') ||
		    (end - p == 2 && strncmp(p, "..", 2) == 0))
			return 0;
	}
	return 1;
}

/* Append name=value; 0, or -1 if VALUE (borrowed) is no scalar. */
static int
add_parameter(struct buf *out, const char *name, jv value)
{
	struct buf number = {0};
	jv_kind kind = jv_get_kind(value);

	if (kind == JV_KIND_NULL)
		return 0;
	if (kind == JV_KIND_ARRAY || kind == JV_KIND_OBJECT)
		return -1;
	buf_puts(out, strchr(out->data, '?') == NULL ? "?" : "&");
	percent_encode(name, "", out);
	buf_puts(out, "=");
	if (kind == JV_KIND_STRING) {
		percent_encode(jv_string_value(value), "", out);
	} else {
		json_canonical(value, &number);
		percent_encode(number.data, "", out);
	}
	buf_free(&number);
	return 0;
}

/* Fold QUERY (borrowed) into PATH; a list repeats its name. */
static int
add_query(struct buf *path, jv query, struct err *err)
{
	int bad = 0;

	if (!jv_is_valid(query) || jv_get_kind(query) == JV_KIND_NULL)
		return 0;
	if (jv_get_kind(query) != JV_KIND_OBJECT)
		return err_set(
		    err, ERR_REJECT, 0, "the query is not an object");
	jv_object_foreach (query, key, value) {
		if (jv_get_kind(value) == JV_KIND_ARRAY) {
			jv_array_foreach (value, i, item) {
				bad |= add_parameter(
				    path, jv_string_value(key), item);
				jv_free(item);
			}
		} else {
			bad |= add_parameter(path, jv_string_value(key), value);
		}
		jv_free(key);
		jv_free(value);
	}
	if (bad)
		return err_set(err, ERR_REJECT, 0,
		    "a query parameter is neither text nor number");
	return 0;
}

/* Texts only, without line breaks; those that are null are left out. */
static int
check_headers(jv headers, jv *out, struct err *err)
{
	jv made = jv_object();
	int bad = jv_is_valid(headers) &&
		  jv_get_kind(headers) != JV_KIND_NULL &&
		  jv_get_kind(headers) != JV_KIND_OBJECT;

	if (jv_get_kind(headers) == JV_KIND_OBJECT) {
		jv_object_foreach (headers, key, value) {
			if (jv_get_kind(value) == JV_KIND_STRING &&
			    strpbrk(jv_string_value(value), "\r\n") == NULL)
				made = jv_object_set(
				    made, jv_copy(key), jv_copy(value));
			else if (jv_get_kind(value) != JV_KIND_NULL)
				bad = 1;
			jv_free(key);
			jv_free(value);
		}
	}
	jv_free(headers);
	if (!bad) {
		*out = made;
		return 0;
	}
	jv_free(made);
	return err_set(err, ERR_REJECT, 0, "a header is not a line of text");
}

/* The first member of V (borrowed) that is not one of WORDS, or NULL. */
static int
has_only(jv v, const char *const *words, struct err *err)
{
	int bad = 0;
	size_t i;

	jv_object_foreach (v, key, value) {
		for (i = 0; words[i] != NULL; i++) {
			if (strcmp(jv_string_value(key), words[i]) == 0)
				break;
		}
		if (words[i] == NULL)
			bad = err_set(err, ERR_REJECT, 0, "unknown member %s",
			    jv_string_value(key));
		jv_free(key);
		jv_free(value);
	}
	return bad;
}

static int
make_request(jv v, jv *out, struct err *err)
{
	const char *method = json_str(v, "method", "");
	const char *path = json_str(v, "path", "");
	struct buf target = {0};
	jv query = json_get(v, "query"), body, headers;
	int rc = -1;

	if (!shape_is_method(method)) {
		err_set(err, ERR_REJECT, 0, "no method such as GET");
	} else if (!shape_is_path(path)) {
		err_set(err, ERR_REJECT, 0,
		    "path \"%.100s\" is not a percent-encoded path from /",
		    path);
	} else {
		buf_puts(&target, path);
		rc = add_query(&target, query, err);
	}
	/* Cut short it would ask for something else. */
	if (rc == 0 && target.size > PATH_MAX_BYTES)
		rc = err_set(err, ERR_REJECT, 0,
		    "path and query have %zu bytes, more than %d", target.size,
		    PATH_MAX_BYTES);
	if (rc == 0)
		rc = check_headers(json_get(v, "headers"), &headers, err);
	jv_free(query);
	if (rc == 0) {
		*out = jv_object();
		json_set_str(out, "method", method);
		json_set_str(out, "path", target.data);
		json_set(out, "headers", headers);
		body = json_get(v, "body");
		if (jv_is_valid(body))
			json_set(out, "body", body);
		else
			jv_free(body);
	}
	buf_free(&target);
	return rc;
}

int
shape_request(jv v, jv *out, struct err *err)
{
	static const char *const members[] = {
	    "method", "path", "query", "headers", "body", NULL};
	int rc;

	if (jv_get_kind(v) != JV_KIND_OBJECT)
		rc = err_set(err, ERR_REJECT, 0, "gave no request");
	else if ((rc = has_only(v, members, err)) == 0)
		rc = make_request(v, out, err);
	jv_free(v);
	return rc;
}

/* ID (consumed) as a text, or invalid. */
static jv
id_text(jv id)
{
	struct buf number = {0};
	jv text = id;

	if (jv_get_kind(id) == JV_KIND_NUMBER) {
		json_canonical(id, &number);
		text = jv_string(number.data);
		jv_free(id);
		buf_free(&number);
	}
	if (jv_get_kind(text) == JV_KIND_STRING && *jv_string_value(text) &&
	    jv_string_length_bytes(jv_copy(text)) <= ID_MAX_BYTES)
		return text;
	jv_free(text);
	return jv_invalid();
}

/* A text member that may be missing or null; it is null then. */
static int
optional_text(jv *item, const char *name)
{
	jv v = json_get(*item, name);
	jv_kind kind = jv_get_kind(v);

	jv_free(v);
	if (kind == JV_KIND_INVALID)
		json_set(item, name, jv_null());
	return kind == JV_KIND_INVALID || kind == JV_KIND_NULL ||
	       kind == JV_KIND_STRING;
}

/* No address is one that nobody can open. */
static void
drop_long_url(jv *item)
{
	if (strlen(json_str(*item, "url", "")) > URL_MAX_BYTES)
		json_set(item, "url", jv_null());
}

/* One item (consumed) into its form. */
static int
shape_item(jv item, jv *out, struct err *err)
{
	static const char *const members[] = {
	    "local_id", "url", "version", "marker", "record", NULL};
	jv id, record;

	if (jv_get_kind(item) != JV_KIND_OBJECT ||
	    has_only(item, members, err) != 0) {
		jv_free(item);
		return err_set(err, ERR_REJECT, 0,
		    "gave something that is no item with local_id, url, "
		    "version, marker, record");
	}
	id = id_text(json_get(item, "local_id"));
	record = json_get(item, "version");
	if (jv_get_kind(record) == JV_KIND_NUMBER)
		json_set(&item, "version", id_text(jv_copy(record)));
	jv_free(record);
	if (!jv_is_valid(id) || !optional_text(&item, "url") ||
	    !optional_text(&item, "version") ||
	    !optional_text(&item, "marker")) {
		jv_free(id);
		jv_free(item);
		return err_set(
		    err, ERR_REJECT, 0, "gave an item whose ids are not texts");
	}
	json_set(&item, "local_id", id);
	drop_long_url(&item);
	record = json_get(item, "record");
	if (!jv_is_valid(record))
		json_set(&item, "record", jv_null());
	jv_free(record);
	*out = item;
	return 0;
}

int
shape_items(jv v, jv *out, struct err *err)
{
	jv made = jv_array(), one;
	int rc = 0;

	if (jv_get_kind(v) != JV_KIND_ARRAY) {
		rc = err_set(err, ERR_REJECT, 0, "gave no list of items");
	} else {
		jv_array_foreach (v, i, item) {
			if (rc != 0) {
				jv_free(item);
				continue;
			}
			rc = shape_item(item, &one, err);
			if (rc == 0)
				made = jv_array_append(made, one);
		}
	}
	jv_free(v);
	if (rc == 0)
		*out = made;
	else
		jv_free(made);
	return rc;
}

/* Local ids that are gone; missing = none.  Consumes V. */
static int
shape_gone(jv v, jv *out, struct err *err)
{
	jv made = jv_array(), id;
	int rc = 0;

	if (jv_get_kind(v) == JV_KIND_ARRAY) {
		jv_array_foreach (v, i, item) {
			id = id_text(item);
			if (jv_is_valid(id))
				made = jv_array_append(made, id);
			else
				rc = -1;
		}
	} else if (jv_is_valid(v) && jv_get_kind(v) != JV_KIND_NULL) {
		rc = -1;
	}
	jv_free(v);
	if (rc == 0) {
		*out = made;
		return 0;
	}
	jv_free(made);
	return err_set(err, ERR_REJECT, 0, "gave a `gone` that is no ids");
}

int
shape_listed(jv v, jv *out, struct err *err)
{
	jv items, gone, next;
	int rc = -1, complete = json_bool(v, "complete", -1);

	if (complete < 0) {
		err_set(err, ERR_REJECT, 0,
		    "gave no {items, gone, next, complete}");
		goto out;
	}
	if (shape_items(json_get(v, "items"), &items, err) != 0)
		goto out;
	if (shape_gone(json_get(v, "gone"), &gone, err) != 0) {
		jv_free(items);
		goto out;
	}
	next = json_get(v, "next");
	if (!jv_is_valid(next)) {
		jv_free(next);
		next = jv_null();
	}
	*out = jv_object();
	json_set(out, "items", items);
	json_set(out, "gone", gone);
	json_set(out, "next", next);
	json_set(out, "complete", jv_bool(complete));
	rc = 0;
out:
	jv_free(v);
	return rc;
}
