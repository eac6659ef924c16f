/* Position in one topic: see position.h.  Offsets come in ascending order, so
 * the set is an array: append at the end, binary search, drop the closed. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#include "position.h"

enum entry_state { ENTRY_CLOSED, ENTRY_HELD, ENTRY_EXPECTED };

struct position_entry {
	int64_t offset;
	enum entry_state state;
};

/* Index of the first entry at or above OFFSET. */
static size_t
lower_bound(const struct position *p, int64_t offset)
{
	size_t low = p->first;
	size_t high = p->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (p->entries[mid].offset < offset)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Move the open entries to the front; their order stays. */
static void
squeeze(struct position *p)
{
	size_t to = 0;

	for (size_t i = p->first; i < p->n; i++)
		if (p->entries[i].state != ENTRY_CLOSED)
			p->entries[to++] = p->entries[i];
	p->first = 0;
	p->n = to;
	p->next_expected = 0;
}

static void
append(struct position *p, int64_t offset, enum entry_state state)
{
	if (p->n == p->room && p->n >= 2 * p->n_open)
		squeeze(p);
	if (p->n == p->room) {
		p->room = p->room == 0 ? 64 : 2 * p->room;
		p->entries = mem_grow(p->entries, p->room, sizeof(*p->entries));
	}
	p->entries[p->n].offset = offset;
	p->entries[p->n].state = state;
	p->n++;
	p->n_open++;
	p->is_changed = 1;
}

static void
close_entry(struct position *p, size_t i)
{
	if (p->entries[i].state == ENTRY_EXPECTED)
		p->n_expected--;
	p->entries[i].state = ENTRY_CLOSED;
	p->n_open--;
	p->is_changed = 1;
	while (p->first < p->n && p->entries[p->first].state == ENTRY_CLOSED)
		p->first++;
	if (p->first == p->n)
		p->first = p->n = p->next_expected = 0;
}

void
position_init(
    struct position *p, int64_t read_end, const int64_t *open, size_t n_open)
{
	memset(p, 0, sizeof(*p));
	for (size_t i = 0; i < n_open; i++)
		append(p, open[i], ENTRY_EXPECTED);
	p->n_expected = n_open;
	p->read_end = read_end;
	p->is_changed = 0;
}

void
position_fini(struct position *p)
{
	free(p->entries);
	free(p->list);
	memset(p, 0, sizeof(*p));
}

/* Close the expected entries below OFFSET: the log no longer has them. */
static size_t
close_expected(struct position *p, int64_t offset)
{
	size_t closed = 0;

	while (p->n_expected > 0) {
		size_t i = p->next_expected;

		if (i < p->first)
			i = p->first;
		while (p->entries[i].state != ENTRY_EXPECTED)
			i++;
		p->next_expected = i;
		if (p->entries[i].offset >= offset)
			break;
		close_entry(p, i);
		closed++;
	}
	return closed;
}

enum position_seen
position_see(struct position *p, int64_t offset)
{
	size_t i;

	if (offset >= p->read_end) {
		append(p, offset, ENTRY_HELD);
		p->read_end = offset + 1;
		return POSITION_NEW;
	}
	i = lower_bound(p, offset);
	if (i == p->n || p->entries[i].offset != offset ||
	    p->entries[i].state != ENTRY_EXPECTED)
		return POSITION_KNOWN;
	p->entries[i].state = ENTRY_HELD;
	p->n_expected--;
	return POSITION_AGAIN;
}

size_t
position_read_to(struct position *p, int64_t next)
{
	size_t closed = close_expected(p, next);

	if (next > p->read_end) {
		p->read_end = next;
		p->is_changed = 1;
	}
	return closed;
}

void
position_close(struct position *p, int64_t offset)
{
	size_t i = lower_bound(p, offset);

	assert(i < p->n && p->entries[i].offset == offset);
	assert(p->entries[i].state == ENTRY_HELD);
	close_entry(p, i);
}

int64_t
position_start(const struct position *p)
{
	return p->n_open > 0 ? p->entries[p->first].offset : p->read_end;
}

size_t
position_list(struct position *p, const int64_t **out)
{
	size_t n = 0;

	if (p->list_room < p->n_open) {
		p->list_room = p->room;
		p->list = mem_grow(p->list, p->list_room, sizeof(*p->list));
	}
	for (size_t i = p->first; i < p->n; i++)
		if (p->entries[i].state != ENTRY_CLOSED)
			p->list[n++] = p->entries[i].offset;
	p->is_changed = 0;
	*out = p->list;
	return n;
}
