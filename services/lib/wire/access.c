/* Access to the wire: see access.h. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/confine.h"
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

/* Files of the registry's part: secrets and a key that can be used. */
static size_t
check_registry(const struct conf *c, jv doc, struct buf *out)
{
	jv registry = json_get(doc, "registry");
	const char *cert = json_str(registry, "cert_file", NULL);
	const char *key = json_str(registry, "key_file", cert);
	char *file = conf_beside(conf_name(c), key);
	struct err err;
	size_t errors = 0;

	if (cert == NULL && key != NULL) {
		conf_complain(c, "registry.key_file", out,
		    "a key needs its certificate: cert_file");
		errors++;
	} else if (file != NULL && conf_private(file, &err) != 0) {
		conf_complain(c,
		    key == cert ? "registry.cert_file" : "registry.key_file",
		    out, "%s", err.msg);
		errors++;
	}
	free(file);
	jv_free(registry);
	return errors;
}

/* What no table of keys says; the number of errors. */
static size_t
check(const struct conf *c, struct buf *out)
{
	jv doc = conf_value(c), kafka = json_get(doc, "kafka");
	struct err err;
	size_t errors = check_registry(c, doc, out);
	char *path;

	jv_free(doc);
	if (jv_get_kind(kafka) != JV_KIND_OBJECT) {
		jv_free(kafka);
		return errors;
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

size_t
access_load(const char *file, const struct conf_key *keys, size_t n,
    struct conf **out_conf, struct buf *out)
{
	struct err err;
	struct conf *c = conf_load(file, &err);
	size_t errors;

	*out_conf = c;
	if (c == NULL) {
		buf_printf(out, "%s\n", err.msg);
		return 1;
	}
	errors = (size_t)conf_check(c, keys, n, out);
	return errors + check(c, out);
}

static void
add_file(struct access_conf *a, size_t *n, char *path)
{
	a->files = mem_grow(a->files, *n + 2, sizeof(char *));
	a->files[(*n)++] = path;
	a->files[*n] = NULL;
}

/* Every text in DOC (consumed) that is the name of something that is there. */
static void
add_named(struct access_conf *a, size_t *n, const char *file, jv doc)
{
	char *path;

	if (jv_get_kind(doc) == JV_KIND_ARRAY) {
		jv_array_foreach (doc, i, item)
			add_named(a, n, file, item);
	} else if (jv_get_kind(doc) == JV_KIND_OBJECT) {
		jv_object_foreach (doc, key, value) {
			add_named(a, n, file, value);
			jv_free(key);
		}
	} else if (jv_get_kind(doc) == JV_KIND_STRING) {
		path = conf_beside(file, jv_string_value(doc));
		if (access(path, F_OK) == 0)
			add_file(a, n, path);
		else
			free(path);
	}
	jv_free(doc);
}

void
access_take(struct access_conf *a, const char *file, jv doc)
{
	jv kafka = json_get(doc, "kafka");
	jv registry = json_get(doc, "registry");
	jv admin = json_get(doc, "admin");
	size_t n_files = 0;

	add_file(a, &n_files, mem_dup(file));
	add_named(a, &n_files, file, jv_copy(doc));
	a->brokers = text_of(kafka, "brokers");
	a->kafka = jv_get_kind(kafka) == JV_KIND_OBJECT
		       ? properties_of(file, jv_copy(kafka))
		       : jv_null();
	a->registry_url = text_of(registry, "url");
	a->username = text_of(registry, "username");
	a->password_file =
	    conf_beside(file, json_str(registry, "password_file", NULL));
	a->ca_file = conf_beside(file, json_str(registry, "ca_file", NULL));
	a->cert_file = conf_beside(file, json_str(registry, "cert_file", NULL));
	a->key_file = conf_beside(file, json_str(registry, "key_file", NULL));
	a->insecure_http = json_bool(registry, "insecure_http", 0);
	a->admin_address = text_of(admin, "address");
	a->admin_port = (uint16_t)json_int(admin, "port", 0);
	jv_free(kafka);
	jv_free(registry);
	jv_free(admin);
}

void
access_confine(const struct access_conf *a, struct confine *c)
{
	char **f;

	for (f = a->files; *f != NULL; f++)
		confine_read(c, *f);
	confine_bind(c, a->admin_port);
}

void
access_fini(struct access_conf *a)
{
	char **f;

	for (f = a->files; f != NULL && *f != NULL; f++)
		free(*f);
	free(a->files);
	jv_free(a->kafka);
	free(a->brokers);
	free(a->registry_url);
	free(a->username);
	free(a->password_file);
	free(a->ca_file);
	free(a->cert_file);
	free(a->key_file);
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
	    .cert_file = a->cert_file,
	    .key_file = a->key_file,
	    .policy = {.allow_private = 1, .insecure_http = a->insecure_http},
	    .timeout_ms = REGISTRY_TIMEOUT_MS,
	};

	if (a->password_file != NULL &&
	    conf_secret(a->password_file, &password, err) != 0)
		return NULL;
	site.password = password.data;
	r = registry_new(h, &site, err);
	buf_wipe(&password);
	return r;
}
