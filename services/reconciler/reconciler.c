/* The process: see reconciler.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/daemon.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "bus/admin.h"
#include "bus/bus.h"
#include "bus/consumer.h"
#include "bus/producer.h"
#include "event/members.h"
#include "event/schema.h"
#include "reconciler/aliases.h"
#include "reconciler/inputs.h"
#include "reconciler/merge.h"
#include "reconciler/reconciler.h"
#include "reconciler/settings.h"
#include "rest/http.h"
#include "web/admin.h"
#include "wire/clients.h"
#include "wire/reader.h"
#include "wire/schemas.h"
#include "wire/vitals.h"
#include "wire/writer.h"

enum {
	TURN_MAX_MS = 1000, /* wait of one turn at most */
	READ_MAX = 1000,    /* messages a turn */
	OUT_MAX = 1000,	    /* outputs that are not acknowledged */
	DRAIN_MAX_MS = 9000,
	CATALOG_EVERY_MS = 2000,
	FETCH_MAX_BYTES = 8 * 1024 * 1024,
	WAIT_SAID_EVERY_MS = 10000
};

/* What merge and rules_origin() look at: all else is walked over. */
static const char *const claim_members[] = {"registrar", "localId", "speaksFor",
    "a", "b", "status", "statusSince", "agreements", "url", NULL};

struct totals {
	uint64_t read, refused, partnerships, tombstones, notices, failed;
};

struct reconciler {
	const struct settings *settings;
	struct members *members; /* owned */
	struct aliases *aliases; /* owned */
	struct merge *merge;
	struct clients wire;
	struct schema *claim; /* what is read of one */
	struct producer *producer;
	struct writer *writer;
	struct inputs *inputs;
	struct admin_port *admin;
	struct vitals *vitals;
	struct bus_message held; /* waits for its schema; topic NULL: none */
	struct merge_output due; /* waits for its schema; key NULL: none */
	struct totals totals;
	int is_ready; /* all inputs were read when last looked */
	int is_stopping;
	int64_t said_ms; /* when it last said what it waits for */
};

/* An output until its delivery report. */
struct sent {
	struct reconciler *r;
	char *pair_key; /* owned */
	enum record_type type;
	int is_tombstone;
};

static void
print_ready(void *ctx, struct buf *out)
{
	struct reconciler *r = ctx;

	vitals_trouble(&r->wire.trouble, r->wire.schemas, out);
	inputs_print(r->inputs, out);
}

static void
print_metrics(void *ctx, struct buf *out)
{
	static const char *const names[][3] = {
	    {"twinwire_reconciler_ready", "gauge",
		"1 once all inputs were read to their end"},
	    {"twinwire_reconciler_claims", "gauge", "Live claims"},
	    {"twinwire_reconciler_partnerships", "gauge",
		"Pairs of cities with a claim"},
	    {"twinwire_reconciler_unresolved", "gauge",
		"Claims that wait for an alias"},
	    {"twinwire_reconciler_waiting", "gauge",
		"Pairs to be judged or written"},
	    {"twinwire_reconciler_read_total", "counter", "Messages read"},
	    {"twinwire_reconciler_refused_total", "counter",
		"Messages that are no fit record"},
	    {"twinwire_reconciler_partnerships_written_total", "counter",
		"Partnerships written"},
	    {"twinwire_reconciler_tombstones_written_total", "counter",
		"Tombstones written"},
	    {"twinwire_reconciler_notices_written_total", "counter",
		"Notices written"},
	    {"twinwire_reconciler_failed_total", "counter",
		"Outputs that Kafka did not take"},
	};
	struct reconciler *r = ctx;
	struct merge_counts n = merge_counts(r->merge);
	const double values[] = {r->is_ready, (double)n.claims, (double)n.pairs,
	    (double)n.unresolved, (double)(n.waiting + n.out),
	    (double)r->totals.read, (double)r->totals.refused,
	    (double)r->totals.partnerships, (double)r->totals.tombstones,
	    (double)r->totals.notices, (double)r->totals.failed};
	struct metrics *m = metrics_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		metrics_describe(m, names[i][0], names[i][1], names[i][2]);
		metrics_set(m, names[i][0], "", values[i]);
	}
	vitals_metrics(r->vitals, r->wire.registry, clock_wall_ms(), m);
	vitals_kafka("producer", "", producer_errors(r->producer), m);
	vitals_kafka("consumer", "", consumer_errors(r->wire.consumer), m);
	metrics_print(m, out);
	metrics_free(m);
}

struct reconciler *
reconciler_new(const struct settings *s, struct members *members,
    struct aliases *aliases, struct err *err)
{
	struct reconciler *r = mem_new(1, sizeof(*r));
	struct admin_port_conf admin = {s->wire.admin_address,
	    s->wire.admin_port, print_ready, print_metrics, r};
	const struct vitals_conf vitals = {"reconciler", NULL, &s->wire};
	const struct clients_conf wire = {
	    &s->wire, "twinwire-reconciler", FETCH_MAX_BYTES, CATALOG_EVERY_MS};

	r->settings = s;
	r->vitals = vitals_new(&vitals);
	r->members = members;
	r->aliases = aliases;
	r->merge = merge_new(members, aliases);
	r->due.value = jv_null();
	r->claim = schema_part(
	    schema_builtin(record_type_schema(RECORD_CLAIM)), claim_members);
	if (clients_open(&r->wire, &wire, err) != 0 ||
	    (r->producer = producer_new(&r->wire.bus, err)) == NULL ||
	    (r->admin = admin_port_new(&admin, err)) == NULL) {
		reconciler_free(r);
		return NULL;
	}
	r->writer =
	    writer_new(r->producer, r->wire.schemas, "/operator/reconciler");
	r->inputs = inputs_new(r->wire.consumer, r->wire.catalog);
	inputs_want(r->inputs, members);
	return r;
}

void
reconciler_free(struct reconciler *r)
{
	if (r == NULL)
		return;
	r->is_stopping = 1;
	admin_port_free(r->admin);
	inputs_free(r->inputs);
	writer_free(r->writer);
	/* Its last reports come back here, so it goes before the merge. */
	producer_free(r->producer);
	clients_close(&r->wire);
	schema_free(r->claim);
	vitals_free(r->vitals);
	merge_output_fini(&r->due);
	merge_free(r->merge);
	members_free(r->members);
	aliases_free(r->aliases);
	free(r);
}

static void
reload(struct reconciler *r)
{
	const struct settings *s = r->settings;
	struct err err = {0};
	struct members *members = members_load(s->members_file, NULL, &err);
	struct aliases *aliases = NULL;

	if (members != NULL)
		aliases = s->aliases_file == NULL
			      ? aliases_new()
			      : aliases_load(s->aliases_file, NULL, &err);
	if (aliases == NULL) {
		log_error("not reloaded", "reason", err.msg);
		members_free(members);
		return;
	}
	merge_rules(r->merge, members, aliases);
	members_free(r->members);
	aliases_free(r->aliases);
	r->members = members;
	r->aliases = aliases;
	inputs_want(r->inputs, members);
	log_info(
	    "reloaded", "members", s->members_file, "aliases", s->aliases_file);
}

static void
refuse(struct reconciler *r, const struct bus_message *m, const char *reason,
    const struct err *err)
{
	char offset[32];

	r->totals.refused++;
	snprintf(offset, sizeof(offset), "%lld", (long long)m->offset);
	log_warn("message left out", "topic", m->topic, "offset", offset,
	    "code", reason, "reason", err->msg);
}

/* Take M in: 1, or 0 if its schema is being fetched. */
static int
take_message(struct reconciler *r, const struct bus_message *m)
{
	struct reader_record record;
	struct err err = {0};
	const struct reader_want want = {.part = r->claim};
	const char *reason = "";
	int rc, is_claim;

	if (strcmp(m->topic, "tw.partnerships") == 0 && m->key != NULL &&
	    merge_has(r->merge, m->key, m->key_size, m->offset)) {
		r->totals.read++;
		return 1;
	}
	is_claim = strncmp(m->topic, "tw.claims.", 10) == 0;
	rc = reader_read(r->wire.schemas, m, is_claim ? &want : NULL, &record,
	    &reason, &err);
	if (rc == 0)
		return 0;
	r->totals.read++;
	if (rc < 0) {
		refuse(r, m, reason, &err);
		return 1;
	}
	if (record.topic.type == RECORD_CLAIM)
		merge_claim(r->merge, record.key, m->offset, m->timestamp_ms,
		    jv_copy(record.value));
	else
		merge_known(
		    r->merge, record.key, jv_copy(record.value), m->offset);
	reader_fini(&record);
	return 1;
}

/* Read what is there, at most READ_MAX messages.  -1 with ERR = FATAL. */
static int
read_some(struct reconciler *r, struct err *err)
{
	for (int i = 0; i < READ_MAX; i++) {
		struct bus_message m = r->held;
		int rc = CONSUMER_MESSAGE;

		if (m.topic == NULL)
			rc = consumer_poll(r->wire.consumer, 0, &m, err);
		if (rc < 0)
			return inputs_failed(r->inputs, m.topic, err);
		if (rc == CONSUMER_NOTHING)
			return 0;
		if (rc == CONSUMER_EOF) {
			inputs_at_end(r->inputs, m.topic, m.offset);
			continue;
		}
		r->held = m;
		if (!take_message(r, &m))
			return 0;
		inputs_seen(r->inputs, &m);
		/* None is held from turn to turn but one that waits for its
		 * schema: the loop would wait with it. */
		r->held.topic = NULL;
	}
	return 0;
}

static void
on_sent(void *ctx, int64_t offset, const struct err *err)
{
	struct sent *sent = ctx;
	struct reconciler *r = sent->r;

	if (offset >= 0) {
		if (sent->type == RECORD_NOTICE)
			r->totals.notices++;
		else if (sent->is_tombstone)
			r->totals.tombstones++;
		else
			r->totals.partnerships++;
		merge_done(r->merge, sent->pair_key, offset);
	} else {
		r->totals.failed++;
		if (!r->is_stopping)
			log_warn("not written", "pair", sent->pair_key,
			    "reason", err->msg);
		merge_failed(r->merge, sent->pair_key, err->class == ERR_RETRY);
	}
	free(sent->pair_key);
	free(sent);
}

/* Send R->due: 1 sent or given up, 0 if it has to wait. */
static int
send_due(struct reconciler *r)
{
	const char *topic =
	    r->due.type == RECORD_NOTICE ? "tw.notices" : "tw.partnerships";
	struct sent *sent = mem_new(1, sizeof(*sent));
	struct err err = {0};
	int rc;

	*sent = (struct sent){r, mem_dup(r->due.pair_key), r->due.type,
	    jv_get_kind(r->due.value) == JV_KIND_NULL};
	rc = writer_send(r->writer, r->due.type, topic, r->due.key,
	    r->due.value, on_sent, sent, &err);
	if (rc < 0 && err.class == ERR_REJECT) {
		log_error("does not fit the wire", "key", r->due.key, "reason",
		    err.msg);
		merge_failed(r->merge, r->due.pair_key, 0);
		rc = 2;
	}
	if (rc != 1) {
		free(sent->pair_key);
		free(sent);
	}
	if (rc > 0)
		merge_output_fini(&r->due);
	return rc > 0;
}

static void
write_some(struct reconciler *r)
{
	if (r->is_stopping || !inputs_are_read(r->inputs))
		return;
	while (producer_pending(r->producer) < OUT_MAX) {
		if (r->due.key == NULL && !merge_next(r->merge, &r->due))
			return;
		if (!send_due(r))
			return;
	}
}

/* Ask for the ids of what is written, so that the first change need not wait
 * for them; a registry that is down shows in /readyz from the start. */
static void
ask_ids(struct reconciler *r)
{
	static const enum record_type types[] = {
	    RECORD_NOTICE, RECORD_PARTNERSHIP};
	int32_t id;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		(void)schemas_writer(r->wire.schemas, types[i], &id, NULL);
}

static int
take_catalog(struct reconciler *r, struct err *err)
{
	jv listing = catalog_take(r->wire.catalog, &r->wire.trouble);
	int rc = 0;

	if (jv_is_valid(listing))
		rc = inputs_listed(r->inputs, listing, err);
	jv_free(listing);
	return rc;
}

static void
say_state(struct reconciler *r)
{
	struct merge_counts n = merge_counts(r->merge);
	char claims[32], pairs[32], unresolved[32];
	int64_t now = clock_mono_ms();
	struct buf why = {0};
	int is_ready = inputs_are_read(r->inputs);

	if (is_ready && !r->is_ready) {
		snprintf(claims, sizeof(claims), "%zu", n.claims);
		snprintf(pairs, sizeof(pairs), "%zu", n.pairs);
		snprintf(unresolved, sizeof(unresolved), "%zu", n.unresolved);
		log_info("ready", "claims", claims, "pairs", pairs,
		    "unresolved", unresolved);
	} else if (!is_ready && now - r->said_ms >= WAIT_SAID_EVERY_MS) {
		print_ready(r, &why);
		log_info("waiting", "for", why.data == NULL ? "" : why.data);
		buf_free(&why);
		r->said_ms = now;
	}
	r->is_ready = is_ready;
}

/* One turn: wait, read, write.  -1 with ERR = FATAL. */
static int
turn(struct reconciler *r, int signal_fd, struct err *err)
{
	struct http_fd fds[] = {{signal_fd, 0}, {producer_fd(r->producer), 0},
	    {catalog_fd(r->wire.catalog), 0}, {admin_port_fd(r->admin), 0},
	    {consumer_fd(r->wire.consumer), 0}};
	/* While a message waits for its schema, more of them are no news. */
	size_t n = sizeof(fds) / sizeof(*fds) - (r->held.topic != NULL);

	/* Nobody else would ask again before there is something to write. */
	if (!r->is_ready || *schemas_trouble(r->wire.schemas) != '\0')
		ask_ids(r);
	if (http_wait(r->wire.http, fds, n, TURN_MAX_MS, err) != 0 ||
	    producer_poll(r->producer, 0, err) < 0 ||
	    take_catalog(r, err) != 0 || read_some(r, err) != 0)
		return -1;
	vitals_step(r->vitals, clock_mono_ms());
	admin_port_step(r->admin);
	write_some(r);
	say_state(r);
	return 0;
}

static int
drain(struct reconciler *r, int signal_fd, struct err *err)
{
	int64_t until = clock_mono_ms() + DRAIN_MAX_MS;

	r->is_stopping = 1;
	while (producer_pending(r->producer) > 0 && clock_mono_ms() < until)
		if (turn(r, signal_fd, err) != 0)
			return -1;
	return 0;
}

int
reconciler_run(struct reconciler *r, int signal_fd, struct err *err)
{
	char port[16];

	r->said_ms = clock_mono_ms();
	snprintf(port, sizeof(port), "%u", admin_port_number(r->admin));
	log_info("running", "admin_port", port);
	for (;;) {
		switch (daemon_signal_next(signal_fd)) {
		case DAEMON_STOP:
			log_info("stopping");
			return drain(r, signal_fd, err);
		case DAEMON_RELOAD:
			reload(r);
			break;
		case DAEMON_NONE:
			break;
		}
		if (turn(r, signal_fd, err) != 0)
			return -1;
	}
}
