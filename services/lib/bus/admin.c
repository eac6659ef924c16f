/* Topics and their bounds: see admin.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/admin_inner.h"
#include "bus/client.h"

/* Nothing is printed: every call here reports its own failure.  Why nobody
 * answers stands here alone, though. */
static void
on_error(rd_kafka_t *rk, int code, const char *reason, void *ctx)
{
	struct admin *a = ctx;

	(void)rk;
	if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION ||
	    code == RD_KAFKA_RESP_ERR__SSL)
		snprintf(a->refused, sizeof(a->refused), "%s", reason);
}

struct admin *
admin_new(const struct bus_conf *conf, struct err *err)
{
	struct admin *a = mem_new(1, sizeof(*a));
	const struct client_conf cc = {
	    .bus = conf,
	    .on_error = on_error,
	    .ctx = a,
	};

	a->rk = client_new(RD_KAFKA_PRODUCER, &cc, err);
	if (a->rk == NULL) {
		admin_free(a);
		return NULL;
	}
	a->answers = rd_kafka_queue_new(a->rk);
	return a;
}

void
admin_free(struct admin *a)
{
	if (a == NULL)
		return;
	if (a->rk != NULL) {
		rd_kafka_queue_destroy(a->answers);
		rd_kafka_destroy(a->rk);
	}
	free(a);
}

int
admin_fail(struct err *err, rd_kafka_resp_err_t e, const char *what)
{
	return err_set(err, ERR_RETRY, e, "%s: %s", what, rd_kafka_err2str(e));
}

/* Does a broker lead all its partitions now? */
static int
is_led(const struct rd_kafka_metadata_topic *t)
{
	int i;

	for (i = 0; i < t->partition_cnt; i++)
		if (t->partitions[i].leader < 0)
			return 0;
	return t->partition_cnt > 0;
}

jv
admin_list(struct admin *a, int timeout_ms, struct err *err)
{
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t e;
	jv out, topics, topic;
	char *cluster;
	int i;

	rd_kafka_poll(a->rk, 0);
	e = rd_kafka_metadata(a->rk, 1, NULL, &md, timeout_ms);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
		rd_kafka_poll(a->rk, 0);
		admin_fail(err, e,
		    a->refused[0] != '\0' ? a->refused : "cannot list topics");
		return jv_invalid();
	}
	topics = jv_object();
	for (i = 0; i < md->topic_cnt; i++) {
		topic = jv_object();
		json_set_int(&topic, "partitions", md->topics[i].partition_cnt);
		json_set(&topic, "led", jv_bool(is_led(&md->topics[i])));
		json_set(&topics, md->topics[i].topic, topic);
	}
	rd_kafka_metadata_destroy(md);
	cluster = rd_kafka_clusterid(a->rk, timeout_ms);
	out = jv_object();
	json_set_str(&out, "cluster", cluster != NULL ? cluster : "");
	json_set(&out, "topics", topics);
	if (cluster != NULL)
		rd_kafka_mem_free(a->rk, cluster);
	return out;
}

/* librdkafka's mock cluster names one that it does not have. */
static int
has_broker(const struct rd_kafka_metadata *md, int32_t id)
{
	int i;

	for (i = 0; i < md->broker_cnt; i++)
		if (md->brokers[i].id == id)
			return 1;
	return 0;
}

int
admin_controller(struct admin *a, int timeout_ms, struct err *err)
{
	const struct rd_kafka_metadata *md;
	rd_kafka_resp_err_t e;
	int is;

	e = rd_kafka_metadata(a->rk, 0, NULL, &md, timeout_ms);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		return admin_fail(err, e, "cannot list brokers");
	is = has_broker(md, rd_kafka_controllerid(a->rk, timeout_ms));
	rd_kafka_metadata_destroy(md);
	if (is)
		return 0;
	return err_set(err, ERR_RETRY, 0,
	    "no broker takes orders about topics: the cluster has lost its "
	    "controller for a moment, or it is the sandbox's, which has none "
	    "and all its topics");
}

int
admin_bounds(struct admin *a, const char *topic, int timeout_ms,
    int64_t *out_low, int64_t *out_high, struct err *err)
{
	rd_kafka_resp_err_t e = rd_kafka_query_watermark_offsets(
	    a->rk, topic, 0, out_low, out_high, timeout_ms);

	return e == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : admin_fail(err, e, topic);
}

int
admin_offset_at(struct admin *a, const char *topic, int64_t wall_ms,
    int timeout_ms, int64_t *out_offset, struct err *err)
{
	rd_kafka_topic_partition_list_t *one =
	    rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t e;
	int64_t low, offset;

	rd_kafka_topic_partition_list_add(one, topic, 0)->offset = wall_ms;
	e = rd_kafka_offsets_for_times(a->rk, one, timeout_ms);
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
		e = one->elems[0].err;
	offset = one->elems[0].offset;
	rd_kafka_topic_partition_list_destroy(one);
	if (e != RD_KAFKA_RESP_ERR_NO_ERROR)
		return admin_fail(err, e, topic);
	if (offset < 0)
		return admin_bounds(
		    a, topic, timeout_ms, &low, out_offset, err);
	*out_offset = offset;
	return 0;
}

/* The answer to the one order under way; NULL with ERR. */
rd_kafka_event_t *
admin_answer(struct admin *a, const char *what, int timeout_ms, struct err *err)
{
	rd_kafka_event_t *e =
	    rd_kafka_queue_poll(a->answers, timeout_ms + 1000);

	if (e == NULL) {
		admin_fail(err, RD_KAFKA_RESP_ERR__TIMED_OUT, what);
		return NULL;
	}
	if (rd_kafka_event_error(e) == RD_KAFKA_RESP_ERR_NO_ERROR)
		return e;
	err_set(err, ERR_RETRY, rd_kafka_event_error(e), "%s: %s", what,
	    rd_kafka_event_error_string(e));
	rd_kafka_event_destroy(e);
	return NULL;
}

rd_kafka_AdminOptions_t *
admin_options(struct admin *a, rd_kafka_admin_op_t op, int timeout_ms)
{
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(a->rk, op);

	rd_kafka_AdminOptions_set_request_timeout(
	    o, timeout_ms, a->why, sizeof(a->why));
	return o;
}

static int
judge_topic(const rd_kafka_topic_result_t *r, struct err *err)
{
	rd_kafka_resp_err_t e = rd_kafka_topic_result_error(r);
	const char *why = rd_kafka_topic_result_error_string(r);

	if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 1;
	if (e == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return 0;
	return err_set(err,
	    e == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT ||
		    e == RD_KAFKA_RESP_ERR_NOT_CONTROLLER
		? ERR_RETRY
		: ERR_REJECT,
	    e, "%s: %s", rd_kafka_topic_result_name(r),
	    why != NULL ? why : rd_kafka_err2str(e));
}

int
admin_create(struct admin *a, const char *topic, int replicas, jv config,
    int timeout_ms, struct err *err)
{
	rd_kafka_NewTopic_t *t = rd_kafka_NewTopic_new(
	    topic, 1, replicas > 0 ? replicas : -1, a->why, sizeof(a->why));
	const rd_kafka_topic_result_t **results;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_event_t *e;
	size_t n;
	int rc = -1;

	if (t == NULL)
		return err_set(err, ERR_REJECT, 0, "%s: %s", topic, a->why);
	jv_object_foreach (config, key, value) {
		rd_kafka_NewTopic_set_config(
		    t, jv_string_value(key), jv_string_value(value));
		jv_free(key);
		jv_free(value);
	}
	options = admin_options(a, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
	rd_kafka_CreateTopics(a->rk, &t, 1, options, a->answers);
	e = admin_answer(a, topic, timeout_ms, err);
	if (e != NULL) {
		results = rd_kafka_CreateTopics_result_topics(
		    rd_kafka_event_CreateTopics_result(e), &n);
		rc = n == 1
			 ? judge_topic(results[0], err)
			 : admin_fail(err, RD_KAFKA_RESP_ERR__BAD_MSG, topic);
		rd_kafka_event_destroy(e);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy(t);
	return rc;
}

int
admin_delete(
    struct admin *a, const char *topic, int timeout_ms, struct err *err)
{
	rd_kafka_DeleteTopic_t *t = rd_kafka_DeleteTopic_new(topic);
	const rd_kafka_topic_result_t **results;
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout_ms);
	rd_kafka_resp_err_t what;
	rd_kafka_event_t *e;
	size_t n;
	int rc = -1;

	rd_kafka_DeleteTopics(a->rk, &t, 1, options, a->answers);
	e = admin_answer(a, topic, timeout_ms, err);
	if (e != NULL) {
		results = rd_kafka_DeleteTopics_result_topics(
		    rd_kafka_event_DeleteTopics_result(e), &n);
		what = n == 1 ? rd_kafka_topic_result_error(results[0])
			      : RD_KAFKA_RESP_ERR__BAD_MSG;
		if (what == RD_KAFKA_RESP_ERR_NO_ERROR)
			rc = 1;
		else if (what == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
			rc = 0;
		else
			admin_fail(err, what, topic);
		rd_kafka_event_destroy(e);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_DeleteTopic_destroy(t);
	return rc;
}

static int
judge_config(const rd_kafka_ConfigResource_t **results, size_t n,
    const char *topic, struct err *err)
{
	rd_kafka_resp_err_t e;
	const char *why;

	if (n != 1)
		return admin_fail(err, RD_KAFKA_RESP_ERR__BAD_MSG, topic);
	e = rd_kafka_ConfigResource_error(results[0]);
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	why = rd_kafka_ConfigResource_error_string(results[0]);
	return err_set(err, ERR_REJECT, e, "%s: %s", topic,
	    why != NULL ? why : rd_kafka_err2str(e));
}

static jv
settings(const rd_kafka_ConfigResource_t *r)
{
	const rd_kafka_ConfigEntry_t **entries;
	jv out = jv_object();
	size_t n, i;

	entries = rd_kafka_ConfigResource_configs(r, &n);
	for (i = 0; i < n; i++)
		if (rd_kafka_ConfigEntry_source(entries[i]) ==
			RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG &&
		    rd_kafka_ConfigEntry_value(entries[i]) != NULL)
			json_set_str(&out,
			    rd_kafka_ConfigEntry_name(entries[i]),
			    rd_kafka_ConfigEntry_value(entries[i]));
	return out;
}

jv
admin_config(
    struct admin *a, const char *topic, int timeout_ms, struct err *err)
{
	rd_kafka_ConfigResource_t *r =
	    rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	rd_kafka_AdminOptions_t *options =
	    admin_options(a, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
	const rd_kafka_ConfigResource_t **results;
	rd_kafka_event_t *e;
	jv out = jv_invalid();
	size_t n;

	rd_kafka_DescribeConfigs(a->rk, &r, 1, options, a->answers);
	e = admin_answer(a, topic, timeout_ms, err);
	if (e != NULL) {
		results = rd_kafka_DescribeConfigs_result_resources(
		    rd_kafka_event_DescribeConfigs_result(e), &n);
		if (judge_config(results, n, topic, err) == 0)
			out = settings(results[0]);
		rd_kafka_event_destroy(e);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(r);
	return out;
}

/* librdkafka 2.0 can only replace all settings, so the others go along. */
int
admin_configure(struct admin *a, const char *topic, jv config, int timeout_ms,
    struct err *err)
{
	const rd_kafka_ConfigResource_t **results;
	rd_kafka_AdminOptions_t *options;
	rd_kafka_ConfigResource_t *r;
	rd_kafka_event_t *e;
	size_t n;
	int rc = -1;
	jv all = admin_config(a, topic, timeout_ms, err);

	if (!jv_is_valid(all))
		return -1;
	all = jv_object_merge(all, jv_copy(config));
	r = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
	jv_object_foreach (all, key, value) {
		rd_kafka_ConfigResource_set_config(
		    r, jv_string_value(key), jv_string_value(value));
		jv_free(key);
		jv_free(value);
	}
	jv_free(all);
	options = admin_options(a, RD_KAFKA_ADMIN_OP_ALTERCONFIGS, timeout_ms);
	rd_kafka_AlterConfigs(a->rk, &r, 1, options, a->answers);
	e = admin_answer(a, topic, timeout_ms, err);
	if (e != NULL) {
		results = rd_kafka_AlterConfigs_result_resources(
		    rd_kafka_event_AlterConfigs_result(e), &n);
		rc = judge_config(results, n, topic, err);
		rd_kafka_event_destroy(e);
	}
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_ConfigResource_destroy(r);
	return rc;
}

/*
 * The bounds of all topics of LISTING in two questions, whatever their number:
 * offsets_for_times() passes the places "beginning" and "end" on as they are
 * (ListOffsets, KIP-79).  Topics that fail alone are left out, and those that
 * no broker leads: librdkafka (2.0.2; #5160 on later ones) can abort the
 * process while it waits for a leader.
 */
static int
ask_all(struct admin *a, jv topics, int64_t place, int timeout_ms,
    rd_kafka_topic_partition_list_t **out, struct err *err)
{
	rd_kafka_topic_partition_list_t *list =
	    rd_kafka_topic_partition_list_new(16);
	rd_kafka_resp_err_t e = RD_KAFKA_RESP_ERR_NO_ERROR;

	jv_object_foreach (topics, key, value) {
		if (json_bool(value, "led", 1))
			rd_kafka_topic_partition_list_add(
			    list, jv_string_value(key), 0)
			    ->offset = place;
		jv_free(key);
		jv_free(value);
	}
	if (list->cnt > 0)
		e = rd_kafka_offsets_for_times(a->rk, list, timeout_ms);
	if (e == RD_KAFKA_RESP_ERR_NO_ERROR) {
		*out = list;
		return 0;
	}
	rd_kafka_topic_partition_list_destroy(list);
	return admin_fail(err, e, "cannot ask where logs end");
}

static void
put_bound(
    jv *topics, const rd_kafka_topic_partition_list_t *list, const char *name)
{
	jv topic;
	int i;

	for (i = 0; i < list->cnt; i++) {
		if (list->elems[i].err != RD_KAFKA_RESP_ERR_NO_ERROR ||
		    list->elems[i].offset < 0)
			continue;
		topic = json_get(*topics, list->elems[i].topic);
		json_set_int(&topic, name, list->elems[i].offset);
		json_set(topics, list->elems[i].topic, topic);
	}
}

int
admin_bounds_all(struct admin *a, jv *topics, int timeout_ms, struct err *err)
{
	rd_kafka_topic_partition_list_t *low = NULL, *high = NULL;
	int rc = -1;

	if (ask_all(a, *topics, RD_KAFKA_OFFSET_BEGINNING, timeout_ms, &low,
		err) < 0 ||
	    ask_all(a, *topics, RD_KAFKA_OFFSET_END, timeout_ms, &high, err) <
		0)
		goto out;
	put_bound(topics, low, "low");
	put_bound(topics, high, "high");
	rc = 0;
out:
	if (low != NULL)
		rd_kafka_topic_partition_list_destroy(low);
	if (high != NULL)
		rd_kafka_topic_partition_list_destroy(high);
	return rc;
}
