/*
 * twinwire-sandbox: the wire and nine members in one program, for trying it.
 * See README.md.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/version.h"
#include "bus/mock.h"
#include "rest/http.h"
#include "sandbox/files.h"
#include "sandbox/seed.h"
#include "sandbox/site.h"
#include "sandbox/subjects.h"
#include "sandbox/topics.h"
#include "sandbox/watch.h"
#include "web/server.h"

enum { BROKERS = 1, WAIT_MAX_MS = 1000 };

struct options {
	const char *data, *deploy, *write;
	uint16_t port;
	const char *listen; /* NULL: loopback */
};

struct sandbox {
	struct town town;
	struct mock *mock;
	struct subjects *subjects;
	struct watch *watch;
	struct http *http; /* for its wait */
};

static void
usage(FILE *out)
{
	fprintf(out,
	    "twinwire-sandbox: a wire and demo member sites in one program\n"
	    "\n"
	    "usage: twinwire-sandbox [--data FILE] [--deploy DIR] [--write "
	    "DIR]\n"
	    "                        [--port BASE] [--listen ADDRESS]\n"
	    "\n"
	    "  --data FILE   cities, members and their entries "
	    "(data/demo.jsonl)\n"
	    "  --deploy DIR  presets, members.yaml, aliases.tsv (deploy)\n"
	    "  --write DIR   write addresses and the other programs'\n"
	    "                configuration there\n"
	    "  --port BASE   sites at BASE, BASE+1, ..., then the registry "
	    "and\n"
	    "                the portal; free ports without it\n"
	    "  --listen ADDRESS  sites and portal listen there (127.0.0.1)\n"
	    "  -V, -h        version, this help\n"
	    "\n"
	    "Limits.  Everything is in memory and gone at the end.  The\n"
	    "cluster is librdkafka's mock: it keeps %d MB a topic, then\n"
	    "drops the beginning; the sites say so and take no edits any\n"
	    "more.  It compacts nothing, finds no offset by time, knows no\n"
	    "users and no rights, and stamps no append time.  The registry\n"
	    "answers the calls Twinwire makes.  Not for real news.\n",
	    MOCK_PARTITION_MAX_BYTES / 1024 / 1024);
}

/* -1 to go on, else the exit code. */
static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
	    {"data", required_argument, NULL, 'd'},
	    {"deploy", required_argument, NULL, 'p'},
	    {"write", required_argument, NULL, 'w'},
	    {"port", required_argument, NULL, 'b'},
	    {"listen", required_argument, NULL, 'l'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},
	    {NULL, 0, NULL, 0},
	};
	long port;
	char *end;
	int c;

	while ((c = getopt_long(argc, argv, "hV", longs, NULL)) != -1) {
		if (c == 'd') {
			o->data = optarg;
		} else if (c == 'p') {
			o->deploy = optarg;
		} else if (c == 'w') {
			o->write = optarg;
		} else if (c == 'l') {
			o->listen = optarg;
		} else if (c == 'b') {
			port = strtol(optarg, &end, 10);
			if (*end != '\0' || port < 1 || port > 65000) {
				fprintf(stderr, "--port: 1 to 65000\n");
				return DAEMON_EXIT_USAGE;
			}
			o->port = (uint16_t)port;
		} else if (c == 'h') {
			usage(stdout);
			return DAEMON_EXIT_OK;
		} else if (c == 'V') {
			printf("twinwire-sandbox %s\n", TWINWIRE_VERSION);
			return DAEMON_EXIT_OK;
		} else {
			usage(stderr);
			return DAEMON_EXIT_USAGE;
		}
	}
	if (optind == argc)
		return -1;
	usage(stderr);
	return DAEMON_EXIT_USAGE;
}

static int
start(struct sandbox *sb, const struct options *o, struct err *err)
{
	struct files_conf files = {
	    .dir = o->write, .deploy = o->deploy, .address = o->listen};
	uint16_t registry_port;

	sb->town.address = o->listen;
	sb->http = http_new(1, err);
	if (sb->http == NULL ||
	    seed_load(&sb->town, o->data, o->port, err) != 0)
		return -1;
	registry_port =
	    o->port != 0 ? (uint16_t)(o->port + sb->town.n_sites) : 0;
	sb->subjects = subjects_new(registry_port, err);
	sb->mock = mock_new(BROKERS, err);
	if (sb->subjects == NULL || sb->mock == NULL ||
	    topics_make(sb->mock, &sb->town, err) != 0)
		return -1;
	files.data = o->data;
	files.portal_port = o->port != 0 ? (uint16_t)(registry_port + 1) : 0;
	files.brokers = mock_brokers(sb->mock);
	files.registry_port = server_port(subjects_server(sb->subjects));
	sb->watch = watch_new(files.brokers, sb->subjects, &sb->town, err);
	if (sb->watch == NULL)
		return -1;
	return o->write == NULL ? 0 : files_write(&files, &sb->town, err);
}

static void
stop(struct sandbox *sb)
{
	watch_free(sb->watch);
	mock_free(sb->mock);
	subjects_free(sb->subjects);
	seed_free(&sb->town);
	http_free(sb->http);
}

static void
announce(const struct sandbox *sb)
{
	const struct town *t = &sb->town;
	size_t i;

	printf("brokers   %s\n", mock_brokers(sb->mock));
	printf("registry  http://127.0.0.1:%u\n",
	    (unsigned)server_port(subjects_server(sb->subjects)));
	for (i = 0; i < t->n_sites; i++)
		printf("site      http://127.0.0.1:%u  %s\n",
		    (unsigned)site_port(t->sites[i]), t->sites[i]->member);
	printf("ready\n");
	fflush(stdout);
}

/* Longest wait until SERVER wants to be served again, at most WAIT. */
static int
serve(struct server *server, int wait)
{
	int next = server_step(server);

	return next >= 0 && next < wait ? next : wait;
}

static int
run(struct sandbox *sb, int signal_fd, struct err *err)
{
	struct town *t = &sb->town;
	size_t n = t->n_sites + 4, i;
	struct http_fd *fds = mem_new(n, sizeof(*fds));
	int wait, rc = 0;

	for (i = 0; i < t->n_sites; i++)
		fds[i].fd = server_fd(t->sites[i]->server);
	fds[i++].fd = server_fd(subjects_server(sb->subjects));
	fds[i++].fd = watch_status_fd(sb->watch);
	fds[i++].fd = watch_catalog_fd(sb->watch);
	fds[i++].fd = signal_fd;
	while (rc == 0) {
		wait = serve(subjects_server(sb->subjects), WAIT_MAX_MS);
		for (i = 0; i < t->n_sites; i++)
			wait = serve(t->sites[i]->server, wait);
		if (watch_step(sb->watch, err) != 0 ||
		    http_wait(sb->http, fds, n, wait, err) != 0)
			rc = -1;
		else if (fds[n - 1].is_ready &&
			 daemon_signal_next(signal_fd) == DAEMON_STOP)
			break;
	}
	free(fds);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o = {.data = "data/demo.jsonl", .deploy = "deploy"};
	struct sandbox sb = {.town = {.cities = jv_object()}};
	struct err err = {0};
	int code = read_options(argc, argv, &o), signal_fd;

	if (code >= 0) {
		jv_free(sb.town.cities);
		return code;
	}
	log_init("twinwire-sandbox", LOG_INFO, LOG_LOGFMT);
	code = DAEMON_EXIT_OK;
	signal_fd = daemon_signals();
	if (signal_fd < 0 || start(&sb, &o, &err) != 0) {
		code = DAEMON_EXIT_FATAL;
	} else {
		announce(&sb);
		if (run(&sb, signal_fd, &err) != 0)
			code = DAEMON_EXIT_FATAL;
	}
	if (code != DAEMON_EXIT_OK)
		log_error("cannot go on", "why", err.msg);
	stop(&sb);
	if (signal_fd >= 0)
		close(signal_fd);
	return code;
}
