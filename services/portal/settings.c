/* The portal's configuration: see settings.h. */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/mem.h"
#include "portal/settings.h"

static const struct conf_key keys[] = {
    ACCESS_KEYS,
    {"members", CONF_STRING, 1, "the file members.yaml"},
    {"cities", CONF_STRING, 0, "the city list (cities.tsv)"},
    {"state", CONF_STRING, 1, "a file that may be deleted at any time"},
    {"public_url", CONF_STRING, 0, "the address that people use"},
    {"listen", CONF_OBJECT, 0, "an object with `port`"},
    {"listen.address", CONF_STRING, 0, "an IP address"},
    {"listen.port", CONF_INT, 0, "a port number"},
    {"listen.certificate_file", CONF_STRING, 0, "a file (PEM)"},
    {"listen.key_file", CONF_STRING, 0, "a file (PEM)"},
};

/* "https://host/path" without what a link cannot hold. */
static size_t
check_url(const struct conf *conf, jv doc, struct buf *out)
{
	const char *url = json_str(doc, "public_url", NULL);

	if (url == NULL)
		return 0;
	if ((strncmp(url, "https://", 8) == 0 ||
		strncmp(url, "http://", 7) == 0) &&
	    strpbrk(url, " \"'<>\\?#") == NULL)
		return 0;
	conf_complain(conf, "public_url", out,
	    "expected an address like https://portal.example.org");
	return 1;
}

/* One without the other is no TLS. */
static size_t
check_tls(const struct conf *conf, jv doc, struct buf *out)
{
	jv listen = json_get(doc, "listen");
	const char *certificate = json_str(listen, "certificate_file", NULL);
	const char *key = json_str(listen, "key_file", NULL);
	int is_fit = (certificate == NULL) == (key == NULL);

	jv_free(listen);
	if (is_fit)
		return 0;
	conf_complain(conf, "listen", out,
	    "expected certificate_file and key_file, or neither");
	return 1;
}

static void
take(struct settings *s, const char *file, jv doc)
{
	jv listen = json_get(doc, "listen");

	access_take(&s->wire, file, doc);
	s->members_file = conf_beside(file, json_str(doc, "members", ""));
	s->cities_file = conf_beside(file, json_str(doc, "cities", NULL));
	s->state_file = conf_beside(file, json_str(doc, "state", ""));
	s->address = mem_dup(json_str(listen, "address", NULL));
	s->port = (uint16_t)json_int(listen, "port", 0);
	s->certificate_file =
	    conf_beside(file, json_str(listen, "certificate_file", NULL));
	s->key_file = conf_beside(file, json_str(listen, "key_file", NULL));
	s->public_url = mem_dup(json_str(doc, "public_url", NULL));
	while (s->public_url != NULL && *s->public_url != '\0' &&
	       s->public_url[strlen(s->public_url) - 1] == '/')
		s->public_url[strlen(s->public_url) - 1] = '\0';
	jv_free(listen);
}

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
	errors += check_url(conf, doc, out);
	errors += check_tls(conf, doc, out);
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
	access_fini(&s->wire);
	free(s->members_file);
	free(s->cities_file);
	free(s->state_file);
	free(s->address);
	free(s->certificate_file);
	free(s->key_file);
	free(s->public_url);
	*s = (struct settings){.wire.kafka = jv_null()};
}
