/* The schemas at the registry: see provision.h. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/err.h"
#include "cli/provision.h"
#include "event/schema.h"
#include "rest/registry.h"

enum { REGISTRY_TRIES = 6, REGISTRY_PAUSE_MS = 2000 };

struct found {
	int is_done;
	int32_t id;
	struct err err;
};

static void
on_found(void *ctx, int32_t id, const struct err *err)
{
	struct found *f = ctx;

	f->is_done = 1;
	f->id = id;
	f->err = *err;
}

/* 1 and *OUT_ID if the registry has S, 0 if not, -1. */
static int
find(struct provision *p, struct registry *r, const struct schema *s,
    int32_t *out_id, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + PROVISION_TIMEOUT_MS;
	struct found f = {0};

	if (registry_find(
		r, schema_name(s), schema_text(s), on_found, &f, err) < 0)
		return -1;
	while (!f.is_done) {
		if (cli_turn(&p->cli, err) < 0)
			return -1;
		if (clock_mono_ms() > end_ms)
			abort(); /* registry_find() ends by its own timeout */
	}
	if (f.id >= 0) {
		*out_id = f.id;
		return 1;
	}
	if (f.err.class == ERR_REJECT)
		return 0;
	*err = f.err;
	return -1;
}

static int
one_schema(struct provision *p, struct registry *r, const struct schema *s,
    struct err *err)
{
	int32_t id = -1;
	int rc = find(p, r, s, &id, err);
	jv one;

	if (rc < 0)
		return -1;
	if (rc == 0 && !p->is_plan &&
	    registry_register(r, schema_name(s), schema_text(s), &id, err) < 0)
		return err_wrap(err, "%s", schema_name(s));
	one = jv_object();
	json_set_str(&one, "subject", schema_name(s));
	if (id >= 0)
		json_set_int(&one, "id", id);
	provision_report(p, &p->schemas, one, rc == 0 ? "register" : "none");
	return 0;
}

/* As one_schema(); a registry that has only just started is slow and asked
 * again. */
static int
patiently(struct provision *p, struct registry *r, const struct schema *s,
    struct err *err)
{
	int64_t next_ms;
	int tries;

	for (tries = 1; one_schema(p, r, s, err) < 0; tries++) {
		if (err->class != ERR_RETRY || tries == REGISTRY_TRIES)
			return -1;
		cli_say(&p->cli, 0, "%s; trying again", err->msg);
		next_ms = clock_mono_ms() + REGISTRY_PAUSE_MS;
		while (clock_mono_ms() < next_ms)
			if (cli_turn(&p->cli, err) < 0)
				return -1;
	}
	return 0;
}

int
provision_schemas(struct provision *p, struct err *err)
{
	struct registry *r = cli_registry(&p->cli, err);
	const struct schema *s;
	size_t i;

	if (r == NULL)
		return -1;
	for (i = 0; (s = schema_builtin_at(i)) != NULL; i++)
		if (patiently(p, r, s, err) < 0)
			return -1;
	return 0;
}
