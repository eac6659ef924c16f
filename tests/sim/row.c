/* A row of the state file: see row.h. */
#include "row.h"

static void
place_row(struct shell_row *row, const struct payload *p,
    const struct core_action *a, enum core_row_state state)
{
	row->state = state;
	row->is_told = row->is_removed = 0;
	if (a->offset < 0)
		return;
	row->offset = a->offset;
	row->clock_ms = p->clock_ms;
}

void
row_write(struct shell_row *row, enum core_tier tier, int64_t now_ms,
    const struct core_action *a)
{
	struct payload *p = a->payload;

	if (a->verify_in_ms > 0)
		row->created = p->content;
	if (a->verify_in_ms >= 0)
		row->verify_ms =
		    a->verify_in_ms == 0 ? 0 : now_ms + a->verify_in_ms;
	switch (a->write) {
	case CORE_WRITE_NONE:
		if (a->fate == CORE_VERIFIED && p->item > 0)
			row->item = p->item;
		if (a->is_hash_void)
			row->hash = 0;
		return;
	case CORE_WRITE_DELETE:
		*row = (struct shell_row){.is_removed = 1, .offset = a->offset};
		return;
	case CORE_WRITE_DELIVERED:
		place_row(row, p, a, CORE_ROW_DELIVERED);
		row->hash = p->content;
		if (p->item > 0 && tier != CORE_TIER_POST)
			row->item = p->item;
		break;
	case CORE_WRITE_REFUSED:
		place_row(row, p, a, CORE_ROW_REFUSED);
		if (p->item > 0 && tier != CORE_TIER_POST)
			row->item = p->item;
		break;
	case CORE_WRITE_GONE:
		place_row(row, p, a, CORE_ROW_GONE);
		row->item = 0;
		break;
	case CORE_WRITE_HIDDEN:
		place_row(row, p, a, CORE_ROW_HIDDEN);
		row->item = row->hash = 0;
		break;
	}
	if (a->is_hash_void)
		row->hash = 0;
}

void
row_park(struct shell_row *row, const struct core_action *a)
{
	const struct payload *p = a->payload;

	place_row(row, p, a, CORE_ROW_PARKED);
	row->parked_what = p->what;
	row->good_ms = a->good_ms;
	row->parked_content = p->said; /* a changed filter may want it again */
	if (a->is_hash_void)
		row->hash = 0;
}
