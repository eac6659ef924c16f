/**
 * What receipts on the log say of the records of one connection, kept in the
 * state file (STATE_TOLD) from the day that it had to be made anew: each stands
 * in for a row until there is one, and keeps a receipt from being said twice.
 * What is left over stays true: whatever changes a record writes its row.
 */
#ifndef CONNECTOR_TOLD_H
#define CONNECTOR_TOLD_H

#include "base/json.h"
#include "store/state.h"

struct boot_conf;
struct core_row;
struct env;
struct err;

/**
 * Read the connection's own receipts: blocking, at start, once.  KNOWN
 * (borrowed) is its last Status, CATALOG as catalog_take() gives it: where a
 * log is not the one that the receipts speak of (another cluster, or it ends
 * below a place that was told), their places prove nothing, and none is kept.
 * -1 with ERR (RETRY: ask again).
 */
int told_load(const struct env *env, const struct boot_conf *boot, jv known,
    jv catalog, struct err *err);
/** RECORD (borrowed; null: a tombstone) is the receipt of KEY.  -1 with ERR. */
int told_keep(
    const struct env *env, const char *key, jv record, struct err *err);
/**
 * The receipt of KEY: 1 and *OUT (borrowed as by state_get()) with its state,
 * reason, topic, offset, url and since; 0 none; -1 with ERR.
 */
int told_get(const struct env *env, const char *key, struct state_row *out,
    struct err *err);
/** A receipt as a row for the core, for a record of TOPIC; in OUT. */
void told_for_core(
    const struct state_row *told, const char *topic, struct core_row *out);
/**
 * ROW of SIDE is about to be written.  If its receipt is due and the log has
 * just that, it is not, and stands since then.  Then what was told is
 * forgotten.  Nothing in ROW may be borrowed from the state file.  -1 with ERR.
 */
int told_settle(const struct env *env, enum state_side side,
    struct state_row *row, struct err *err);

#endif
