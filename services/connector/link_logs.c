/*
 * Whether a log is still the one that a connection knows: see link_inner.h.
 *
 * A broker that was frozen or cut off takes itself for the leader until it
 * hears otherwise, and answers as if the log ended where it left: a place
 * behind that is outside it, says the broker, as if the topic had been made
 * anew (librdkafka 2.0.2 asks whoever claims to lead, KIP-320 came later).
 * Reading everything whole for that would be wrong, and so would be to go on
 * in a log that is another one and has grown past our place.  The append times
 * tell: whatever is new in another log, or in one that was cut off, was
 * appended later than the newest record that we read, and stands below it.
 * Where nothing is new, time tells: a stale leader learns of it in seconds.
 */
#include <stdlib.h>

#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "bus/admin.h"
#include "bus/consumer.h"
#include "connector/link_inner.h"
#include "map/connection.h"
#include "store/state.h"

enum { STALE_LISTINGS = 30 }; /* a second apart */

/* A doubt: {known: where the log ended at least, next: what is below was read,
 * at: append time of the last of that or -1, n: listings that spoke for another
 * log, listing: when the last of them was made}. */

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void
keep(struct link *l, const char *topic, jv doubt)
{
	catalog_ask(l->questions, topic, json_int(doubt, "at", -1) + 1);
	json_set(&l->doubts, topic, doubt);
}

int
link_doubt(struct link *l, const char *topic, struct err *err)
{
	struct state_position p = {.last_ms = -1};
	jv doubt = json_get(l->doubts, topic);
	int is_known = jv_is_valid(doubt);
	int rc;

	jv_free(doubt);
	if (is_known)
		return 0;
	rc = state_get_position(l->env.state, l->env.conf->id, topic, &p, err);
	if (rc < 0)
		return -1;
	log_info("is the log another one?", "connection", l->env.conf->id,
	    "topic", topic);
	doubt = jv_object();
	json_set_int(
	    &doubt, "known", larger(json_int(l->ends, topic, 0), p.read_end));
	json_set_int(&doubt, "next", p.read_end);
	json_set_int(&doubt, "at", p.last_ms);
	keep(l, topic, doubt);
	return 0;
}

static void
settle(struct link *l, const char *topic)
{
	l->doubts = jv_object_delete(l->doubts, jv_string(topic));
}

/* DOUBT, with a listing more that has the log end too early. */
static enum link_log
count(struct link *l, const char *topic, jv doubt)
{
	int64_t listing = json_int(l->catalog, "at", 0);
	int64_t n = json_int(doubt, "n", 0);

	if (listing != json_int(doubt, "listing", 0))
		n++;
	if (n >= STALE_LISTINGS) {
		jv_free(doubt);
		return LINK_LOG_OTHER;
	}
	json_set_int(&doubt, "n", n);
	json_set_int(&doubt, "listing", listing);
	keep(l, topic, doubt);
	return LINK_LOG_UNSURE;
}

int
link_judge_log(struct link *l, const char *topic, jv bounds, enum link_log *out,
    struct err *err)
{
	jv doubt = json_get(l->doubts, topic);
	int64_t high = json_int(bounds, "high", 0);
	int64_t next = json_int(doubt, "next", 0);
	int64_t at = json_int(doubt, "at", -1), newer = -1;

	*out = LINK_LOG_SAME;
	if (!jv_is_valid(doubt)) {
		jv_free(doubt);
		return 0;
	}
	if (at >= 0)
		newer = catalog_answer(l->catalog, topic, at + 1);
	if (newer >= 0 && newer < next && newer < high) {
		*out = LINK_LOG_OTHER;
	} else if (high < json_int(doubt, "known", 0)) {
		*out = count(l, topic, jv_copy(doubt));
	} else if (at >= 0 && newer < 0) {
		keep(l, topic, jv_copy(doubt));
		*out = LINK_LOG_UNSURE;
	}
	jv_free(doubt);
	if (*out == LINK_LOG_UNSURE)
		return 0;
	settle(l, topic);
	return *out == LINK_LOG_SAME && l->consumer != NULL
		   ? consumer_again(l->consumer, topic, err)
		   : 0;
}
