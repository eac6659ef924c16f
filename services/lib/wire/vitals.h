/**
 * What every daemon knows of its own health besides its work: its version, how
 * full the disk is, until when certificates are good, errors of brokers and
 * registry.  Looked at once a minute.
 */
#ifndef WIRE_VITALS_H
#define WIRE_VITALS_H

#include <stdint.h>

struct access_conf;
struct buf;
struct err;
struct metrics;
struct registry;
struct schemas;
struct vitals;

/** Names borrowed for life. */
struct vitals_conf {
	const char *program;		/* "connector" */
	const char *state;		/* its SQLite file, or NULL */
	const struct access_conf *wire; /* names certificates */
};

/** New. */
struct vitals *vitals_new(const struct vitals_conf *conf);
/** Does nothing on NULL. */
void vitals_free(struct vitals *v);
/** Watch also FILE (copied), a certificate or, IS_AUTHORITY, some; NULL and
 * what is watched already are passed over. */
void vitals_watch(struct vitals *v, const char *file, int is_authority);
/** Look, if that is due at NOW_MS (monotonic). */
void vitals_step(struct vitals *v, int64_t now_ms);
/** How full the disk of the state file is, 0 to 100; -1 not known. */
int vitals_disk_percent(const struct vitals *v);
/** When the first of the watched certificates ends, wall ms; -1 none known. */
int64_t vitals_certificate_ms(const struct vitals *v);
/** Days from WALL_MS until END_MS, 0 if that has passed. */
int64_t vitals_days_left(int64_t end_ms, int64_t wall_ms);
/** Append to OUT a line for what keeps a daemon from being ready: BUS_TROUBLE
 * (class ERR_NONE: none) of Kafka, and what S misses of the registry. */
void vitals_trouble(
    const struct err *bus_trouble, const struct schemas *s, struct buf *out);
/** Add to M; R (NULL: none) is the registry's client. */
void vitals_metrics(const struct vitals *v, const struct registry *r,
    int64_t wall_ms, struct metrics *m);
/** Add to M that CLIENT ("producer") of Kafka had ERRORS; LABELS as in
 * metrics_set(). */
void vitals_kafka(
    const char *client, const char *labels, uint64_t errors, struct metrics *m);
/** Add to M that the certificate named by LABELS ends at END_MS. */
void vitals_certificate(
    const char *labels, int64_t end_ms, int64_t wall_ms, struct metrics *m);

#endif
