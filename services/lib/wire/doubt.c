/* Logs in doubt: see doubt.h. */
#include <stdlib.h>

#include "base/json.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "wire/doubt.h"

enum { STALE_LISTINGS = 30 }; /* a second apart */

struct doubts {
	struct catalog *catalog;
	jv all; /* object of topic to {end, next, at: of doubt_known, n:
		 * listings that spoke for another log, listing: when the last
		 * of them was made} */
};

struct doubts *
doubts_new(struct catalog *c)
{
	struct doubts *d = mem_new(1, sizeof(*d));

	d->catalog = c;
	d->all = jv_object();
	return d;
}

void
doubts_free(struct doubts *d)
{
	if (d == NULL)
		return;
	jv_free(d->all);
	free(d);
}

/* DOUBT (taken) stands, and is asked about. */
static void
keep(struct doubts *d, const char *topic, jv doubt)
{
	catalog_ask(d->catalog, topic, json_int(doubt, "at", -1) + 1);
	json_set(&d->all, topic, doubt);
}

int
doubts_has(const struct doubts *d, const char *topic)
{
	return jv_object_has(jv_copy(d->all), jv_string(topic));
}

void
doubts_add(struct doubts *d, const char *topic, const struct doubt_known *known)
{
	jv doubt = jv_object();

	if (doubts_has(d, topic)) {
		jv_free(doubt);
		return;
	}
	json_set_int(
	    &doubt, "end", known->end > known->next ? known->end : known->next);
	json_set_int(&doubt, "next", known->next);
	json_set_int(&doubt, "at", known->at_ms);
	keep(d, topic, doubt);
}

/* *DOUBT, with LISTING more that has the log end too early. */
static enum doubt
count(jv *doubt, jv listing)
{
	int64_t at = json_int(listing, "at", 0), n = json_int(*doubt, "n", 0);

	if (at != json_int(*doubt, "listing", 0))
		n++;
	json_set_int(doubt, "n", n);
	json_set_int(doubt, "listing", at);
	return n >= STALE_LISTINGS ? DOUBT_OTHER : DOUBT_OPEN;
}

static enum doubt
judge(jv *doubt, const char *topic, int64_t high, jv listing)
{
	int64_t next = json_int(*doubt, "next", 0);
	int64_t at = json_int(*doubt, "at", -1), newer = -1;

	if (at >= 0)
		newer = catalog_answer(listing, topic, at + 1);
	if (newer >= 0 && newer < next && newer < high)
		return DOUBT_OTHER;
	if (high < json_int(*doubt, "end", 0))
		return count(doubt, listing);
	return at >= 0 && newer < 0 ? DOUBT_OPEN : DOUBT_SAME;
}

enum doubt
doubts_judge(struct doubts *d, const char *topic, jv listing)
{
	jv doubt = json_get(d->all, topic), topics, bounds;
	enum doubt is = DOUBT_OPEN;
	int64_t high;

	if (!jv_is_valid(doubt)) {
		jv_free(doubt);
		return DOUBT_NONE;
	}
	topics = json_get(listing, "topics");
	bounds = json_get(topics, topic);
	high = json_int(bounds, "high", -1);
	jv_free(bounds);
	jv_free(topics);
	if (high < 0) { /* nobody leads it: nobody is asked */
		jv_free(doubt);
		return is;
	}
	is = judge(&doubt, topic, high, listing);
	if (is == DOUBT_OPEN) {
		keep(d, topic, doubt);
		return is;
	}
	jv_free(doubt);
	d->all = jv_object_delete(d->all, jv_string(topic));
	return is;
}
