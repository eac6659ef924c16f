/* Whether a log is still the one that a connection knows: see link_inner.h and
 * wire/doubt.h. */
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "bus/consumer.h"
#include "connector/link_inner.h"
#include "connector/resync.h"
#include "connector/subscribe.h"
#include "event/keys.h"
#include "map/connection.h"
#include "store/state.h"
#include "wire/doubt.h"

int
link_doubt(struct link *l, const char *topic, struct err *err)
{
	struct state_position p = {.last_ms = -1};
	struct doubt_known known;

	if (doubts_has(l->doubts, topic))
		return 0;
	if (state_get_position(l->env.state, l->env.conf->id, topic, &p, err) <
	    0)
		return -1;
	log_info("is the log another one?", "connection", l->env.conf->id,
	    "topic", topic);
	known = (struct doubt_known){
	    json_int(l->ends, topic, 0), p.read_end, p.last_ms};
	doubts_add(l->doubts, topic, &known);
	return 0;
}

int
link_is_state_topic(const char *topic)
{
	struct topic_name name;

	return topic_parse(topic, &name) == 0 && !name.is_dead &&
	       record_type_is_state(name.type);
}

static int64_t
begin_of(const struct link *l, const char *topic)
{
	jv topics = json_get(l->catalog, "topics");
	jv bounds = json_get(topics, topic);
	int64_t low = json_int(bounds, "low", 0);

	jv_free(bounds);
	jv_free(topics);
	return low;
}

/* The log is the one we know.  If it lost its start meanwhile, and more than we
 * have read, nobody can say what of it still holds: it is read whole.  Of news
 * nothing holds but what is there. */
static int
go_on(struct link *l, const char *topic, struct err *err)
{
	int64_t next = consumer_next(l->consumer, topic);
	int64_t low = begin_of(l, topic);
	struct consumer_place place = {.topic = topic};

	if (next < 0 || next >= low)
		return consumer_again(l->consumer, topic, err);
	place.offset = subscribe_skip_lost(l->subscribe, topic, next, low);
	if (!link_is_state_topic(topic))
		return consumer_assign(l->consumer, &place, 1, err);
	link_begin_anew(l);
	return resync_save(&l->env, RESYNC_OTHER_LOG, err);
}

int
link_judge_log(
    struct link *l, const char *topic, enum doubt *out, struct err *err)
{
	*out = doubts_judge(l->doubts, topic, l->catalog);
	return *out == DOUBT_SAME && l->consumer != NULL ? go_on(l, topic, err)
							 : 0;
}
