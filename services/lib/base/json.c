/* JSON helpers: see json.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

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
		if (fabs(d) <= (double)JSON_INTEGER_MAX)
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

void
json_add_string(const char *s, size_t size, struct buf *out)
{
	size_t i, from = 0;

	buf_add(out, "\"", 1);
	for (i = 0; i < size; i++) {
		unsigned char c = (unsigned char)s[i];

		if (size - i >= sizeof(uint64_t) && json_is_plain(s + i)) {
			i += sizeof(uint64_t) - 1;
			continue;
		}
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
	buf_add(out, "\"", 1);
}

void
json_add_integer(int64_t n, struct buf *out)
{
	char text[24], *p = text + sizeof(text);
	uint64_t rest = n < 0 ? -(uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + rest % 10);
	while ((rest /= 10) > 0);
	if (n < 0)
		*--p = '-';
	buf_add(out, p, (size_t)(text + sizeof(text) - p));
}

/* 1 if D is that many millionths, as most are: they are written as below, but
 * without printf.  The quotient of two whole numbers is the double that is next
 * to it, and so what the digits read back as. */
static int
add_millionths(double d, struct buf *out)
{
	double size = fabs(d);
	char text[] = ".000000";
	int64_t n;

	if (size < 1e-4 || size >= 1e9)
		return 0;
	n = (int64_t)(size * 1e6 + .5);
	if ((double)n / 1e6 != size)
		return 0;
	if (d < 0)
		buf_add(out, "-", 1);
	json_add_integer(n / 1000000, out);
	n %= 1000000;
	for (size_t i = sizeof(text) - 2; i > 0; i--, n /= 10)
		text[i] = (char)('0' + n % 10);
	for (size_t i = sizeof(text) - 2; text[i] == '0'; i--)
		text[i] = '\0';
	buf_puts(out, text);
	return 1;
}

/* The fewest digits that read back as D; any double needs 17 at most. */
static void
add_fraction(double d, struct buf *out)
{
	char text[32];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	buf_puts(out, text);
}

void
json_add_number(double d, struct buf *out)
{
	if (isnan(d) || isinf(d))
		buf_puts(out, "null");
	else if (fabs(d) <= (double)JSON_INTEGER_MAX && d == floor(d))
		json_add_integer((int64_t)d, out);
	else if (!add_millionths(d, out))
		add_fraction(d, out);
}

static int
compare_members(const struct json_member *a, const struct json_member *b)
{
	int order =
	    memcmp(a->name, b->name, a->size < b->size ? a->size : b->size);

	return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

static int
compare_any(const void *a, const void *b)
{
	return compare_members(a, b);
}

struct json_member *
json_members(jv v, struct json_member few[JSON_MEMBERS_FEW], size_t *out_n)
{
	struct json_member *all = few;
	size_t n = 0, room = JSON_MEMBERS_FEW, j;

	jv_object_foreach (v, key, value) {
		struct json_member m = {jv_string_value(key),
		    (size_t)jv_string_length_bytes(jv_copy(key)), key, value};

		if (n == room) {
			room *= 2;
			all = mem_grow(
			    all == few ? NULL : all, room, sizeof(*all));
			if (n == JSON_MEMBERS_FEW)
				memcpy(all, few, n * sizeof(*all));
		}
		/* Records are small: no call for each comparison. */
		for (j = n++; n <= JSON_MEMBERS_FEW && j > 0 &&
			      compare_members(&m, &all[j - 1]) < 0;
		     j--)
			all[j] = all[j - 1];
		all[j] = m;
	}
	if (n > JSON_MEMBERS_FEW)
		qsort(all, n, sizeof(*all), compare_any);
	*out_n = n;
	return all;
}

static int add_value(jv v, int is_lean, struct buf *out);

/* 0 if IS_LEAN left no member. */
static int
add_object(jv v, int is_lean, struct buf *out)
{
	struct json_member few[JSON_MEMBERS_FEW], *members;
	size_t n, from;
	const char *sep = "{";

	members = json_members(v, few, &n);
	for (struct json_member *m = members; m < members + n; m++) {
		from = out->size;
		buf_add(out, sep, 1);
		json_add_string(m->name, m->size, out);
		buf_add(out, ":", 1);
		if (add_value(m->value, is_lean, out))
			sep = ",";
		else
			buf_cut(out, from);
		jv_free(m->key);
		jv_free(m->value);
	}
	if (members != few)
		free(members);
	if (*sep == '{') {
		if (is_lean)
			return 0;
		buf_add(out, "{", 1);
	}
	buf_add(out, "}", 1);
	return 1;
}

static int
add_array(jv v, int is_lean, struct buf *out)
{
	int n = jv_array_length(jv_copy(v));

	if (n == 0 && is_lean)
		return 0;
	buf_add(out, "[", 1);
	for (int i = 0; i < n; i++) {
		jv item = jv_array_get(jv_copy(v), i);

		if (i > 0)
			buf_add(out, ",", 1);
		/* Places matter, so what is empty stays as a null. */
		if (!add_value(item, is_lean, out))
			buf_add(out, "null", 4);
		jv_free(item);
	}
	buf_add(out, "]", 1);
	return 1;
}

/* V (borrowed); 0 with nothing written if IS_LEAN and it is empty. */
static int
add_value(jv v, int is_lean, struct buf *out)
{
	size_t size;

	switch (jv_get_kind(v)) {
	case JV_KIND_INVALID:
	case JV_KIND_NULL:
		if (!is_lean)
			buf_add(out, "null", 4);
		return !is_lean;
	case JV_KIND_FALSE:
		if (!is_lean)
			buf_add(out, "false", 5);
		return !is_lean;
	case JV_KIND_TRUE:
		buf_add(out, "true", 4);
		return 1;
	case JV_KIND_NUMBER:
		json_add_number(jv_number_value(v), out);
		return 1;
	case JV_KIND_STRING:
		size = (size_t)jv_string_length_bytes(jv_copy(v));
		if (size > 0 || !is_lean)
			json_add_string(jv_string_value(v), size, out);
		return size > 0 || !is_lean;
	case JV_KIND_ARRAY:
		return add_array(v, is_lean, out);
	case JV_KIND_OBJECT:
		return add_object(v, is_lean, out);
	}
	return 0;
}

void
json_canonical(jv v, struct buf *out)
{
	add_value(v, 0, out);
}

void
json_canonical_lean(jv v, struct buf *out)
{
	if (!add_value(v, 1, out))
		buf_add(out, "null", 4);
}

void
json_hash_bytes(
    const void *data, size_t size, unsigned char out[JSON_HASH_SIZE])
{
	unsigned char full[SHA256_DIGEST_LENGTH];

	SHA256(data, size, full);
	memcpy(out, full, JSON_HASH_SIZE);
}

void
json_hash(jv v, unsigned char out[JSON_HASH_SIZE])
{
	struct buf b = {0};

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
