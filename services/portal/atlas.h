/**
 * The whole map costs more than any other answer: it is made a few rows at a
 * time, between other answers, and kept as it is sent.  While a new one is
 * made, the old one is given, until ATLAS_STALE_MS after it was last asked for
 * and known to be new.
 */
#ifndef PORTAL_ATLAS_H
#define PORTAL_ATLAS_H

#include <stdint.h>

#include "portal/atlas_file.h"

struct answer;
struct atlas;
struct err;
struct query;
struct query_filter;
struct request;

enum {
	ATLAS_MAPS = 16, /* kept or being made: the one asked for longest ago
			  * goes */
	ATLAS_MAX_BYTES = 16 * 1024 * 1024, /* kept of all together */
	ATLAS_STALE_MS = 60000,
	ATLAS_PAUSE_MS = 5000 /* a large map is not made more often */
};

/** New; both borrowed for its life. */
struct atlas *atlas_new(struct query *q, const char *public_url);
/** Does nothing on NULL. */
void atlas_free(struct atlas *a);
/**
 * Have what the first visitors ask for made: the map of everything, in FORM
 * for the pages' languages.
 */
void atlas_warm(struct atlas *a, int64_t now_ms);
/**
 * Answer RQ with the map in FORM that F lets through, or have it wait until it
 * is made.  A map that is small enough for one step is always as the store is
 * now.  -1 with ERR: as query.h says, or RETRY: too many are being made.
 */
int atlas_answer(struct request *rq, enum atlas_form form,
    const struct query_filter *f, struct answer *out, struct err *err);
/** Go on with what is being made, one step: 1 if that is finished, else 0. */
int atlas_step(struct atlas *a, int64_t now_ms);
/** 1 if there is anything to go on with. */
int atlas_is_busy(const struct atlas *a);

#endif
