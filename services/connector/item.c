/* Items: see item.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hex.h"
#include "base/mem.h"
#include "connector/item.h"
#include "connector/label.h"
#include "map/connection.h"
#include "wire/reader.h"

struct item *
item_new(const struct connection *conf, enum record_type t, const char *key,
    const struct bus_message *m)
{
	struct item *i = mem_new(1, sizeof(*i));

	i->conf = conf;
	i->type = t;
	i->key = mem_dup(key);
	i->record = i->body = jv_invalid();
	i->found = i->twin = i->stored = jv_invalid();
	i->held_ms = clock_wall_ms();
	if (m != NULL)
		parcel_copy(&i->parcel, m);
	return i;
}

void
item_free(struct item *i)
{
	if (i == NULL)
		return;
	parcel_fini(&i->parcel);
	jv_free(i->record);
	jv_free(i->body);
	buf_free(&i->text);
	jv_free(i->found);
	jv_free(i->twin);
	jv_free(i->stored);
	free(i->own_local_id);
	free(i->excerpt);
	free(i->key);
	free(i);
}

char *
item_marker(const struct item *i)
{
	return mem_printf("%s/%s", i->conf->id, i->key);
}

void
item_print(struct item *i)
{
	if (!jv_is_valid(i->body))
		return;
	json_canonical(i->body, &i->text);
	buf_fit(&i->text);
	jv_free(i->body);
	i->body = jv_invalid();
}

void
item_seal(struct item *i)
{
	if (i->text.size > 0)
		json_hash_bytes(i->text.data, i->text.size, i->hash);
	else
		json_hash(i->body, i->hash);
}

int
item_has_content(const struct item *i)
{
	return i->text.size > 0 || jv_is_valid(i->body);
}

jv
item_content(const struct item *i)
{
	return i->text.size > 0 ? json_parse(i->text.data, i->text.size, NULL)
				: jv_copy(i->body);
}

char *
item_message_id(const struct item *i, int is_removal)
{
	const struct bus_message *m = &i->parcel.m;
	unsigned char hash[JSON_HASH_SIZE];
	char text[HEX_SIZE(JSON_HASH_SIZE)];
	jv of = jv_object();

	json_set_str(&of, "connection", i->conf->id);
	json_set_str(&of, "key", i->key);
	if (i->parcel.block != NULL) {
		json_set_str(&of, "topic", m->topic);
		json_set_int(&of, "partition", m->partition);
		json_set_int(&of, "offset", m->offset);
		/* A rebuilt cluster gives its offsets anew. */
		json_set_int(&of, "at", m->timestamp_ms);
	}
	json_set(&of, "is_removal", is_removal ? jv_true() : jv_false());
	if (!is_removal && item_has_content(i)) {
		hex_text(i->hash, sizeof(i->hash), text);
		json_set_str(&of, "content", text);
	}
	json_hash(of, hash);
	jv_free(of);
	hex_text(hash, sizeof(hash), text);
	return mem_printf("msg_%s", text);
}

jv
item_vars(const struct item *i, jv row)
{
	char *marker = item_marker(i);
	char at[CLOCK_TEXT_SIZE];
	jv vars = jv_object();

	json_set_str(&vars, "type", record_type_word(i->type));
	if (i->parcel.block != NULL) {
		json_set_str(&vars, "topic", i->parcel.m.topic);
		json_set_str(
		    &vars, "at", clock_text(i->parcel.m.timestamp_ms, at));
	}
	json_set_str(&vars, "key", i->key);
	json_set_str(&vars, "marker", marker);
	json_set(&vars, "config", jv_copy(i->conf->config));
	if (item_has_content(i))
		json_set(&vars, "body", item_content(i));
	json_set(&vars, "row", row);
	free(marker);
	return vars;
}

void
item_fail(struct item *i, const char *code, const char *text)
{
	snprintf(i->reason, sizeof(i->reason), "%s", code);
	err_set(&i->why, ERR_REJECT, i->status, "%s", text);
}

char *
item_label(const struct item *i)
{
	char *label = label_of(i->record);
	jv content;

	if (*label == '\0' && i->text.size > 0) { /* a part was read of it */
		free(label);
		content = item_content(i);
		label = label_of(content);
		jv_free(content);
	}
	return label;
}

void
item_take(struct item *i, struct reader_record *record)
{
	i->record = jv_copy(record->value);
	i->text = record->text;
	record->text = (struct buf){0};
	reader_fini(record);
}
