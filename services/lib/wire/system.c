/* Systems of connections: see system.h. */
#include "base/buf.h"
#include "base/conf.h"
#include "map/connection.h"
#include "wire/system.h"

static struct http_site *
open_site(const struct connection *c, struct err *err)
{
	struct buf password = {0}, bearer = {0};
	struct http_site_conf site = {
	    .base_url = c->base_url,
	    .username = c->username,
	    .ca_file = c->ca_file,
	    .policy = {c->allow_private, c->insecure_http},
	    .timeout_ms = c->timeout_ms,
	};
	struct http_site *made = NULL;

	if ((c->password_file == NULL ||
		conf_secret(c->password_file, &password, err) == 0) &&
	    (c->bearer_file == NULL ||
		conf_secret(c->bearer_file, &bearer, err) == 0)) {
		site.password = password.data;
		site.bearer = bearer.data;
		made = http_site_new(&site, err);
	}
	buf_wipe(&password);
	buf_wipe(&bearer);
	return made;
}

int
system_open(struct system *s, const struct connection *c, struct http *h,
    struct err *err)
{
	s->to.base_url = c->base_url;
	s->to.http = h;
	s->to.site = open_site(c, err);
	if (s->to.site == NULL)
		return -1;
	if (c->signature_files == NULL)
		return 0;
	if (sign_load(&s->sign, c->signature_files, err) != 0)
		return -1;
	s->to.sign = &s->sign;
	return 0;
}

void
system_close(struct system *s)
{
	http_site_free(s->to.site);
	sign_fini(&s->sign);
}
