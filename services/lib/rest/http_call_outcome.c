/* What an exchange came to: see http_call.h. */
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "rest/backoff.h"
#include "rest/http_call.h"
#include "rest/http_site.h"

enum { CERTIFICATE_EVERY_MS = 3600 * 1000 };

/* Lower-case name and trimmed value of one line into OUT. */
static void
add_line(jv *out, const char *line, size_t size)
{
	const char *colon = memchr(line, ':', size);
	const char *end = line + size, *value;
	char name[128];
	size_t i, n;
	jv text, old;

	if (colon == NULL)
		return;
	n = (size_t)(colon - line);
	if (n == 0 || n >= sizeof(name))
		return;
	for (i = 0; i < n; i++)
		name[i] = line[i] >= 'A' && line[i] <= 'Z'
			      ? (char)(line[i] + ('a' - 'A'))
			      : line[i];
	name[n] = '\0';
	for (value = colon + 1;
	     value < end && (*value == ' ' || *value == '\t'); value++)
		;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	text = jv_string_sized(value, (int)(end - value));
	old = json_get(*out, name);
	if (jv_get_kind(old) == JV_KIND_STRING)
		text = jv_string_concat(
		    jv_string_concat(old, jv_string(", ")), text);
	else
		jv_free(old);
	*out = jv_object_set(*out, jv_string_sized(name, (int)n), text);
}

static jv
read_headers(const struct buf *head)
{
	jv out = jv_object();
	const char *line = head->data, *end;

	while (line != NULL && *line != '\0') {
		end = line + strcspn(line, "\r\n");
		/* The status line and folded lines have no place here. */
		if (strncmp(line, "HTTP/", 5) != 0 && *line != ' ' &&
		    *line != '\t')
			add_line(&out, line, (size_t)(end - line));
		line = end + strspn(end, "\r\n");
	}
	return out;
}

static int
is_tls(CURLcode result)
{
	switch (result) {
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return 1;
	default:
		return 0;
	}
}

static void
explain(const struct http_call *c, CURLcode result, struct err *err)
{
	const char *why = c->trouble;

	if (why[0] == '\0')
		why = result == CURLE_OK ? "the answer was cut short"
					 : curl_easy_strerror(result);

	if (c->is_refused)
		err_set(err, ERR_REJECT, (int)result,
		    "%.*s: this address is not allowed (allow_private: true "
		    "allows private ranges)",
		    (int)c->site->origin_size, c->site->base_url);
	else if (c->is_too_large)
		err_set(err, ERR_RETRY, (int)result,
		    "the answer is larger than allowed (%zu bytes, headers "
		    "%d)",
		    c->site->answer_max_bytes, HTTP_HEADERS_MAX_BYTES);
	else if (c->is_crowded)
		err_set(err, ERR_RETRY, (int)result,
		    "%.*s: too many long answers at once (%d bytes in all)",
		    (int)c->site->origin_size, c->site->base_url,
		    HTTP_ANSWERS_MAX_BYTES);
	else
		err_set(err, ERR_RETRY, (int)result, "%.*s: %s",
		    (int)c->site->origin_size, c->site->base_url, why);
}

/* Until when the certificate that the site has just shown is good. */
static void
note_certificate(struct http_call *c)
{
	static const char key[] = "Expire date:";
	const struct curl_slist *line;
	struct curl_certinfo *chain = NULL;
	time_t until;

	if (clock_mono_ms() < c->site->certificate_due_ms ||
	    curl_easy_getinfo(c->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    chain == NULL || chain->num_of_certs < 1)
		return;
	for (line = chain->certinfo[0]; line != NULL; line = line->next) {
		if (strncmp(line->data, key, sizeof(key) - 1) != 0)
			continue;
		until = curl_getdate(line->data + sizeof(key) - 1, NULL);
		if (until > 0)
			c->site->stats.certificate_ms = (int64_t)until * 1000;
	}
	c->site->certificate_due_ms = clock_mono_ms() + CERTIFICATE_EVERY_MS;
}

static void
note_stats(struct http_call *c, int status, int64_t elapsed_ms)
{
	static const enum http_class classes[] = {HTTP_CLASS_NONE,
	    HTTP_CLASS_NONE, HTTP_CLASS_OK, HTTP_CLASS_MOVED, HTTP_CLASS_BAD,
	    HTTP_CLASS_ILL};
	size_t i = status > 0 ? (size_t)status / 100 : 0;

	if (i >= sizeof(classes) / sizeof(classes[0]))
		i = 0;
	c->site->stats.answers[classes[i]]++;
	histogram_add(&c->site->stats.latency, elapsed_ms);
	note_certificate(c);
}

void
http_call_finish(struct http_call *c, CURLcode result)
{
	struct err err = {.class = ERR_NONE};
	struct http_answer a = {.outcome = HTTP_UNKNOWN,
	    .content_type = "",
	    .body = "",
	    .err = &err};
	long status = 0;

	a.elapsed_ms = clock_mono_ms() - c->started_ms;
	/* curl takes a connection closed within the headers for their end. */
	if (result == CURLE_OK && c->has_head && !c->is_crowded)
		curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status >= 200) {
		a.outcome = HTTP_ANSWERED;
		a.status = (int)status;
		a.headers = read_headers(&c->head);
		a.content_type = json_str(a.headers, "content-type", "");
		a.retry_after_ms = backoff_retry_after(
		    json_str(a.headers, "retry-after", ""), clock_wall_ms());
		if (c->answer.data != NULL)
			a.body = c->answer.data;
		a.body_size = c->answer.size;
	} else {
		a.headers = jv_object();
		explain(c, result, &err);
		if (c->n_sendings == 0) {
			a.outcome = HTTP_NOT_SENT;
			a.is_refused = c->is_refused;
			a.is_tls_failure = is_tls(result);
		}
	}
	note_stats(c, a.status, a.elapsed_ms);
	c->done(c->ctx, &a);
	jv_free(a.headers);
}
