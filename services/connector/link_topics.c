/* Topics of a connection: which it reads, from where on: see link_inner.h. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/consumer.h"
#include "connector/boot.h"
#include "connector/control.h"
#include "connector/link.h"
#include "connector/link_inner.h"
#include "connector/own.h"
#include "connector/subscribe.h"
#include "map/connection.h"

enum { FROM_TIMEOUT_MS = 10000, FROM_ATTEND_MS = 20 };

static const char *
from_of(const struct link *l, const char *topic)
{
	const struct connection *c = l->env.conf;
	size_t i;
	char **pattern;

	for (i = 0; i < c->n_subscribe; i++)
		for (pattern = c->subscribe[i].topics; *pattern != NULL;
		     pattern++)
			if (topic_matches(*pattern, topic))
				return c->subscribe[i].from;
	return "now";
}

int
link_from(struct link *l, const char *topic, jv bounds, int64_t *out)
{
	const char *from = from_of(l, topic);
	int64_t at_ms;

	*out = json_int(l->known_floors, topic, -1);
	if (*out >= 0)
		return 1;
	if (strcmp(from, "beginning") == 0)
		*out = json_int(bounds, "low", 0);
	else if (clock_parse(from, &at_ms) != 0) /* "now" */
		*out = json_int(bounds, "high", 0);
	else if ((*out = catalog_answer(l->catalog, topic, at_ms)) < 0) {
		catalog_ask(l->questions, topic, at_ms);
		l->is_from_due = 1;
		return 0;
	}
	json_set_int(&l->known_floors, topic, *out);
	return 1;
}

static int
find_one(struct link *l, const char *topic, jv bounds, struct err *err)
{
	int64_t ignored;

	(void)err;
	if (subscribe_wants(l->subscribe, topic))
		link_from(l, topic, bounds, &ignored);
	return 0;
}

/* Until the next listing, of which only the answers count: what else it says
 * was not looked at. */
static int
next_answers(struct link *l, const struct boot_conf *boot, int64_t deadline,
    struct err *err)
{
	int64_t last = json_int(*boot->listing, "at", 0);

	do {
		if (clock_mono_ms() > deadline)
			return err_set(err, ERR_RETRY, 0,
			    "nobody says where the date of `from:` lies");
		if (boot->attend(boot->ctx, -1, FROM_ATTEND_MS, err) != 0)
			return -1;
	} while (json_int(*boot->listing, "at", 0) == last);
	json_set(&l->catalog, "answers", json_get(*boot->listing, "answers"));
	return 0;
}

int
link_find_from(struct link *l, const struct boot_conf *boot, struct err *err)
{
	int64_t deadline = clock_mono_ms() + FROM_TIMEOUT_MS;

	for (;;) {
		l->is_from_due = 0;
		if (link_each_topic(l, l->catalog, find_one, err) != 0)
			return -1;
		if (!l->is_from_due)
			return 0;
		if (next_answers(l, boot, deadline, err) != 0)
			return -1;
	}
}

/* Make TOPIC known; *OUT_START is where to read from. */
static int
add_topic(struct link *l, const char *topic, jv bounds, int64_t *out_start,
    struct err *err)
{
	int64_t low = json_int(bounds, "low", 0);
	struct subscribe_topic t = {
	    .name = topic, .start = low, .floor = low, .low = low};

	if (l->is_first_run) {
		if (!link_from(l, topic, bounds, &t.start))
			return err_set(err, ERR_RETRY, 0,
			    "%s: where `from:` lies is not known yet", topic);
		t.floor = t.start;
	} else {
		t.floor = json_int(l->known_floors, topic, 0);
		t.is_backlog = 1;
		/* Up to the end of the log, wherever it then is: a record above
		 * today's may have replaced, by compaction, one below it. */
		t.doubt_end =
		    l->is_clean && !subscribe_is_resyncing(l->subscribe)
			? 0
			: INT64_MAX;
	}
	return subscribe_topic(l->subscribe, &t, out_start, err);
}

/* A topic of the listing: make it known, or see that it is still the one we
 * know. */
static int
see_again(struct link *l, const char *topic, jv bounds, struct err *err)
{
	enum doubt is;

	if (json_int(bounds, "high", 0) < json_int(l->ends, topic, 0) &&
	    link_doubt(l, topic, err) != 0)
		return -1;
	if (link_judge_log(l, topic, &is, err) != 0)
		return -1;
	if (is == DOUBT_OTHER)
		link_other_log(l, topic);
	if (is != DOUBT_OPEN)
		json_set_int(&l->ends, topic, json_int(bounds, "high", 0));
	return 0;
}

static int
follow_topic(struct link *l, const char *topic, jv bounds, struct err *err)
{
	struct consumer_place place = {.topic = topic};
	int rc;

	if (!subscribe_wants(l->subscribe, topic)) {
		json_set_int(&l->ends, topic, json_int(bounds, "high", 0));
		return 0;
	}
	if (subscribe_has(l->subscribe, topic))
		return see_again(l, topic, bounds, err);
	rc = link_left_topic(l, topic, err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	/* Nobody led it when we looked at the others. */
	rc = link_look_at_log(l, topic, bounds, err);
	if (rc == 2 && subscribe_is_resyncing(l->subscribe))
		rc = 0; /* all is read whole: this one from its start, too */
	else if (rc == 2)
		link_begin_anew(l);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	json_set_int(&l->ends, topic, json_int(bounds, "high", 0));
	if (add_topic(l, topic, bounds, &place.offset, err) != 0)
		return -1;
	return consumer_assign(l->consumer, &place, 1, err);
}

int
link_lacks_ends(const struct link *l, char **out)
{
	jv topics = json_get(l->catalog, "topics");
	int is = 0;

	if (jv_get_kind(topics) == JV_KIND_OBJECT) {
		jv_object_foreach (topics, name, bounds) {
			if (!is && json_int(bounds, "high", -1) < 0 &&
			    subscribe_wants(
				l->subscribe, jv_string_value(name))) {
				*out = mem_dup(jv_string_value(name));
				is = 1;
			}
			jv_free(name);
			jv_free(bounds);
		}
	}
	jv_free(topics);
	return is;
}

int
link_lacks_topic(const struct link *l)
{
	jv topics = json_get(l->catalog, "topics");
	int is = 0;

	if (jv_get_kind(topics) == JV_KIND_OBJECT) {
		jv_object_foreach (topics, name, bounds) {
			is |=
			    subscribe_wants(
				l->subscribe, jv_string_value(name)) &&
			    !subscribe_has(l->subscribe, jv_string_value(name));
			jv_free(name);
			jv_free(bounds);
		}
	}
	jv_free(topics);
	return is;
}

int
link_each_topic(struct link *l, jv catalog, link_topic *each, struct err *err)
{
	jv topics = json_get(catalog, "topics");
	int rc = 0;

	if (jv_get_kind(topics) == JV_KIND_OBJECT) {
		jv_object_foreach (topics, name, bounds) {
			if (rc == 0 && json_int(bounds, "high", -1) >= 0)
				rc =
				    each(l, jv_string_value(name), bounds, err);
			jv_free(name);
			jv_free(bounds);
		}
	}
	jv_free(topics);
	return rc;
}

int
link_add_topics(struct link *l, jv catalog, struct err *err)
{
	/* What nobody led at the start may have left rows that wait. */
	return link_each_topic(l, catalog, follow_topic, err) != 0
		   ? -1
		   : subscribe_restore_late(l->subscribe, err);
}

int
link_catalog(struct link *l, jv catalog, struct err *err)
{
	if (control_catalog(l->control, catalog, err) != 0 ||
	    own_listed(l->own, catalog, err) != 0)
		return -1;
	/* Kafka answers again; a topic that is gone, with a member that left,
	 * is nobody's trouble for ever. */
	if (l->trouble.class == ERR_RETRY ||
	    l->trouble.code == CONSUMER_NO_TOPIC)
		l->trouble.class = ERR_NONE;
	jv_free(l->catalog);
	l->catalog = jv_copy(catalog);
	l->is_listing_due = 0;
	return l->is_planning ? link_plan_topics(l, catalog, err)
			      : link_add_topics(l, catalog, err);
}
