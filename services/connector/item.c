/* Items: see item.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "connector/item.h"
#include "map/connection.h"

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
	jv_free(i->found);
	jv_free(i->twin);
	jv_free(i->stored);
	free(i->own_local_id);
	free(i->key);
	free(i);
}

char *
item_marker(const struct item *i)
{
	return mem_printf("%s/%s", i->conf->id, i->key);
}

jv
item_vars(const struct item *i, jv row)
{
	char *marker = item_marker(i);
	jv vars = jv_object();

	json_set_str(&vars, "type", record_type_word(i->type));
	if (i->parcel.block != NULL)
		json_set_str(&vars, "topic", i->parcel.m.topic);
	json_set_str(&vars, "key", i->key);
	json_set_str(&vars, "marker", marker);
	json_set(&vars, "config", jv_copy(i->conf->config));
	if (jv_is_valid(i->body))
		json_set(&vars, "body", jv_copy(i->body));
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
