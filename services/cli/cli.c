/* What the commands share: see cli.h. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/conf.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "bus/producer.h"
#include "cli/cli.h"
#include "rest/http.h"
#include "rest/registry.h"
#include "wire/access.h"
#include "wire/reader.h"
#include "wire/schemas.h"
#include "wire/writer.h"

enum {
	OPTIONS_MAX = 24,
	HTTP_CONNECTIONS = 4,
	REGISTRY_WAIT_MS = 10000,
	TURN_MS = 100
};

static const char default_conf[] = "/etc/twinwire/twinwire.yaml";

struct cli_inner {
	struct access_conf wire;
	struct admin *admin;
	struct http *http;
	struct registry *registry;
	struct schemas *schemas;
	struct producer *producer;
	struct writer *writer; /* of one member at a time */
	char *member;
	struct err failure; /* of a write since the last flush */
};

/* Where --brokers, --registry and --conf point, as given. */
struct given {
	const char *brokers, *registry, *conf;
	int is_help;
};

int
cli_say(const struct cli *c, int code, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "twinwire %s: ", c->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return code;
}

int
cli_fail(const struct cli *c, const struct err *err)
{
	return cli_say(c, CLI_FAILED, "%s", err->msg);
}

/* The command's options and then the common ones it has. */
static size_t
all_options(const struct cli_usage *u, struct cli *c, struct given *g,
    struct cli_option out[OPTIONS_MAX])
{
	const struct cli_option common[] = {
	    {"brokers", "HOST:PORT", "where Kafka is, several with commas",
		&g->brokers, NULL},
	    {"registry", "URL", "where the schema registry is", &g->registry,
		NULL},
	    {"conf", "FILE",
		"read both from the keys `kafka` and "
		"`registry` of FILE",
		&g->conf, NULL},
	    {"json", NULL, "print JSON, for scripts", NULL, &c->is_json},
	    {"help", NULL, "print this", NULL, &g->is_help},
	};
	/* Whoever wraps the program names both places to any command. */
	const int has_wire = (u->common & (CLI_KAFKA | CLI_REGISTRY)) != 0;
	const int has[] = {
	    has_wire, has_wire, has_wire, (u->common & CLI_JSON) != 0, 1};
	size_t n = 0, i;

	for (i = 0; i < u->n_options && n < OPTIONS_MAX - 5; i++)
		out[n++] = u->options[i];
	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (has[i])
			out[n++] = common[i];
	return n;
}

static void
print_help(FILE *out, const struct cli *c, const struct cli_usage *u,
    const struct cli_option *options, size_t n)
{
	char left[64];
	size_t i;

	fprintf(out, "usage: twinwire %s [OPTION...]%s%s\n\n%s\n\n", c->name,
	    u->arguments[0] != '\0' ? " " : "", u->arguments, u->summary);
	for (i = 0; i < n; i++) {
		snprintf(left, sizeof(left), "--%s%s%s", options[i].name,
		    options[i].value != NULL ? " " : "",
		    options[i].value != NULL ? options[i].value : "");
		fprintf(out, "  %-22s %s\n", left, options[i].help);
	}
}

/* -1 to go on, else the exit code. */
static int
parse(struct cli *c, const struct cli_usage *u, int argc, char **argv,
    struct given *g)
{
	struct cli_option options[OPTIONS_MAX];
	struct option longs[OPTIONS_MAX + 1] = {0};
	size_t n = all_options(u, c, g, options), i;
	int at, index = 0;

	for (i = 0; i < n; i++) {
		longs[i].name = options[i].name;
		longs[i].has_arg = options[i].value != NULL;
	}
	optind = 0;
	opterr = 0;
	while ((at = getopt_long(argc, argv, "h", longs, &index)) != -1) {
		if (at == 'h') {
			g->is_help = 1;
		} else if (at != 0) {
			print_help(stderr, c, u, options, n);
			return cli_say(c, CLI_USAGE, "not understood: %s",
			    argv[optind - 1]);
		} else if (options[index].out != NULL) {
			*options[index].out = optarg;
		} else {
			*options[index].out_flag = 1;
		}
	}
	c->args = argv + optind;
	c->n_args = argc - optind;
	if (g->is_help) {
		print_help(stdout, c, u, options, n);
		return CLI_OK;
	}
	if (c->n_args < u->min || (u->max >= 0 && c->n_args > u->max)) {
		print_help(stderr, c, u, options, n);
		return cli_say(c, CLI_USAGE, "too %s arguments; it takes %s",
		    c->n_args < u->min ? "few" : "many",
		    u->arguments[0] != '\0' ? u->arguments : "none");
	}
	return -1;
}

static void
set_text(char **field, const char *text)
{
	free(*field);
	*field = mem_dup(text);
}

/* A daemon's file will do: its other keys are not this program's to judge. */
static int
locate(struct cli *c, const struct cli_usage *u, const struct given *g)
{
	const char *file = g->conf;
	struct cli_inner *in = c->inner;
	struct conf *conf;
	struct err err;
	jv all;

	if (file == NULL && access(default_conf, R_OK) == 0)
		file = default_conf;
	if (file != NULL) {
		conf = conf_load(file, &err);
		if (conf == NULL)
			return cli_say(c, CLI_CONFIG, "%s", err.msg);
		all = conf_value(conf);
		access_fini(&in->wire);
		access_take(&in->wire, file, all);
		jv_free(all);
		conf_free(conf);
	}
	if (g->brokers != NULL)
		set_text(&in->wire.brokers, g->brokers);
	if (g->registry != NULL) {
		set_text(&in->wire.registry_url, g->registry);
		in->wire.insecure_http = 1; /* whoever types it sees it */
	}
	if ((u->common & CLI_KAFKA) && in->wire.brokers == NULL)
		return cli_say(
		    c, CLI_USAGE, "where is Kafka? Give --brokers or --conf");
	if ((u->common & CLI_REGISTRY) && in->wire.registry_url == NULL)
		return cli_say(c, CLI_USAGE,
		    "where is the schema registry? Give --registry or --conf");
	return -1;
}

int
cli_start(struct cli *c, const struct cli_usage *u, int argc, char **argv)
{
	struct given g = {0};
	int code;

	*c = (struct cli){.name = argv[0]};
	code = parse(c, u, argc, argv, &g);
	if (code >= 0)
		return code;
	c->inner = mem_new(1, sizeof(*c->inner));
	c->inner->wire.kafka = jv_object();
	if (u->common & (CLI_KAFKA | CLI_REGISTRY)) {
		code = locate(c, u, &g);
		if (code >= 0) {
			cli_end(c);
			return code;
		}
	}
	c->bus = (struct bus_conf){
	    c->inner->wire.brokers, "twinwire-cli", c->inner->wire.kafka};
	return -1;
}

void
cli_end(struct cli *c)
{
	struct cli_inner *in = c->inner;

	if (in == NULL)
		return;
	admin_free(in->admin);
	writer_free(in->writer);
	producer_free(in->producer);
	schemas_free(in->schemas);
	registry_free(in->registry);
	http_free(in->http);
	free(in->member);
	access_fini(&in->wire);
	free(in);
	c->inner = NULL;
}

struct admin *
cli_admin(struct cli *c, struct err *err)
{
	if (c->inner->admin == NULL)
		c->inner->admin = admin_new(&c->bus, err);
	return c->inner->admin;
}

static struct producer *
open_producer(struct cli *c, struct err *err)
{
	if (c->inner->producer == NULL)
		c->inner->producer = producer_new(&c->bus, err);
	return c->inner->producer;
}

struct registry *
cli_registry(struct cli *c, struct err *err)
{
	struct cli_inner *in = c->inner;

	if (in->registry != NULL)
		return in->registry;
	if (in->http == NULL)
		in->http = http_new(HTTP_CONNECTIONS, err);
	if (in->http == NULL)
		return NULL;
	in->registry = access_registry(&in->wire, in->http, err);
	return in->registry;
}

static struct schemas *
open_schemas(struct cli *c, struct err *err)
{
	struct registry *r;

	if (c->inner->schemas != NULL)
		return c->inner->schemas;
	r = cli_registry(c, err);
	if (r != NULL)
		c->inner->schemas = schemas_new(r, NULL);
	return c->inner->schemas;
}

int
cli_turn(struct cli *c, struct err *err)
{
	struct cli_inner *in = c->inner;
	struct http_fd fd = {0};

	if (in->http == NULL)
		return producer_poll(in->producer, TURN_MS, err);
	if (in->producer != NULL)
		fd.fd = producer_fd(in->producer);
	if (http_wait(in->http, &fd, in->producer != NULL, TURN_MS, err) < 0)
		return -1;
	return in->producer != NULL ? producer_poll(in->producer, 0, err) : 0;
}

int
cli_decode(struct cli *c, const struct bus_message *m,
    struct reader_record *out, const char **out_reason, struct err *err)
{
	int64_t end_ms = clock_mono_ms() + REGISTRY_WAIT_MS;
	struct schemas *s = open_schemas(c, err);
	int rc;

	*out_reason = "";
	if (s == NULL)
		return -1;
	while ((rc = reader_read(s, m, NULL, out, out_reason, err)) == 0) {
		if (clock_mono_ms() > end_ms)
			return err_set(err, ERR_RETRY, 0,
			    "the schema registry does not answer: %s",
			    schemas_trouble(s));
		if (cli_turn(c, err) < 0)
			return -1;
	}
	return rc;
}

/* A write under way. */
struct sent {
	struct cli_inner *inner;
	cli_done *done;
	void *ctx;
};

static void
on_done(void *ctx, int64_t offset, const struct err *err)
{
	struct sent *s = ctx;

	if (err->class != ERR_NONE && s->inner->failure.class == ERR_NONE)
		s->inner->failure = *err;
	if (s->done != NULL)
		s->done(s->ctx, offset, err);
	free(s);
}

static struct writer *
open_writer(struct cli *c, const char *member, struct err *err)
{
	struct cli_inner *in = c->inner;
	struct schemas *s = open_schemas(c, err);
	struct producer *p = open_producer(c, err);
	char *source;

	if (s == NULL || p == NULL)
		return NULL;
	if (in->member != NULL && strcmp(in->member, member) == 0)
		return in->writer;
	writer_free(in->writer);
	set_text(&in->member, member);
	source = mem_printf("/%s/" KEY_CLI, member);
	in->writer = writer_new(p, s, source);
	free(source);
	return in->writer;
}

static int
send(struct writer *w, const struct cli_record *r, const char *topic,
    struct sent *s, struct err *err)
{
	struct writer_bytes bytes = {
	    .type = r->type, .topic = topic, .key = r->key};

	if (r->avro == NULL)
		return writer_send(
		    w, r->type, topic, r->key, r->value, on_done, s, err);
	bytes.data = r->avro->data;
	bytes.size = r->avro->size;
	return writer_send_avro(w, &bytes, on_done, s, err);
}

int
cli_write(struct cli *c, const struct cli_record *r, cli_done *done, void *ctx,
    struct err *err)
{
	int64_t end_ms = clock_mono_ms() + REGISTRY_WAIT_MS;
	struct writer *w = open_writer(c, r->member, err);
	struct sent *s;
	char *topic;
	int rc;

	if (w == NULL)
		return -1;
	topic = topic_new(r->type, r->member);
	s = mem_new(1, sizeof(*s));
	*s = (struct sent){c->inner, done, ctx};
	for (;;) {
		rc = send(w, r, topic, s, err);
		if (rc == 1 || (rc < 0 && err->class != ERR_RETRY))
			break;
		if (clock_mono_ms() > end_ms) {
			if (rc == 0)
				err_set(err, ERR_RETRY, 0,
				    "the schema registry does not answer: %s",
				    schemas_trouble(c->inner->schemas));
			rc = -1;
			break;
		}
		if (cli_turn(c, err) < 0) {
			rc = -1;
			break;
		}
	}
	free(topic);
	if (rc != 1)
		free(s);
	return rc == 1 ? 0 : -1;
}

int
cli_flush(struct cli *c, int timeout_ms, struct err *err)
{
	struct cli_inner *in = c->inner;

	if (in->producer == NULL)
		return 0;
	if (producer_flush(in->producer, timeout_ms, err) < 0)
		return -1;
	if (in->failure.class == ERR_NONE)
		return 0;
	*err = in->failure;
	in->failure = (struct err){0};
	return -1;
}

/* V (consumed) in the form that WRITE gives it, and the end of the line. */
static void
print(jv v, void (*write)(jv v, struct buf *out))
{
	struct buf out = {0};

	write(v, &out);
	buf_puts(&out, "\n");
	fwrite(out.data, 1, out.size, stdout);
	fflush(stdout);
	buf_free(&out);
	jv_free(v);
}

void
cli_print_json(jv v)
{
	print(v, json_canonical);
}

void
cli_print_pretty(jv v)
{
	print(v, json_pretty);
}

char *
cli_share(const char *name)
{
	static const char *const places[] = {
	    "../share/twinwire", "../../data", "../../deploy", "../.."};
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t i;

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *path = mem_printf("%s/%s/%s", self, places[i], name);

		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

long
cli_number(const char *text, long least, long most)
{
	char *rest;
	long n = strtol(text, &rest, 10);

	return *text != '\0' && *rest == '\0' && n >= least && n <= most ? n
									 : -1;
}
