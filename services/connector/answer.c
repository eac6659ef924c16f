/* Answers: see answer.h. */
#include <string.h>

#include "connector/answer.h"
#include "rest/http.h"

static enum core_result
by_word(enum core_op op, const char *word)
{
	if (strcmp(word, "retry") == 0)
		return CORE_RETRY;
	if (strcmp(word, "stop") == 0)
		return CORE_STOP;
	if (strcmp(word, "done") == 0)
		return CORE_OK;
	if (strcmp(word, "absent") == 0)
		return op == CORE_FIND ? CORE_NONE : CORE_OK;
	if (strcmp(word, "gone") == 0)
		return op == CORE_UPDATE ? CORE_GONE : CORE_OK;
	return CORE_REJECT;
}

static enum core_result
missing(enum core_op op)
{
	switch (op) {
	case CORE_FIND:
		return CORE_NONE;
	case CORE_UPDATE:
		return CORE_GONE;
	case CORE_REMOVE:
	case CORE_REMOVE_TWIN:
		return CORE_OK;
	case CORE_CREATE:
	case CORE_PUT:
		break;
	}
	return CORE_REJECT;
}

static enum core_result
by_status(enum core_op op, int status, struct core_answer *out)
{
	enum core_result *becomes = &out->becomes;

	if (status >= 200 && status < 300)
		return CORE_OK;
	/* No such item, or a site that lost its pages altogether. */
	if (status == 404) {
		*becomes = missing(op);
		out->is_doubted = 1;
		return CORE_STOP;
	}
	if (status == 410 && (op == CORE_REMOVE || op == CORE_REMOVE_TWIN))
		return CORE_OK;
	switch (status) {
	case 403:
	case 410:
		*becomes = status == 410 ? missing(op) : CORE_REJECT;
		return CORE_STOP;
	case 408:
	case 425:
	case 429:
	case 503:
		return CORE_RETRY;
	}
	if (status == 401 || (status >= 300 && status < 400)) {
		/* "Done, see there" is a redirect, too. */
		*becomes = status == 401 ? CORE_RETRY : CORE_UNKNOWN;
		return CORE_STOP;
	}
	/* The rest of 5xx may have come after the system had done it. */
	return status >= 500 ? CORE_UNKNOWN : CORE_REJECT;
}

void
answer_classify(enum core_op op, const struct http_answer *a, const char *word,
    struct core_answer *out)
{
	*out = (struct core_answer){
	    .latency_ms = a->elapsed_ms > 0 ? a->elapsed_ms : 1,
	    .retry_after_ms = a->retry_after_ms,
	    .is_overload = a->status == 429 || a->status == 503,
	    .becomes = CORE_RETRY,
	};
	switch (a->outcome) {
	case HTTP_UNKNOWN:
		out->result = CORE_UNKNOWN;
		return;
	case HTTP_NOT_SENT:
		out->result =
		    a->is_tls_failure || a->is_refused ? CORE_STOP : CORE_RETRY;
		return;
	case HTTP_ANSWERED:
		break;
	}
	if (word != NULL)
		out->result = by_word(op, word);
	else
		out->result = by_status(op, a->status, out);
}

const char *
answer_code(const struct http_answer *a)
{
	if (a->outcome == HTTP_UNKNOWN)
		return "no_answer";
	if (a->outcome == HTTP_NOT_SENT)
		return a->is_tls_failure ? "tls_failure"
		       : a->is_refused	 ? "address_refused"
					 : "not_reachable";
	switch (a->status) {
	case 400:
	case 422:
		return "site_refused_content";
	case 401:
		return "site_refused_login";
	case 403:
		return "site_forbids";
	case 404:
	case 410:
		return "site_has_no_such_item";
	case 409:
		return "site_conflict";
	case 413:
		return "site_too_large";
	case 429:
		return "site_busy";
	}
	if (a->status >= 500)
		return "site_error";
	return a->status >= 300 && a->status < 400 ? "site_redirects"
						   : "site_refused";
}
