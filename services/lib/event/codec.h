/**
 * Avro binary <-> jv.  JSON shape: unions plain (null or the value), maps and
 * records objects, bytes/fixed refused, long as number (exact to 2^53).
 */
#ifndef EVENT_CODEC_H
#define EVENT_CODEC_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct buf;
struct err;
struct schema;

/**
 * Guard, then decode DATA with WRITER, then copy by field name into READER's
 * shape: fields READER does not have are dropped (so they may be of any type),
 * fields WRITER does not have get READER's `default`; numbers and unions are
 * resolved as the Avro specification says.  READER NULL: WRITER's own shape.
 * 0 with *OUT the caller's; -1 with ERR = REJECT naming the path, also for a
 * number that JSON cannot hold (beyond 2^53, not finite).
 */
int codec_decode(const struct schema *writer, const struct schema *reader,
    const void *data, size_t size, jv *out, struct err *err);
/**
 * Append RECORD (borrowed) as S to OUT.  A missing member takes S's default;
 * one that is missing without a default, has the wrong type, is out of range,
 * or that S does not know is an error.  Maps are written in the order of their
 * keys: equal records are equal bytes.  -1 with ERR = REJECT naming the path
 * ("places[1].city.id: expected a string"); OUT is unchanged then.
 */
int codec_encode(
    const struct schema *s, jv record, struct buf *out, struct err *err);
/** Append one value of Avro to OUT, for a record that is written field by
 * field: an int, a long, or the number of a union's branch; a string of SIZE
 * bytes. */
void codec_put_long(struct buf *out, int64_t value);
void codec_put_string(struct buf *out, const char *text, size_t size);
/**
 * Append DATA, one value of S, to OUT as JSON text without making a jv: members
 * in the order of S's fields, otherwise written like json_canonical().  0; 1
 * with OUT unchanged if a map's keys do not ascend, as codec_encode() writes
 * them (another writer's bytes: decode and encode them first, which also leaves
 * one of two equal keys); -1 with ERR and OUT unchanged as codec_decode().  It
 * holds DATA to all that guard_check() does, on the way.  PART, a schema_part()
 * of S, is read into *OUT_PART (the caller's) on the same way, unless NULL.
 */
int codec_text(const struct schema *s, const struct schema *part,
    const void *data, size_t size, struct buf *out, jv *out_part,
    struct err *err);

#endif
