/* The process: see watch.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/daemon.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "bus/admin.h"
#include "bus/consumer.h"
#include "rest/backoff.h"
#include "rest/http.h"
#include "store/state.h"
#include "watch/alarm.h"
#include "watch/intake.h"
#include "watch/letter.h"
#include "watch/post.h"
#include "watch/settings.h"
#include "watch/view.h"
#include "watch/watch.h"
#include "web/admin.h"
#include "wire/clients.h"
#include "wire/schemas.h"
#include "wire/vitals.h"

enum {
	TURN_MAX_MS = 1000,
	JUDGE_EVERY_MS = 1000,
	CATALOG_EVERY_MS = 10000,
	FETCH_MAX_BYTES = 512 * 1024, /* of each topic */
	CERTIFICATE_DAYS = 30,
	DISK_PERCENT = 80,
	SILENT_MS = 60000, /* without an answer of Kafka, others are not judged:
			    * their statuses cannot come */
};
/* After a receiver that could not be reached. */
static const struct backoff_conf again = {30 * 1000, 3600 * 1000};

/* Whoever is told, and what is kept of that. */
struct told {
	const struct target *target;
	jv memory;	/* of alarm_next() */
	jv week;	/* {at, counters}: the last summary */
	unsigned fails; /* in a row */
	int64_t due_ms; /* tried again then (monotonic) */
};

struct watch {
	const struct settings *settings;
	struct clients wire;
	struct state *state;
	struct view *view;
	struct intake *intake;
	struct admin_port *admin;
	struct vitals *vitals;
	struct told *told;
	int64_t bus_ms; /* when Kafka was heard last (monotonic) */
	int64_t judge_ms;
	uint64_t n_sent, n_failed;
	int is_ready;
	int stop_fd;
};

static void
print_ready(void *ctx, struct buf *out)
{
	struct watch *w = ctx;

	vitals_trouble(&w->wire.trouble, w->wire.schemas, out);
	intake_print(w->intake, out);
}

static void
print_metrics(void *ctx, struct buf *out)
{
	static const char *const names[][3] = {
	    {"twinwire_watch_ready", "gauge",
		"1 once all statuses and receipts were read"},
	    {"twinwire_watch_connections", "gauge",
		"Connections that have a status"},
	    {"twinwire_watch_wrong", "gauge",
		"What is wrong now, as the operator is told it"},
	    {"twinwire_watch_messages_total", "counter",
		"Mails and webhooks delivered"},
	    {"twinwire_watch_failures_total", "counter",
		"Mails and webhooks that could not be delivered, each try"},
	};
	struct watch *w = ctx;
	jv wrong = view_wrong(w->view, NULL, clock_wall_ms());
	const double values[] = {w->is_ready, view_count(w->view),
	    jv_object_length(wrong), (double)w->n_sent, (double)w->n_failed};
	struct metrics *m = metrics_new();

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		metrics_describe(m, names[i][0], names[i][1], names[i][2]);
		metrics_set(m, names[i][0], "", values[i]);
	}
	vitals_metrics(w->vitals, w->wire.registry, clock_wall_ms(), m);
	vitals_kafka("consumer", "", consumer_errors(w->wire.consumer), m);
	metrics_print(m, out);
	metrics_free(m);
}

/* --- what is kept ----------------------------------------------------------
 */

static jv
load(struct watch *w, const struct target *t, const char *what)
{
	char *name = mem_printf("%s %s", what, t->name);
	const char *text;
	jv v = jv_invalid();

	if (state_value(w->state, "", name, &text, NULL) == 1)
		v = json_parse(text, strlen(text), NULL);
	free(name);
	if (jv_get_kind(v) == JV_KIND_OBJECT)
		return v;
	jv_free(v);
	return jv_object();
}

/* On the disk before it counts: a message is told once. */
static int
save(struct watch *w, const struct target *t, const char *what, jv v,
    struct err *err)
{
	char *name = mem_printf("%s %s", what, t->name);
	struct buf text = {0};
	int rc;

	json_canonical(v, &text);
	rc = state_begin(w->state, err);
	if (rc == 0)
		rc = state_set_value(w->state, "", name, text.data, err);
	if (rc == 0)
		rc = state_commit(w->state, err);
	if (rc == 0)
		rc = state_sync(w->state, err);
	if (rc != 0)
		state_rollback(w->state);
	buf_free(&text);
	free(name);
	return rc;
}

/* --- telling ----------------------------------------------------------------
 */

/* 1 delivered, 0 not now. */
static int
send(struct watch *w, struct told *t, const struct post *p)
{
	struct err err = {0};

	if (post_send(w->settings, t->target, p, w->stop_fd, &err) == 0) {
		t->fails = 0;
		w->n_sent++;
		log_info("told", "to", t->target->name, "subject", p->subject);
		return 1;
	}
	w->n_failed++;
	t->fails++;
	t->due_ms = clock_mono_ms() + backoff_ms(&again, t->fails, t->fails, 0);
	log_warn(
	    "not told, tried again", "to", t->target->name, "reason", err.msg);
	return 0;
}

/* 1 delivered, 0 not now. */
static int
tell(struct watch *w, struct told *t, jv message)
{
	struct buf subject = {0}, text = {0};
	char *id = alarm_message_id(t->target->name, message);
	int ok;

	letter_alarm(message, w->settings->portal_url, &subject, &text);
	ok = send(w, t, &(struct post){id, subject.data, text.data, message});
	buf_free(&subject);
	buf_free(&text);
	free(id);
	return ok;
}

/* About the wire as this process meets it, for the operator. */
static void
add_own(const struct watch *w, const char *kind, const char *text,
    const char *todo, jv *out)
{
	char *id = mem_printf("%s twinwire-watch", kind);
	jv one = jv_object();

	json_set_str(&one, "kind", kind);
	json_set_str(&one, "connection", "twinwire-watch");
	json_set_str(&one, "member", "the operator");
	json_set_str(&one, "text", text);
	json_set_str(&one, "do", todo);
	json_set_int(&one, "n", 1);
	json_set(out, id, one);
	free(id);
	(void)w;
}

static void
judge_own(const struct watch *w, int64_t wall_ms, jv *out)
{
	int64_t end = vitals_certificate_ms(w->vitals);

	if (end >= 0 && vitals_days_left(end, wall_ms) < CERTIFICATE_DAYS)
		add_own(w, "certificate",
		    "One of the files under `certificates` ends within 30 "
		    "days.",
		    "Renew it. RUNBOOK.md, TwinwireCertificate.", out);
	if (vitals_disk_percent(w->vitals) > DISK_PERCENT)
		add_own(w, "disk", "The disk of this machine is nearly full.",
		    "Make room. RUNBOOK.md, TwinwireDisk.", out);
}

static int
is_deaf(const struct watch *w)
{
	return clock_mono_ms() - w->bus_ms > SILENT_MS;
}

/* What is wrong for T; while Kafka does not answer only that, and all else
 * stays as it was. */
static jv
wrong_for(const struct watch *w, struct told *t, int64_t wall_ms)
{
	int is_operator = t->target->member == NULL;
	jv out;

	if (!is_deaf(w)) {
		out = view_wrong(w->view, t->target->member, wall_ms);
		if (is_operator)
			judge_own(w, wall_ms, &out);
		return out;
	}
	out = jv_object();
	jv_object_foreach (t->memory, id, entry) {
		json_set(&out, jv_string_value(id), json_get(entry, "last"));
		jv_free(id);
		jv_free(entry);
	}
	if (is_operator)
		add_own(w, "kafka", w->wire.trouble.msg,
		    "See whether Kafka runs. RUNBOOK.md, TwinwireKafka.", &out);
	return out;
}

/* The week of T, if one is over.  -1 with ERR = FATAL. */
static int
tell_week(
    struct watch *w, struct told *t, jv wrong, int64_t wall_ms, struct err *err)
{
	struct buf subject = {0}, text = {0};
	jv connections, last, data;
	int ok, is_first = json_int(t->week, "at", 0) == 0;

	if (!t->target->is_weekly ||
	    !alarm_is_week_over(json_int(t->week, "at", 0), wall_ms))
		return 0;
	connections = view_connections(w->view, t->target->member);
	last = json_get(t->week, "counters");
	data = jv_object();
	letter_week(connections, last, wrong, &subject, &text);
	json_set_str(&data, "id", "weekly");
	json_set_str(&data, "what", "weekly");
	json_set_int(&data, "since", json_int(t->week, "at", 0));
	ok = is_first; /* nothing to compare it with */
	if (!ok) {
		char *id = alarm_message_id(t->target->name, data);

		ok = send(
		    w, t, &(struct post){id, subject.data, text.data, data});
		free(id);
	}
	if (ok) {
		json_set_int(&t->week, "at", wall_ms);
		json_set(&t->week, "counters", letter_counters(connections));
	}
	jv_free(connections);
	jv_free(last);
	jv_free(data);
	buf_free(&subject);
	buf_free(&text);
	return ok ? save(w, t->target, "week", t->week, err) : 0;
}

/* Tell T what is due.  -1 with ERR = FATAL. */
static int
serve(struct watch *w, struct told *t, int64_t wall_ms, struct err *err)
{
	const struct alarm_rules rules = {
	    w->settings->settle_ms, w->settings->again_ms};
	jv wrong = wrong_for(w, t, wall_ms), before = jv_copy(t->memory), m;
	int rc = 0;

	while (rc == 0) {
		m = alarm_next(&t->memory, wrong, &rules, wall_ms);
		if (jv_get_kind(m) != JV_KIND_OBJECT ||
		    clock_mono_ms() < t->due_ms || !tell(w, t, m)) {
			jv_free(m);
			break;
		}
		alarm_told(&t->memory, m, wall_ms);
		jv_free(m);
		jv_free(before);
		before = jv_copy(t->memory);
		rc = save(w, t->target, "alarms", t->memory, err);
	}
	if (rc == 0 && !jv_equal(before, jv_copy(t->memory)))
		rc = save(w, t->target, "alarms", t->memory, err);
	else if (rc != 0)
		jv_free(before);
	if (rc == 0 && clock_mono_ms() >= t->due_ms && !is_deaf(w))
		rc = tell_week(w, t, wrong, wall_ms, err);
	jv_free(wrong);
	return rc;
}

static int
judge(struct watch *w, int64_t now_ms, struct err *err)
{
	if (now_ms < w->judge_ms || (!w->is_ready && !is_deaf(w)))
		return 0;
	w->judge_ms = now_ms + JUDGE_EVERY_MS;
	for (size_t i = 0; i < w->settings->n_targets; i++)
		if (serve(w, &w->told[i], clock_wall_ms(), err) != 0)
			return -1;
	return 0;
}

/* --- the process ------------------------------------------------------------
 */

struct watch *
watch_new(const struct settings *s, struct err *err)
{
	struct watch *w = mem_new(1, sizeof(*w));
	const struct vitals_conf vitals = {"watch", s->state, &s->wire};
	const struct clients_conf wire = {
	    &s->wire, "twinwire-watch", FETCH_MAX_BYTES, CATALOG_EVERY_MS};
	struct admin_port_conf admin = {s->wire.admin_address,
	    s->wire.admin_port, print_ready, print_metrics, w};

	w->settings = s;
	w->bus_ms = clock_mono_ms();
	w->view = view_new();
	w->vitals = vitals_new(&vitals);
	for (char **f = s->certificates; f != NULL && *f != NULL; f++)
		vitals_watch(w->vitals, *f, 0);
	w->told = mem_new(s->n_targets, sizeof(*w->told));
	if ((w->state = state_open(s->state, err)) == NULL ||
	    clients_open(&w->wire, &wire, err) != 0 ||
	    (w->admin = admin_port_new(&admin, err)) == NULL) {
		watch_free(w);
		return NULL;
	}
	w->intake = intake_new(
	    w->wire.consumer, w->wire.catalog, w->wire.schemas, w->view);
	for (size_t i = 0; i < s->n_targets; i++) {
		jv memory = load(w, &s->targets[i], "alarms");

		w->told[i].target = &s->targets[i];
		w->told[i].memory = view_renamed(memory);
		jv_free(memory);
		w->told[i].week = load(w, &s->targets[i], "week");
	}
	return w;
}

void
watch_free(struct watch *w)
{
	if (w == NULL)
		return;
	admin_port_free(w->admin);
	intake_free(w->intake);
	clients_close(&w->wire);
	state_close(w->state);
	vitals_free(w->vitals);
	view_free(w->view);
	for (size_t i = 0; i < w->settings->n_targets; i++)
		if (w->told[i].target != NULL) {
			jv_free(w->told[i].memory);
			jv_free(w->told[i].week);
		}
	free(w->told);
	free(w);
}

static int
take_catalog(struct watch *w, struct err *err)
{
	jv listing = catalog_take(w->wire.catalog, &w->wire.trouble);
	int rc = 0;

	if (jv_is_valid(listing)) {
		w->bus_ms = clock_mono_ms();
		rc = intake_listed(w->intake, listing, err);
	}
	jv_free(listing);
	return rc;
}

static int
turn(struct watch *w, struct err *err)
{
	struct http_fd fds[] = {{w->stop_fd, 0},
	    {catalog_fd(w->wire.catalog), 0}, {admin_port_fd(w->admin), 0},
	    {consumer_fd(w->wire.consumer), 0}};
	size_t n = sizeof(fds) / sizeof(*fds);
	int64_t now;

	/* Of what waited for its schema the consumer's descriptor tells
	 * nothing.
	 */
	if (http_wait(w->wire.http, fds, n,
		intake_has_more(w->intake) ? 0 : TURN_MAX_MS, err) != 0 ||
	    take_catalog(w, err) != 0 || intake_step(w->intake, err) != 0)
		return -1;
	now = clock_mono_ms();
	vitals_step(w->vitals, now);
	admin_port_step(w->admin);
	if (!w->is_ready && intake_is_read(w->intake)) {
		w->is_ready = 1;
		log_info("ready");
	}
	return judge(w, now, err);
}

int
watch_run(struct watch *w, int signal_fd, struct err *err)
{
	w->stop_fd = signal_fd;
	log_info("running", "state", w->settings->state);
	for (;;) {
		switch (daemon_signal_next(signal_fd)) {
		case DAEMON_STOP:
			log_info("stopping");
			return 0;
		case DAEMON_RELOAD:
			log_warn("changed files are taken at a restart");
			break;
		case DAEMON_NONE:
			break;
		}
		if (turn(w, err) != 0)
			return -1;
	}
}
