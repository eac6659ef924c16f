/* librdkafka's mock cluster: see mock.h. */
#include <stdlib.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/bus.h"
#include "bus/client.h"
#include "bus/mock.h"

#include <librdkafka/rdkafka_mock.h> /* wants rdkafka.h before it */

enum { API_PRODUCE = 0 /* of the Kafka protocol */ };

struct mock {
	rd_kafka_t *rk; /* the client in which the cluster lives */
	rd_kafka_mock_cluster_t *cluster;
	int brokers;
};

struct mock *
mock_new(int brokers, struct err *err)
{
	const struct bus_conf bus = {"", "twinwire-mock", jv_null()};
	const struct client_conf cc = {.bus = &bus};
	struct mock *m = mem_new(1, sizeof(*m));

	m->brokers = brokers;
	m->rk = client_new(RD_KAFKA_PRODUCER, &cc, err);
	if (m->rk == NULL)
		goto fail;
	m->cluster = rd_kafka_mock_cluster_new(m->rk, brokers);
	if (m->cluster != NULL)
		return m;
	err_set(err, ERR_FATAL, 0, "cannot start the mock cluster");
fail:
	mock_free(m);
	return NULL;
}

void
mock_free(struct mock *m)
{
	if (m == NULL)
		return;
	if (m->cluster != NULL)
		rd_kafka_mock_cluster_destroy(m->cluster);
	if (m->rk != NULL)
		rd_kafka_destroy(m->rk);
	free(m);
}

const char *
mock_brokers(const struct mock *m)
{
	return rd_kafka_mock_cluster_bootstraps(m->cluster);
}

int
mock_create(struct mock *m, const char *topic, struct err *err)
{
	rd_kafka_resp_err_t e =
	    rd_kafka_mock_topic_create(m->cluster, topic, 1, m->brokers);

	if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return err_set(err, ERR_FATAL, e, "%s: %s", topic, rd_kafka_err2str(e));
}

void
mock_hide(struct mock *m, const char *topic)
{
	rd_kafka_mock_topic_set_error(
	    m->cluster, topic, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
}

void
mock_refuse(struct mock *m, int code)
{
	rd_kafka_resp_err_t e = (rd_kafka_resp_err_t)code;

	rd_kafka_mock_push_request_errors_array(m->cluster, API_PRODUCE, 1, &e);
}

void
mock_set_up(struct mock *m, int id, int is_up)
{
	if (is_up)
		rd_kafka_mock_broker_set_up(m->cluster, id);
	else
		rd_kafka_mock_broker_set_down(m->cluster, id);
}
