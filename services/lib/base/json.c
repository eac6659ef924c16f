/* JSON helpers: see json.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/utf8.h"

static const double JSON_EXACT_MAX = 9007199254740992.0; /* 2^53 */

/*
 * Why jq's parser must not see TEXT, or NULL: it recurses when it frees and
 * prints, and 1.6 leaks a string that stands right after a value.
 */
static const char *
unfit(const char *text, size_t size)
{
	int depth = 0, in_string = 0;
	char last = ','; /* significant one outside strings */

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (in_string) {
			if (c == '\\')
				i++;
			else if (c == '"')
				in_string = 0;
			continue;
		}
		if (strchr(" \t\r\n", c) != NULL)
			continue;
		if (c == '"' && strchr(",:[{", last) == NULL)
			return "two values without a separator";
		in_string = c == '"';
		if ((c == '[' || c == '{') && ++depth > JSON_DEPTH_MAX)
			return "nested too deep";
		if (c == ']' || c == '}')
			depth--;
		last = c;
	}
	return NULL;
}

jv
json_parse(const char *text, size_t size, struct err *err)
{
	const char *why;
	jv v, msg;

	if (size > INT32_MAX / 2 || !utf8_is_text(text, size)) {
		err_set(err, ERR_REJECT, 0, "not UTF-8 text");
		return jv_invalid();
	}
	why = unfit(text, size);
	if (why != NULL) {
		err_set(err, ERR_REJECT, 0, "not JSON: %s", why);
		return jv_invalid();
	}
	v = jv_parse_sized(text, (int)size);
	if (jv_is_valid(v))
		return v;
	msg = jv_invalid_get_msg(v);
	err_set(err, ERR_REJECT, 0, "not JSON: %.200s",
	    jv_get_kind(msg) == JV_KIND_STRING ? jv_string_value(msg)
					       : "empty");
	jv_free(msg);
	return jv_invalid();
}

jv
json_get(jv v, const char *key)
{
	if (jv_get_kind(v) != JV_KIND_OBJECT)
		return jv_invalid();
	return jv_object_get(jv_copy(v), jv_string(key));
}

const char *
json_str(jv v, const char *key, const char *fallback)
{
	jv member = json_get(v, key);
	const char *s = jv_get_kind(member) == JV_KIND_STRING
	    ? jv_string_value(member)
	    : fallback;

	/* V holds another reference, so S outlives this one. */
	jv_free(member);
	return s;
}

int64_t
json_int(jv v, const char *key, int64_t fallback)
{
	jv member = json_get(v, key);
	double d;

	if (jv_get_kind(member) == JV_KIND_NUMBER) {
		d = jv_number_value(member);
		if (fabs(d) <= JSON_EXACT_MAX)
			fallback = (int64_t)d;
	}
	jv_free(member);
	return fallback;
}

int
json_bool(jv v, const char *key, int fallback)
{
	jv member = json_get(v, key);

	if (jv_get_kind(member) == JV_KIND_TRUE)
		fallback = 1;
	else if (jv_get_kind(member) == JV_KIND_FALSE)
		fallback = 0;
	jv_free(member);
	return fallback;
}

static void
add_string(const char *s, size_t size, struct buf *out)
{
	size_t i, from = 0;

	buf_puts(out, "\"");
	for (i = 0; i < size; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		buf_add(out, s + from, i - from);
		from = i + 1;
		if (c >= 0x20)
			buf_printf(out, "\\%c", c);
		else
			buf_printf(out, "\\u%04x", c);
	}
	buf_add(out, s + from, size - from);
	buf_puts(out, "\"");
}

static void
add_number(double d, struct buf *out)
{
	if (isnan(d) || isinf(d))
		buf_puts(out, "null");
	else if (fabs(d) <= JSON_EXACT_MAX && d == floor(d))
		buf_printf(out, "%lld", (long long)d);
	else
		buf_printf(out, "%.17g", d);
}

static void
add_object(jv v, struct buf *out)
{
	jv keys = jv_keys(jv_copy(v)); /* sorted by code point = by UTF-8 byte */
	jv value;
	const char *sep = "{";

	if (jv_array_length(jv_copy(keys)) == 0)
		buf_puts(out, "{");
	jv_array_foreach(keys, i, key) {
		buf_puts(out, sep);
		sep = ",";
		add_string(jv_string_value(key),
		    (size_t)jv_string_length_bytes(jv_copy(key)), out);
		buf_puts(out, ":");
		value = jv_object_get(jv_copy(v), key);
		json_canonical(value, out);
		jv_free(value);
	}
	buf_puts(out, "}");
	jv_free(keys);
}

void
json_canonical(jv v, struct buf *out)
{
	const char *sep = "";

	switch (jv_get_kind(v)) {
	case JV_KIND_INVALID:
	case JV_KIND_NULL:
		buf_puts(out, "null");
		break;
	case JV_KIND_FALSE:
		buf_puts(out, "false");
		break;
	case JV_KIND_TRUE:
		buf_puts(out, "true");
		break;
	case JV_KIND_NUMBER:
		add_number(jv_number_value(v), out);
		break;
	case JV_KIND_STRING:
		add_string(jv_string_value(v),
		    (size_t)jv_string_length_bytes(jv_copy(v)), out);
		break;
	case JV_KIND_ARRAY:
		buf_puts(out, "[");
		jv_array_foreach(v, i, item) {
			buf_puts(out, sep);
			sep = ",";
			json_canonical(item, out);
			jv_free(item);
		}
		buf_puts(out, "]");
		break;
	case JV_KIND_OBJECT:
		add_object(v, out);
		break;
	}
}

void
json_hash_bytes(const void *data, size_t size, unsigned char out[JSON_HASH_SIZE])
{
	unsigned char full[SHA256_DIGEST_LENGTH];

	SHA256(data, size, full);
	memcpy(out, full, JSON_HASH_SIZE);
}

void
json_hash(jv v, unsigned char out[JSON_HASH_SIZE])
{
	struct buf b = { 0 };

	json_canonical(v, &b);
	json_hash_bytes(b.data, b.size, out);
	buf_free(&b);
}

void
json_set(jv *v, const char *key, jv value)
{
	*v = jv_object_set(*v, jv_string(key), value);
}

void
json_set_str(jv *v, const char *key, const char *value)
{
	json_set(v, key, jv_string(value));
}

void
json_set_int(jv *v, const char *key, int64_t value)
{
	json_set(v, key, jv_number((double)value));
}
