/* Lanes, their table and their queues: see lane.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"

#include "lane.h"

struct lane *
lanes_find(struct lanes *l, const char *key)
{
	struct lane *lane;

	HASH_FIND_STR(l->by_key, key, lane);
	return lane;
}

struct lane *
lanes_add(struct lanes *l, const char *key)
{
	size_t size = strlen(key) + 1;
	struct lane *lane = mem_new(1, sizeof(*lane) + size);

	memcpy(lane->key, key, size);
	lane->row.offset = lane->row.verify_ms = -1;
	HASH_ADD_KEYPTR(hh, l->by_key, lane->key, (unsigned)(size - 1), lane);
	return lane;
}

static void
forget(struct lanes *l, struct lane *lane)
{
	assert(lane->head == NULL && lane->shadows == NULL);
	assert(lane->at == LANE_IDLE);
	HASH_DEL(l->by_key, lane);
	free(lane);
}

void
lanes_release(struct lanes *l, struct lane *lane, int64_t now_ms)
{
	if (lane->n_items > 0 || lane->is_late)
		return;
	if (lane->known.late_until_ms <= now_ms) {
		forget(l, lane);
		return;
	}
	lane->is_late = 1;
	DL_APPEND2(l->late, lane, late_prev, late_next);
}

void
lanes_release_late(struct lanes *l, int64_t now_ms)
{
	struct lane *lane;

	while ((lane = l->late) != NULL &&
	       (lane->n_items > 0 || lane->known.late_until_ms <= now_ms)) {
		DL_DELETE2(l->late, lane, late_prev, late_next);
		lane->is_late = 0;
		if (lane->n_items == 0)
			forget(l, lane);
	}
}

static void
drop_item(struct lane_item *i, void (*drop)(void *payload))
{
	if (drop != NULL && i->payload != NULL)
		drop(i->payload);
	free(i);
}

void
lanes_fini(struct lanes *l, void (*drop)(void *payload))
{
	struct lane *lane, *next_lane;
	struct lane_item *i, *next;

	HASH_CLEAR(dead_hh, l->dead_by_id);
	HASH_ITER (hh, l->by_key, lane, next_lane) {
		for (i = lane->head; i != NULL; i = next) {
			next = i->next;
			drop_item(i, drop);
		}
		for (i = lane->shadows; i != NULL; i = next) {
			next = i->next;
			drop_item(i, drop);
		}
		HASH_DEL(l->by_key, lane);
		free(lane);
	}
	free(l->heap);
	for (unsigned t = 0; t < l->n_flows; t++)
		free(l->flows[t]);
	free(l->flows);
	memset(l, 0, sizeof(*l));
}

/* --- the queue: a binary heap of those not due, a line for each topic ----- */

static int
is_before(const struct lane *a, const struct lane *b)
{
	if (a->due_ms != b->due_ms)
		return a->due_ms < b->due_ms;
	return a->turn < b->turn;
}

static void
place(struct lanes *l, struct lane *lane, size_t i)
{
	l->heap[i] = lane;
	lane->heap_index = i;
}

static void
rise(struct lanes *l, struct lane *lane, size_t i)
{
	while (i > 1 && is_before(lane, l->heap[i / 2])) {
		place(l, l->heap[i / 2], i);
		i /= 2;
	}
	place(l, lane, i);
}

static void
sink(struct lanes *l, struct lane *lane, size_t i)
{
	for (;;) {
		size_t child = 2 * i;

		if (child > l->heap_n)
			break;
		if (child < l->heap_n &&
		    is_before(l->heap[child + 1], l->heap[child]))
			child++;
		if (!is_before(l->heap[child], lane))
			break;
		place(l, l->heap[child], i);
		i = child;
	}
	place(l, lane, i);
}

static void
heap_remove(struct lanes *l, struct lane *lane)
{
	size_t i = lane->heap_index;
	struct lane *last = l->heap[l->heap_n--];

	lane->heap_index = 0;
	if (last == lane)
		return;
	sink(l, last, i);
	rise(l, last, last->heap_index);
}

static struct lane_flow *
flow_of(struct lanes *l, unsigned topic)
{
	if (topic >= l->n_flows) {
		l->flows =
		    mem_grow(l->flows, topic + 1, sizeof(struct lane_flow *));
		while (l->n_flows <= topic)
			l->flows[l->n_flows++] =
			    mem_new(1, sizeof(struct lane_flow));
	}
	return l->flows[topic];
}

static void
join_line(struct lanes *l, struct lane *lane)
{
	struct lane_flow *flow = flow_of(l, lane->head->topic);

	if (flow->line == NULL)
		DL_APPEND(l->round, flow);
	lane->flow = flow;
	DL_APPEND2(flow->line, lane, line_prev, line_next);
}

static void
leave_line(struct lanes *l, struct lane *lane)
{
	struct lane_flow *flow = lane->flow;

	lane->flow = NULL;
	DL_DELETE2(flow->line, lane, line_prev, line_next);
	if (flow->line == NULL)
		DL_DELETE(l->round, flow);
}

static void
heap_add(struct lanes *l, struct lane *lane)
{
	if (l->heap_n + 1 >= l->heap_room) {
		l->heap_room = l->heap_room == 0 ? 64 : 2 * l->heap_room;
		l->heap = mem_grow(l->heap, l->heap_room, sizeof(*l->heap));
	}
	lane->turn = l->turns++;
	l->heap_n++;
	rise(l, lane, l->heap_n);
}

void
lanes_queue(struct lanes *l, struct lane *lane, int64_t now_ms, int64_t due_ms)
{
	int is_due = due_ms <= now_ms;

	if ((lane->flow != NULL && is_due) ||
	    (lane->heap_index > 0 && lane->due_ms == due_ms))
		return;
	lanes_unqueue(l, lane);
	lane->at = LANE_QUEUED;
	lane->due_ms = due_ms;
	if (is_due)
		join_line(l, lane);
	else
		heap_add(l, lane);
}

void
lanes_unqueue(struct lanes *l, struct lane *lane)
{
	if (lane->heap_index > 0)
		heap_remove(l, lane);
	else if (lane->flow != NULL)
		leave_line(l, lane);
	else
		return;
	lane->at = LANE_IDLE;
}

void
lanes_served(struct lanes *l, struct lane *lane)
{
	struct lane_flow *flow = lane->flow;

	lanes_unqueue(l, lane);
	if (flow == NULL || flow->line == NULL)
		return;
	DL_DELETE(l->round, flow);
	DL_APPEND(l->round, flow);
}

struct lane *
lanes_first(struct lanes *l, int64_t now_ms)
{
	while (l->heap_n > 0 && l->heap[1]->due_ms <= now_ms) {
		struct lane *lane = l->heap[1];

		heap_remove(l, lane);
		join_line(l, lane);
	}
	return l->round != NULL ? l->round->line : NULL;
}

int64_t
lanes_due(const struct lanes *l)
{
	if (l->round != NULL)
		return 0;
	return l->heap_n > 0 ? l->heap[1]->due_ms : -1;
}

/* --- lists ---------------------------------------------------------------- */

void
lanes_failing(struct lanes *l, struct lane_item *i)
{
	if (i->is_failing)
		return;
	i->is_failing = 1;
	DL_APPEND2(l->failing, i, failing_prev, failing_next);
}

void
lanes_not_failing(struct lanes *l, struct lane_item *i)
{
	if (!i->is_failing)
		return;
	i->is_failing = 0;
	DL_DELETE2(l->failing, i, failing_prev, failing_next);
}

void
lanes_dead(struct lanes *l, struct lane *lane, uint64_t id)
{
	lane->at = LANE_DEAD;
	lane->id = id;
	HASH_ADD(dead_hh, l->dead_by_id, id, sizeof(lane->id), lane);
}

struct lane *
lanes_dead_done(struct lanes *l, uint64_t id)
{
	struct lane *lane;

	HASH_FIND(dead_hh, l->dead_by_id, &id, sizeof(id), lane);
	if (lane == NULL)
		return NULL;
	HASH_DELETE(dead_hh, l->dead_by_id, lane);
	lane->at = LANE_IDLE;
	return lane;
}

void
lanes_dead_wait(struct lanes *l, struct lane *lane, int64_t due_ms)
{
	struct lane *first = l->dead_waiting;
	struct lane *before = first != NULL ? first->dead_prev : NULL;

	lane->at = LANE_DEAD_WAIT;
	lane->due_ms = due_ms;
	/* Mostly the last; uthash's lists end at the first one's prev. */
	while (before != NULL && before->due_ms > due_ms)
		before = before != first ? before->dead_prev : NULL;
	DL_APPEND_ELEM2(l->dead_waiting, before, lane, dead_prev, dead_next);
}

void
lanes_dead_go(struct lanes *l, struct lane *lane)
{
	lane->at = LANE_IDLE;
	DL_DELETE2(l->dead_waiting, lane, dead_prev, dead_next);
}

/* --- one lane ------------------------------------------------------------- */

void
lane_push(struct lane *lane, struct lane_item *i)
{
	i->lane = lane;
	i->next = NULL;
	if (lane->head == NULL)
		lane->head = i;
	else
		lane->tail->next = i;
	lane->tail = i;
	lane->n_items++;
}

void
lane_unshadow(struct lane *lane)
{
	lane->head = lane->tail = lane->shadows;
	lane->shadows = NULL;
	while (lane->tail->next != NULL)
		lane->tail = lane->tail->next;
}

/* What was known for the head's sake alone is forgotten. */
static void
next_head(struct lane *lane)
{
	struct lane_known *k = &lane->known;

	k->look = LANE_LOOK_NOT;
	k->look_ms = 0;
	k->n_items = k->n_removed = 0;
	k->is_equal = k->is_twin_equal = k->is_twin_left = 0;
	k->is_as_created = 0;
	k->is_written = 0;
	k->written_ms = k->removed_ms = 0;
}

void
lane_take(struct lane *lane, struct lane_item *i)
{
	struct lane_item *before = NULL;

	if (lane->head == i) {
		lane->head = i->next;
		next_head(lane);
	} else {
		for (before = lane->head; before->next != i;)
			before = before->next;
		before->next = i->next;
	}
	if (lane->tail == i)
		lane->tail = before;
	i->next = NULL;
}

int
lane_supersedes(const struct lane_item *newer, const struct lane_item *older)
{
	if (newer->is_verify || newer->want == CORE_BAD || !newer->is_state)
		return 0;
	if (older->is_verify || older->want == CORE_BAD || !older->is_state)
		return 0;
	/* What a remove has done must be known before it is forgotten: if the
	 * item is gone, was it our doing or somebody's decision? */
	if (older->want != CORE_KEEP && (older->is_sent || older->is_doubtful))
		return 0;
	return newer->topic == older->topic && newer->offset >= older->offset;
}

struct lane_item *
lane_successor(const struct lane *lane)
{
	struct lane_item *i;

	for (i = lane->head->next; i != NULL; i = i->next)
		if (lane_supersedes(i, lane->head))
			return i;
	return NULL;
}

int
lane_is_stale(const struct lane *lane, const struct lane_item *i)
{
	const struct lane_row *row = &lane->row;

	if (row->topic != i->topic ||
	    (row->state == CORE_ROW_NONE && !row->is_told))
		return 0;
	if (i->is_again || i->is_parked || row->is_told)
		return i->offset < row->offset;
	return i->offset <= row->offset;
}

int
lane_is_told(const struct lane *lane, const struct lane_item *i)
{
	return lane->row.is_told && lane->row.topic == i->topic &&
	       lane->row.offset == i->offset;
}

void
lane_late(struct lane *lane, int64_t now_ms, int64_t until_ms,
    const unsigned char hash[CORE_HASH_SIZE])
{
	struct lane_known *k = &lane->known;

	if (k->late_until_ms <= now_ms)
		k->is_late_mixed = 0;
	else if (memcmp(k->late_hash, hash, CORE_HASH_SIZE) != 0)
		k->is_late_mixed = 1;
	memcpy(k->late_hash, hash, CORE_HASH_SIZE);
	if (until_ms > k->late_until_ms)
		k->late_until_ms = until_ms;
}

void
lane_settled(struct lane *lane)
{
	struct lane_known *k = &lane->known;

	k->is_doubtful = k->is_dirty = 0;
	k->n_unknown = k->is_gone_in_doubt = 0;
	k->create_until_ms = 0;
}

int
lane_is_hash_void(const struct lane *lane)
{
	static const unsigned char zero[CORE_HASH_SIZE];

	return memcmp(lane->row.hash, zero, CORE_HASH_SIZE) == 0;
}
