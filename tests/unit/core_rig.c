/* A rig around the core: see core_rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

#include "core_rig.h"

enum { CALLS_MAX = 64 };

static struct {
	char key[32];
	uint64_t id;
} calls[CALLS_MAX];
static size_t n_calls;
static uint64_t dead_id;

void
rig_init(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	core_conf_init(&r->conf);
	r->conf.rate_per_s = 0;
}

void
rig_start(struct rig *r)
{
	if (r->core != NULL)
		core_free(r->core, NULL);
	r->now_ms = 1000000;
	r->core = core_new(&r->conf, r->now_ms);
	core_topic(r->core, 0, 0, NULL, 0);
	n_calls = 0;
}

static int dropped;

static void
drop(void *payload)
{
	(void)payload;
	dropped++;
}

void
rig_stop(struct rig *r)
{
	dropped = 0;
	core_free(r->core, drop);
	r->core = NULL;
	assert_int_equal(dropped, r->n_payloads);
}

struct core_record
rig_record(const char *key, int64_t offset, char c)
{
	struct core_record rec = {.key = key,
	    .offset = offset,
	    .want = c == 0 ? CORE_WITHDRAWN : CORE_KEEP,
	    .bytes = 100,
	    .is_state = 1,
	    .may_create = 1,
	    .row = {.offset = -1, .verify_in_ms = -1}};

	memset(rec.hash, c, CORE_HASH_SIZE);
	return rec;
}

void
rig_row(struct core_record *rec, int64_t offset, char c)
{
	rec->row.state = CORE_ROW_DELIVERED;
	rec->row.has_local_id = 1;
	rec->row.offset = offset;
	memset(rec->row.hash, c, CORE_HASH_SIZE);
}

struct core_record
rig_parked(const char *key, int64_t offset, char c)
{
	struct core_record rec = rig_record(key, offset, c);

	rec.origin = CORE_PARKED_ROW;
	rec.row.state = CORE_ROW_PARKED;
	rec.row.offset = offset;
	return rec;
}

void
rig_offer(struct rig *r, struct core_record rec)
{
	rec.payload = r; /* anything but NULL */
	r->n_payloads++;
	core_offer(r->core, r->now_ms, &rec);
}

static const char *
write_word(enum core_write w)
{
	static const char *const words[] = {
	    "none", "delivered", "delete", "refused", "gone", "hidden"};

	return words[w];
}

static void
note_call(const struct core_action *a)
{
	size_t i;

	for (i = 0; i < n_calls; i++)
		if (strcmp(calls[i].key, a->key) == 0)
			break;
	assert_true(i < CALLS_MAX);
	if (i == n_calls)
		n_calls++;
	snprintf(calls[i].key, sizeof(calls[i].key), "%s", a->key);
	calls[i].id = a->id;
}

static void
describe(struct rig *r, const struct core_action *a, struct buf *out)
{
	if (out->size > 0)
		buf_puts(out, " ");
	switch (a->act) {
	case CORE_CALL:
		note_call(a);
		buf_printf(out, "%s:%s", core_op_word(a->op), a->key);
		break;
	case CORE_DONE:
		r->n_payloads--;
		buf_printf(out, "%s:%s@%d=%s%s", core_fate_word(a->fate),
		    a->key, (int)a->offset, write_word(a->write),
		    a->verify_in_ms > 0 ? "+verify" : "");
		break;
	case CORE_PARK:
		buf_printf(out, "park:%s@%d", a->key, (int)a->offset);
		break;
	case CORE_DEAD:
		dead_id = a->id;
		buf_printf(out, "dead:%s@%d", a->key, (int)a->offset);
		break;
	case CORE_PROBE:
		buf_puts(out, "probe");
		break;
	case CORE_PAUSE:
		buf_puts(out, "pause");
		break;
	case CORE_RESUME:
		buf_puts(out, "resume");
		break;
	case CORE_STATE:
		buf_printf(out, "state=%d", (int)core_state(r->core));
		break;
	}
}

static void
check_law(const struct rig *r)
{
	struct core_counts n;
	int64_t sum = 0;

	core_counts(r->core, &n);
	for (int i = 0; i < CORE_FATES; i++)
		sum += n.fates[i];
	assert_int_equal(n.carried + n.consumed, sum + n.pending);
}

void
rig_expect(struct rig *r, const char *text)
{
	struct buf out = {.max = 1 << 16};

	while (core_next(r->core, r->now_ms, &r->a)) {
		describe(r, &r->a, &out);
		check_law(r);
	}
	assert_string_equal(out.data == NULL ? "" : out.data, text);
	buf_free(&out);
}

void
rig_answer(struct rig *r, const char *key, struct core_answer a)
{
	for (size_t i = 0; i < n_calls; i++)
		if (strcmp(calls[i].key, key) == 0) {
			core_answer(r->core, r->now_ms, calls[i].id, &a);
			return;
		}
	fail_msg("no call for %s", key);
}

void
rig_say(struct rig *r, const char *key, enum core_result result)
{
	rig_answer(r, key, (struct core_answer){.result = result});
}

void
rig_wait(struct rig *r, int64_t ms)
{
	r->now_ms += ms;
}

void
rig_wake(struct rig *r)
{
	int64_t at_ms = core_deadline(r->core, r->now_ms);

	assert_true(at_ms >= r->now_ms);
	r->now_ms = at_ms;
}

void
rig_dead(struct rig *r, int ok)
{
	core_dead_done(r->core, r->now_ms, dead_id, ok);
}
