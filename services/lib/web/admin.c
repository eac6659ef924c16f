/* Admin port: see admin.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "web/admin.h"
#include "web/server.h"

struct admin_port {
	struct admin_port_conf conf;
	struct server *server;
};

static void
handle(void *ctx, const struct server_request *r, struct server_answer *answer)
{
	struct admin_port *a = ctx;
	struct buf out = {0};

	if (strcmp(r->method, "GET") != 0) {
		answer->status = 405;
		return;
	}
	if (strcmp(r->path, "/healthz") == 0) {
		answer->status = 200;
		buf_puts(&out, "ok\n");
	} else if (strcmp(r->path, "/readyz") == 0) {
		a->conf.ready(a->conf.ctx, &out);
		answer->status = out.size == 0 ? 200 : 503;
		if (out.size == 0)
			buf_puts(&out, "ready\n");
	} else if (strcmp(r->path, "/metrics") == 0) {
		answer->status = 200;
		answer->content_type = "text/plain; version=0.0.4";
		a->conf.metrics(a->conf.ctx, &out);
	} else {
		return;
	}
	answer->body_size = out.size;
	answer->body = buf_take(&out);
}

struct admin_port *
admin_port_new(const struct admin_port_conf *conf, struct err *err)
{
	struct admin_port *a = mem_new(1, sizeof(*a));
	const char *address =
	    conf->address != NULL ? conf->address : "127.0.0.1";

	a->conf = *conf;
	a->conf.address = NULL;
	a->server = server_new(address, conf->port, handle, a, err);
	if (a->server == NULL) {
		free(a);
		return NULL;
	}
	server_read_only(a->server);
	return a;
}

void
admin_port_free(struct admin_port *a)
{
	if (a == NULL)
		return;
	server_free(a->server);
	free(a);
}

uint16_t
admin_port_number(const struct admin_port *a)
{
	return server_port(a->server);
}

int
admin_port_fd(const struct admin_port *a)
{
	return server_fd(a->server);
}

int
admin_port_step(struct admin_port *a)
{
	return server_step(a->server);
}
