/* Properties of librdkafka: see property.h. */
#include <librdkafka/rdkafka.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "bus/property.h"

static const struct {
	const char *file, *name;
} secrets[] = {
    {"sasl.password_file", "sasl.password"},
    {"ssl.key.password_file", "ssl.key.password"},
    {"ssl.keystore.password_file", "ssl.keystore.password"},
};
/* 2.6.1: librdkafka#4895. */
enum { SCRAM_SINCE = 0x020601ff };
enum { N_SECRETS = sizeof(secrets) / sizeof(secrets[0]) };

const char *
property_secret(const char *name)
{
	size_t i;

	for (i = 0; i < N_SECRETS; i++)
		if (strcmp(secrets[i].file, name) == 0)
			return secrets[i].name;
	return NULL;
}

int
property_is_path(const char *name)
{
	static const char end[] = ".location";
	size_t n = strlen(name), tail = sizeof(end) - 1;

	return property_secret(name) != NULL ||
	       (n > tail && strcmp(name + n - tail, end) == 0);
}

/* Whom we talk to is always checked: without that, TLS keeps nobody out. */
static const struct {
	const char *name, *value;
} unchecked[] = {
    {"enable.ssl.certificate.verification", "false"},
    {"ssl.endpoint.identification.algorithm", "none"},
};

static int
check_verification(const char *name, const char *value, struct err *err)
{
	size_t i;

	for (i = 0; i < sizeof(unchecked) / sizeof(unchecked[0]); i++)
		if (strcmp(unchecked[i].name, name) == 0 &&
		    strcasecmp(unchecked[i].value, value) == 0)
			return err_set(err, ERR_REJECT, 0,
			    "the broker has to prove who it is; a private "
			    "authority is named by ssl.ca.location");
	return 0;
}

static int
check_secret(const char *file, struct err *err)
{
	struct buf text = {0};
	int rc = conf_secret(file, &text, err);

	buf_wipe(&text);
	return rc;
}

int
property_check(const char *name, const char *value, struct err *err)
{
	rd_kafka_conf_t *conf;
	char why[256];
	size_t i;
	int rc = 0;

	if (property_secret(name) != NULL)
		return check_secret(value, err);
	for (i = 0; i < N_SECRETS; i++)
		if (strcmp(secrets[i].name, name) == 0)
			return err_set(err, ERR_REJECT, 0,
			    "a secret stands in a file of its own: say %s",
			    secrets[i].file);
	if (rd_kafka_version() < SCRAM_SINCE &&
	    strncmp(name, "sasl.mechanism", 14) == 0 &&
	    strncmp(value, "SCRAM", 5) == 0)
		return err_set(err, ERR_REJECT, 0,
		    "librdkafka %s cannot log in to Kafka 4 by SCRAM, 2.6.1 "
		    "and later can; say PLAIN, or use a certificate",
		    rd_kafka_version_str());
	if ((strcmp(name, "ssl.key.location") == 0 ||
		strcmp(name, "ssl.keystore.location") == 0) &&
	    conf_private(value, err) != 0)
		return -1;
	if (check_verification(name, value, err) != 0)
		return -1;
	conf = rd_kafka_conf_new();
	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) !=
	    RD_KAFKA_CONF_OK)
		rc = err_set(err, ERR_REJECT, 0, "%s", why);
	rd_kafka_conf_destroy(conf);
	return rc;
}
