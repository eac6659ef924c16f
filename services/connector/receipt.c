/* One receipt: see receipt.h. */
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/utf8.h"
#include "connector/env.h"
#include "connector/receipt.h"
#include "event/codec.h"
#include "map/connection.h"

static const char *
state_word(enum state_row_state state)
{
	switch (state) {
	case STATE_DELIVERED:
		return "delivered";
	case STATE_REFUSED:
		return "refused";
	case STATE_PARKED:
		return "pending";
	case STATE_GONE:
	case STATE_HIDDEN:
	case STATE_REMOVED:
		break;
	}
	return "removed";
}

/* A refused item's address in its own system stands in the kept bytes. */
static jv
refused_url(const struct state_row *row)
{
	jv kept, url;

	if (row->record == NULL)
		return jv_null();
	kept = json_parse(row->record, row->record_size, NULL);
	url = json_get(kept, "url");
	jv_free(kept);
	if (jv_get_kind(url) == JV_KIND_STRING)
		return url;
	jv_free(url);
	return jv_null();
}

jv
receipt_record(
    const struct env *env, enum state_side side, const struct state_row *row)
{
	jv v = jv_object();

	json_set_str(&v, "connection", env->conf->id);
	json_set_str(&v, "recordKey", row->key);
	json_set_str(&v, "topic", row->topic);
	json_set_int(&v, "offset", row->offset);
	json_set_str(&v, "state", state_word(row->state));
	json_set_str(&v, "reason", row->reason);
	if (row->url[0] != '\0')
		json_set_str(&v, "url", row->url);
	else if (side == STATE_PUBLISHED)
		json_set(&v, "url", refused_url(row));
	return v;
}

static void
put_text(struct buf *out, const char *text)
{
	size_t size = text == NULL ? 0 : strlen(text);
	jv mended;

	if (utf8_is_text(text, size)) {
		codec_put_string(out, text, size);
		return;
	}
	mended = jv_string(text); /* a foreign key may be any bytes */
	codec_put_string(out, jv_string_value(mended),
	    (size_t)jv_string_length_bytes(jv_copy(mended)));
	jv_free(mended);
}

/* NULL or a text. */
static void
put_url(struct buf *out, const char *url)
{
	codec_put_long(out, url != NULL);
	if (url != NULL)
		put_text(out, url);
}

/* A field a line, as in schemas/Receipt.avsc. */
void
receipt_avro(const struct env *env, enum state_side side,
    const struct state_row *row, struct buf *out)
{
	jv refused = jv_null();
	const char *url =
	    row->url != NULL && row->url[0] != '\0' ? row->url : NULL;

	if (url == NULL && side == STATE_PUBLISHED) {
		refused = refused_url(row);
		if (jv_get_kind(refused) == JV_KIND_STRING)
			url = jv_string_value(refused);
	}
	put_text(out, env->conf->id);
	put_text(out, row->key);
	put_text(out, row->topic);
	codec_put_long(out, row->offset);
	put_text(out, state_word(row->state));
	put_text(out, row->reason);
	put_url(out, url);
	codec_put_long(out, row->since_ms);
	jv_free(refused);
}
