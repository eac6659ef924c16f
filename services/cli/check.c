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
#include "base/count.h"
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
	KIND_CONNECTOR,
	KIND_RECONCILER,
	KIND_PORTAL,
	KIND_WATCH
};

/* As people are told of them; of a daemon, its program is "twinwire-" that. */
static const char *const kind_names[] = {[KIND_NONE] = "nothing known",
    [KIND_CONNECTION] = "connection",
    [KIND_PRESET] = "preset",
    [KIND_MEMBERS] = "members",
    [KIND_CONNECTOR] = "connector",
    [KIND_RECONCILER] = "reconciler",
    [KIND_PORTAL] = "portal",
    [KIND_WATCH] = "watch"};

struct check {
	const char *presets;
	const char *members_file; /* --members, or one among the files */
	const char **connections; /* borrowed names, checked together */
	size_t n_connections;
	jv kinds; /* [{file, kind}], in the order given */
	struct buf out;
	size_t errors;
};

/* 1 if DOC (borrowed) has KEY. */
static int
has(jv doc, const char *key)
{
	jv v = json_get(doc, key);
	int is = jv_is_valid(v);

	jv_free(v);
	return is;
}

/* 1 if DOC (borrowed) has a key that is the portal's alone; it listens by
 * default, too. */
static int
is_portal(jv doc)
{
	return has(doc, "listen") ||
	       (has(doc, "members") &&
		   (has(doc, "state") || has(doc, "public_url") ||
		       has(doc, "cities")));
}

/* What DOC (borrowed) is, by its keys.  A daemon's file has `kafka`; one that
 * names its members' file is the reconciler's, or the portal's by keys of its
 * own. */
static enum kind
kind_by_keys(jv doc)
{
	if (has(doc, "connection"))
		return KIND_CONNECTION;
	if (has(doc, "preset"))
		return KIND_PRESET;
	if (has(doc, "connections"))
		return KIND_CONNECTOR;
	if (has(doc, "notify"))
		return KIND_WATCH;
	if (is_portal(doc))
		return KIND_PORTAL;
	if (has(doc, "members"))
		return has(doc, "kafka") || has(doc, "registry") ||
			       has(doc, "aliases")
			   ? KIND_RECONCILER
			   : KIND_MEMBERS;
	return KIND_NONE;
}

/* 1 if FILE is the one given with --members: what it is was said. */
static int
is_members_file(const struct check *k, const char *file)
{
	return k->members_file != NULL && strcmp(file, k->members_file) == 0;
}

/* What FILE is; its own errors are said when it is read. */
static enum kind
kind_of(struct check *k, const char *file)
{
	struct err err;
	struct conf *conf;
	enum kind kind;
	jv doc;

	if (is_members_file(k, file))
		return KIND_MEMBERS;
	conf = conf_load(file, &err);
	if (conf == NULL) {
		buf_printf(&k->out, "%s\n", err.msg);
		k->errors++;
		return KIND_NONE;
	}
	doc = conf_value(conf);
	kind = kind_by_keys(doc);
	if (kind == KIND_NONE) {
		conf_complain(conf, "", &k->out,
		    "has neither `connection`, `preset`, `connections`, "
		    "`notify`, `listen` "
		    "nor `members`: not a file of Twinwire");
		k->errors++;
	}
	jv_free(doc);
	conf_free(conf);
	return kind;
}

/* All that comes out of FD, which is closed. */
static void
take_output(struct check *k, int fd)
{
	char bytes[4096];
	size_t before = k->out.size;
	ssize_t n;

	while ((n = read(fd, bytes, sizeof(bytes))) > 0)
		buf_add(&k->out, bytes, (size_t)n);
	close(fd);
	for (size_t i = before; i < k->out.size; i++)
		k->errors += k->out.data[i] == '\n';
}

/* A daemon knows its own file: the one beside us checks it. */
static void
check_daemon(struct check *k, const char *file, const char *name)
{
	char self[PATH_MAX], *daemon;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int status = -1, fds[2];
	size_t before = k->errors;
	pid_t pid;

	if (n <= 0 || pipe(fds) != 0)
		return;
	self[n] = '\0';
	daemon = mem_printf("%s-%s", self, name);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[0]);
		close(fds[1]);
		execl(daemon, daemon, "-n", "-f", file, (char *)NULL);
		fprintf(stderr, "%s: %s\n", daemon, strerror(errno));
		_exit(CLI_FAILED);
	}
	close(fds[1]);
	take_output(k, fds[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (status != 0 && k->errors == before)
		k->errors++;
	if (status == 0)
		k->errors = before; /* what it said was no mistake */
	free(daemon);
}

static void
note_kind(struct check *k, const char *file, enum kind kind)
{
	jv one = jv_object();

	json_set_str(&one, "file", file);
	json_set_str(&one, "kind", kind_names[kind]);
	k->kinds = jv_array_append(k->kinds, one);
}

static void
check_members(struct check *k, const char *file)
{
	size_t before = k->out.size;
	struct err err;
	struct members *m = members_load(file, &k->out, &err);

	for (size_t i = before; m == NULL && i < k->out.size; i++)
		k->errors += k->out.data[i] == '\n';
	members_free(m);
	k->members_file = file;
}

static void
check_file(struct check *k, const char *file)
{
	enum kind kind = kind_of(k, file);

	note_kind(k, file, kind);
	switch (kind) {
	case KIND_CONNECTION:
		k->connections[k->n_connections++] = file;
		break;
	case KIND_PRESET:
		k->errors += (size_t)preset_check(file, &k->out);
		break;
	case KIND_MEMBERS:
		check_members(k, file);
		break;
	case KIND_CONNECTOR:
	case KIND_RECONCILER:
	case KIND_PORTAL:
	case KIND_WATCH:
		check_daemon(k, file, kind_names[kind]);
		break;
	case KIND_NONE:
		break;
	}
}

/* The word at PATH of CONF, if M does not know it as a member. */
static void
check_member(struct check *k, const struct conf *conf, const struct members *m,
    const char *path, const char *id)
{
	if (!key_is_id(id) || members_rank(m, id) >= 0)
		return; /* what is no id is said elsewhere */
	conf_complain(conf, path, &k->out, "%s has no member \"%s\"",
	    k->members_file, id);
	k->errors++;
}

/* The members that connection FILE names: whose it is, and in its filters. */
static void
check_names(struct check *k, const struct members *m, const char *file)
{
	struct err err;
	struct conf *conf = conf_load(file, &err);
	jv doc, list, words;
	char *path;

	if (conf == NULL)
		return; /* said by whoever read it first */
	doc = conf_value(conf);
	check_member(k, conf, m, "member", json_str(doc, "member", ""));
	list = json_get(doc, "subscribe");
	for (int i = 0; jv_get_kind(list) == JV_KIND_ARRAY &&
			i < jv_array_length(jv_copy(list));
	     i++) {
		jv entry = jv_array_get(jv_copy(list), i);

		path = mem_printf("subscribe[%d].members", i);
		words = json_get(entry, "members");
		if (jv_get_kind(words) == JV_KIND_STRING)
			words = JV_ARRAY(words);
		for (int w = 0; jv_get_kind(words) == JV_KIND_ARRAY &&
				w < jv_array_length(jv_copy(words));
		     w++) {
			jv word = jv_array_get(jv_copy(words), w);

			if (jv_get_kind(word) == JV_KIND_STRING)
				check_member(
				    k, conf, m, path, jv_string_value(word));
			jv_free(word);
		}
		jv_free(words);
		jv_free(entry);
		free(path);
	}
	jv_free(list);
	jv_free(doc);
	conf_free(conf);
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
	struct members *m;
	struct err err;
	size_t errors;

	if (k->n_connections == 0)
		return;
	errors = connections_load(
	    k->connections, k->n_connections, k->presets, &list, &k->out);
	k->errors += errors;
	for (size_t i = 0; errors == 0 && i < list.n; i++)
		check_signature(k, &list.list[i]);
	if (errors == 0)
		connections_fini(&list);
	m = k->members_file != NULL ? members_load(k->members_file, NULL, &err)
				    : NULL;
	for (size_t i = 0; m != NULL && i < k->n_connections; i++)
		check_names(k, m, k->connections[i]);
	members_free(m);
}

/* The lines of OUT as [{file, line, text}]; "FILE:LINE: " may be missing. */
static jv
errors_json(const struct buf *out)
{
	jv all = jv_array();
	const char *at = out->size > 0 ? out->data : "", *end, *colon;

	for (; *at != '\0'; at = *end != '\0' ? end + 1 : end) {
		jv one = jv_object();
		char *rest = NULL;
		long line = 0;

		end = strchrnul(at, '\n');
		colon = memchr(at, ':', (size_t)(end - at));
		if (colon != NULL)
			line = strtol(colon + 1, &rest, 10);
		if (line > 0 && rest[0] == ':' && rest[1] == ' ') {
			json_set(&one, "file",
			    jv_string_sized(at, (int)(colon - at)));
			json_set_int(&one, "line", line);
			at = rest + 2;
		}
		json_set(&one, "text", jv_string_sized(at, (int)(end - at)));
		all = jv_array_append(all, one);
	}
	return all;
}

static int
report(struct cli *c, struct check *k)
{
	jv out;

	if (c->is_json) {
		out = jv_object();
		json_set(&out, "files", jv_copy(k->kinds));
		json_set(&out, "errors", errors_json(&k->out));
		cli_print_json(out);
	} else {
		if (k->out.size > 0)
			fputs(k->out.data, stderr);
		jv_array_foreach (k->kinds, i, one) {
			printf("%s: checked as %s\n", json_str(one, "file", ""),
			    json_str(one, "kind", ""));
			jv_free(one);
		}
		if (k->errors == 0)
			printf("%d %s, no mistakes\n", c->n_args,
			    count_word(c->n_args, "file", "files"));
	}
	return k->errors == 0 ? CLI_OK : CLI_CONFIG;
}

int
check_main(int argc, char **argv)
{
	struct check k = {0};
	const struct cli_option options[] = {
	    {"presets", "DIR", "where the presets are", &k.presets, NULL},
	    {"members", "FILE", "members.yaml: the members there are",
		&k.members_file, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "FILE...",
	    .summary = "Find all mistakes in files of connections, presets, "
		       "members and\ndaemons, also between connections, "
		       "each with file and line.  Says as what each\nfile "
		       "was checked.",
	    .common = CLI_JSON,
	    .min = 1,
	    .max = -1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	char *shared = NULL;
	struct cli c;
	int i, is_among = 0, code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	program_sandbox();
	k.kinds = jv_array();
	if (k.presets == NULL)
		k.presets = shared = cli_share("connectors");
	if (k.presets == NULL)
		k.presets = ".";
	k.connections = mem_new((size_t)c.n_args, sizeof(*k.connections));
	for (i = 0; i < c.n_args; i++)
		is_among |= is_members_file(&k, c.args[i]);
	if (k.members_file != NULL && !is_among)
		check_members(&k, k.members_file);
	for (i = 0; i < c.n_args; i++)
		check_file(&k, c.args[i]);
	check_connections(&k);
	code = report(&c, &k);
	buf_free(&k.out);
	jv_free(k.kinds);
	free(k.connections);
	free(shared);
	cli_end(&c);
	return code;
}
