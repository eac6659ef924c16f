/*
 * Guard and codec on any bytes.  The first byte chooses: one of our schemas,
 * or a schema that the input itself begins with, ended by a zero byte.
 * What decodes must encode, and decode again to the same record.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "event/codec.h"
#include "event/guard.h"
#include "event/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(int truth)
{
	if (!truth)
		abort();
}

static void
same_record(jv a, jv b)
{
	unsigned char hash_a[JSON_HASH_SIZE], hash_b[JSON_HASH_SIZE];

	json_hash(a, hash_a);
	json_hash(b, hash_b);
	must(memcmp(hash_a, hash_b, JSON_HASH_SIZE) == 0);
}

/* The text of bytes that decode to RECORD, if there is one, parses to it. */
static void
same_text(const struct schema *s, const uint8_t *data, size_t size, jv record)
{
	struct buf text = {0};
	struct err err;
	int rc = codec_text(s, NULL, data, size, &text, NULL, &err);
	jv again;

	must(rc >= 0);
	if (rc == 0) {
		again = json_parse(text.data, text.size, &err);
		/* deeper than JSON may be here: the schema's affair */
		if (jv_is_valid(again))
			same_record(record, again);
		jv_free(again);
	}
	buf_free(&text);
}

/* What has text has passed all that the guard asks. */
static int
has_text(const struct schema *s, const uint8_t *data, size_t size)
{
	struct buf text = {0};
	struct err err;
	int rc = codec_text(s, NULL, data, size, &text, NULL, &err);

	must((text.size > 0) == (rc == 0));
	buf_free(&text);
	return rc == 0;
}

/* A union of several types may take another branch on the way back, and a map
 * may name a key twice, so sizes and bytes are not compared. */
static void
round_trip(
    const struct schema *s, const uint8_t *data, size_t size, int is_ours)
{
	struct err err = {.class = ERR_NONE};
	struct buf bytes = {0};
	jv record, again;
	int guarded = guard_check(s, data, size, &err);
	int rc = codec_decode(s, NULL, data, size, &record, &err);

	must(rc == 0 || err.class == ERR_REJECT);
	must(rc != 0 || guarded == 0);
	must(!has_text(s, data, size) || guarded == 0);
	if (rc != 0)
		return;
	same_text(s, data, size, record);
	rc = codec_encode(s, record, &bytes, &err);
	must(rc == 0 || !is_ours);
	if (rc == 0) {
		must(codec_decode(
			 s, NULL, bytes.data, bytes.size, &again, &err) == 0 ||
		     !is_ours);
		if (is_ours)
			same_record(record, again);
		jv_free(again);
	}
	jv_free(record);
	buf_free(&bytes);
}

static void
resolve(const struct schema *w, const struct schema *r, const uint8_t *data,
    size_t size)
{
	struct buf bytes = {0};
	struct err err;
	jv record;

	if (codec_decode(w, r, data, size, &record, &err) != 0)
		return;
	(void)codec_encode(r, record, &bytes, &err);
	jv_free(record);
	buf_free(&bytes);
}

static void
foreign(const uint8_t *data, size_t size)
{
	const uint8_t *end = memchr(data, 0, size);
	size_t text_size = end == NULL ? size : (size_t)(end - data);
	struct err err = {.class = ERR_NONE};
	struct schema *s = schema_parse((const char *)data, text_size, &err);
	const struct schema *ours = schema_builtin("Event");

	must(s != NULL || err.class == ERR_REJECT);
	if (s != NULL && end != NULL) {
		end++;
		size -= (size_t)(end - data);
		round_trip(s, end, size, 0);
		resolve(s, ours, end, size);
		resolve(ours, s, end, size);
	}
	schema_free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct schema *s;

	if (size == 0)
		return 0;
	s = schema_builtin_at(data[0]);
	if (s != NULL)
		round_trip(s, data + 1, size - 1, 1);
	else
		foreign(data, size);
	return 0;
}
