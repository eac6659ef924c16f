/* Access to the wire: see access.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/property.h"
#include "rest/http.h"
#include "rest/registry.h"
#include "wire/access.h"

enum { REGISTRY_TIMEOUT_MS = 5000 };

static char *
text_of(jv object, const char *key)
{
	return mem_dup(json_str(object, key, NULL));
}

/* Paths among the properties of KAFKA (consumed) as seen from FILE's folder. */
static jv
properties_of(const char *file, jv kafka)
{
	jv out = jv_object();

	jv_object_foreach (kafka, name, value) {
		const char *key = jv_string_value(name);
		char *path;

		if (property_is_path(key) &&
		    jv_get_kind(value) == JV_KIND_STRING) {
			path = conf_beside(file, jv_string_value(value));
			json_set_str(&out, key, path);
			free(path);
		} else if (strcmp(key, "brokers") != 0) {
			json_set(&out, key, jv_copy(value));
		}
		jv_free(name);
		jv_free(value);
	}
	jv_free(kafka);
	return out;
}

size_t
access_check(const struct conf *c, struct buf *out)
{
	jv doc = conf_value(c), kafka = json_get(doc, "kafka");
	struct err err;
	size_t errors = 0;
	char *path;

	jv_free(doc);
	if (jv_get_kind(kafka) != JV_KIND_OBJECT) {
		jv_free(kafka);
		return 0;
	}
	kafka = properties_of(conf_name(c), kafka);
	jv_object_foreach (kafka, name, value) {
		jv text = jv_get_kind(value) == JV_KIND_STRING
			      ? value
			      : jv_dump_string(value, 0);

		if (property_check(jv_string_value(name), jv_string_value(text),
			&err) != 0) {
			path = mem_printf("kafka.%s", jv_string_value(name));
			conf_complain(c, path, out, "%s", err.msg);
			free(path);
			errors++;
		}
		jv_free(text);
		jv_free(name);
	}
	jv_free(kafka);
	return errors;
}

void
access_take(struct access_conf *a, const char *file, jv doc)
{
	jv kafka = json_get(doc, "kafka");
	jv registry = json_get(doc, "registry");
	jv admin = json_get(doc, "admin");

	a->brokers = text_of(kafka, "brokers");
	a->kafka = jv_get_kind(kafka) == JV_KIND_OBJECT
		       ? properties_of(file, jv_copy(kafka))
		       : jv_null();
	a->registry_url = text_of(registry, "url");
	a->username = text_of(registry, "username");
	a->password_file =
	    conf_beside(file, json_str(registry, "password_file", NULL));
	a->ca_file = conf_beside(file, json_str(registry, "ca_file", NULL));
	a->insecure_http = json_bool(registry, "insecure_http", 0);
	a->admin_address = text_of(admin, "address");
	a->admin_port = (uint16_t)json_int(admin, "port", 0);
	jv_free(kafka);
	jv_free(registry);
	jv_free(admin);
}

void
access_fini(struct access_conf *a)
{
	jv_free(a->kafka);
	free(a->brokers);
	free(a->registry_url);
	free(a->username);
	free(a->password_file);
	free(a->ca_file);
	free(a->admin_address);
	*a = (struct access_conf){.kafka = jv_null()};
}

struct registry *
access_registry(const struct access_conf *a, struct http *h, struct err *err)
{
	struct buf password = {0};
	struct registry *r;
	struct http_site_conf site = {
	    .base_url = a->registry_url,
	    .username = a->username,
	    .ca_file = a->ca_file,
	    .policy = {.allow_private = 1, .insecure_http = a->insecure_http},
	    .timeout_ms = REGISTRY_TIMEOUT_MS,
	};

	if (a->password_file != NULL &&
	    conf_secret(a->password_file, &password, err) != 0)
		return NULL;
	site.password = password.data;
	r = registry_new(h, &site, err);
	if (password.data != NULL)
		explicit_bzero(password.data, password.size);
	buf_free(&password);
	return r;
}
