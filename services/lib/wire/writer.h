/** Records onto the wire: encode, frame, CloudEvents headers, produce. */
#ifndef WIRE_WRITER_H
#define WIRE_WRITER_H

#include <stdint.h>

#include "base/json.h"
#include "event/keys.h"

struct bus_message;
struct err;
struct producer;
struct schemas;
struct writer;

typedef void writer_done(void *ctx, int64_t offset, const struct err *err);

/** SOURCE: "/<member>/<connection>", copied; P and S borrowed for its life. */
struct writer *writer_new(
    struct producer *p, struct schemas *s, const char *source);
/** Its SOURCE, the `ce_source` of what it writes; borrowed. */
const char *writer_source(const struct writer *w);
/** Does nothing on NULL. */
void writer_free(struct writer *w);
/**
 * Write RECORD (borrowed; jv_null() = tombstone) of type T to TOPIC under KEY.
 * 1: sent, DONE will be called; 0: the schema id is still being looked up, ask
 * again later; -1 with ERR (REJECT: does not encode; RETRY: queue full).
 */
int writer_send(struct writer *w, enum record_type t, const char *topic,
    const char *key, jv record, writer_done *done, void *ctx, struct err *err);
/** The same of a record that is Avro already, as codec_encode() makes it of
 * this build's schema of T. */
struct writer_bytes {
	enum record_type type;
	const char *topic, *key;
	const void *data;
	size_t size;
};
int writer_send_avro(struct writer *w, const struct writer_bytes *bytes,
    writer_done *done, void *ctx, struct err *err);
/**
 * Write the original bytes of M to TOPIC under KEY with M's headers and WHY
 * (object of strings, borrowed) as additional headers "tw_<name>", and M's key
 * as "tw_key" unless WHY has one: a dead letter.  As writer_send().
 */
int writer_dead(struct writer *w, const char *topic, const char *key,
    const struct bus_message *m, jv why, writer_done *done, void *ctx,
    struct err *err);

#endif
