/* What stands around a record: see envelope.h. */
#include "base/buf.h"
#include "base/err.h"
#include "event/envelope.h"

void
envelope_put_prefix(struct buf *out, int32_t id)
{
	uint32_t u = (uint32_t)id;
	unsigned char prefix[ENVELOPE_PREFIX_BYTES] = {0,
	    (unsigned char)(u >> 24), (unsigned char)(u >> 16),
	    (unsigned char)(u >> 8), (unsigned char)u};

	buf_add(out, prefix, sizeof(prefix));
}

int
envelope_prefix(const void *data, size_t size, int32_t *out_id,
    const void **out_avro, size_t *out_avro_size, struct err *err)
{
	const unsigned char *p = data;

	if (size < ENVELOPE_PREFIX_BYTES)
		return err_set(err, ERR_REJECT, 0,
		    "framing: %zu bytes are no Avro message", size);
	if (p[0] != 0)
		return err_set(err, ERR_REJECT, 0,
		    "framing: starts with 0x%02x instead of 0x00", p[0]);
	/* Registries count from 1.  What one says of such a number, if it is no
	 * clear "none", would be waited for. */
	if ((p[1] & 0x80) != 0)
		return err_set(
		    err, ERR_REJECT, 0, "framing: a schema's number below 0");
	*out_id = (int32_t)((uint32_t)p[1] << 24 | (uint32_t)p[2] << 16 |
			    (uint32_t)p[3] << 8 | (uint32_t)p[4]);
	*out_avro = p + ENVELOPE_PREFIX_BYTES;
	*out_avro_size = size - ENVELOPE_PREFIX_BYTES;
	return 0;
}

void
envelope_headers(
    const struct envelope *e, struct envelope_header out[ENVELOPE_HEADERS])
{
	out[0] = (struct envelope_header){"ce_specversion", "1.0"};
	out[1] = (struct envelope_header){"ce_id", e->id};
	out[2] = (struct envelope_header){"ce_source", e->source};
	out[3] = (struct envelope_header){"ce_type", e->type};
	out[4] = (struct envelope_header){"ce_time", e->time};
}
