/**
 * Who may read and write which topics: what members.yaml says as rights of the
 * broker (bus/rights.h).  Pure.
 */
#ifndef CLI_RIGHTS_H
#define CLI_RIGHTS_H

#include "base/json.h"

struct members;

/**
 * All users of the wire, in order: the members, then the programs that belong
 * to none ("twinwire-reconciler", "twinwire-portal", "twinwire-watch").  New
 * array of names.
 */
jv rights_users(const struct members *m);
/**
 * New array of every right that M grants: a member writes its own topics
 * alone and reads them, and reads of the others' what its row says (DESIGN
 * section 2); control and dead letters of another are never read.
 */
jv rights_wanted(const struct members *m);
/** New array: what stands in A and not in B (both borrowed). */
jv rights_without(jv a, jv b);

#endif
