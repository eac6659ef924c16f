/* Mail out: see mail.h. */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "rest/mail.h"

enum { CONNECT_TIMEOUT_MS = 10000, LINE_BYTES = 54 /* 72 in base64 */ };

int
mail_is_address(const char *address)
{
	const char *at = strchr(address, '@'), *c;

	if (at == NULL || at == address || at[1] == '\0' ||
	    strchr(at + 1, '@') != NULL || strlen(address) > 254)
		return 0;
	for (c = address; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c == 0x7f ||
		    strchr("<>,;\"()[]\\", *c) != NULL)
			return 0;
	return 1;
}

static void
add_base64(struct buf *out, const char *data, size_t size)
{
	unsigned char coded[4 * LINE_BYTES / 3 + 4];

	EVP_EncodeBlock(coded, (const unsigned char *)data, (int)size);
	buf_puts(out, (const char *)coded);
}

/* RFC 2047: words of at most 75 characters, cut between UTF-8 characters. */
static void
add_subject(struct buf *out, const char *subject)
{
	size_t left = strlen(subject), n;

	buf_puts(out, "Subject:");
	while (left > 0) {
		n = left < 42 ? left : 42;
		while (n < left && ((unsigned char)subject[n] & 0xc0) == 0x80)
			n--;
		if (n == 0) /* not UTF-8 */
			n = left < 42 ? left : 42;
		buf_puts(out, " =?UTF-8?B?");
		add_base64(out, subject, n);
		buf_puts(out, "?=\r\n");
		subject += n;
		left -= n;
	}
}

static void
write_mail(const struct mail_server *s, const struct mail *m, struct buf *out)
{
	static const char *const days[] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	size_t left = strlen(m->text), n;
	const char *text = m->text;
	time_t now = time(NULL);
	struct tm t;

	gmtime_r(&now, &t);
	buf_printf(out,
	    "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n"
	    "From: Twinwire <%s>\r\nTo: ",
	    days[t.tm_wday], t.tm_mday, months[t.tm_mon], t.tm_year + 1900,
	    t.tm_hour, t.tm_min, t.tm_sec, s->from);
	for (size_t i = 0; m->to[i] != NULL; i++)
		buf_printf(out, "%s<%s>", i > 0 ? ",\r\n " : "", m->to[i]);
	buf_printf(out, "\r\nMessage-ID: <%s@%s>\r\n", m->id,
	    strchr(s->from, '@') + 1);
	add_subject(out, m->subject);
	buf_puts(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
		      "Content-Type: text/plain; charset=utf-8\r\n"
		      "Content-Transfer-Encoding: base64\r\n\r\n");
	for (; left > 0; text += n, left -= n) {
		n = left < LINE_BYTES ? left : LINE_BYTES;
		add_base64(out, text, n);
		buf_puts(out, "\r\n");
	}
}

struct reading {
	const char *data;
	size_t left;
};

static size_t
on_read(char *to, size_t one, size_t n, void *ctx)
{
	struct reading *r = ctx;
	size_t size = one * n < r->left ? one * n : r->left;

	memcpy(to, r->data, size);
	r->data += size;
	r->left -= size;
	return size;
}

static int
on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct pollfd stop = {.fd = *(const int *)ctx, .events = POLLIN};

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return stop.fd >= 0 && poll(&stop, 1, 0) > 0;
}

static void
set_server(CURL *e, const struct mail_server *s)
{
	curl_easy_setopt(e, CURLOPT_URL, s->url);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(
	    e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)MAIL_TIMEOUT_MS);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(e, CURLOPT_USE_SSL,
	    (long)(s->is_insecure ? CURLUSESSL_TRY : CURLUSESSL_ALL));
	if (s->ca_file != NULL) {
		curl_easy_setopt(e, CURLOPT_CAINFO, s->ca_file);
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
	}
	if (s->username != NULL) {
		curl_easy_setopt(e, CURLOPT_USERNAME, s->username);
		curl_easy_setopt(e, CURLOPT_PASSWORD,
		    s->password != NULL ? s->password : "");
	}
	curl_easy_setopt(e, CURLOPT_MAIL_FROM, s->from);
	/* One mailbox that is gone shall not keep the others from it. */
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

static int
perform(CURL *e, struct buf *text, int stop_fd, struct err *err)
{
	struct reading r = {text->data, text->size};
	char trouble[CURL_ERROR_SIZE] = "";
	CURLcode rc;

	curl_easy_setopt(e, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(e, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(e, CURLOPT_READDATA, &r);
	curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(e, CURLOPT_XFERINFODATA, &stop_fd);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, trouble);
	rc = curl_easy_perform(e);
	return rc == CURLE_OK
		   ? 0
		   : err_set(err, ERR_RETRY, (int)rc, "mail server: %s",
			 trouble[0] != '\0' ? trouble : curl_easy_strerror(rc));
}

int
mail_send(const struct mail_server *server, const struct mail *m, int stop_fd,
    struct err *err)
{
	struct curl_slist *to = NULL;
	struct buf text = {0};
	CURL *e;
	int rc = -1;

	for (size_t i = 0; m->to[i] != NULL; i++)
		if (i == MAIL_RECEIVERS_MAX || !mail_is_address(m->to[i]))
			return err_set(err, ERR_REJECT, 0,
			    "not a mailbox, or over %d: %.100s",
			    MAIL_RECEIVERS_MAX, m->to[i]);
	if (!mail_is_address(server->from))
		return err_set(
		    err, ERR_REJECT, 0, "not a mailbox: %.100s", server->from);
	e = curl_easy_init();
	if (e == NULL)
		return err_set(err, ERR_RETRY, 0, "curl gives no handle");
	for (size_t i = 0; m->to[i] != NULL; i++)
		to = curl_slist_append(to, m->to[i]);
	set_server(e, server);
	curl_easy_setopt(e, CURLOPT_MAIL_RCPT, to);
	write_mail(server, m, &text);
	rc = perform(e, &text, stop_fd, err);
	curl_easy_cleanup(e);
	curl_slist_free_all(to);
	buf_free(&text);
	return rc;
}
