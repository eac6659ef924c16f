/**
 * Whether a connection has to read its topics whole, once more, and why
 * (DESIGN section 2): kept in the state file until it is done, so that a
 * restart in the middle begins it again.
 */
#ifndef CONNECTOR_RESYNC_H
#define CONNECTOR_RESYNC_H

#include <stdint.h>

struct env;
struct err;

enum resync {
	RESYNC_NONE,
	RESYNC_PLANNED,	 /* asked for: its plan is made, then waits */
	RESYNC_APPROVED, /* nothing waits for anybody */
	RESYNC_ABSENT,	 /* away for too long: removals beyond max_change ask */
	RESYNC_OTHER_LOG /* not the log we knew: any removal asks */
};

/** Which one is under way: 0 and *OUT, or -1 with ERR. */
int resync_load(const struct env *env, enum resync *out, struct err *err);
/** -1 with ERR. */
int resync_save(const struct env *env, enum resync r, struct err *err);
/**
 * The log of TOPIC, or with NULL the cluster, is not the one that the state
 * file speaks of: forget its places, and read whole.  What was open there is
 * counted as superseded: it comes again under other offsets, or never.  What an
 * earlier process sent of it may land when a version of this log stands there:
 * the core that is made next knows (core_leaves_late()).  -1 with ERR.
 */
int resync_forget(const struct env *env, const char *topic, struct err *err);
/**
 * A resync is over but for rows of topics that are not there (IS_LEFT 1): once
 * such a topic comes, in a log that nobody knows, there is another one.  0: it
 * has begun.  -1 with ERR.
 */
int resync_note_left(const struct env *env, int is_left, struct err *err);
int resync_is_left(const struct env *env);
/** Everything that there was has been read and settled at WALL_MS.  -1: ERR. */
int resync_note_read(const struct env *env, int64_t wall_ms, struct err *err);
/**
 * 1 if that was so long ago that tombstones since may be gone from the log;
 * LAST_MS: when the newest record that was read had been appended, or -1.
 */
int resync_is_due(const struct env *env, int64_t wall_ms, int64_t last_ms);
/** 1 if what was read at READ_MS (-1: nothing) may be gone from the log since,
 * tombstones included. */
int resync_is_long_ago(int64_t wall_ms, int64_t read_ms);

#endif
