/* A system asked directly: see asked.h. */
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "cli/asked.h"
#include "map/connection.h"
#include "rest/call.h"
#include "rest/http.h"
#include "wire/system.h"

enum { WAIT_MS = 1000 };

struct asked {
	const struct connection *conf;
	struct http *http;
	struct system system;
	jv answer; /* of the call under way; invalid until it came */
	int is_over;
	struct err trouble;
};

struct asked *
asked_new(const struct connection *c, struct err *err)
{
	struct asked *a = mem_new(1, sizeof(*a));

	a->conf = c;
	a->answer = jv_invalid();
	if ((a->http = http_new(1, err)) == NULL ||
	    system_open(&a->system, c, a->http, err) != 0) {
		asked_free(a);
		return NULL;
	}
	return a;
}

void
asked_free(struct asked *a)
{
	if (a == NULL)
		return;
	http_free(a->http);
	system_close(&a->system);
	jv_free(a->answer);
	free(a);
}

static void
on_answer(void *ctx, const struct http_answer *got)
{
	struct asked *a = ctx;

	a->is_over = 1;
	a->trouble = *got->err;
	if (got->outcome == HTTP_ANSWERED)
		a->answer = call_answer(got, preset_format(a->conf->preset));
}

/* REQUEST (consumed) is sent and answered. */
static int
send_and_wait(struct asked *a, jv request, struct err *err)
{
	a->is_over = 0;
	if (call_start(&a->system.to, request, on_answer, a, err) == NULL)
		return -1;
	while (!a->is_over)
		if (http_wait(a->http, NULL, 0, WAIT_MS, err) != 0)
			return -1;
	if (jv_is_valid(a->answer))
		return 0;
	*err = a->trouble;
	return -1;
}

jv
asked_ask(
    struct asked *a, enum preset_op op, jv input, jv vars, struct err *err)
{
	jv request, answer;

	if (preset_run(a->conf->preset, op, input, vars, &request, err) != 0)
		return jv_invalid();
	if (send_and_wait(a, jv_copy(request), err) != 0) {
		jv_free(request);
		return jv_invalid();
	}
	answer = a->answer;
	a->answer = jv_invalid();
	json_set_str(&answer, "method", json_str(request, "method", "GET"));
	jv_free(request);
	return answer;
}
