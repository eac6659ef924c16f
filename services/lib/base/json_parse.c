/* JSON text -> jv: see json.h.  jq's own parser goes byte by byte and takes
 * more than half as long again; 1.6 leaks a string right after a value. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/utf8.h"

enum {
	NUMBER_MAX_BYTES = 400, /* no double needs more digits to be exact */
	DIGITS_EXACT = 15,	/* fewer are exact in a double */
	KEYS_KEPT = 64		/* of one text, so that each is made once */
};

struct reader {
	const char *text, *at, *end; /* of UTF-8 */
	const char *why;	     /* static, once something is wrong */
	int depth;
	jv keys[KEYS_KEPT];
};

static int read_value(struct reader *r, jv *out);

static int
fail(struct reader *r, const char *why)
{
	r->why = why;
	return -1;
}

static void
skip_space(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' ||
				     *r->at == '\r' || *r->at == '\t'))
		r->at++;
}

/* The next significant byte, 0 at the end. */
static char
peek(struct reader *r)
{
	skip_space(r);
	return r->at < r->end ? *r->at : '\0';
}

/* Go on to what is not plain text: a quote, a backslash, or what must not
 * stand there. */
static void
skip_plain(struct reader *r)
{
	while (r->end - r->at >= (ptrdiff_t)sizeof(uint64_t) &&
	       json_is_plain(r->at))
		r->at += sizeof(uint64_t);
	while (r->at < r->end && *r->at != '"' && *r->at != '\\' &&
	       (unsigned char)*r->at >= ' ')
		r->at++;
}

/* What follows plain text in a string, if it is neither quote nor escape. */
static int
fail_string(struct reader *r)
{
	return fail(r, r->at == r->end ? "a string without an end"
				       : "a control character in a string");
}

/* Four hexadecimal digits at S, -1 if they are none. */
static int32_t
hex4(const char *s, const char *end)
{
	int32_t n = 0;

	if (end - s < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = s[i];

		if (c >= '0' && c <= '9')
			n = n * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			n = n * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			n = n * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return n;
}

/* What follows "\u"; half a pair of surrogates becomes U+FFFD. */
static int
read_code_point(struct reader *r, struct buf *out)
{
	int32_t c = hex4(r->at, r->end), low;
	char bytes[4];

	if (c < 0)
		return fail(r, "\\u without four digits");
	r->at += 4;
	if (c >= 0xd800 && c < 0xdc00 && r->end - r->at >= 2 &&
	    r->at[0] == '\\' && r->at[1] == 'u') {
		low = hex4(r->at + 2, r->end);
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			r->at += 6;
		}
	}
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	buf_add(out, bytes, utf8_put(bytes, (uint32_t)c));
	return 0;
}

/* What follows a backslash. */
static int
read_escape(struct reader *r, struct buf *out)
{
	static const char names[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	char c = r->at < r->end ? *r->at++ : '\0';
	const char *name = c == '\0' ? NULL : strchr(names, c);

	if (c == 'u')
		return read_code_point(r, out);
	if (name == NULL)
		return fail(r, "a backslash before what needs none");
	buf_add(out, &means[name - names], 1);
	return 0;
}

/* The rest of a string with escapes, which begins at FROM. */
static int
read_escaped(struct reader *r, const char *from, jv *out)
{
	struct buf text = {0};
	int rc = 0;

	while (rc == 0 && r->at < r->end && *r->at == '\\') {
		buf_add(&text, from, (size_t)(r->at - from));
		r->at++;
		rc = read_escape(r, &text);
		from = r->at;
		if (rc == 0)
			skip_plain(r);
	}
	if (rc == 0 && (r->at == r->end || *r->at != '"'))
		rc = fail_string(r);
	if (rc == 0) {
		buf_add(&text, from, (size_t)(r->at++ - from));
		*out = jv_string_sized(
		    text.data == NULL ? "" : text.data, (int)text.size);
	}
	buf_free(&text);
	return rc;
}

/* The string whose opening quote is next. */
static int
read_string(struct reader *r, jv *out)
{
	const char *from = ++r->at;

	skip_plain(r);
	if (r->at < r->end && *r->at == '\\')
		return read_escaped(r, from, out);
	if (r->at == r->end || *r->at != '"')
		return fail_string(r);
	*out = jv_string_sized(from, (int)(r->at++ - from));
	return 0;
}

/* The same as a member's name: most stand in every item of a list. */
static int
read_key(struct reader *r, jv *out)
{
	const char *from = r->at + 1;
	size_t size;
	jv *kept;

	r->at++;
	skip_plain(r);
	size = (size_t)(r->at - from);
	if (r->at == r->end || *r->at != '"' || size == 0) {
		r->at = from - 1;
		return read_string(r, out);
	}
	kept = &r->keys[((unsigned char)from[0] * 7U +
			    (unsigned char)from[size - 1] * 3U + size) %
			KEYS_KEPT];
	if (jv_get_kind(*kept) != JV_KIND_STRING ||
	    (size_t)jv_string_length_bytes(jv_copy(*kept)) != size ||
	    memcmp(jv_string_value(*kept), from, size) != 0) {
		jv_free(*kept);
		*kept = jv_string_sized(from, (int)size);
	}
	r->at++;
	*out = jv_copy(*kept);
	return 0;
}

static size_t
digits(const char *s, const char *end)
{
	size_t n = 0;

	while (s + n < end && s[n] >= '0' && s[n] <= '9')
		n++;
	return n;
}

/* Bytes of the number at S by RFC 8259's grammar, 0 if it is none; those of
 * its whole part in *OUT_WHOLE. */
static size_t
number_size(const char *s, const char *end, size_t *out_whole)
{
	const char *at = s + (s < end && *s == '-');
	size_t n = digits(at, end);

	if (n == 0 || (n > 1 && *at == '0'))
		return 0;
	at += n;
	*out_whole = (size_t)(at - s);
	if (at < end && *at == '.') {
		n = digits(at + 1, end);
		if (n == 0)
			return 0;
		at += 1 + n;
	}
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		at += at < end && (*at == '+' || *at == '-');
		n = digits(at, end);
		if (n == 0)
			return 0;
		at += n;
	}
	return (size_t)(at - s);
}

static int
read_number(struct reader *r, jv *out)
{
	char text[NUMBER_MAX_BYTES + 1];
	size_t whole = 0, size = number_size(r->at, r->end, &whole);
	int64_t n = 0;

	if (size == 0 || size > NUMBER_MAX_BYTES)
		return fail(r, size == 0 ? "neither a value nor its end"
					 : "a number too long");
	if (size == whole && size <= DIGITS_EXACT && *r->at != '-') {
		for (size_t i = 0; i < size; i++)
			n = n * 10 + (r->at[i] - '0');
		*out = jv_number((double)n);
	} else {
		memcpy(text, r->at, size);
		text[size] = '\0';
		*out = jv_number(strtod(text, NULL));
	}
	r->at += size;
	return 0;
}

/* After an item: 1 if another one follows, 0 at the END of them, -1. */
static int
read_separator(struct reader *r, char end)
{
	char c = peek(r);

	if (c == '"')
		return fail(r, "two values without a separator");
	if (c != ',' && c != end)
		return fail(r, c == '\0' ? "it ends too early"
					 : "two values without a separator");
	r->at++;
	return c == ',';
}

static int
read_array(struct reader *r, jv *out)
{
	jv array = jv_array(), item;
	int rc = peek(r) != ']';

	if (rc == 0)
		r->at++;
	while (rc == 1) {
		rc = read_value(r, &item);
		if (rc == 0) {
			array = jv_array_append(array, item);
			rc = read_separator(r, ']');
		}
	}
	if (rc == 0)
		*out = array;
	else
		jv_free(array);
	return rc;
}

static int
read_member(struct reader *r, jv *object)
{
	jv key, value;

	if (peek(r) != '"')
		return fail(r, "an object's member without a name");
	if (read_key(r, &key) != 0)
		return -1;
	if (peek(r) != ':') {
		jv_free(key);
		return fail(r, "two values without a separator");
	}
	r->at++;
	if (read_value(r, &value) != 0) {
		jv_free(key);
		return -1;
	}
	*object = jv_object_set(*object, key, value);
	return read_separator(r, '}');
}

static int
read_object(struct reader *r, jv *out)
{
	jv object = jv_object();
	int rc = peek(r) != '}';

	if (rc == 0)
		r->at++;
	while (rc == 1)
		rc = read_member(r, &object);
	if (rc == 0)
		*out = object;
	else
		jv_free(object);
	return rc;
}

static int
read_word(struct reader *r, const char *word, jv value, jv *out)
{
	size_t size = strlen(word);

	if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size) != 0)
		return fail(r, "neither a value nor its end");
	r->at += size;
	*out = value;
	return 0;
}

/* Jq's library recurses when it frees and prints, and so does this. */
static int
read_nested(struct reader *r, jv *out)
{
	int rc;

	if (r->depth == JSON_DEPTH_MAX)
		return fail(r, "nested too deep");
	r->depth++;
	rc = *r->at++ == '[' ? read_array(r, out) : read_object(r, out);
	r->depth--;
	return rc;
}

static int
read_value(struct reader *r, jv *out)
{
	switch (peek(r)) {
	case '\0':
		return fail(r, "it ends too early");
	case '"':
		return read_string(r, out);
	case '[':
	case '{':
		return read_nested(r, out);
	case 't':
		return read_word(r, "true", jv_true(), out);
	case 'f':
		return read_word(r, "false", jv_false(), out);
	case 'n':
		return read_word(r, "null", jv_null(), out);
	default:
		return read_number(r, out);
	}
}

jv
json_parse(const char *text, size_t size, struct err *err)
{
	static const char mark[] = "\xef\xbb\xbf"; /* some editors' */
	struct reader r = {.text = text, .at = text, .end = text + size};
	jv v = jv_invalid();
	int rc;

	if (size > INT32_MAX / 2 || !utf8_is_text(text, size)) {
		err_set(err, ERR_REJECT, 0, "not UTF-8 text");
		return v;
	}
	if (size >= sizeof(mark) - 1 &&
	    memcmp(text, mark, sizeof(mark) - 1) == 0)
		r.at += sizeof(mark) - 1;
	for (size_t i = 0; i < KEYS_KEPT; i++)
		r.keys[i] = jv_null();
	rc = read_value(&r, &v);
	if (rc == 0 && peek(&r) != '\0') {
		jv_free(v);
		rc = fail(&r, "more than one value");
	}
	for (size_t i = 0; i < KEYS_KEPT; i++)
		jv_free(r.keys[i]);
	if (rc == 0)
		return v;
	err_set(err, ERR_REJECT, 0, "not JSON: %s, at byte %zu", r.why,
	    (size_t)(r.at - r.text));
	return jv_invalid();
}
