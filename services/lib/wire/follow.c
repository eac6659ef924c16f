/* A log that is followed: see follow.h. */
#include "base/err.h"
#include "base/log.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "wire/doubt.h"
#include "wire/follow.h"

void
follow_seen(struct follow *f, const struct bus_message *m)
{
	f->next = m->offset + 1;
	f->at_ms = m->timestamp_ms;
}

void
follow_at_end(struct follow *f, int64_t next)
{
	f->eof = next;
	/* Compaction leaves gaps, also at the end. */
	if (next > f->next)
		f->next = next;
}

int
follow_is_whole(const struct follow *f)
{
	return f->end >= 0 && f->eof >= f->end;
}

void
follow_doubt(const struct follow *f, const char *topic, struct doubts *d)
{
	const struct doubt_known known = {f->end, f->next, f->at_ms};

	log_info("is the log another one?", "topic", topic);
	doubts_add(d, topic, &known);
}

int
follow_listed(struct follow *f, const char *topic, struct doubts *d,
    struct consumer *c, jv listing, jv bounds, struct err *err)
{
	switch (doubts_judge(d, topic, listing)) {
	case DOUBT_OTHER:
		return err_set(err, ERR_FATAL, 0,
		    "%s: its log is another one; a start reads it from its "
		    "beginning",
		    topic);
	case DOUBT_SAME:
		if (json_int(bounds, "low", 0) > f->next)
			return err_set(err, ERR_FATAL, 0,
			    "%s: its log lost its start meanwhile", topic);
		if (consumer_again(c, topic, err) != 0)
			return -1;
		break;
	case DOUBT_NONE:
		break;
	case DOUBT_OPEN:
		return 0;
	}
	f->end = json_int(bounds, "high", f->end);
	return 1;
}
