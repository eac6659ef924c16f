/* Whether a log is still the one that a connection knows: see link_inner.h and
 * wire/doubt.h. */
#include "base/err.h"
#include "base/log.h"
#include "bus/consumer.h"
#include "connector/link_inner.h"
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
link_judge_log(
    struct link *l, const char *topic, enum doubt *out, struct err *err)
{
	*out = doubts_judge(l->doubts, topic, l->catalog);
	return *out == DOUBT_SAME && l->consumer != NULL
		   ? consumer_again(l->consumer, topic, err)
		   : 0;
}
