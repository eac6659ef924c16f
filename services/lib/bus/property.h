/** Properties of librdkafka, asked without a broker. */
#ifndef BUS_PROPERTY_H
#define BUS_PROPERTY_H

struct err;

/**
 * Secrets stand in files, never in a configuration: where librdkafka has
 * "sasl.password", a configuration has "sasl.password_file".  The name in
 * librdkafka of the secret that NAME reads from a file; NULL if NAME is none.
 */
const char *property_secret(const char *name);
/** 1 if the value of NAME is a path: a secret's file, a certificate. */
int property_is_path(const char *name);
/**
 * 0 if the librdkafka we run with knows the property NAME and takes VALUE, and
 * the file of a secret or a private key is there and private; else -1 with ERR
 * = REJECT saying what is wrong.
 */
int property_check(const char *name, const char *value, struct err *err);

#endif
