/**
 * A batch that librdkafka cannot read: unpacked it is larger than a message may
 * be, or damaged.  Its error names where the batch begins, not where it ends,
 * and reading within it ends in the same error.  The end is looked for by
 * reading at places: in steps that double, then by halves.  No I/O; for bus/
 * only.
 */
#ifndef BUS_DAMAGE_H
#define BUS_DAMAGE_H

#include <stdint.h>

struct damage {
	int is_open; /* a place is being read */
	int64_t base;
	int64_t first;	/* offset that was wanted of it */
	int64_t last;	/* highest known to be in it; below FIRST: none yet */
	int64_t behind; /* lowest known to be behind it; -1: none yet */
	int64_t at;	/* read there */
	int64_t step;
};

enum damage_outcome {
	DAMAGE_READ,   /* read at D->at */
	DAMAGE_HEALED, /* all from D->first on can be read, or is gone */
	DAMAGE_ENDS    /* D->first to D->last is lost; go on behind */
};

/**
 * The batch at BASE cannot be read, where WANTED (or, negative, its beginning)
 * was to be read.  Read at D->at: the same place once more, as what broke on
 * its way here is whole the second time.
 */
void damage_begin(struct damage *d, int64_t base, int64_t wanted);
/** The batch at BASE could not be read at D->at.  At most some 60 in a row. */
enum damage_outcome damage_again(struct damage *d, int64_t base);
/** At D->at there is something else, or nothing yet, or no more. */
enum damage_outcome damage_passed(struct damage *d);

#endif
