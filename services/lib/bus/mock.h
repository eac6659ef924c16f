/**
 * librdkafka's in-process mock cluster, for the sandbox and component tests.
 * It keeps about 5 MB a partition, has no time index, no compaction, no ACLs,
 * makes any topic that a client asks for, and answers a waiting fetch only when
 * its fetch.wait.max.ms is over.
 */
#ifndef BUS_MOCK_H
#define BUS_MOCK_H

struct err;
struct mock;

enum { MOCK_PARTITION_MAX_BYTES = 5 * 1024 * 1024 };

/** A cluster of BROKERS brokers on loopback.  NULL with ERR = FATAL. */
struct mock *mock_new(int brokers, struct err *err);
/** Does nothing on NULL. */
void mock_free(struct mock *m);
/** "127.0.0.1:port,..."; borrowed. */
const char *mock_brokers(const struct mock *m);
/** Make TOPIC with one partition; -1 with ERR = FATAL. */
int mock_create(struct mock *m, const char *topic, struct err *err);
/** Say from now on that there is no TOPIC. */
void mock_hide(struct mock *m, const char *topic);
/** Answer the next write with Kafka's error CODE; nothing is written then. */
void mock_refuse(struct mock *m, int code);
/** Take broker ID (from 1) down (0) or up (1). */
void mock_set_up(struct mock *m, int id, int is_up);

#endif
