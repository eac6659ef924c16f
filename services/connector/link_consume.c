/* What comes off the wire to a connection: see link_inner.h. */
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "connector/link_inner.h"
#include "connector/subscribe.h"

enum {
	MESSAGES_PER_STEP = 500,
	CONSUMER_AGAIN_MS = 500, /* after an error */
};

static int
on_consumer_error(struct link *l, int64_t now_ms, struct err *err)
{
	const char *topic = l->held.topic;

	switch (err->class) {
	case ERR_REJECT:
		if (topic != NULL && (err->code == CONSUMER_NO_TOPIC ||
					 err->code == CONSUMER_DENIED))
			subscribe_unread(l->subscribe, topic);
		l->trouble = *err;
		l->again_ms = now_ms + CONSUMER_AGAIN_MS;
		/* The log lost its start, was made anew, or a broker leads it
		 * no more and has not heard so. */
		return topic != NULL && (err->code == CONSUMER_OUT_OF_RANGE ||
					    err->code == CONSUMER_NO_TOPIC)
			   ? link_doubt(l, topic, err)
			   : 0;
	case ERR_RETRY:
		l->trouble = *err;
		l->again_ms = now_ms + CONSUMER_AGAIN_MS;
		return 0;
	case ERR_NONE:
	case ERR_FATAL:
		break;
	}
	return -1;
}

static int
end_of_log(struct link *l, struct err *err)
{
	char *topic = mem_dup(l->held.topic);
	struct consumer_place place = {.topic = topic};
	int rc = 0;

	if (subscribe_end(l->subscribe, topic, l->held.offset, &place.offset) ==
	    1)
		rc = consumer_assign(l->consumer, &place, 1, err);
	free(topic);
	return rc;
}

int
link_takes(void *ctx, const char *topic)
{
	const struct link *l = ctx;

	return subscribe_takes(l->subscribe, topic);
}

int
link_consume(struct link *l, int64_t now_ms, struct err *err)
{
	int n, rc;

	l->again_ms = -1;
	subscribe_wait_no_more(l->subscribe);
	for (n = 0; n < MESSAGES_PER_STEP; n++) {
		if (subscribe_is_paused(l->subscribe))
			return 0;
		l->held = (struct bus_message){0};
		rc = consumer_poll(l->consumer, 0, &l->held, err);
		if (rc < 0)
			return on_consumer_error(l, now_ms, err);
		if (rc == CONSUMER_NOTHING) {
			if (!consumer_leaves(l->consumer))
				subscribe_drained(l->subscribe);
			return 0;
		}
		l->trouble.class = ERR_NONE;
		if (rc == CONSUMER_EOF) {
			if (end_of_log(l, err) != 0)
				return -1;
			continue;
		}
		rc = subscribe_message(l->subscribe, &l->held, now_ms, err);
		if (rc < 0)
			return -1;
		if (rc == 0)
			consumer_put_back(l->consumer);
	}
	/* More may be there without a new signal: come back at once. */
	l->again_ms = now_ms;
	return 0;
}
