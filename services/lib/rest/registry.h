/**
 * Client of a schema registry (Confluent's REST API v1; Apicurio's ccompat).
 * Subject = record full name.  Daemons look up, only `provision` registers.
 */
#ifndef REST_REGISTRY_H
#define REST_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "rest/http.h"

struct err;
struct registry;

/** CONF->base_url is the API's root; copied.  NULL with ERR = REJECT. */
struct registry *registry_new(
    struct http *h, const struct http_site_conf *conf, struct err *err);
/** Does nothing on NULL. */
void registry_free(struct registry *r);
/** What requests came to; borrowed for its life. */
const struct http_stats *registry_stats(const struct registry *r);

/**
 * TEXT (borrowed during the call) of the schema, or NULL with ERR: RETRY when
 * the registry cannot be reached or is ill, REJECT when it says there is none.
 */
typedef void registry_text_done(void *ctx, int32_t id, const char *text,
    size_t size, const struct err *err);
/** ID of the schema, or -1 with ERR as above. */
typedef void registry_id_done(void *ctx, int32_t id, const struct err *err);

/** GET /schemas/ids/ID.  -1 with ERR when the call cannot start. */
int registry_get(struct registry *r, int32_t id, registry_text_done *done,
    void *ctx, struct err *err);
/** POST /subjects/SUBJECT: the id under which TEXT is registered. */
int registry_find(struct registry *r, const char *subject, const char *text,
    registry_id_done *done, void *ctx, struct err *err);
/** POST /subjects/SUBJECT/versions: register TEXT itself; blocking. */
int registry_register(struct registry *r, const char *subject, const char *text,
    int32_t *out_id, struct err *err);

#endif
