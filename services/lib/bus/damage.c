/* Batches that cannot be read: see damage.h. */
#include "bus/damage.h"

void
damage_begin(struct damage *d, int64_t base, int64_t wanted)
{
	int64_t first = wanted > base ? wanted : base;

	*d = (struct damage){.is_open = 1,
	    .base = base,
	    .first = first,
	    .last = first - 1,
	    .behind = -1,
	    .at = first,
	    .step = 1};
}

static enum damage_outcome
go_on(struct damage *d)
{
	if (d->behind == d->first || d->behind == d->last + 1) {
		d->is_open = 0;
		return d->behind == d->first ? DAMAGE_HEALED : DAMAGE_ENDS;
	}
	if (d->behind < 0) {
		d->at = d->last + d->step;
		d->step *= 2;
	} else {
		d->at = d->last + (d->behind - d->last) / 2;
	}
	return DAMAGE_READ;
}

enum damage_outcome
damage_again(struct damage *d, int64_t base)
{
	if (base == d->base)
		d->last = d->at;
	else
		d->behind = d->at;
	return go_on(d);
}

enum damage_outcome
damage_passed(struct damage *d)
{
	d->behind = d->at;
	return go_on(d);
}
