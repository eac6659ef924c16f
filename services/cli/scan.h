/** Topics read whole, as the commands that list records need it. */
#ifndef CLI_SCAN_H
#define CLI_SCAN_H

#include "base/json.h"
#include "event/keys.h"

struct bus_message;
struct cli;
struct err;

enum { SCAN_TIMEOUT_MS = 15000 }; /* without progress */

/** New names (NULL-ended, free with scan_free()) of the topics that exist of
 * type T, or of dead letters if IS_DEAD, of MEMBER (NULL: all); NULL with
 * ERR. */
char **scan_topics(struct cli *c, enum record_type t, int is_dead,
    const char *member, struct err *err);
/** Does nothing on NULL. */
void scan_free(char **topics);
/**
 * The newest record of every key that was not withdrawn, of type T and MEMBER
 * (NULL: all): new array, by topic and key, of {topic, member, offset, at, key,
 * value}.  What cannot be read is left out and counted on stderr.  jv_invalid()
 * with ERR.
 */
jv scan_latest(
    struct cli *c, enum record_type t, const char *member, struct err *err);
/**
 * What the connection NAME said last, NAME being its id or MEMBER/ID: {member,
 * value: Status, ...} as above, the caller's; null if nothing.  jv_invalid()
 * with ERR, also (REJECT) where NAME is an id under which two members say
 * something: any member can write any id into its own topic.
 */
jv scan_status(struct cli *c, const char *name, struct err *err);
/** Only what EACH (1 to keep) says, key and raw message in hand. */
typedef int scan_wanted(void *ctx, const struct bus_message *m);
/** As scan_latest() over TOPICS, tombstones included as value null. */
jv scan_some(struct cli *c, char *const *topics, scan_wanted *wanted, void *ctx,
    struct err *err);
/** The same of the newest record under KEY, in topics of type T of MEMBER
 * (NULL: all): empty if there are no such topics. */
jv scan_key(struct cli *c, enum record_type t, const char *member,
    const char *key, struct err *err);

#endif
