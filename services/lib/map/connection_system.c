/* The system of a connection and its limits: see connection.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/connection.h"
#include "map/connection_inner.h"

enum { IN_FLIGHT_MAX = 1024, RATE_MAX = 10000 };

/* A whole number at PATH, within bounds; OTHERWISE if missing. */
static int64_t
number_of(
    struct loader *l, jv v, const char *path, int64_t otherwise, int64_t max)
{
	int64_t n = json_int(v, strrchr(path, '.') + 1, otherwise);

	if (n < 0 || n > max)
		connection_complain(l, path, "expected a number from 0 to %lld",
		    (long long)max);
	return n;
}

static void
check_secret(struct loader *l, const char *path, const char *file)
{
	struct buf secret = {0};
	struct err err;

	if (file == NULL)
		return;
	if (conf_secret(file, &secret, &err) != 0)
		connection_complain(l, path, "%s", err.msg);
	buf_wipe(&secret);
}

static void
read_signature(struct loader *l, jv signature)
{
	jv files = connection_list(signature, "secret_files");
	int n = jv_is_valid(files) ? jv_array_length(jv_copy(files)) : -1;
	const char *scheme = json_str(signature, "scheme", NULL);

	if (scheme != NULL && strcmp(scheme, "standard-webhooks") != 0)
		connection_complain(l, "system.auth.signature.scheme",
		    "expected standard-webhooks");
	if (n == 0)
		connection_complain(l, "system.auth.signature.secret_files",
		    "expected at least one");
	if (n < 0) {
		jv_free(files);
		return;
	}
	l->c->signature_files =
	    mem_new((size_t)n + 1, sizeof(*l->c->signature_files));
	jv_array_foreach (files, i, file) {
		l->c->signature_files[i] =
		    conf_beside(l->c->file, jv_string_value(file));
		check_secret(l, "system.auth.signature.secret_files",
		    l->c->signature_files[i]);
		jv_free(file);
	}
	jv_free(files);
}

static int
is_base_url(const char *url)
{
	const char *host = NULL;

	if (strncmp(url, "https://", 8) == 0)
		host = url + 8;
	else if (strncmp(url, "http://", 7) == 0)
		host = url + 7;
	return host != NULL && *host != '\0' && *host != '/' &&
	       strpbrk(host, "?#@ \t\"<>\\") == NULL;
}

void
connection_read_system(struct loader *l)
{
	struct connection *c = l->c;
	jv system = json_get(l->doc, "system");
	jv auth = json_get(system, "auth"), basic = json_get(auth, "basic");
	jv signature = json_get(auth, "signature");
	size_t n;

	c->base_url = connection_text(system, "base_url");
	if (c->base_url != NULL && !is_base_url(c->base_url))
		connection_complain(l, "system.base_url",
		    "expected https://host/path, without user, ? or #");
	for (n = c->base_url != NULL ? strlen(c->base_url) : 0;
	     n > 0 && c->base_url[n - 1] == '/'; n--)
		c->base_url[n - 1] = '\0';
	c->username = connection_text(basic, "username");
	c->password_file = connection_file(l, basic, "password_file");
	c->bearer_file = connection_file(l, auth, "bearer_file");
	c->ca_file = connection_file(l, system, "ca_file");
	check_secret(l, "system.auth.basic.password_file", c->password_file);
	check_secret(l, "system.auth.bearer_file", c->bearer_file);
	if (c->username != NULL && c->bearer_file != NULL)
		connection_complain(l, "system.auth",
		    "expected basic or bearer_file, "
		    "not both");
	if (jv_get_kind(signature) == JV_KIND_OBJECT)
		read_signature(l, signature);
	c->allow_private = json_bool(system, "allow_private", 0);
	c->insecure_http = json_bool(system, "insecure_http", 0);
	jv_free(signature);
	jv_free(basic);
	jv_free(auth);
	jv_free(system);
}

void
connection_read_limits(struct loader *l)
{
	enum { SECOND = 1000, TIMEOUT_MAX_S = 600 };
	struct connection *c = l->c;
	jv limits = json_get(l->doc, "limits");
	jv change = json_get(l->doc, "max_change");
	const char *share = json_str(change, "share", "20%");

	c->in_flight =
	    (size_t)number_of(l, limits, "limits.in_flight", 16, IN_FLIGHT_MAX);
	c->rate_per_s =
	    (size_t)number_of(l, limits, "limits.rate_per_s", 20, RATE_MAX);
	c->dead_kib_per_s = (size_t)number_of(
	    l, limits, "limits.dead_kib_per_s", 256, RATE_MAX);
	c->timeout_ms = SECOND * number_of(l, limits, "limits.timeout_s", 30,
				     TIMEOUT_MAX_S);
	if (c->in_flight == 0)
		connection_complain(
		    l, "limits.in_flight", "expected at least 1");
	if (c->timeout_ms == 0)
		connection_complain(
		    l, "limits.timeout_s", "expected at least 1");
	c->give_up_after_ms = conf_duration(
	    limits, "give_up_after", (int64_t)30 * 24 * 3600 * SECOND);
	c->max_change_share = strtod(share, NULL) / 100;
	c->max_change_at_least = (size_t)json_int(change, "at_least", 5);
	if (jv_get_kind(change) == JV_KIND_STRING &&
	    strcmp(jv_string_value(change), "off") == 0)
		c->max_change_share = -1;
	else if (jv_is_valid(change) && jv_get_kind(change) != JV_KIND_OBJECT)
		connection_complain(l, "max_change",
		    "expected off, or share and "
		    "at_least");
	jv_free(change);
	jv_free(limits);
}
