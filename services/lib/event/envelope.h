/**
 * What stands around a record on the wire: Confluent's framing of the value
 * (0x00, 4-byte big-endian schema id, Avro) and CloudEvents 1.0 in Kafka
 * headers, binary mode (ce_*).
 */
#ifndef EVENT_ENVELOPE_H
#define EVENT_ENVELOPE_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;

enum { ENVELOPE_PREFIX_BYTES = 5 };

/** Append the 5-byte prefix for schema ID. */
void envelope_put_prefix(struct buf *out, int32_t id);
/**
 * Read the prefix: *OUT_ID, and *OUT_AVRO borrowed inside DATA.  -1 with ERR =
 * REJECT if DATA is shorter, does not start with 0x00 or names a schema below
 * 0.
 */
int envelope_prefix(const void *data, size_t size, int32_t *out_id,
    const void **out_avro, size_t *out_avro_size, struct err *err);

/** CloudEvents attributes; every string borrowed from its giver. */
struct envelope {
	const char *id;	    /* unique per produced message */
	const char *source; /* "/<member>/<connection>" */
	const char *type;   /* "org.twinwire.v1.Event" */
	const char *time;   /* RFC 3339, UTC */
};

enum { ENVELOPE_HEADERS = 5 };
/** A header; NAME static, VALUE borrowed from the envelope. */
struct envelope_header {
	const char *name;
	const char *value;
};
/** Fill OUT with ce_specversion, ce_id, ce_source, ce_type, ce_time. */
void envelope_headers(
    const struct envelope *e, struct envelope_header out[ENVELOPE_HEADERS]);

#endif
