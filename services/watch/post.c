/* A message to one receiver: see post.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "rest/http.h"
#include "rest/mail.h"
#include "rest/sign.h"
#include "watch/post.h"
#include "watch/settings.h"

enum { HOOK_TIMEOUT_MS = 8000, ANSWER_MAX_BYTES = 64 * 1024 };

static int
by_mail(const struct settings *s, const struct target *t, const struct post *p,
    int stop_fd, struct err *err)
{
	struct buf password = {0};
	const struct mail mail = {
	    (const char *const *)t->mail, p->id, p->subject, p->text};
	struct mail_server server = {.url = s->smtp_url,
	    .from = s->smtp_from,
	    .username = s->smtp_username,
	    .ca_file = s->smtp_ca_file,
	    .is_insecure = s->smtp_insecure};
	int rc = -1;

	if (s->smtp_password_file == NULL ||
	    conf_secret(s->smtp_password_file, &password, err) == 0) {
		server.password = password.data;
		rc = mail_send(&server, &mail, stop_fd, err);
	}
	buf_wipe(&password);
	return rc;
}

/* The three headers of Standard Webhooks into LIST; their number, or -1. */
static int
headers(const struct target *t, const struct post *p, const struct buf *body,
    struct buf texts[2], struct http_header list[3], struct err *err)
{
	const struct sign_message m = {
	    p->id, clock_wall_ms() / 1000, body->data, body->size};

	buf_printf(&texts[0], "%lld", (long long)m.at_s);
	list[0] = (struct http_header){SIGN_ID_HEADER, p->id};
	list[1] = (struct http_header){SIGN_TIMESTAMP_HEADER, texts[0].data};
	if (t->secret_files == NULL)
		return 2;
	if (sign_message(&t->sign, &m, &texts[1], err) != 0)
		return -1;
	list[2] = (struct http_header){SIGN_SIGNATURE_HEADER, texts[1].data};
	return 3;
}

static int
call(const struct target *t, const struct http_request *r, struct err *err)
{
	const struct http_site_conf conf = {.base_url = t->hook,
	    .policy = {t->allow_private, t->insecure_http},
	    .timeout_ms = HOOK_TIMEOUT_MS,
	    .answer_max_bytes = ANSWER_MAX_BYTES};
	struct http_site *site = http_site_new(&conf, err);
	char *body = NULL;
	size_t size;
	int status = 0, rc;

	if (site == NULL)
		return -1;
	rc = http_once(site, r, &status, &body, &size, err);
	free(body);
	http_site_free(site);
	if (rc == 0 && (status < 200 || status > 299))
		rc = err_set(
		    err, ERR_RETRY, status, "the webhook answers %d", status);
	return rc;
}

static int
by_hook(const struct target *t, const struct post *p, struct err *err)
{
	struct buf body = {0}, texts[2] = {{0}, {0}};
	struct http_header list[3];
	char at[CLOCK_TEXT_SIZE], type[64];
	jv doc = jv_object(), data = jv_copy(p->data);
	int n, rc = -1;

	snprintf(type, sizeof(type), "twinwire.%s",
	    json_str(data, "kind", "weekly"));
	json_set_str(&doc, "type", type);
	json_set_str(&doc, "timestamp", clock_text(clock_wall_ms(), at));
	json_set_str(&data, "subject", p->subject);
	json_set_str(&data, "message", p->text);
	json_set(&doc, "data", data);
	json_canonical(doc, &body);
	n = headers(t, p, &body, texts, list, err);
	if (n > 0) {
		const struct http_request r = {.method = "POST",
		    .url = t->hook,
		    .headers = list,
		    .n_headers = (size_t)n,
		    .body = body.data,
		    .body_size = body.size};

		rc = call(t, &r, err);
	}
	jv_free(doc);
	buf_free(&body);
	buf_free(&texts[0]);
	buf_free(&texts[1]);
	return rc;
}

int
post_send(const struct settings *s, const struct target *t,
    const struct post *p, int stop_fd, struct err *err)
{
	return t->mail != NULL ? by_mail(s, t, p, stop_fd, err)
			       : by_hook(t, p, err);
}
