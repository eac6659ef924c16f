/**
 * What the wire -> system direction would do with the log as it stands, record
 * by record against the rows of the state file, without doing it: the plan of
 * a first run and of a resync (DESIGN sections 2 and 4).  It has a consumer of
 * its own, asks the system nothing, writes nothing, and never blocks.
 */
#ifndef CONNECTOR_REHEARSAL_H
#define CONNECTOR_REHEARSAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct buf;
struct bus_conf;
struct env;
struct err;
struct rehearsal;

/** New; ENV and BUS borrowed for its life.  NULL with ERR. */
struct rehearsal *rehearsal_new(
    const struct env *env, const struct bus_conf *bus, struct err *err);
/** Does nothing on NULL. */
void rehearsal_free(struct rehearsal *s);
/** Plan a resync: what comes behind the ends of the logs is not part of it.
 * IS_PURGE: nothing off the wire is wanted any more. */
void rehearsal_of_resync(struct rehearsal *s, int is_purge);
/** 1 once a log lost its start before it was read, or is gone: nothing more is
 * read, and it is not whole until rehearsal_anew(). */
int rehearsal_is_outdated(const struct rehearsal *s);
/** Forget all but what rehearsal_marked() said: topics are to be given anew.
 * -1 with ERR. */
int rehearsal_anew(struct rehearsal *s, struct err *err);
/** 1 if topic NAME has been given. */
int rehearsal_has(const struct rehearsal *s, const char *name);
/** Read topic NAME from START on; below FLOOR nothing would be created; what
 * stands below END is there already.  -1 with ERR. */
int rehearsal_topic(struct rehearsal *s, const char *name, int64_t start,
    int64_t floor, int64_t end, struct err *err);
/** An item of the system carries our marker for KEY. */
void rehearsal_marked(struct rehearsal *s, const char *key);
/** Take what has come: 1 if the plan may differ now, else 0; -1 with ERR =
 * FATAL. */
int rehearsal_step(struct rehearsal *s, int64_t now_ms, struct err *err);
/** Readable when there may be more; -1: by time alone. */
int rehearsal_fd(const struct rehearsal *s);
/** Monotonic ms at which rehearsal_step() has something by time; -1 never. */
int64_t rehearsal_deadline(const struct rehearsal *s);
/** 1 once every topic that may be read has been, to where it ended at first. */
int rehearsal_is_whole(const struct rehearsal *s);
/** Count rows whose key the log no longer has, in topics that were read whole,
 * as removals.  -1 with ERR. */
int rehearsal_missing(struct rehearsal *s, struct err *err);
/** So far, as plan_json() gives it, counted as `unreadable` the messages that
 * would become dead letters unread; the caller's. */
jv rehearsal_plan(const struct rehearsal *s);
/** Append its changes to OUT, as plan_list(). */
void rehearsal_list(const struct rehearsal *s, struct buf *out);

#endif
