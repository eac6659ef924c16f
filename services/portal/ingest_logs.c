/* Which logs are read, and from where on: see ingest_inner.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "bus/consumer.h"
#include "portal/ingest_inner.h"
#include "portal/store.h"
#include "wire/doubt.h"

enum {
	DAY_MS = 86400000,
	/* Kafka keeps withdrawals 180 days: who is away for longer than this
	 * may have missed some. */
	AWAY_MAX_DAYS = 150,
	WITHDRAWN_KEPT_DAYS = 180
};

/* 1 if the store may have missed withdrawals since it was here last, 0 if not,
 * -1 with ERR. */
static int
was_away(struct ingest *in, int64_t now_ms, struct err *err)
{
	char *text = store_value(in->store, "here", err);
	int64_t here_ms;

	if (text == NULL)
		return -1;
	here_ms = strtoll(text, NULL, 10);
	free(text);
	return here_ms != 0 &&
	       now_ms - here_ms > (int64_t)AWAY_MAX_DAYS * DAY_MS;
}

/* Once a day: say that we are here, forget what nobody may ask for. */
static int
note_day(struct ingest *in, int64_t now_ms, struct err *err)
{
	char text[32];

	if (now_ms - in->here_ms < DAY_MS)
		return 0;
	if (in->here_ms != 0 &&
	    now_ms - in->here_ms > (int64_t)AWAY_MAX_DAYS * DAY_MS)
		return err_set(err, ERR_FATAL, 0,
		    "the brokers were out of reach for so long that "
		    "withdrawals may have been missed; a start reads "
		    "everything anew");
	snprintf(text, sizeof(text), "%lld", (long long)now_ms);
	if (store_set_value(in->store, "here", text, err) != 0 ||
	    store_purge(in->store,
		now_ms - (int64_t)WITHDRAWN_KEPT_DAYS * DAY_MS, err) != 0)
		return -1;
	in->here_ms = now_ms;
	return 0;
}

/* The store holds what this cluster's offsets mean, or nothing. */
static int
know_cluster(struct ingest *in, const char *cluster, struct err *err)
{
	char *stored;
	int rc = 0;

	if (*cluster == '\0' || strcmp(in->cluster, cluster) == 0)
		return 0;
	if (*in->cluster != '\0')
		return err_set(err, ERR_FATAL, 0,
		    "the brokers are another cluster now; a start reads it "
		    "from its beginning");
	stored = store_value(in->store, "cluster", err);
	if (stored == NULL)
		return -1;
	if (*stored != '\0' && strcmp(stored, cluster) != 0) {
		log_info("another cluster: everything is read anew", "was",
		    stored, "is", cluster);
		rc = store_renew(in->store, err);
	} else if ((rc = was_away(in, clock_wall_ms(), err)) == 1) {
		log_info("away for so long that withdrawals may have been "
			 "missed: everything is read anew");
		rc = store_renew(in->store, err);
	}
	free(stored);
	if (rc != 0 || store_set_value(in->store, "cluster", cluster, err) != 0)
		return -1;
	free(in->cluster);
	in->cluster = mem_dup(cluster);
	return 0;
}

static int
is_for_people(const struct topic_name *t)
{
	return !t->is_dead && t->type != RECORD_COMMAND;
}

/* News that Kafka no longer keeps leave the store, too.  Topics that are kept
 * whole have lost nothing when their first offset moves. */
static int
forget_below(
    struct ingest *in, struct ingest_topic *t, int64_t low, struct err *err)
{
	if (t->parsed.type != RECORD_NOTICE || low <= t->low)
		return 0;
	t->low = low;
	return store_forget(in->store, t->id, t->parsed.type, low, err);
}

/* Go on in T, whose log begins at LOW. */
static int
go_on(struct ingest *in, struct ingest_topic *t, int64_t low, struct err *err)
{
	struct consumer_place place = {t->name, 0};

	if (t->log.next < low)
		t->log.next = low;
	if (t->log.next >= t->log.end)
		t->is_read = 1;
	t->is_begun = 1;
	place.offset = t->log.next;
	return consumer_assign(in->consumer, &place, 1, err);
}

/* T's log, which begins at LOW, was made anew: nothing holds that was there. */
static int
read_anew(
    struct ingest *in, struct ingest_topic *t, int64_t low, struct err *err)
{
	log_info("a topic was made anew", "topic", t->name);
	if (store_forget(
		in->store, t->id, t->parsed.type, INT64_MAX >> 11, err) != 0)
		return -1;
	t->log.next = t->log.at_ms = t->log.eof = -1;
	t->low = 0;
	t->is_read = 0;
	/* Killed before it reads on, it must not hold the old place. */
	return go_on(in, t, low, err) == 0 ? store_place(in->store, t->id,
						 t->log.next, t->log.at_ms, err)
					   : -1;
}

/* What LISTING says of T's log, LOW to HIGH.  -1 with ERR. */
static int
follow(struct ingest *in, struct ingest_topic *t, jv listing, int64_t low,
    int64_t high, struct err *err)
{
	enum doubt is = doubts_judge(in->doubts, t->name, listing);
	int rc = 0;

	if (is == DOUBT_OPEN)
		return 0;
	t->log.end = high;
	if (is == DOUBT_OTHER)
		rc = read_anew(in, t, low, err);
	else if (is == DOUBT_SAME || !t->is_begun)
		rc = go_on(in, t, low, err);
	t->is_read |= follow_is_whole(&t->log);
	return rc == 0 ? forget_below(in, t, low, err) : -1;
}

/* NAME is new here. */
static struct ingest_topic *
add(struct ingest *in, const char *name, const struct topic_name *parsed,
    struct err *err)
{
	struct ingest_topic *t;

	in->topics = mem_grow(in->topics, in->n + 1, sizeof(*in->topics));
	t = &in->topics[in->n++];
	*t = (struct ingest_topic){
	    .name = mem_dup(name), .parsed = *parsed, .log = {0, -1, -1, 0}};
	return store_topic(in->store, name, &t->id, &t->log.next, err) == 0 &&
		       store_last_ms(in->store, t->id, &t->log.at_ms, err) == 0
		   ? t
		   : NULL;
}

static int
take_topic(
    struct ingest *in, const char *name, jv listing, jv listed, struct err *err)
{
	int64_t low = json_int(listed, "low", -1);
	int64_t high = json_int(listed, "high", -1);
	struct ingest_topic *t = ingest_topic(in, name);
	struct topic_name parsed;

	if (high < 0 || topic_parse(name, &parsed) != 0 ||
	    !is_for_people(&parsed))
		return 0;
	if (t == NULL) {
		if ((t = add(in, name, &parsed, err)) == NULL)
			return -1;
		t->log.end = high;
		if (t->log.next > high)
			follow_doubt(&t->log, t->name, in->doubts);
	}
	return follow(in, t, listing, low, high, err);
}

int
ingest_listed(struct ingest *in, jv listing, struct err *err)
{
	jv topics = json_get(listing, "topics");
	int rc = know_cluster(in, json_str(listing, "cluster", ""), err);

	if (rc == 0 && jv_get_kind(topics) == JV_KIND_OBJECT) {
		jv_object_foreach (topics, name, listed) {
			if (rc == 0)
				rc = take_topic(in, jv_string_value(name),
				    listing, listed, err);
			jv_free(name);
			jv_free(listed);
		}
	}
	jv_free(topics);
	if (rc == 0 && *in->cluster != '\0')
		rc = note_day(in, clock_wall_ms(), err);
	return rc;
}
