/**
 * A copy of a message off the wire that outlives the consumer's: what waits in
 * a lane, is parked or hidden in the state file, or becomes a dead letter with
 * its exact original bytes.
 */
#ifndef CONNECTOR_PARCEL_H
#define CONNECTOR_PARCEL_H

#include <stddef.h>

#include "bus/bus.h"

struct buf;
struct err;

struct parcel {
	struct bus_message m; /* everything in it points into `block` */
	struct bus_header *headers;
	char *block;
	size_t size; /* of block: what it costs */
};

/** Copy M. */
void parcel_copy(struct parcel *p, const struct bus_message *m);
/** Free what P owns. */
void parcel_fini(struct parcel *p);
/** Append P to OUT in a form that parcel_unpack() reads. */
void parcel_pack(const struct parcel *p, struct buf *out);
/** The parcel in SIZE bytes at DATA.  -1 with ERR = REJECT if they are none. */
int parcel_unpack(
    struct parcel *p, const void *data, size_t size, struct err *err);

#endif
