/** Properties of librdkafka, asked without a broker. */
#ifndef BUS_PROPERTY_H
#define BUS_PROPERTY_H

struct err;

/**
 * 0 if the librdkafka we run with knows the property NAME and takes VALUE;
 * else -1 with ERR = REJECT saying which of both is wrong.
 */
int property_check(const char *name, const char *value, struct err *err);

#endif
