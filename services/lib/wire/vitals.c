/* What a daemon knows of its own health: see vitals.h. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metrics.h"
#include "rest/certificate.h"
#include "rest/registry.h"
#include "rest/http_stats.h"
#include "wire/access.h"
#include "wire/schemas.h"
#include "wire/vitals.h"

enum {
	LOOK_EVERY_MS = 60000,
	DAY_MS = 24 * 3600 * 1000,
	WATCHED_MAX = 1024 /* certificates */
};

struct watched {
	char *file;
	int is_authority;
	int is_said; /* that it cannot be read */
	int64_t end_ms;
};

struct vitals {
	const char *program, *state;
	struct watched *list;
	size_t n;
	int64_t look_ms;
	double state_bytes, disk_bytes, disk_free;
};

struct vitals *
vitals_new(const struct vitals_conf *conf)
{
	struct vitals *v = mem_new(1, sizeof(*v));
	jv kafka = jv_copy(conf->wire->kafka);

	v->program = conf->program;
	v->state = conf->state;
	vitals_watch(v, json_str(kafka, "ssl.ca.location", NULL), 1);
	vitals_watch(v, json_str(kafka, "ssl.certificate.location", NULL), 0);
	vitals_watch(v, conf->wire->ca_file, 1);
	jv_free(kafka);
	return v;
}

void
vitals_free(struct vitals *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->n; i++)
		free(v->list[i].file);
	free(v->list);
	free(v);
}

void
vitals_watch(struct vitals *v, const char *file, int is_authority)
{
	struct stat st;

	/* A folder of authorities is the system's; its upkeep is, too. */
	if (file == NULL || file[0] == '\0' || v->n == WATCHED_MAX ||
	    (stat(file, &st) == 0 && S_ISDIR(st.st_mode)))
		return;
	for (size_t i = 0; i < v->n; i++)
		if (strcmp(v->list[i].file, file) == 0)
			return;
	v->list = mem_grow(v->list, v->n + 1, sizeof(*v->list));
	v->list[v->n++] = (struct watched){mem_dup(file), is_authority, 0, -1};
	v->look_ms = 0;
}

static double
file_bytes(const char *name, const char *suffix)
{
	char *path = mem_printf("%s%s", name, suffix);
	struct stat st;
	double size = stat(path, &st) == 0 ? (double)st.st_size : 0;

	free(path);
	return size;
}

static void
look_at_disk(struct vitals *v)
{
	struct statvfs fs;

	v->state_bytes =
	    file_bytes(v->state, "") + file_bytes(v->state, "-wal");
	if (statvfs(v->state, &fs) != 0)
		return;
	/* As df has it: what only root may use counts as used. */
	v->disk_free = (double)fs.f_bavail * (double)fs.f_frsize;
	v->disk_bytes = (double)(fs.f_blocks - fs.f_bfree + fs.f_bavail) *
			(double)fs.f_frsize;
}

void
vitals_step(struct vitals *v, int64_t now_ms)
{
	struct err err = {0};

	if (v->look_ms != 0 && now_ms < v->look_ms)
		return;
	v->look_ms = now_ms + LOOK_EVERY_MS;
	if (v->state != NULL)
		look_at_disk(v);
	for (size_t i = 0; i < v->n; i++) {
		struct watched *w = &v->list[i];

		if (certificate_end(
			w->file, w->is_authority, &w->end_ms, &err) == 0) {
			w->is_said = 0;
		} else if (!w->is_said) {
			w->is_said = 1;
			log_warn("certificate", "reason", err.msg);
		}
	}
}

int
vitals_disk_percent(const struct vitals *v)
{
	if (v->disk_bytes <= 0)
		return -1;
	return (int)(100 * (v->disk_bytes - v->disk_free) / v->disk_bytes);
}

int64_t
vitals_certificate_ms(const struct vitals *v)
{
	int64_t first = -1;

	for (size_t i = 0; i < v->n; i++)
		if (v->list[i].end_ms >= 0 &&
		    (first < 0 || v->list[i].end_ms < first))
			first = v->list[i].end_ms;
	return first;
}

int64_t
vitals_days_left(int64_t end_ms, int64_t wall_ms)
{
	return end_ms > wall_ms ? (end_ms - wall_ms) / DAY_MS : 0;
}

void
vitals_certificate(
    const char *labels, int64_t end_ms, int64_t wall_ms, struct metrics *m)
{
	metrics_describe(m, "twinwire_certificate_days_left", "gauge",
	    "Days until a certificate ends: of a `file` in the configuration, "
	    "or the one that a `connection`'s system shows.");
	metrics_set(m, "twinwire_certificate_days_left", labels,
	    (double)vitals_days_left(end_ms, wall_ms));
}

void
vitals_kafka(
    const char *client, const char *with, uint64_t errors, struct metrics *m)
{
	struct buf labels = {0};

	buf_puts(&labels, with);
	metrics_label(&labels, "client", client);
	metrics_describe(m, "twinwire_kafka_errors_total", "counter",
	    "Errors that a `client` of Kafka (producer, consumer) met, since "
	    "the start: brokers away, TLS, rights.");
	metrics_set(
	    m, "twinwire_kafka_errors_total", labels.data, (double)errors);
	buf_free(&labels);
}

static void
state_metrics(const struct vitals *v, struct metrics *m)
{
	metrics_describe(m, "twinwire_state_bytes", "gauge",
	    "Size of the state file with its log.");
	metrics_set(m, "twinwire_state_bytes", "", v->state_bytes);
	metrics_describe(m, "twinwire_disk_bytes", "gauge",
	    "Size of the disk that the state file is on.");
	metrics_set(m, "twinwire_disk_bytes", "", v->disk_bytes);
	metrics_describe(m, "twinwire_disk_free_bytes", "gauge",
	    "What is free of that disk.");
	metrics_set(m, "twinwire_disk_free_bytes", "", v->disk_free);
}

void
vitals_metrics(const struct vitals *v, const struct registry *r,
    int64_t wall_ms, struct metrics *m)
{
	struct buf labels = {0};

	metrics_build(m, v->program);
	if (v->state != NULL)
		state_metrics(v, m);
	for (size_t i = 0; i < v->n; i++) {
		if (v->list[i].end_ms < 0)
			continue;
		buf_clear(&labels);
		metrics_label(&labels, "file", v->list[i].file);
		vitals_certificate(labels.data, v->list[i].end_ms, wall_ms, m);
	}
	if (r != NULL)
		http_stats_registry(registry_stats(r), m);
	buf_free(&labels);
}

void
vitals_trouble(
    const struct err *bus_trouble, const struct schemas *s, struct buf *out)
{
	if (bus_trouble->class != ERR_NONE)
		buf_printf(out, "kafka: %s\n", bus_trouble->msg);
	if (*schemas_trouble(s) != '\0')
		buf_printf(out, "registry: %s\n", schemas_trouble(s));
}
