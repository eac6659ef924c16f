/* A connection at work: see link.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "base/version.h"
#include "bus/admin.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "connector/boot.h"
#include "connector/control.h"
#include "connector/env.h"
#include "connector/link.h"
#include "connector/orders.h"
#include "connector/publisher.h"
#include "connector/receipts.h"
#include "connector/status.h"
#include "connector/subscribe.h"
#include "connector/txn.h"
#include "map/connection.h"
#include "rest/http.h"
#include "rest/sign.h"
#include "store/state.h"
#include "wire/writer.h"

enum {
	MESSAGES_PER_STEP = 500,
	OTHER_INSTANCE_MS = 2 * 60 * 1000,
	STATUS_CHECK_MS = 100,
	CONSUMER_AGAIN_MS = 500, /* after an error */
	ADMIN_TIMEOUT_MS = 5000,
};

struct link {
	struct env env;
	struct sign sign;
	const struct bus_conf *bus;
	size_t queue_max_bytes;
	struct subscribe *subscribe;
	struct publisher **publishers;
	size_t n_publishers;
	struct receipts *receipts;
	struct status *status;
	struct control *control;
	struct orders orders;
	struct consumer *consumer;
	struct bus_message held; /* waits for its schema; the consumer's */
	int is_held, is_stopping, is_first_run;
	jv known_floors; /* from tw.status, object of topic to offset */
	jv ends;	 /* object of topic to end of its log, as last listed */
	char *cluster;
	struct err trouble; /* of the consumer */
	struct err broken; /* the log is not the one we know: nothing is read */
	int64_t again_ms;  /* consume again without a signal; -1: no need */
	int64_t status_ms;
	int is_dirty; /* since the status was last looked at */
};

/* --- making and freeing --------------------------------------------------- */

static struct http_site *
open_site(const struct connection *c, struct err *err)
{
	struct buf password = {0}, bearer = {0};
	struct http_site_conf site = {
	    .base_url = c->base_url,
	    .username = c->username,
	    .ca_file = c->ca_file,
	    .policy = {c->allow_private, c->insecure_http},
	    .timeout_ms = c->timeout_ms,
	};
	struct http_site *made = NULL;

	if ((c->password_file == NULL ||
		conf_secret(c->password_file, &password, err) == 0) &&
	    (c->bearer_file == NULL ||
		conf_secret(c->bearer_file, &bearer, err) == 0)) {
		site.password = password.data;
		site.bearer = bearer.data;
		made = http_site_new(&site, err);
	}
	if (password.data != NULL)
		explicit_bzero(password.data, password.size);
	if (bearer.data != NULL)
		explicit_bzero(bearer.data, bearer.size);
	buf_free(&password);
	buf_free(&bearer);
	return made;
}

static void
on_published(void *ctx, enum record_type t, const char *key, jv record)
{
	struct link *l = ctx;

	l->is_dirty = 1;
	if (t == RECORD_EVENT)
		subscribe_own(l->subscribe, key, record);
}

static int
open_publishers(struct link *l, struct err *err)
{
	struct publisher_hooks hooks = {.published = on_published, .ctx = l};
	size_t i, n = l->env.conf->n_publish;

	l->publishers = mem_new(n, sizeof(*l->publishers));
	for (i = 0; i < n; i++) {
		l->publishers[i] = publisher_new(&l->env, i, &hooks, err);
		if (l->publishers[i] == NULL)
			return -1;
		l->n_publishers++;
	}
	return 0;
}

static const char *
on_order(void *ctx, jv command, struct buf *text)
{
	struct link *l = ctx;

	l->is_dirty = 1;
	l->status_ms = 0;
	return orders_run(&l->orders, command, text);
}

static int
is_order_kept(void *ctx)
{
	struct link *l = ctx;

	return status_is_told(l->status);
}

/* Orders, and those that they are about. */
static void
open_control(struct link *l)
{
	struct control_hooks hooks = {on_order, is_order_kept, l};

	l->orders = (struct orders){.subscribe = l->subscribe,
	    .publishers = l->publishers,
	    .n_publishers = l->n_publishers,
	    .status = l->status};
	l->control = control_new(&l->env, l->bus, &hooks);
}

struct link *
link_new(const struct link_parts *parts, struct err *err)
{
	struct link *l = mem_new(1, sizeof(*l));
	const struct connection *c = parts->conf;
	char *source = mem_printf("/%s/%s", c->member, c->id);

	l->bus = parts->bus;
	l->queue_max_bytes = parts->queue_max_bytes;
	l->again_ms = -1;
	l->known_floors = jv_object();
	l->ends = jv_object();
	l->env = (struct env){.conf = c,
	    .state = parts->state,
	    .txn = parts->txn,
	    .http = parts->http,
	    .schemas = parts->schemas};
	l->env.writer = writer_new(parts->producer, parts->schemas, source);
	free(source);
	l->env.site = open_site(c, err);
	if (l->env.site == NULL)
		goto fail;
	if (c->signature_files != NULL) {
		if (sign_load(&l->sign, c->signature_files, err) != 0)
			goto fail;
		l->env.sign = &l->sign;
	}
	l->subscribe = subscribe_new(&l->env, clock_mono_ms());
	if (open_publishers(l, err) != 0)
		goto fail;
	l->receipts = receipts_new(&l->env);
	l->status = status_new(&l->env);
	open_control(l);
	return l;
fail:
	err_wrap(err, "connection %s", c->id);
	link_free(l);
	return NULL;
}

void
link_free(struct link *l)
{
	size_t i;

	if (l == NULL)
		return;
	consumer_free(l->consumer);
	control_free(l->control);
	for (i = 0; i < l->n_publishers; i++)
		publisher_free(l->publishers[i]);
	free(l->publishers);
	subscribe_free(l->subscribe);
	receipts_free(l->receipts);
	status_free(l->status);
	writer_free(l->env.writer);
	http_site_free(l->env.site);
	sign_fini(&l->sign);
	jv_free(l->known_floors);
	jv_free(l->ends);
	free(l->cluster);
	free(l);
}

const char *
link_id(const struct link *l)
{
	return l->env.conf->id;
}

/* --- starting ---------------------------------------------------------------
 */

/* 1 if another process with another state file tells of this connection. */
static int
is_elsewhere(const struct link *l, jv known, struct err *err)
{
	const char *instance = json_str(known, "instanceId", "");
	int64_t age = clock_wall_ms() - json_int(known, "at", 0);

	if (instance[0] == '\0' ||
	    strcmp(instance, state_instance(l->env.state)) == 0 ||
	    strcmp(json_str(known, "state", ""), "stopped") == 0 ||
	    age > OTHER_INSTANCE_MS)
		return 0;
	err_set(err, ERR_RETRY, 0,
	    "another instance (%.40s) told of this connection %lld s ago; "
	    "waiting until it has been silent for %d s",
	    instance, (long long)(age / 1000), OTHER_INSTANCE_MS / 1000);
	return 1;
}

static void
take_floors(struct link *l, jv known)
{
	jv floors = json_get(known, "floors");

	if (jv_get_kind(floors) == JV_KIND_ARRAY) {
		jv_array_foreach (floors, i, floor) {
			json_set(&l->known_floors, json_str(floor, "of", ""),
			    json_get(floor, "offset"));
			jv_free(floor);
		}
	}
	for (size_t i = 0; i < l->n_publishers; i++)
		publisher_know_floors(l->publishers[i], floors);
	jv_free(floors);
}

static const char *
from_of(const struct link *l, const char *topic)
{
	const struct connection *c = l->env.conf;
	size_t i;
	char **pattern;

	for (i = 0; i < c->n_subscribe; i++)
		for (pattern = c->subscribe[i].topics; *pattern != NULL;
		     pattern++)
			if (topic_matches(*pattern, topic))
				return c->subscribe[i].from;
	return "now";
}

/* What `from:` means in TOPIC, on the connection's first run. */
static int
resolve_from(struct link *l, const char *topic, int64_t low, int64_t high,
    int64_t *out, struct err *err)
{
	const char *from = from_of(l, topic);
	struct admin *admin;
	int64_t at_ms;
	int rc;

	if (strcmp(from, "beginning") == 0) {
		*out = low;
		return 0;
	}
	if (clock_parse(from, &at_ms) != 0) { /* "now" */
		*out = high;
		return 0;
	}
	admin = admin_new(l->bus, err);
	if (admin == NULL)
		return -1;
	rc = admin_offset_at(admin, topic, at_ms, ADMIN_TIMEOUT_MS, out, err);
	admin_free(admin);
	return rc;
}

/* Make TOPIC known; *OUT_START is where to read from. */
static int
add_topic(struct link *l, const char *topic, jv bounds, int64_t *out_start,
    struct err *err)
{
	int64_t low = json_int(bounds, "low", 0);
	int64_t high = json_int(bounds, "high", 0);
	struct subscribe_topic t = {.name = topic, .start = low, .floor = low};

	if (l->is_first_run) {
		if (resolve_from(l, topic, low, high, &t.start, err) != 0)
			return -1;
		t.floor = t.start;
	} else {
		t.floor = json_int(l->known_floors, topic, 0);
		/* Up to the end of the log, wherever it then is: a record above
		 * today's may have replaced, by compaction, one below it. */
		t.doubt_end = INT64_MAX;
	}
	return subscribe_topic(l->subscribe, &t, out_start, err);
}

/* A log that ends below our place, or another cluster's, is not the one our
 * rows speak of: offsets prove nothing there.  Going on would drop records
 * without a word, so the connection rests and says what to do. */
static int
is_other_log(struct link *l, const char *what, struct err *err)
{
	err_set(&l->broken, ERR_REJECT, 0,
	    "%s was made anew: stop this connector, move its state file away "
	    "and start it again; it then reads everything whole and takes "
	    "over what is in the system",
	    what);
	if (err != NULL)
		*err = l->broken;
	return 1;
}

/* A topic of the listing: make it known, or see that it is still the one we
 * know. */
static int
follow_topic(struct link *l, const char *topic, jv bounds, struct err *err)
{
	struct consumer_place place = {.topic = topic};
	int64_t high = json_int(bounds, "high", 0);
	int64_t before = json_int(l->ends, topic, 0);

	json_set_int(&l->ends, topic, high);
	if (!subscribe_wants(l->subscribe, topic))
		return 0;
	if (subscribe_has(l->subscribe, topic)) {
		if (high < before)
			is_other_log(l, topic, NULL);
		return 0;
	}
	if (add_topic(l, topic, bounds, &place.offset, err) != 0)
		return -1;
	if (place.offset > high)
		is_other_log(l, topic, NULL);
	return consumer_assign(l->consumer, &place, 1, err);
}

static int
add_topics(struct link *l, jv catalog, struct err *err)
{
	jv topics = json_get(catalog, "topics");
	int rc = 0;

	if (jv_get_kind(topics) == JV_KIND_OBJECT) {
		jv_object_foreach (topics, name, bounds) {
			if (rc == 0)
				rc = follow_topic(
				    l, jv_string_value(name), bounds, err);
			jv_free(name);
			jv_free(bounds);
		}
	}
	jv_free(topics);
	return rc;
}

static int
rebuild_one(void *ctx, enum record_type t, const char *topic, int64_t offset,
    const char *key, jv record, struct err *err)
{
	struct link *l = ctx;
	size_t i;

	for (i = 0; i < l->n_publishers; i++)
		if (publisher_rebuild(l->publishers[i], t, topic, offset, key,
			record, err) != 0)
			return -1;
	return 0;
}

/* A new state file knows nothing of what was published: the member's own topics
 * do.  Noted once all are read; repeating it changes nothing. */
static int
rebuild(struct link *l, const struct boot_conf *boot, struct err *err)
{
	const struct connection *c = l->env.conf;
	const char *done;
	char *topic;
	size_t i;
	int rc = state_value(l->env.state, c->id, "rebuilt", &done, err);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	for (i = 0; rc == 0 && i < c->n_publish; i++) {
		topic = topic_new(c->publish[i].into, c->member);
		rc = boot_records(boot, topic, rebuild_one, l, err);
		free(topic);
	}
	if (rc != 0 || txn_need(l->env.txn, err) != 0)
		return -1;
	return state_set_value(l->env.state, c->id, "rebuilt", "1", err);
}

/* 1 if positions in the state file belong to another cluster. */
static int
is_other_cluster(struct link *l, struct err *err)
{
	const char *id = l->env.conf->id, *known;
	int rc = state_value(l->env.state, id, "cluster", &known, err);

	if (rc == 1 && strcmp(known, l->cluster) != 0)
		return is_other_log(l, "the Kafka cluster", err);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (txn_need(l->env.txn, err) != 0)
		return -1;
	return state_set_value(l->env.state, id, "cluster", l->cluster, err);
}

static int
is_first_run(const struct link *l, jv known)
{
	const char *started;

	return jv_get_kind(known) != JV_KIND_OBJECT &&
	       state_value(l->env.state, l->env.conf->id, "started", &started,
		   NULL) != 1;
}

int
link_start(struct link *l, jv known, jv catalog, const struct boot_conf *boot,
    struct err *err)
{
	const char *id = l->env.conf->id;
	int rc;

	if (is_elsewhere(l, known, err))
		return 1;
	free(l->cluster);
	l->cluster = mem_dup(json_str(catalog, "cluster", ""));
	rc = is_other_cluster(l, err);
	if (rc != 0)
		return rc;
	l->is_first_run = is_first_run(l, known);
	if (l->is_first_run && !l->env.conf->first_run_go) {
		err_set(err, ERR_RETRY, 0,
		    "its first run waits for you: `first_run: go` in its "
		    "file lets it begin");
		return 1;
	}
	take_floors(l, known);
	if (json_bool(known, "paused", 0))
		orders_pause(&l->orders, 1);
	if (l->consumer == NULL)
		l->consumer = consumer_new(l->bus, l->queue_max_bytes, err);
	if (l->consumer == NULL ||
	    control_start(l->control, catalog, boot, err) != 0 ||
	    rebuild(l, boot, err) != 0 || add_topics(l, catalog, err) != 0 ||
	    subscribe_restore(
		l->subscribe, clock_mono_ms(), clock_wall_ms(), err) != 0 ||
	    txn_need(l->env.txn, err) != 0 ||
	    state_set_value(l->env.state, id, "started", "1", err) != 0)
		return -1;
	l->is_first_run = 0;
	l->is_dirty = 1;
	return 0;
}

int
link_catalog(struct link *l, jv catalog, struct err *err)
{
	if (control_catalog(l->control, catalog, err) != 0)
		return -1;
	if (l->trouble.class == ERR_RETRY)
		l->trouble.class = ERR_NONE; /* Kafka answers again */
	return add_topics(l, catalog, err);
}

/* --- consuming --------------------------------------------------------------
 */

static int
on_consumer_error(struct link *l, int64_t now_ms, struct err *err)
{
	struct consumer_place place;

	switch (err->class) {
	case ERR_RETRY:
	case ERR_REJECT:
		if (err->code == CONSUMER_OUT_OF_RANGE &&
		    l->held.topic != NULL) {
			/* The log lost its start or was made anew: read it
			 * whole again; what is known already makes no call. */
			place.topic = l->held.topic;
			place.offset = CONSUMER_BEGINNING;
			consumer_assign(l->consumer, &place, 1, NULL);
		}
		l->trouble = *err;
		l->again_ms = now_ms + CONSUMER_AGAIN_MS;
		return 0;
	case ERR_NONE:
	case ERR_FATAL:
		break;
	}
	return -1;
}

/* Take what has come, up to a step's worth. */
static int
consume(struct link *l, int64_t now_ms, struct err *err)
{
	int n, rc;

	l->again_ms = -1;
	if (l->broken.class != ERR_NONE)
		return 0;
	for (n = 0; n < MESSAGES_PER_STEP; n++) {
		if (!l->is_held) {
			if (subscribe_is_paused(l->subscribe))
				return 0;
			l->held = (struct bus_message){0};
			rc = consumer_poll(l->consumer, 0, &l->held, err);
			if (rc < 0)
				return on_consumer_error(l, now_ms, err);
			if (rc == CONSUMER_NOTHING)
				return 0;
			l->trouble.class = ERR_NONE;
			if (rc == CONSUMER_EOF) {
				subscribe_end(l->subscribe, l->held.topic,
				    l->held.offset);
				continue;
			}
		}
		rc = subscribe_message(l->subscribe, &l->held, now_ms, err);
		if (rc < 0)
			return -1;
		l->is_held = rc == 0;
		if (l->is_held)
			return 0;
	}
	/* More may be there without a new signal: come back at once. */
	l->again_ms = now_ms;
	return 0;
}

/* --- status ------------------------------------------------------------------
 */

struct places {
	jv positions, floors, ends;
	int64_t lag;
};

static void
add_place(void *ctx, const char *name, int64_t position, int64_t floor)
{
	struct places *p = ctx;
	int64_t end = json_int(p->ends, name, position);
	jv one = jv_object();

	if (end < position)
		end = position;
	json_set_str(&one, "topic", name);
	json_set_int(&one, "offset", position);
	json_set_int(&one, "end", end);
	json_set_int(&one, "lag", end - position);
	p->positions = jv_array_append(p->positions, one);
	one = jv_object();
	json_set_str(&one, "of", name);
	json_set_int(&one, "offset", floor);
	p->floors = jv_array_append(p->floors, one);
	p->lag += end - position;
}

static const char *
state_now(struct link *l, jv *record)
{
	const char *reason = subscribe_reason(l->subscribe);

	if (l->is_stopping)
		return "stopped";
	if (l->broken.class != ERR_NONE) {
		json_set_str(record, "reason", "log_made_anew");
		json_set_str(record, "detail", l->broken.msg);
		return "paused";
	}
	if (l->trouble.class != ERR_NONE) {
		json_set_str(record, "reason", "kafka");
		json_set_str(record, "detail", l->trouble.msg);
	}
	switch (subscribe_state(l->subscribe)) {
	case CORE_RUNNING:
		return "running";
	case CORE_BROKEN:
		json_set_str(record, "reason", "site_failing");
		return "running";
	case CORE_PROBING:
	case CORE_STOPPED:
		json_set_str(record, "reason", "stopped_by_site");
		json_set_str(record, "detail", reason);
		return "paused";
	case CORE_HELD:
		break;
	}
	json_set_str(record, "reason", "paused_by_command");
	return "paused";
}

/* A counter of the law, as the state file has it. */
static int64_t
counted(const struct link *l, const char *name)
{
	return state_count_get(l->env.state, l->env.conf->id, name, NULL);
}

static jv
counters(struct link *l)
{
	static const char *const names[CORE_FATES] = {"applied", "superseded",
	    "unchanged", "stale", "filtered", "deadLettered"};
	struct publisher_counts c, sum = {0};
	jv v = jv_object();
	size_t i;

	json_set_int(&v, "consumed", counted(l, "consumed"));
	for (i = 0; i < CORE_FATES; i++)
		json_set_int(&v, names[i],
		    counted(l, core_fate_word((enum core_fate)i)));
	json_set_int(&v, "pending", subscribe_pending(l->subscribe));
	json_set_int(&v, "waiting", subscribe_waiting(l->subscribe));
	for (i = 0; i < l->n_publishers; i++) {
		publisher_counts(l->publishers[i], &c);
		sum.published += c.published;
		sum.withdrawn += c.withdrawn;
		sum.refused += c.refused;
	}
	json_set_int(&v, "published", sum.published);
	json_set_int(&v, "withdrawn", sum.withdrawn);
	json_set_int(&v, "refused", sum.refused);
	return v;
}

static jv
status_record(struct link *l)
{
	struct places p = {jv_array(), jv_array(), l->ends, 0};
	jv r = jv_object();
	size_t i;

	json_set_str(&r, "connection", l->env.conf->id);
	for (i = 0; i < l->n_publishers; i++)
		if (publisher_trouble(l->publishers[i])[0] != '\0') {
			json_set_str(&r, "reason", "listing");
			json_set_str(
			    &r, "detail", publisher_trouble(l->publishers[i]));
		}
	json_set_str(&r, "state", state_now(l, &r));
	json_set(&r, "counters", counters(l));
	subscribe_each_topic(l->subscribe, add_place, &p);
	for (i = 0; i < l->n_publishers; i++) {
		jv floor = publisher_floor(l->publishers[i]);
		jv plan = publisher_plan(l->publishers[i]);

		if (jv_get_kind(floor) == JV_KIND_OBJECT)
			p.floors = jv_array_append(p.floors, jv_copy(floor));
		if (jv_get_kind(plan) == JV_KIND_OBJECT)
			json_set(&r, "plan", jv_copy(plan));
		jv_free(floor);
		jv_free(plan);
	}
	json_set(&r, "positions", p.positions);
	json_set(&r, "floors", p.floors);
	json_set(&r, "paused", jv_bool(l->orders.is_paused));
	json_set_str(&r, "clusterId", l->cluster);
	json_set_str(&r, "instanceId", state_instance(l->env.state));
	json_set_str(&r, "version", TWINWIRE_VERSION);
	return r;
}

static void
tell_status(struct link *l, int64_t now_ms, int64_t wall_ms)
{
	if (now_ms < l->status_ms ||
	    (!l->is_dirty && now_ms < status_deadline(l->status)))
		return;
	l->is_dirty = 0;
	l->status_ms = now_ms + STATUS_CHECK_MS;
	status_step(l->status, status_record(l), now_ms, wall_ms);
}

/* --- the turn ----------------------------------------------------------------
 */

int
link_fd(const struct link *l)
{
	/* While records wait here, more stay where they are: in librdkafka's
	 * queue, then in the log.  Pausing partitions would throw away what is
	 * fetched already. */
	return l->consumer == NULL || l->is_held ||
		       l->broken.class != ERR_NONE ||
		       subscribe_is_paused(l->subscribe)
		   ? -1
		   : consumer_fd(l->consumer);
}

int
link_control_fd(const struct link *l)
{
	return control_fd(l->control);
}

static int
step_publishers(
    struct link *l, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	int64_t due;
	size_t i;

	for (i = 0; i < l->n_publishers; i++) {
		due = publisher_deadline(l->publishers[i]);
		if (publisher_step(l->publishers[i], now_ms, wall_ms, err) != 0)
			return -1;
		/* A run began or ended: a plan or a fault may be news. */
		if (publisher_deadline(l->publishers[i]) != due)
			l->is_dirty = 1;
	}
	return 0;
}

int
link_step(struct link *l, int64_t now_ms, int64_t wall_ms, struct err *err)
{
	enum core_state before = subscribe_state(l->subscribe);

	if (control_step(l->control, l->is_stopping, now_ms, wall_ms, err) != 0)
		return -1;
	if (!l->is_stopping && now_ms >= l->again_ms &&
	    consume(l, now_ms, err) != 0)
		return -1;
	if (subscribe_step(l->subscribe, now_ms, wall_ms, err) != 0)
		return -1;
	if (step_publishers(l, now_ms, wall_ms, err) != 0)
		return -1;
	if (receipts_step(l->receipts, now_ms, wall_ms, err) != 0)
		return -1;
	if (subscribe_state(l->subscribe) != before)
		l->is_dirty = 1;
	tell_status(l, now_ms, wall_ms);
	return 0;
}

void
link_committed(struct link *l)
{
	receipts_poke(l->receipts);
	l->is_dirty = 1;
}

static int64_t
sooner(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

int64_t
link_deadline(const struct link *l)
{
	int64_t now_ms = clock_mono_ms();
	int64_t due = subscribe_deadline(l->subscribe, now_ms), status;
	size_t i;

	for (i = 0; i < l->n_publishers; i++)
		due = sooner(due, publisher_deadline(l->publishers[i]));
	due = sooner(due, receipts_deadline(l->receipts));
	due = sooner(due, control_deadline(l->control));
	status = l->is_dirty ? l->status_ms : status_deadline(l->status);
	due = sooner(due, status > l->status_ms ? status : l->status_ms);
	if (l->again_ms >= 0 && !l->is_stopping)
		due = sooner(due, l->again_ms);
	return due;
}

void
link_stop(struct link *l)
{
	size_t i;

	l->is_stopping = 1;
	l->is_dirty = 1;
	l->status_ms = 0;
	status_force(l->status);
	subscribe_hold(l->subscribe, clock_mono_ms(), 1);
	for (i = 0; i < l->n_publishers; i++)
		publisher_stop(l->publishers[i]);
}

int
link_is_drained(const struct link *l)
{
	size_t i;

	for (i = 0; i < l->n_publishers; i++)
		if (!publisher_is_drained(l->publishers[i]))
			return 0;
	return subscribe_in_flight(l->subscribe) == 0 &&
	       control_is_drained(l->control) && status_is_drained(l->status);
}

/* --- for operators -----------------------------------------------------------
 */

void
link_ready(const struct link *l, struct buf *out)
{
	const char *why = "";
	size_t i;

	switch (subscribe_state(l->subscribe)) {
	case CORE_RUNNING:
		break;
	case CORE_BROKEN:
		why = "the site keeps failing";
		break;
	case CORE_PROBING:
	case CORE_STOPPED:
		why = subscribe_reason(l->subscribe);
		break;
	case CORE_HELD:
		why = "paused";
		break;
	}
	if (why[0] != '\0')
		buf_printf(out, "%s: %s\n", link_id(l), why);
	if (l->broken.class != ERR_NONE)
		buf_printf(out, "%s: %s\n", link_id(l), l->broken.msg);
	if (l->trouble.class != ERR_NONE)
		buf_printf(out, "%s: %s\n", link_id(l), l->trouble.msg);
	for (i = 0; i < l->n_publishers; i++)
		if (publisher_trouble(l->publishers[i])[0] != '\0')
			buf_printf(out, "%s: %s\n", link_id(l),
			    publisher_trouble(l->publishers[i]));
}

static void
sum_lag(void *ctx, const char *name, int64_t position, int64_t floor)
{
	struct places *p = ctx;
	int64_t end = json_int(p->ends, name, position);

	(void)floor;
	p->lag += end > position ? end - position : 0;
}

/* What stands where: rows of both directions by their state. */
static void
describe_rows(const struct link *l, struct metrics *m)
{
	static const struct {
		const char *word;
		enum state_side side;
		enum state_row_state state;
	} rows[] = {
	    {"delivered", STATE_SUBSCRIBED, STATE_DELIVERED},
	    {"not_delivered", STATE_SUBSCRIBED, STATE_REFUSED},
	    {"waiting", STATE_SUBSCRIBED, STATE_PARKED},
	    {"announced", STATE_PUBLISHED, STATE_DELIVERED},
	    {"refused", STATE_PUBLISHED, STATE_REFUSED},
	};
	struct buf labels = {0};
	size_t i;

	metrics_describe(m, "twinwire_records", "gauge",
	    "Records of this connection by what became of them.");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&labels);
		metrics_label(&labels, "connection", link_id(l));
		metrics_label(&labels, "state", rows[i].word);
		metrics_set(m, "twinwire_records", labels.data,
		    (double)state_count(l->env.state, link_id(l), rows[i].side,
			(int)rows[i].state, NULL));
	}
	buf_free(&labels);
}

void
link_metrics(const struct link *l, struct metrics *m)
{
	static const struct {
		const char *counter, *name, *help;
	} rows[] = {
	    {"consumed", "twinwire_consumed_total", "Messages read."},
	    {"applied", "twinwire_applied_total", "Records written."},
	    {"superseded", "twinwire_superseded_total",
		"Records a newer version replaced before they went out."},
	    {"unchanged", "twinwire_unchanged_total",
		"Records whose content stood there already."},
	    {"stale", "twinwire_stale_total", "Old versions skipped."},
	    {"filtered", "twinwire_filtered_total",
		"Records the filter left out."},
	    {"dead", "twinwire_dead_lettered_total",
		"Records given up, see tw.dead."},
	};
	struct places lag = {.ends = l->ends};
	struct publisher_counts c;
	double published = 0;
	struct buf labels = {0};
	size_t i;

	for (i = 0; i < l->n_publishers; i++) {
		publisher_counts(l->publishers[i], &c);
		published += (double)(c.published + c.withdrawn);
	}
	metrics_label(&labels, "connection", link_id(l));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		metrics_describe(m, rows[i].name, "counter", rows[i].help);
		metrics_set(m, rows[i].name, labels.data,
		    (double)counted(l, rows[i].counter));
	}
	metrics_describe(m, "twinwire_published_total", "counter",
	    "Records put onto the wire, since the start.");
	metrics_set(m, "twinwire_published_total", labels.data, published);
	describe_rows(l, m);
	metrics_describe(
	    m, "twinwire_pending", "gauge", "Records read and not final.");
	metrics_set(m, "twinwire_pending", labels.data,
	    (double)subscribe_pending(l->subscribe));
	subscribe_each_topic(l->subscribe, sum_lag, &lag);
	metrics_describe(m, "twinwire_lag", "gauge",
	    "Messages in the topics that are not final here.");
	metrics_set(m, "twinwire_lag", labels.data, (double)lag.lag);
	metrics_describe(m, "twinwire_running", "gauge",
	    "1 if records go through, 0 if the connection is paused.");
	metrics_set(m, "twinwire_running", labels.data,
	    subscribe_state(l->subscribe) == CORE_RUNNING);
	buf_free(&labels);
}
