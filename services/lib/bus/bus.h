/**
 * What every Kafka client of Twinwire shares: addresses, pass-through
 * properties, the message.  Only bus/ includes librdkafka.
 */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"

enum { BUS_HEADERS_MAX = 64, BUS_MESSAGE_MAX_BYTES = 2 * 1024 * 1024 };

/** Copied by whoever takes it. */
struct bus_conf {
	const char *brokers; /* "host:port,host:port" */
	const char *client_id;
	jv properties; /* object of librdkafka properties (`kafka:` in YAML),
			* applied last; borrowed */
};

struct bus_header {
	const char *name;
	const void *value; /* NULL allowed */
	size_t size;
};

/** A message; everything borrowed from its giver. */
struct bus_message {
	const char *topic;
	int32_t partition;
	int64_t offset;
	int64_t timestamp_ms; /* append time; -1 if unknown */
	const void *key;      /* NULL: none */
	size_t key_size;
	const void *value; /* NULL: tombstone */
	size_t value_size;
	const struct bus_header *headers;
	size_t n_headers;
	/* Not NULL: what stood at FIRST to OFFSET cannot be read, and why;
	 * neither key nor value nor time is known. */
	const char *lost;
	int64_t first;
};

#endif
