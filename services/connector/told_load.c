/* The receipts on the log, read at start: see told.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "connector/boot.h"
#include "connector/env.h"
#include "connector/told.h"
#include "event/keys.h"
#include "map/connection.h"

struct loading {
	const struct env *env;
	jv topics; /* of the catalog, borrowed */
	int is_void;
};

/* Offset one past the end of TOPIC's log; -1 if there is none. */
static int64_t
end_of(const struct loading *l, const char *topic)
{
	jv bounds = json_get(l->topics, topic);
	int64_t end = json_int(bounds, "high", -1);

	jv_free(bounds);
	return end;
}

static int
keep(void *ctx, const struct boot_record *r, struct err *err)
{
	struct loading *l = ctx;
	const char *of = json_str(r->value, "topic", "");

	if (end_of(l, of) >= 0 &&
	    json_int(r->value, "offset", -1) >= end_of(l, of))
		l->is_void = 1;
	return told_keep(
	    l->env, r->key + strlen(l->env->conf->id) + 1, r->value, err);
}

/* The log is not the one that the connection knew when it last told. */
static int
is_other_log(const struct loading *l, jv known, jv catalog)
{
	jv positions = json_get(known, "positions");
	int is_other = strcmp(json_str(known, "clusterId", ""),
			   json_str(catalog, "cluster", "")) != 0;

	if (jv_get_kind(positions) == JV_KIND_ARRAY) {
		jv_array_foreach (positions, i, one) {
			int64_t end = end_of(l, json_str(one, "topic", ""));

			is_other |=
			    end >= 0 && json_int(one, "offset", 0) > end;
			jv_free(one);
		}
	}
	jv_free(positions);
	return is_other;
}

int
told_load(const struct env *env, const struct boot_conf *boot, jv known,
    jv catalog, struct err *err)
{
	const char *id = env->conf->id;
	struct loading l = {.env = env, .topics = json_get(catalog, "topics")};
	char *topic = topic_new(RECORD_RECEIPT, env->conf->member);
	char *prefix = mem_printf("%s|", id);
	int rc = 0;

	if (jv_get_kind(known) == JV_KIND_OBJECT &&
	    !is_other_log(&l, known, catalog))
		rc = boot_records(boot, topic, prefix, keep, &l, err);
	if (rc == 0 && l.is_void)
		rc = state_delete_all(env->state, id, STATE_TOLD, err);
	free(prefix);
	free(topic);
	jv_free(l.topics);
	return rc;
}
