/** Records into the core: counted, put into their lane, and doubted. */
#ifndef CONNECTOR_INTAKE_H
#define CONNECTOR_INTAKE_H

#include "connector/core_parts.h"

/** core_read_to() */
void intake_read_to(struct core *c, unsigned topic, int64_t next);
/** core_offer() */
void intake_offer(struct core *c, int64_t now_ms, const struct core_record *r);
/** core_verify() */
void intake_verify(struct core *c, int64_t now_ms, const char *key,
    const struct core_row *row, void *payload);

#endif
