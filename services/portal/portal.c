/* The process: see portal.h. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "base/daemon.h"
#include "base/err.h"
#include "base/histogram.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "bus/admin.h"
#include "bus/consumer.h"
#include "event/members.h"
#include "portal/atlas.h"
#include "portal/ingest.h"
#include "portal/portal.h"
#include "portal/query.h"
#include "portal/routes.h"
#include "portal/settings.h"
#include "portal/store.h"
#include "rest/http.h"
#include "web/admin.h"
#include "web/server.h"
#include "wire/clients.h"
#include "wire/schemas.h"
#include "wire/vitals.h"

enum { STATUS_CLASSES = 6 };
enum {
	TURN_MAX_MS = 1000, /* wait of one turn at most */
	READ_MS = 10,	    /* reading in one turn: readers wait as long */
	CATALOG_EVERY_MS = 2000,
	FETCH_MAX_BYTES = 512 * 1024, /* of each topic */
	WAIT_SAID_EVERY_MS = 10000
};

struct portal {
	const struct settings *settings;
	struct members *members; /* owned */
	struct clients wire;
	struct store *store;
	struct ingest *ingest;
	struct query *query;
	struct atlas *atlas;
	struct server *server;
	struct admin_port *admin;
	char *public_url; /* owned */
	struct vitals *vitals;
	uint64_t requests;
	uint64_t answers[STATUS_CLASSES]; /* by the first digit */
	struct histogram answer_times;
	int is_ready;
	int64_t said_ms;  /* when it last said what it waits for */
	int64_t began_ms; /* monotonic */
};

static void
print_ready(void *ctx, struct buf *out)
{
	struct portal *p = ctx;

	vitals_trouble(&p->wire.trouble, p->wire.schemas, out);
	if (!ingest_is_ready(p->ingest))
		ingest_print(p->ingest, out);
}

/* How readers are served. */
static void
describe_answers(const struct portal *p, struct metrics *m)
{
	char label[24];

	metrics_describe(m, "twinwire_portal_answers_total", "counter",
	    "Answers to readers by class (`code`: 2xx to 5xx).");
	for (int i = 2; i < STATUS_CLASSES; i++) {
		snprintf(label, sizeof(label), "code=\"%dxx\"", i);
		metrics_set(m, "twinwire_portal_answers_total", label,
		    (double)p->answers[i]);
	}
	metrics_describe(m, "twinwire_portal_answer_seconds", "histogram",
	    "How long making an answer took.");
	metrics_histogram(
	    m, "twinwire_portal_answer_seconds", "", &p->answer_times);
}

static void
print_metrics(void *ctx, struct buf *out)
{
	static const char *const names[][3] = {
	    {"twinwire_portal_ready", "gauge",
		"1 once all topics were read to their end"},
	    {"twinwire_portal_read_total", "counter", "Messages read"},
	    {"twinwire_portal_taken_total", "counter",
		"Records taken into the store"},
	    {"twinwire_portal_refused_total", "counter",
		"Messages that are no fit record"},
	    {"twinwire_portal_commits_total", "counter",
		"Transactions of the store"},
	    {"twinwire_portal_requests_total", "counter",
		"Requests of readers"},
	};
	struct portal *p = ctx;
	struct ingest_totals n = ingest_totals(p->ingest);
	const double values[] = {p->is_ready, (double)n.read, (double)n.taken,
	    (double)n.refused, (double)n.commits, (double)p->requests};
	struct metrics *m = metrics_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		metrics_describe(m, names[i][0], names[i][1], names[i][2]);
		metrics_set(m, names[i][0], "", values[i]);
	}
	describe_answers(p, m);
	vitals_metrics(p->vitals, p->wire.registry, clock_wall_ms(), m);
	vitals_kafka("consumer", "", consumer_errors(p->wire.consumer), m);
	metrics_print(m, out);
	metrics_free(m);
}

static void
answer(void *ctx, const struct server_request *r, struct server_answer *out)
{
	struct portal *p = ctx;
	struct routes_conf conf = {p->query, p->atlas, p->public_url};
	int64_t until_ms = 0, now_ms = clock_mono_ms();

	p->requests++;
	if (routes_answer(r, &conf, out, &until_ms)) {
		histogram_add(&p->answer_times, clock_mono_ms() - now_ms);
		if (out->status >= 200 && out->status < 600)
			p->answers[out->status / 100]++;
		return;
	}
	now_ms = clock_wall_ms();
	out->is_waiting = 1;
	out->delay_ms = until_ms > now_ms ? until_ms - now_ms : 1;
}

/* TLS with what the files hold now. */
static int
secure(struct portal *p, struct err *err)
{
	const struct settings *s = p->settings;
	struct buf certificate = {0}, key = {0};
	int rc;

	if (s->key_file == NULL)
		return 0;
	rc = conf_private(s->key_file, err);
	if (rc == 0)
		rc = conf_text(s->certificate_file, &certificate, err);
	if (rc == 0)
		rc = conf_text(s->key_file, &key, err);
	if (rc == 0)
		rc = server_secure(p->server, certificate.data, key.data, err);
	if (rc != 0)
		err_wrap(err, "TLS");
	buf_wipe(&key);
	buf_free(&certificate);
	return rc;
}

static int
open_doors(struct portal *p, struct err *err)
{
	const struct settings *s = p->settings;
	struct admin_port_conf admin = {s->wire.admin_address,
	    s->wire.admin_port, print_ready, print_metrics, p};
	const char *address = s->address != NULL ? s->address : "127.0.0.1";

	p->server = server_new(address, s->port, answer, p, err);
	if (p->server == NULL || secure(p, err) != 0)
		return -1;
	server_read_only(p->server);
	p->public_url =
	    s->public_url != NULL
		? mem_dup(s->public_url)
		: mem_printf("http%s://%s:%u", s->key_file != NULL ? "s" : "",
		      address, (unsigned)server_port(p->server));
	p->atlas = atlas_new(p->query, p->public_url);
	p->admin = admin_port_new(&admin, err);
	return p->admin != NULL ? 0 : -1;
}

struct portal *
portal_new(const struct settings *s, struct members *members,
    const struct cities *c, struct err *err)
{
	const struct vitals_conf vitals = {"portal", s->state_file, &s->wire};
	const struct clients_conf wire = {
	    &s->wire, "twinwire-portal", FETCH_MAX_BYTES, CATALOG_EVERY_MS};
	struct portal *p = mem_new(1, sizeof(*p));

	p->settings = s;
	p->vitals = vitals_new(&vitals);
	p->answer_times = histogram_request();
	p->members = members;
	if ((p->store = store_open(s->state_file, c, err)) == NULL ||
	    clients_open(&p->wire, &wire, err) != 0) {
		portal_free(p);
		return NULL;
	}
	p->ingest = ingest_new(
	    p->wire.consumer, p->wire.catalog, p->wire.schemas, p->store);
	p->query = query_new(p->store, p->ingest, members, c);
	if (open_doors(p, err) == 0)
		return p;
	portal_free(p);
	return NULL;
}

void
portal_free(struct portal *p)
{
	if (p == NULL)
		return;
	server_free(p->server);
	admin_port_free(p->admin);
	atlas_free(p->atlas);
	query_free(p->query);
	ingest_free(p->ingest);
	clients_close(&p->wire);
	vitals_free(p->vitals);
	store_close(p->store);
	members_free(p->members);
	free(p->public_url);
	free(p);
}

static int
reload_members(struct portal *p, struct err *err)
{
	struct members *members =
	    members_load(p->settings->members_file, NULL, err);

	if (members == NULL)
		return -1;
	query_members_changed(p->query, members);
	members_free(p->members);
	p->members = members;
	return 0;
}

static void
reload(struct portal *p)
{
	struct err err = {0};

	if (reload_members(p, &err) == 0 && secure(p, &err) == 0)
		log_info("reloaded", "members", p->settings->members_file);
	else
		log_error("not reloaded", "reason", err.msg);
}

static int
take_catalog(struct portal *p, struct err *err)
{
	jv listing = catalog_take(p->wire.catalog, &p->wire.trouble);
	int rc = 0;

	if (jv_is_valid(listing))
		rc = ingest_listed(p->ingest, listing, err);
	jv_free(listing);
	return rc;
}

static void
say_state(struct portal *p)
{
	int64_t now = clock_mono_ms();
	struct buf why = {0};
	int is_ready = ingest_is_ready(p->ingest);
	char records[32], took[32];

	if (is_ready && !p->is_ready) {
		snprintf(records, sizeof(records), "%llu",
		    (unsigned long long)ingest_totals(p->ingest).read);
		snprintf(
		    took, sizeof(took), "%lld", (long long)(now - p->began_ms));
		log_info("ready", "read", records, "ms", took);
		atlas_warm(p->atlas, clock_wall_ms());
		mem_give_back();
	} else if (!is_ready && now - p->said_ms >= WAIT_SAID_EVERY_MS) {
		print_ready(p, &why);
		log_info("waiting", "for", why.data == NULL ? "" : why.data);
		buf_free(&why);
		p->said_ms = now;
	}
	p->is_ready = is_ready;
}

/* One turn: wait WAIT_MS at most, read, answer; the next wait into *OUT_MS. */
static int
turn(struct portal *p, int signal_fd, int *wait_ms, struct err *err)
{
	struct http_fd fds[] = {{signal_fd, 0},
	    {catalog_fd(p->wire.catalog), 0}, {admin_port_fd(p->admin), 0},
	    {server_fd(p->server), 0}, {consumer_fd(p->wire.consumer), 0}};
	int has_news, wait;

	if (http_wait(p->wire.http, fds, sizeof(fds) / sizeof(*fds), *wait_ms,
		err) != 0 ||
	    take_catalog(p, err) != 0 ||
	    (has_news = ingest_step(p->ingest, READ_MS, err)) < 0)
		return -1;
	if (atlas_step(p->atlas, clock_wall_ms()) || has_news)
		server_wake(p->server);
	vitals_step(p->vitals, clock_mono_ms());
	admin_port_step(p->admin);
	wait = server_step(p->server);
	*wait_ms = wait >= 0 && wait < TURN_MAX_MS ? wait : TURN_MAX_MS;
	say_state(p);
	/* Of what waited for its schema the consumer's descriptor tells
	 * nothing.
	 */
	if (atlas_is_busy(p->atlas) || ingest_has_more(p->ingest))
		*wait_ms = 0;
	return 0;
}

int
portal_run(struct portal *p, int signal_fd, struct err *err)
{
	int wait_ms = 0;
	char port[16];

	p->said_ms = p->began_ms = clock_mono_ms();
	snprintf(port, sizeof(port), "%u", admin_port_number(p->admin));
	log_info("running", "address", p->public_url, "admin_port", port);
	for (;;) {
		switch (daemon_signal_next(signal_fd)) {
		case DAEMON_STOP:
			log_info("stopping");
			return 0;
		case DAEMON_RELOAD:
			reload(p);
			break;
		case DAEMON_NONE:
			break;
		}
		if (turn(p, signal_fd, &wait_ms, err) != 0)
			return -1;
	}
}
