/** The parts of `twinwire leave`; for leave*.c only. */
#ifndef CLI_LEAVE_H
#define CLI_LEAVE_H

#include "base/json.h"
#include "cli/cli.h"
#include "event/keys.h"

struct err;

/** What a member says, in the order in which it is exported. */
enum { LEAVE_TYPES = 3 };
extern const enum record_type leave_types[LEAVE_TYPES];

/**
 * Write all that MEMBER says into FOLDER, made if need be: for each type with
 * records MEMBER-events.jsonl, as `publish` takes them, and MEMBER-events.csv
 * for people.  What an earlier try wrote stays, the new ones then are called
 * MEMBER-events-2 and so on.  The number of records, or -1 with ERR.
 */
long leave_export(
    struct cli *c, const char *member, const char *folder, struct err *err);

/**
 * Where something of MEMBER's still stands: new array of {connection, count}
 * by receipts that say "delivered" or "pending" of its records, or of a
 * partnership that the merged view has withdrawn; and {partnerships, count}
 * where that view still names it.  jv_invalid() with ERR.
 */
jv leave_remains(struct cli *c, const char *member, struct err *err);

#endif
