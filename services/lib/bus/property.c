/* Properties of librdkafka: see property.h. */
#include <librdkafka/rdkafka.h>

#include "base/err.h"
#include "bus/property.h"

int
property_check(const char *name, const char *value, struct err *err)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char why[256];
	int rc = 0;

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) !=
	    RD_KAFKA_CONF_OK)
		rc = err_set(err, ERR_REJECT, 0, "%s", why);
	rd_kafka_conf_destroy(conf);
	return rc;
}
