/* Settings: see settings.h. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "connector/settings.h"
#include "rest/sign.h"

static const struct conf_key keys[] = {
    ACCESS_KEYS,
    {"state", CONF_STRING, 1, "the state file"},
    {"presets", CONF_STRING, 1, "the folder of presets"},
    {"connections", CONF_STRINGS, 1, "files of connections"},
};

static void
add_files(struct settings *s, size_t *n, const char *pattern)
{
	glob_t found;
	size_t i, count;

	/* Without a match the pattern stays, so that the error names it. */
	if (glob(pattern, GLOB_NOCHECK, NULL, &found) != 0)
		return;
	count = found.gl_pathc;
	s->connection_files =
	    mem_grow(s->connection_files, *n + count + 1, sizeof(char *));
	for (i = 0; i < count; i++)
		s->connection_files[(*n)++] = mem_dup(found.gl_pathv[i]);
	s->connection_files[*n] = NULL;
	globfree(&found);
}

static size_t
read_connections(struct settings *s, const char *file, jv doc, struct buf *out)
{
	jv list = json_get(doc, "connections");
	size_t n = 0;
	char *path;

	if (jv_get_kind(list) == JV_KIND_STRING)
		list = JV_ARRAY_1(list);
	if (jv_get_kind(list) != JV_KIND_ARRAY) {
		jv_free(list);
		return 0;
	}
	jv_array_foreach (list, i, item) {
		path = conf_beside(file, jv_string_value(item));
		add_files(s, &n, path);
		free(path);
		jv_free(item);
	}
	jv_free(list);
	return connections_load((const char *const *)s->connection_files, n,
	    s->preset_dir, &s->connections, out);
}

/* Secrets that cannot sign are found here, not at the first request. */
static size_t
check_signatures(const struct connections *list, struct buf *out)
{
	struct sign sign = {0};
	struct err err = {0};
	size_t i, errors = 0;

	for (i = 0; i < list->n; i++) {
		const struct connection *c = &list->list[i];

		if (c->signature_files != NULL &&
		    sign_load(&sign, c->signature_files, &err) != 0) {
			buf_printf(out, "%s: system.auth.signature: %s\n",
			    c->file, err.msg);
			errors++;
		}
		sign_fini(&sign);
	}
	return errors;
}

size_t
settings_load(const char *file, struct settings *out_settings, struct buf *out)
{
	struct settings s = {.wire.kafka = jv_null()};
	struct conf *conf;
	size_t errors =
	    access_load(file, keys, sizeof(keys) / sizeof(keys[0]), &conf, out);
	jv doc;

	if (conf == NULL)
		return errors;
	doc = conf_sound(conf, keys, sizeof(keys) / sizeof(keys[0]));
	s.preset_dir = conf_beside(file, json_str(doc, "presets", ""));
	errors += read_connections(&s, file, doc, out);
	if (errors == 0) {
		access_take(&s.wire, file, doc);
		s.state = conf_beside(file, json_str(doc, "state", ""));
		errors = check_signatures(&s.connections, out);
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
	access_fini(&s->wire);
	free(s->state);
	free(s->preset_dir);
	*s = (struct settings){.wire.kafka = jv_null()};
}
