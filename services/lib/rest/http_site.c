/* One system to be called: see http.h and http_site.h. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "rest/http.h"
#include "rest/http_site.h"

static char *
basic(const char *username, const char *password)
{
	struct buf plain = {0};
	unsigned char *coded;
	char *line;

	buf_printf(&plain, "%s:%s", username, password != NULL ? password : "");
	coded = mem_new(plain.size / 3 + 2, 4);
	EVP_EncodeBlock(
	    coded, (const unsigned char *)plain.data, (int)plain.size);
	line = mem_printf("Authorization: Basic %s", (char *)coded);
	explicit_bzero(coded, strlen((char *)coded));
	buf_wipe(&plain);
	free(coded);
	return line;
}

/* "https://host:port/x" -> length of "https://host:port". */
static size_t
origin_size(const char *url)
{
	const char *host = strstr(url, "://");

	if (host == NULL)
		return strlen(url);
	host += 3;
	return (size_t)(host - url) + strcspn(host, "/?");
}

/* The first SIZE bytes of URL; NULL with ERR = REJECT. */
static CURLU *
take_apart(const char *url, size_t size, struct err *err)
{
	char *origin = mem_dup_n(url, size);
	CURLU *u = curl_url();
	CURLUcode rc = u == NULL ? CURLUE_OUT_OF_MEMORY
				 : curl_url_set(u, CURLUPART_URL, origin, 0);

	free(origin);
	if (rc == CURLUE_OK)
		return u;
	curl_url_cleanup(u);
	err_set(
	    err, ERR_REJECT, (int)rc, "%.200s: %s", url, curl_url_strerror(rc));
	return NULL;
}

struct http_site *
http_site_new(const struct http_site_conf *conf, struct err *err)
{
	struct http_site *s;
	CURLU *origin;

	if (policy_url(&conf->policy, conf->base_url, err) != 0)
		return NULL;
	if (conf->username != NULL && strchr(conf->username, ':') != NULL) {
		err_set(err, ERR_REJECT, 0, "a user name cannot hold a colon");
		return NULL;
	}
	if (conf->bearer != NULL && !policy_header("x", conf->bearer)) {
		err_set(err, ERR_REJECT, 0,
		    "a token cannot hold control characters");
		return NULL;
	}
	origin = take_apart(conf->base_url, origin_size(conf->base_url), err);
	if (origin == NULL)
		return NULL;
	s = mem_new(1, sizeof(*s));
	s->base_url = mem_dup(conf->base_url);
	s->origin_size = origin_size(conf->base_url);
	s->origin = origin;
	if (conf->username != NULL)
		s->authorization = basic(conf->username, conf->password);
	else if (conf->bearer != NULL)
		s->authorization =
		    mem_printf("Authorization: Bearer %s", conf->bearer);
	if (s->authorization != NULL)
		s->token = strchr(strchr(s->authorization, ' ') + 1, ' ') + 1;
	if (conf->username != NULL)
		s->secret = mem_dup(conf->password);
	s->ca_file = mem_dup(conf->ca_file);
	s->cert_file = mem_dup(conf->cert_file);
	s->key_file = mem_dup(conf->key_file);
	s->policy = conf->policy;
	s->timeout_ms = conf->timeout_ms;
	s->answer_max_bytes = conf->answer_max_bytes != 0
				  ? conf->answer_max_bytes
				  : HTTP_ANSWER_MAX_BYTES;
	s->stats.latency = histogram_request();
	return s;
}

const struct http_stats *
http_site_stats(const struct http_site *s)
{
	return &s->stats;
}

static void
wipe(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void
http_site_wipe(struct http_site *s)
{
	wipe(s->authorization);
	wipe(s->secret);
	curl_url_cleanup(s->origin);
	free(s->base_url);
	free(s->ca_file);
	free(s->cert_file);
	free(s->key_file);
	free(s);
}

int
http_site_accepts(const struct http_site *s, const char *url,
    const char **out_target, struct err *err)
{
	const char *rest = url + s->origin_size, *c;
	size_t size = strnlen(url, HTTP_URL_MAX_BYTES + 1);

	if (size > HTTP_URL_MAX_BYTES)
		return err_set(err, ERR_REJECT, 0,
		    "the URL is longer than %d bytes", HTTP_URL_MAX_BYTES);
	for (c = url; *c != '\0'; c++)
		if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f ||
		    *c == '#' || *c == '\\')
			return err_set(err, ERR_REJECT, 0,
			    "the URL holds a character that must be "
			    "percent-encoded");
	/* The usual case, without taking the URL apart. */
	if (size >= s->origin_size &&
	    memcmp(url, s->base_url, s->origin_size) == 0 &&
	    (*rest == '/' || *rest == '?' || *rest == '\0')) {
		*out_target = rest;
		return 0;
	}
	if (policy_url(&s->policy, url, err) != 0)
		return -1;
	if (!policy_same_origin(s->base_url, url))
		return err_set(err, ERR_REJECT, 0,
		    "the URL leads away from %.*s", (int)s->origin_size,
		    s->base_url);
	*out_target = url + origin_size(url);
	return 0;
}
