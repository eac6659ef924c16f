/* From a system onto the wire: see poller.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "claims.h"
#include "poller.h"
#include "shell.h"

enum { AGAIN_MS = 1000, EVERY_MAX_MS = 30000 };

void
poller_start(struct shell *s, int64_t now_ms)
{
	s->poller = (struct poller){.ask_ms = now_ms, .answer_ms = -1};
}

/* What the member's own topic says is on the wire, also what a process that
 * died had no time to note, or another state file did. */
static void
rebuild(struct shell *s)
{
	for (int l = 0; l < WIRE_LOCALS; l++) {
		const struct wire_record *w =
		    wire_newest(s->wire, wire_claim_key(s->member, l));
		struct poller_row *row = &s->now.own[l];

		if (row->is_due && w == NULL)
			continue; /* a new cluster */
		*row = (struct poller_row){.known = POLL_NEW};
		if (w != NULL && w->what == WIRE_KEEP)
			*row = (struct poller_row){
			    .known = POLL_LIVE, .content = w->content};
	}
	s->poller.is_rebuilt = 1;
	s->now.listed = -1;
}

static void
change(struct shell *s, int64_t now_ms, int local, int content)
{
	s->poller.change[local].is_open = 1;
	s->poller.change[local].is_sent = 0;
	s->poller.change[local].content = content;
	s->poller.change[local].at_ms = now_ms;
}

static void
take_own(struct shell *s, int64_t now_ms, int local)
{
	struct poller_row *row = &s->now.own[local];
	int content = s->site->own[local].content;
	enum poll_want want = claims_want(content, 0, row->known, row->content);

	if (want == POLL_PUBLISH || (want == POLL_UNCHANGED && row->is_due))
		change(s, now_ms, local, content);
	else if (want == POLL_WITHDRAW)
		change(s, now_ms, local, 0);
}

/* Listed by name in the trash, or missing and asked for. */
static void
take_missing(struct shell *s, int64_t now_ms, int local)
{
	int is_failed = rnd_percent(s->rnd, s->site->trouble);

	if (s->now.own[local].known != POLL_LIVE)
		return;
	if (s->site->own[local].content == 0 && rnd_percent(s->rnd, 50))
		take_own(s, now_ms, local);
	else if (poll_missing(
		     is_failed ? POLL_READ_FAILED : POLL_READ_ABSENT, 1))
		change(s, now_ms, local, 0);
	else
		s->poller.is_clean = 0;
}

/* What came off the wire stands in the listing too. */
static void
take_others(struct shell *s, int64_t now_ms)
{
	for (int i = 0; i < s->site->n_items; i++) {
		const struct site_item *item = &s->site->items[i];
		int has_marker = s->bug != SHELL_ECHO;
		int content = 1 + item->text % CLAIMS_CONTENTS;

		if (item->is_there && claims_want(content, has_marker, POLL_NEW,
					  0) == POLL_PUBLISH)
			change(s, now_ms, i % WIRE_LOCALS, content);
	}
}

static void
take_listing(struct shell *s, int64_t now_ms)
{
	struct site *site = s->site;
	int n = WIRE_LOCALS, is_whole;

	s->poller.answer_ms = -1;
	s->poller.ask_ms = now_ms + rnd_int(s->rnd, AGAIN_MS, EVERY_MAX_MS);
	if (site->is_down || site->is_locked || site->is_lost ||
	    rnd_percent(s->rnd, site->trouble))
		return;
	if (rnd_percent(s->rnd, site->trouble)) /* a page of it fails */
		n = (int)rnd_int(s->rnd, 0, WIRE_LOCALS - 1);
	is_whole = n == WIRE_LOCALS;
	s->poller.is_clean = is_whole;
	s->poller.covers = site->changes;
	for (int l = 0; l < n; l++)
		if (site->own[l].content > 0)
			take_own(s, now_ms, l);
	for (int l = 0; l < WIRE_LOCALS; l++)
		if ((is_whole && site->own[l].content == 0) ||
		    (l >= n && s->bug == SHELL_HALF_LISTING))
			take_missing(s, now_ms, l);
	take_others(s, now_ms);
}

static void
write_row(struct shell *s, int local, int content)
{
	s->now.own[local] = (struct poller_row){
	    .known = content > 0 ? POLL_LIVE : POLL_NEW, .content = content};
}

/* At every moment: nothing is said that no clerk entered, and nothing is
 * withdrawn that none removed since it was said. */
static void
check_put(struct shell *s, int local, int content)
{
	const char *what = NULL;

	if (content > 0 && s->site->own[local].entered[content] == 0)
		what = "publishes what its clerks never entered";
	else if (content == 0 &&
		 s->site->own[local].removed < s->site->own[local].published)
		what = "withdraws what its clerks did not";
	if (content > 0)
		s->site->own[local].published =
		    s->site->own[local].entered[content];
	if (what != NULL && s->wrong[0] == '\0')
		snprintf(s->wrong, sizeof(s->wrong), "m%d %s: %d", s->member,
		    what, local);
}

static void
put(struct shell *s, int64_t now_ms, int local, int content)
{
	check_put(s, local, content);
	if (s->is_traced)
		printf("%9" PRId64 " m%d publishes %d: %d\n", now_ms, s->member,
		    local, content);
	wire_put(s->wire, s->rnd, now_ms, wire_claim_key(s->member, local),
	    content > 0 ? WIRE_KEEP : WIRE_TOMBSTONE, content);
}

/* A report on what was sent, or the time to send it. */
static void
step_change(struct shell *s, int64_t now_ms, int local)
{
	struct poller *p = &s->poller;
	int content = p->change[local].content;

	if (s->wire->is_down) {
		p->change[local].at_ms = now_ms + AGAIN_MS;
		p->change[local].is_sent = 0; /* "message timed out" */
		return;
	}
	if (p->change[local].is_sent) {
		p->change[local].is_open = 0;
		write_row(s, local, content);
		return;
	}
	p->change[local].at_ms = now_ms + rnd_int(s->rnd, 1, 200);
	switch (rnd_int(s->rnd, 0, 9)) {
	case 0: /* lost on the way there */
		p->change[local].at_ms = now_ms + AGAIN_MS;
		break;
	case 1: /* lost on the way back */
		put(s, now_ms, local, content);
		p->change[local].at_ms = now_ms + AGAIN_MS;
		break;
	default:
		put(s, now_ms, local, content);
		p->change[local].is_sent = 1;
		break;
	}
	if (s->bug == SHELL_ROW_BEFORE_ACK) {
		p->change[local].is_open = 0;
		write_row(s, local, content);
	}
}

static int
has_open(const struct shell *s)
{
	int n = 0;

	for (int l = 0; l < WIRE_LOCALS; l++)
		n += s->poller.change[l].is_open;
	return n > 0;
}

static int
is_behind(const struct shell *s)
{
	int n = s->now.listed != s->site->changes;

	for (int l = 0; l < WIRE_LOCALS; l++)
		n += s->now.own[l].is_due;
	return n > 0;
}

void
poller_step(struct shell *s, int64_t now_ms)
{
	struct poller *p = &s->poller;

	if (!s->poller.is_rebuilt) {
		if (s->wire->is_down)
			return;
		rebuild(s);
	}
	for (int l = 0; l < WIRE_LOCALS; l++)
		if (p->change[l].is_open && p->change[l].at_ms <= now_ms)
			step_change(s, now_ms, l);
	if (has_open(s))
		return;
	if (p->is_clean)
		s->now.listed = p->covers;
	p->is_clean = 0;
	if (p->answer_ms >= 0 && p->answer_ms <= now_ms)
		take_listing(s, now_ms);
	else if (p->answer_ms < 0 && p->ask_ms <= now_ms && is_behind(s))
		p->answer_ms = now_ms + rnd_int(s->rnd, 0, 500);
}

int64_t
poller_deadline(const struct shell *s, int64_t now_ms)
{
	const struct poller *p = &s->poller;
	int64_t at_ms = -1;

	if (!s->poller.is_rebuilt)
		return now_ms + (s->wire->is_down ? AGAIN_MS : 0);
	for (int l = 0; l < WIRE_LOCALS; l++)
		if (p->change[l].is_open &&
		    (at_ms < 0 || p->change[l].at_ms < at_ms))
			at_ms = p->change[l].at_ms;
	if (at_ms >= 0)
		return at_ms;
	if (p->is_clean)
		return now_ms;
	if (p->answer_ms >= 0)
		return p->answer_ms;
	if (!is_behind(s))
		return -1;
	return p->ask_ms > now_ms ? p->ask_ms : now_ms;
}

int
poller_is_idle(const struct shell *s)
{
	return s->poller.is_rebuilt && !is_behind(s) && !has_open(s);
}
