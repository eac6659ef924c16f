/**
 * How a program reaches the wire: the `kafka`, `registry` and `admin` parts
 * that every configuration file has alike.
 */
#ifndef WIRE_ACCESS_H
#define WIRE_ACCESS_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

struct buf;
struct conf;
struct conf_key;
struct confine;
struct err;
struct http;
struct registry;

struct access_conf {
	char *brokers; /* NULL if the file does not say */
	jv kafka;      /* further librdkafka properties, or null */
	char *registry_url, *username, *password_file, *ca_file;
	char *cert_file, *key_file; /* ours, at the registry; NULL: none */
	int insecure_http;
	char *admin_address; /* NULL: loopback */
	uint16_t admin_port; /* 0: a free one */
	char **files; /* the file itself, and all files and folders that it
		       * names anywhere; NULL-ended */
};

/** Rows for a program's table of keys (base/conf.h). */
#define ACCESS_KEYS                                                        \
	{"kafka", CONF_OBJECT, 1, "an object with `brokers`"},             \
	    {"kafka.brokers", CONF_STRING, 1,                              \
		"host:port, several with commas"},                         \
	    {"kafka.*", CONF_ANY, 0, "a librdkafka property"},             \
	    {"registry", CONF_OBJECT, 1, "an object with `url`"},          \
	    {"registry.url", CONF_STRING, 1, "the schema registry's URL"}, \
	    {"registry.username", CONF_STRING, 0, "a user name"},          \
	    {"registry.password_file", CONF_STRING, 0, "a file"},          \
	    {"registry.ca_file", CONF_STRING, 0, "a file"},                \
	    {"registry.cert_file", CONF_STRING, 0, "a file"},              \
	    {"registry.key_file", CONF_STRING, 0, "a file"},               \
	    {"registry.insecure_http", CONF_BOOL, 0, "true or false"},     \
	    {"admin", CONF_OBJECT, 0, "an object with `port`"},            \
	    {"admin.address", CONF_STRING, 0, "an address"},               \
	{                                                                  \
		"admin.port", CONF_INT, 0, "a port number"                 \
	}

/**
 * Read a program's configuration FILE and check it against KEYS, N of them with
 * ACCESS_KEYS, and for what no table says: that librdkafka knows every property
 * under `kafka`, that keys are private.  Errors are appended to OUT, one a
 * line; their number.  *OUT_CONF is the caller's, NULL if FILE cannot be read.
 */
size_t access_load(const char *file, const struct conf_key *keys, size_t n,
    struct conf **out_conf, struct buf *out);
/** Take the parts out of DOC (borrowed), the contents of FILE, into A, which
 * starts as {0}. */
void access_take(struct access_conf *a, const char *file, jv doc);
/** Add to C what A's file names, and the admin port. */
void access_confine(const struct access_conf *a, struct confine *c);
/** Free what A owns. */
void access_fini(struct access_conf *a);
/**
 * A client of the registry, the caller's; H is borrowed for its life.  NULL
 * with ERR = REJECT (no readable password, URL not allowed).
 */
struct registry *access_registry(
    const struct access_conf *a, struct http *h, struct err *err);

#endif
