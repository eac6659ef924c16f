/* Clients of the wire: see clients.h. */
#include "bus/admin.h"
#include "bus/consumer.h"
#include "rest/http.h"
#include "rest/registry.h"
#include "wire/access.h"
#include "wire/clients.h"
#include "wire/schemas.h"

enum { CONNECTIONS_MAX = 4 };

int
clients_open(
    struct clients *c, const struct clients_conf *conf, struct err *err)
{
	c->bus = (struct bus_conf){
	    conf->wire->brokers, conf->client_id, conf->wire->kafka};
	err_set(&c->trouble, ERR_RETRY, 0, "not yet reached");
	c->http = http_new(CONNECTIONS_MAX, err);
	if (c->http == NULL)
		return -1;
	c->registry = access_registry(conf->wire, c->http, err);
	if (c->registry == NULL)
		return -1;
	c->schemas = schemas_new(c->registry, NULL);
	c->consumer = consumer_new(&c->bus, conf->fetch_max_bytes, err);
	if (c->consumer == NULL)
		return -1;
	c->catalog = catalog_start(&c->bus, conf->catalog_every_ms, err);
	return c->catalog != NULL ? 0 : -1;
}

void
clients_close(struct clients *c)
{
	catalog_stop(c->catalog);
	consumer_free(c->consumer);
	schemas_free(c->schemas);
	registry_free(c->registry);
	http_free(c->http);
}
