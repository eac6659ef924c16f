/* Settings: see settings.h. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "connector/settings.h"

static const struct conf_key keys[] = {
	{ "kafka", CONF_OBJECT, 1, "an object with `brokers`" },
	{ "kafka.brokers", CONF_STRING, 1, "host:port, several with commas" },
	{ "kafka.*", CONF_ANY, 0, "a librdkafka property" },
	{ "registry", CONF_OBJECT, 1, "an object with `url`" },
	{ "registry.url", CONF_STRING, 1, "the schema registry's URL" },
	{ "registry.username", CONF_STRING, 0, "a user name" },
	{ "registry.password_file", CONF_STRING, 0, "a file" },
	{ "registry.ca_file", CONF_STRING, 0, "a file" },
	{ "registry.insecure_http", CONF_BOOL, 0, "true or false" },
	{ "state", CONF_STRING, 1, "the state file" },
	{ "presets", CONF_STRING, 1, "the folder of presets" },
	{ "admin", CONF_OBJECT, 0, "an object with `port`" },
	{ "admin.address", CONF_STRING, 0, "an address" },
	{ "admin.port", CONF_INT, 0, "a port number" },
	{ "connections", CONF_STRINGS, 1, "files of connections" },
};

/* PATH as seen from the folder of FILE. */
static char *
beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path == NULL || path[0] == '/' || slash == NULL)
		return mem_dup(path);
	return mem_printf("%.*s/%s", (int)(slash - file), file, path);
}

static void
add_files(struct settings *s, size_t *n, const char *pattern)
{
	glob_t found;
	size_t i, count;

	/* Without a match the pattern stays, so that the error names it. */
	if (glob(pattern, GLOB_NOCHECK, NULL, &found) != 0)
		return;
	count = found.gl_pathc;
	s->connection_files = mem_grow(
	    s->connection_files, *n + count + 1, sizeof(char *));
	for (i = 0; i < count; i++)
		s->connection_files[(*n)++] = mem_dup(found.gl_pathv[i]);
	s->connection_files[*n] = NULL;
	globfree(&found);
}

static size_t
read_connections(
    struct settings *s, const char *file, jv doc, struct buf *out)
{
	jv list = json_get(doc, "connections");
	size_t n = 0;
	char *path;

	if (jv_get_kind(list) == JV_KIND_STRING)
		list = JV_ARRAY_1(list);
	jv_array_foreach(list, i, item) {
		path = beside(file, jv_string_value(item));
		add_files(s, &n, path);
		free(path);
		jv_free(item);
	}
	jv_free(list);
	return connections_load((const char *const *)s->connection_files, n,
	    s->preset_dir, &s->connections, out);
}

static void
read_kafka(struct settings *s, jv doc)
{
	jv kafka = json_get(doc, "kafka");

	s->brokers = mem_dup(json_str(kafka, "brokers", ""));
	s->kafka = jv_object_delete(kafka, jv_string("brokers"));
}

static void
read_registry(struct settings *s, const char *file, jv doc)
{
	jv registry = json_get(doc, "registry");

	s->registry_url = mem_dup(json_str(registry, "url", ""));
	s->registry_username = mem_dup(json_str(registry, "username", NULL));
	s->registry_password_file =
	    beside(file, json_str(registry, "password_file", NULL));
	s->registry_ca_file = beside(file, json_str(registry, "ca_file", NULL));
	s->registry_insecure_http = json_bool(registry, "insecure_http", 0);
	jv_free(registry);
}

size_t
settings_load(
    const char *file, struct settings *out_settings, struct buf *out)
{
	struct settings s = { .kafka = jv_null() };
	struct err err = { 0 };
	struct conf *conf = conf_load(file, &err);
	size_t errors;
	jv doc, admin;

	if (conf == NULL) {
		buf_printf(out, "%s\n", err.msg);
		return 1;
	}
	errors = (size_t)conf_check(
	    conf, keys, sizeof(keys) / sizeof(keys[0]), out);
	doc = conf_value(conf);
	if (errors == 0) {
		read_kafka(&s, doc);
		read_registry(&s, file, doc);
		s.state = beside(file, json_str(doc, "state", ""));
		s.preset_dir = beside(file, json_str(doc, "presets", ""));
		admin = json_get(doc, "admin");
		s.admin_address = mem_dup(json_str(admin, "address", NULL));
		s.admin_port = (uint16_t)json_int(admin, "port", 0);
		jv_free(admin);
		errors = read_connections(&s, file, doc, out);
	}
	jv_free(doc);
	conf_free(conf);
	if (errors != 0)
		settings_fini(&s);
	else
		*out_settings = s;
	return errors;
}

void
settings_fini(struct settings *s)
{
	char **f;

	for (f = s->connection_files; f != NULL && *f != NULL; f++)
		free(*f);
	free(s->connection_files);
	connections_fini(&s->connections);
	jv_free(s->kafka);
	free(s->brokers);
	free(s->registry_url);
	free(s->registry_username);
	free(s->registry_password_file);
	free(s->registry_ca_file);
	free(s->state);
	free(s->preset_dir);
	free(s->admin_address);
	*s = (struct settings){ .kafka = jv_null() };
}
