/* The reconciler's configuration: see settings.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "reconciler/settings.h"

static const struct conf_key keys[] = {
    {"kafka", CONF_OBJECT, 1, "an object with `brokers`"},
    {"kafka.brokers", CONF_STRING, 1, "host:port, several with commas"},
    {"kafka.*", CONF_ANY, 0, "a librdkafka property"},
    {"registry", CONF_OBJECT, 1, "an object with `url`"},
    {"registry.url", CONF_STRING, 1, "the schema registry's URL"},
    {"registry.username", CONF_STRING, 0, "a user name"},
    {"registry.password_file", CONF_STRING, 0, "a file"},
    {"registry.ca_file", CONF_STRING, 0, "a file"},
    {"registry.insecure_http", CONF_BOOL, 0, "true or false"},
    {"members", CONF_STRING, 1, "the file members.yaml"},
    {"aliases", CONF_STRING, 0, "the alias file"},
    {"admin", CONF_OBJECT, 0, "an object with `port`"},
    {"admin.address", CONF_STRING, 0, "an address"},
    {"admin.port", CONF_INT, 0, "a port number"},
};

/* PATH as seen from the folder of FILE; new, NULL for NULL. */
static char *
beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path == NULL || path[0] == '/' || slash == NULL)
		return mem_dup(path);
	return mem_printf("%.*s/%s", (int)(slash - file), file, path);
}

static void
take(struct settings *s, const char *file, jv doc)
{
	jv kafka = json_get(doc, "kafka");
	jv registry = json_get(doc, "registry");
	jv admin = json_get(doc, "admin");

	s->brokers = mem_dup(json_str(kafka, "brokers", ""));
	s->kafka = jv_object_delete(kafka, jv_string("brokers"));
	s->registry_url = mem_dup(json_str(registry, "url", ""));
	s->registry_username = mem_dup(json_str(registry, "username", NULL));
	s->registry_password_file =
	    beside(file, json_str(registry, "password_file", NULL));
	s->registry_ca_file = beside(file, json_str(registry, "ca_file", NULL));
	s->registry_insecure_http = json_bool(registry, "insecure_http", 0);
	s->members_file = beside(file, json_str(doc, "members", ""));
	s->aliases_file = beside(file, json_str(doc, "aliases", NULL));
	s->admin_address = mem_dup(json_str(admin, "address", NULL));
	s->admin_port = (uint16_t)json_int(admin, "port", 0);
	jv_free(registry);
	jv_free(admin);
}

size_t
settings_load(const char *file, struct settings *out_settings, struct buf *out)
{
	struct settings s = {.kafka = jv_null()};
	struct err err = {0};
	struct conf *conf = conf_load(file, &err);
	size_t errors;
	jv doc;

	if (conf == NULL) {
		buf_printf(out, "%s\n", err.msg);
		return 1;
	}
	errors =
	    (size_t)conf_check(conf, keys, sizeof(keys) / sizeof(*keys), out);
	doc = conf_value(conf);
	if (errors == 0) {
		take(&s, file, doc);
		*out_settings = s;
	}
	jv_free(doc);
	conf_free(conf);
	return errors;
}

void
settings_fini(struct settings *s)
{
	jv_free(s->kafka);
	free(s->brokers);
	free(s->registry_url);
	free(s->registry_username);
	free(s->registry_password_file);
	free(s->registry_ca_file);
	free(s->members_file);
	free(s->aliases_file);
	free(s->admin_address);
	*s = (struct settings){.kafka = jv_null()};
}
