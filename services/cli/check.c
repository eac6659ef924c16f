/* twinwire check: all mistakes in configuration files at once. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "event/members.h"
#include "map/connection.h"
#include "map/preset.h"
#include "map/program.h"
#include "rest/sign.h"

enum kind {
	KIND_NONE,
	KIND_CONNECTION,
	KIND_PRESET,
	KIND_MEMBERS,
	KIND_DAEMON
};

struct check {
	const char *presets;
	const char **connections; /* borrowed names, checked together */
	size_t n_connections;
	struct buf out;
	size_t errors;
};

/* What FILE is, by its keys; its own errors are said when it is read. */
static enum kind
kind_of(struct check *k, const char *file)
{
	static const struct {
		const char *key;
		enum kind kind;
	} signs[] = {{"connection", KIND_CONNECTION}, {"preset", KIND_PRESET},
	    {"connections", KIND_DAEMON}, {"members", KIND_MEMBERS}};
	struct err err;
	struct conf *conf = conf_load(file, &err);
	enum kind kind = KIND_NONE;
	jv doc, v;

	if (conf == NULL) {
		buf_printf(&k->out, "%s\n", err.msg);
		k->errors++;
		return KIND_NONE;
	}
	doc = conf_value(conf);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		v = json_get(doc, signs[i].key);
		if (kind == KIND_NONE && jv_is_valid(v))
			kind = signs[i].kind;
		jv_free(v);
	}
	if (kind == KIND_NONE) {
		conf_complain(conf, "", &k->out,
		    "neither `connection`, `preset`, `connections` nor "
		    "`members`: not a file of Twinwire");
		k->errors++;
	}
	jv_free(doc);
	conf_free(conf);
	return kind;
}

/* A daemon knows its own file: the one beside us checks it. */
static void
check_daemon(struct check *k, const char *file)
{
	char self[PATH_MAX], *daemon;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int status = -1;
	pid_t pid;

	if (n <= 0)
		return;
	self[n] = '\0';
	daemon = mem_printf("%s-connector", self);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		execl(daemon, daemon, "-n", "-f", file, (char *)NULL);
		fprintf(stderr, "%s: %s\n", daemon, strerror(errno));
		_exit(CLI_FAILED);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	k->errors += status != 0;
	free(daemon);
}

static void
check_file(struct check *k, const char *file)
{
	struct members *members;
	struct err err;

	switch (kind_of(k, file)) {
	case KIND_CONNECTION:
		k->connections[k->n_connections++] = file;
		break;
	case KIND_PRESET:
		k->errors += (size_t)preset_check(file, &k->out);
		break;
	case KIND_MEMBERS:
		members = members_load(file, &k->out, &err);
		k->errors += members == NULL;
		members_free(members);
		break;
	case KIND_DAEMON:
		check_daemon(k, file);
		break;
	case KIND_NONE:
		break;
	}
}

static void
check_signature(struct check *k, const struct connection *c)
{
	struct sign sign = {0};
	struct err err = {0};

	if (c->signature_files != NULL &&
	    sign_load(&sign, c->signature_files, &err) != 0) {
		buf_printf(&k->out, "%s: system.auth.signature: %s\n", c->file,
		    err.msg);
		k->errors++;
	}
	sign_fini(&sign);
}

static void
check_connections(struct check *k)
{
	struct connections list;
	size_t errors;

	if (k->n_connections == 0)
		return;
	errors = connections_load(
	    k->connections, k->n_connections, k->presets, &list, &k->out);
	k->errors += errors;
	if (errors != 0)
		return;
	for (size_t i = 0; i < list.n; i++)
		check_signature(k, &list.list[i]);
	connections_fini(&list);
}

int
check_main(int argc, char **argv)
{
	struct check k = {0};
	const struct cli_option options[] = {
	    {"presets", "DIR", "where the presets are", &k.presets, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "FILE...",
	    .summary = "Find all mistakes in files of connections, presets, "
		       "members and the\nconnector, also between connections, "
		       "each with file and line.",
	    .min = 1,
	    .max = -1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	char *shared = NULL;
	struct cli c;
	int i, code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	program_sandbox();
	if (k.presets == NULL)
		k.presets = shared = cli_share("connectors");
	if (k.presets == NULL)
		k.presets = ".";
	k.connections = mem_new((size_t)c.n_args, sizeof(*k.connections));
	for (i = 0; i < c.n_args; i++)
		check_file(&k, c.args[i]);
	check_connections(&k);
	if (k.out.size > 0)
		fputs(k.out.data, stderr);
	if (k.errors == 0)
		printf("%d %s, no mistakes\n", c.n_args,
		    c.n_args == 1 ? "file" : "files");
	buf_free(&k.out);
	free(k.connections);
	free(shared);
	cli_end(&c);
	return k.errors == 0 ? CLI_OK : CLI_CONFIG;
}
