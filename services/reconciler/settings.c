/* The reconciler's configuration: see settings.h. */
#include <stdlib.h>

#include "base/conf.h"
#include "reconciler/settings.h"

static const struct conf_key keys[] = {
    ACCESS_KEYS,
    {"members", CONF_STRING, 1, "the file members.yaml"},
    {"aliases", CONF_STRING, 0, "the alias file"},
};

size_t
settings_load(const char *file, struct settings *out_settings, struct buf *out)
{
	struct settings s = {.wire.kafka = jv_null()};
	struct conf *conf;
	size_t errors =
	    access_load(file, keys, sizeof(keys) / sizeof(*keys), &conf, out);
	jv doc;

	if (conf == NULL)
		return errors;
	doc = conf_value(conf);
	if (errors == 0) {
		access_take(&s.wire, file, doc);
		s.members_file =
		    conf_beside(file, json_str(doc, "members", ""));
		s.aliases_file =
		    conf_beside(file, json_str(doc, "aliases", NULL));
		*out_settings = s;
	}
	jv_free(doc);
	conf_free(conf);
	return errors;
}

void
settings_fini(struct settings *s)
{
	access_fini(&s->wire);
	free(s->members_file);
	free(s->aliases_file);
	*s = (struct settings){.wire.kafka = jv_null()};
}
