/* What a consumer gets in place of messages: see consumer_inner.h. */
#include <string.h>

#include "base/err.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "bus/consumer_inner.h"

/* A reset that is not about the place (a query that failed) goes on there. */
static int
judge_reset(struct consumer *c, struct consumer_topic *t, const char *why,
    struct err *err)
{
	if (strstr(why, "out of range") != NULL ||
	    strstr(why, "runcat") != NULL)
		return err_set(err, ERR_REJECT, CONSUMER_OUT_OF_RANGE,
		    "%s: offset %lld is outside the log", t->name,
		    (long long)t->next);
	if (consumer_start(c, t, t->next, err) < 0)
		return -1;
	return err_set(err, ERR_RETRY, 0, "%s: %s", t->name, why);
}

int
consumer_judge(struct consumer *c, struct consumer_topic *t,
    const rd_kafka_message_t *m, struct err *err)
{
	const char *why = rd_kafka_message_errstr(m);
	const char *name = t != NULL ? t->name : "Kafka";

	switch ((int)m->err) {
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
		if (t != NULL)
			return judge_reset(c, t, why, err);
		break;
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
		return err_set(err, ERR_REJECT, CONSUMER_NO_TOPIC,
		    "%s: there is no such topic", name);
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return err_set(err, ERR_REJECT, CONSUMER_DENIED,
		    "%s: this user may not read it", name);
	case RD_KAFKA_RESP_ERR__FATAL:
	case RD_KAFKA_RESP_ERR__BAD_MSG:
	case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
	case RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE:
		return err_set(
		    err, ERR_FATAL, (int)m->err, "%s: %s", name, why);
	default:
		break;
	}
	return err_set(err, ERR_RETRY, (int)m->err, "%s: %s", name, why);
}

int
consumer_is_damage(const rd_kafka_message_t *m)
{
	return m->offset >= 0 &&
	       (m->err == RD_KAFKA_RESP_ERR__BAD_COMPRESSION ||
		   m->err == RD_KAFKA_RESP_ERR__BAD_MSG);
}

int
consumer_is_of_search(
    const struct consumer_topic *t, const rd_kafka_message_t *m)
{
	return consumer_is_damage(m) ||
	       (t->damage.is_open &&
		   (m->err == RD_KAFKA_RESP_ERR_NO_ERROR ||
		       m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ||
		       m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE ||
		       m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET));
}

int
consumer_search(struct consumer *c, struct consumer_topic *t,
    const rd_kafka_message_t *m, struct bus_message *out, struct err *err)
{
	struct damage *d = &t->damage;
	enum damage_outcome now = DAMAGE_READ;

	if (consumer_is_damage(m) && !d->is_open) {
		c->n_errors++;
		t->lost = m->err == RD_KAFKA_RESP_ERR__BAD_MSG
			      ? "damaged"
			      : "not to be unpacked, or too large then";
		damage_begin(d, m->offset, t->next);
	} else if (consumer_is_damage(m)) {
		now = damage_again(d, m->offset);
	} else {
		now = damage_passed(d);
	}
	switch (now) {
	case DAMAGE_READ:
		return consumer_start_at(c, t, d->at, err);
	case DAMAGE_HEALED:
		return CONSUMER_SEARCH_OVER;
	case DAMAGE_ENDS:
		break;
	}
	if (consumer_start(c, t, d->last + 1, err) < 0)
		return -1;
	*out = (struct bus_message){.topic = t->name,
	    .offset = d->last,
	    .timestamp_ms = -1,
	    .headers = c->headers,
	    .lost = t->lost,
	    .first = d->first};
	return CONSUMER_MESSAGE;
}
