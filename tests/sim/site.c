/* A member's system: see site.h. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "site.h"

static int
item_add(struct site *s, const struct site_request *r)
{
	assert(s->n_items < SITE_ITEMS_MAX);
	s->items[s->n_items] = (struct site_item){.key = r->key,
	    .content = r->content,
	    .text = r->content,
	    .is_there = 1,
	    .offset = r->offset};
	return ++s->n_items;
}

static int
find(const struct site *s, int key, int *out, int max)
{
	int n = 0;

	for (int i = 0; i < s->n_items && n < max; i++)
		if (s->items[i].is_there && s->items[i].key == key)
			out[n++] = i + 1;
	return n;
}

static int
find_made_under(const struct site *s, const struct site_request *r)
{
	for (int i = 0; i < s->n_items; i++)
		if (s->items[i].key == r->key &&
		    s->items[i].offset == r->offset)
			return i + 1;
	return 0;
}

static void
write_item(struct site_item *i, int content)
{
	i->content = i->text = content;
}

/* 404, and the rule for it. */
static void
miss(enum core_op op, struct site_answer *a)
{
	static const enum core_result becomes[] = {[CORE_FIND] = CORE_NONE,
	    [CORE_CREATE] = CORE_REJECT,
	    [CORE_UPDATE] = CORE_GONE,
	    [CORE_PUT] = CORE_REJECT,
	    [CORE_REMOVE] = CORE_OK,
	    [CORE_REMOVE_TWIN] = CORE_OK};

	a->result = CORE_STOP;
	a->becomes = becomes[op];
	a->is_doubted = 1;
}

/* It is not as the answer says. */
static void
lie(struct site *s, const struct site_request *r, struct site_answer *a)
{
	switch (rnd_int(s->rnd, 0, 3)) {
	case 0: /* 200 and a new id, but not stored */
		s->items[a->item - 1].is_there = 0;
		s->is_lied_to[r->key] = 1;
		break;
	case 1: /* 201 without id */
		a->item = 0;
		break;
	default: /* another one's */
		a->item = (int)rnd_int(s->rnd, 1, s->n_items);
		if (s->items[a->item - 1].key == r->key)
			s->is_lied_to[r->key] = 1;
		break;
	}
}

static void
create(struct site *s, const struct site_request *r, struct site_answer *a)
{
	int item = 0;

	if (r->is_refused && !s->is_lenient) {
		a->result = CORE_REJECT;
		return;
	}
	if (s->tier == CORE_TIER_KEYED)
		item = find_made_under(s, r);
	if (r->op == CORE_PUT && find(s, r->key, &item, 1) > 0)
		write_item(&s->items[item - 1], r->content);
	a->item = item > 0 ? item : item_add(s, r);
	if (s->tier <= CORE_TIER_FIND && rnd_percent(s->rnd, s->lies))
		lie(s, r, a);
}

static void
update(struct site *s, const struct site_request *r, struct site_answer *a)
{
	struct site_item *i = &s->items[r->item - 1];

	if (!i->is_there && r->key % 2 == 0)
		a->result = CORE_GONE; /* its preset says so */
	else if (!i->is_there)
		miss(CORE_UPDATE, a);
	else if (r->is_refused && !s->is_lenient)
		a->result = CORE_REJECT;
	else
		write_item(i, r->content);
	a->item = r->item;
}

/* What the site does once the request is there. */
static void
work(struct site *s, const struct site_request *r, struct site_answer *a)
{
	int item = r->item;

	a->result = CORE_OK;
	if (r->op != CORE_FIND && r->op != CORE_REMOVE_TWIN &&
	    r->offset > s->newest[r->key])
		s->newest[r->key] = r->offset;
	switch (r->op) {
	case CORE_FIND:
		a->n_found = find(s, r->key, a->found, 8);
		a->result = a->n_found > 0 ? CORE_FOUND : CORE_NONE;
		break;
	case CORE_CREATE:
	case CORE_PUT:
		create(s, r, a);
		break;
	case CORE_UPDATE:
		update(s, r, a);
		break;
	case CORE_REMOVE:
	case CORE_REMOVE_TWIN:
		if (item == 0 && find(s, r->key, &item, 1) == 0)
			break;
		s->items[item - 1].is_there = 0;
		break;
	}
}

/* Something happens on the way. */
static void
trouble(struct site *s, int64_t now_ms, struct site_pending *p)
{
	int64_t t = s->timeout_ms;
	int is_read = p->request.op == CORE_FIND;

	p->answer_ms = now_ms + rnd_int(s->rnd, 1, t);
	switch (rnd_int(s->rnd, 0, 5)) {
	case 0: /* not connected */
		p->effect_ms = -1;
		p->answer.result = CORE_RETRY;
		break;
	case 1: /* 429 */
		p->effect_ms = -1;
		p->answer.result = CORE_RETRY;
		p->answer.is_overload = 1;
		p->answer.retry_after_ms = rnd_int(s->rnd, 0, 5000);
		break;
	case 2: /* lost on the way there */
		p->effect_ms = -1;
		p->answer.result = CORE_UNKNOWN;
		break;
	case 3: /* lost on the way back */
	case 4:
		p->effect_ms = rnd_int(s->rnd, now_ms, p->answer_ms);
		p->answer.result = CORE_UNKNOWN;
		break;
	default: /* done after nobody waits any more */
		p->answer.result = CORE_UNKNOWN;
		p->effect_ms =
		    is_read ? -1 : p->answer_ms + rnd_int(s->rnd, 0, t - 1);
		break;
	}
}

void
site_enter(struct site *s, int local, int content)
{
	s->own[local].content = content;
	s->changes++;
	if (content > 0)
		s->own[local].entered[content] = s->changes;
	else
		s->own[local].removed = s->changes;
}

void
site_send(struct site *s, int64_t now_ms, const struct site_request *r)
{
	struct site_pending *p = &s->pending[s->n_pending++];

	assert(s->n_pending <= SITE_REQUESTS_MAX);
	s->n_requests++;
	memset(p, 0, sizeof(*p));
	p->request = *r;
	p->answer.result = CORE_OK; /* the site's own, when it has effect */
	if (s->is_down) {
		p->effect_ms = -1;
		p->answer_ms = now_ms + rnd_int(s->rnd, 1, s->timeout_ms);
		p->answer.result = CORE_RETRY;
	} else if (s->is_locked) {
		p->effect_ms = -1;
		p->answer_ms = now_ms + rnd_int(s->rnd, 1, 100);
		p->answer.result = CORE_STOP;
		p->answer.becomes = CORE_RETRY;
	} else if (s->is_lost) {
		p->effect_ms = -1;
		p->answer_ms = now_ms + rnd_int(s->rnd, 1, 100);
		miss(r->op, &p->answer);
	} else if (rnd_percent(s->rnd, s->trouble)) {
		trouble(s, now_ms, p);
	} else {
		p->effect_ms = now_ms + rnd_int(s->rnd, 0, 200);
		p->answer_ms = p->effect_ms + rnd_int(s->rnd, 0, 200);
	}
}

int64_t
site_deadline(const struct site *s)
{
	int64_t at_ms = -1;

	for (int i = 0; i < s->n_pending; i++) {
		const struct site_pending *p = &s->pending[i];

		if (p->effect_ms >= 0 && (at_ms < 0 || p->effect_ms < at_ms))
			at_ms = p->effect_ms;
		if (p->answer_ms >= 0 && (at_ms < 0 || p->answer_ms < at_ms))
			at_ms = p->answer_ms;
	}
	return at_ms;
}

/* The pending request whose effect is due first, or NULL. */
static struct site_pending *
next_effect(struct site *s, int64_t now_ms)
{
	struct site_pending *first = NULL;

	for (int i = 0; i < s->n_pending; i++) {
		struct site_pending *p = &s->pending[i];

		if (p->effect_ms >= 0 && p->effect_ms <= now_ms &&
		    (first == NULL || p->effect_ms < first->effect_ms))
			first = p;
	}
	return first;
}

int
site_step(
    struct site *s, int64_t now_ms, uint64_t *out_id, struct site_answer *out)
{
	struct site_pending *p;

	while ((p = next_effect(s, now_ms)) != NULL) {
		struct site_answer said = {0};

		work(s, &p->request, &said);
		if (s->is_traced)
			printf("%9" PRId64 " site k%d %s %d\n", p->effect_ms,
			    p->request.key, core_op_word(p->request.op),
			    p->request.content);
		if (p->answer.result == CORE_OK)
			p->answer = said;
		p->effect_ms = -1;
	}
	for (int i = 0; i < s->n_pending; i++) {
		int is_answer;

		p = &s->pending[i];
		is_answer = p->answer_ms >= 0 && p->answer_ms <= now_ms;
		if (is_answer) {
			*out_id = p->request.id;
			*out = p->answer;
			p->answer_ms = -1;
		}
		if (p->answer_ms < 0 && p->effect_ms < 0)
			s->pending[i--] = s->pending[--s->n_pending];
		if (is_answer)
			return 1;
	}
	return 0;
}

void
site_abandon(struct site *s, int64_t now_ms)
{
	for (int i = 0; i < s->n_pending; i++) {
		struct site_pending *p = &s->pending[i];

		int is_late = p->answer_ms < 0;

		p->answer_ms = -1;
		if (p->effect_ms < 0)
			continue;
		if (is_late) {
			/* Only creates are looked after across a crash. */
			if (p->request.op != CORE_CREATE)
				p->effect_ms = now_ms;
			continue;
		}
		if (rnd_percent(s->rnd, 30))
			p->effect_ms = -1;
		else if (rnd_percent(s->rnd, 50))
			p->effect_ms =
			    now_ms + rnd_int(s->rnd, 0, s->timeout_ms - 1);
		else if (p->effect_ms >= now_ms + s->timeout_ms)
			p->effect_ms = now_ms;
	}
}

void
site_forget_places(struct site *s)
{
	for (int k = 0; k < WIRE_KEYS; k++)
		s->newest[k] = -1;
	for (int i = 0; i < s->n_pending; i++)
		s->pending[i].request.offset = -1;
	/* Nor do idempotency keys meet: they name the time, too. */
	for (int i = 0; i < s->n_items; i++)
		s->items[i].offset = -1;
}

int
site_may_have(const struct site *s, int key)
{
	int content;

	for (int i = 0; i < s->n_pending; i++)
		if (s->pending[i].request.key == key &&
		    s->pending[i].effect_ms >= 0 &&
		    (s->pending[i].request.op == CORE_CREATE ||
			s->pending[i].request.op == CORE_PUT))
			return 1;
	return site_count(s, key, &content) > 0;
}

int
site_count(const struct site *s, int key, int *out_content)
{
	int n = 0;

	for (int i = 0; i < s->n_items; i++)
		if (s->items[i].is_there && s->items[i].key == key) {
			*out_content = s->items[i].content;
			n++;
		}
	return n;
}
