/** What the files of the admin client share; for bus/ only. */
#ifndef BUS_ADMIN_INNER_H
#define BUS_ADMIN_INNER_H

#include <librdkafka/rdkafka.h>

struct err;

struct admin {
	rd_kafka_t *rk;
	rd_kafka_queue_t *answers;
	char why[256];	   /* librdkafka's texts */
	char refused[256]; /* by the broker: who we say we are; or empty */
};

/** Options of OP; the caller destroys them. */
rd_kafka_AdminOptions_t *admin_options(
    struct admin *a, rd_kafka_admin_op_t op, int timeout_ms);
/**
 * The answer to the one order under way, the caller's; NULL with ERR = RETRY,
 * which begins with WHAT and has librdkafka's code.
 */
rd_kafka_event_t *admin_answer(
    struct admin *a, const char *what, int timeout_ms, struct err *err);
/** -1 with ERR = RETRY: "WHAT: text of E". */
int admin_fail(struct err *err, rd_kafka_resp_err_t e, const char *what);

#endif
