/** The demo's data: data/demo.jsonl (see data/make-demo.py for its lines). */
#ifndef SANDBOX_SEED_H
#define SANDBOX_SEED_H

#include <stdint.h>

struct err;
struct town;

enum { SEED_FILE_MAX_BYTES = 16 * 1024 * 1024, SEED_SITES_MAX = 64 };

/**
 * Fill T from FILE: cities, a site a member (at FIRST_PORT, FIRST_PORT + 1,
 * ..., or free ones if it is 0), and their items as if a clerk had entered
 * them.  -1 with ERR = FATAL naming file and line; seed_free() is due anyway.
 */
int seed_load(
    struct town *t, const char *file, uint16_t first_port, struct err *err);
/** Free all sites and what T holds. */
void seed_free(struct town *t);

#endif
