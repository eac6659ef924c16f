/* What answers in flight hold together: see http_flight.h. */
#include "rest/http_call.h"
#include "rest/http_flight.h"

/* C's answer goes, and it ends at the next turn. */
static void
give_way(struct http_call *c)
{
	c->flight->answers_bytes -= c->answer.size;
	c->flight->n_crowded++;
	buf_free(&c->answer);
	c->is_crowded = 1;
}

int
http_flight_room(struct http_call *c, size_t size)
{
	struct http_call *longest, *one;

	while (!c->is_crowded &&
	       c->flight->answers_bytes + size > HTTP_ANSWERS_MAX_BYTES) {
		longest = c;
		for (one = c->flight->calls.first; one != NULL; one = one->next)
			if (one->answer.size > longest->answer.size)
				longest = one;
		give_way(longest);
	}
	return !c->is_crowded;
}
