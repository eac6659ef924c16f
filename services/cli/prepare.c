/* twinwire prepare: the files that a wire on one server takes before its first
 * start, and after each change of members.yaml. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/authority.h"
#include "cli/commands.h"
#include "cli/password.h"
#include "cli/prepare.h"
#include "cli/rights.h"
#include "cli/secret.h"
#include "cli/table.h"
#include "event/members.h"

enum { HOSTS_MAX = 8 };

char *
prepare_path(const struct prepare *p, const char *format, ...)
{
	va_list ap;
	char *out, *name;

	va_start(ap, format);
	name = mem_vprintf(format, ap);
	va_end(ap);
	out = mem_printf("%s/%s", p->folder, name);
	free(name);
	return out;
}

/* ACTION was done to WHAT. */
static void
note(struct prepare *p, const char *action, const char *what)
{
	jv one = jv_object();

	json_set_str(&one, "action", action);
	json_set_str(&one, "what", what);
	p->done = jv_array_append(p->done, one);
}

/* 1 if FILE holds TEXT and a newline, and no more. */
static int
holds(const char *file, const char *text)
{
	size_t size = strlen(text) + 1, n;
	char *have = mem_new(size + 1, 1);
	FILE *f = fopen(file, "re");
	int is_same = 0;

	if (f != NULL) {
		n = fread(have, 1, size + 1, f);
		is_same = n == size && memcmp(have, text, size - 1) == 0;
		fclose(f);
	}
	free(have);
	return is_same;
}

int
prepare_write(
    struct prepare *p, const char *file, const char *text, struct err *err)
{
	int is_there = access(file, F_OK) == 0;

	if (is_there && holds(file, text))
		return 0;
	if (secret_write_open(file, text, p->owner, err) < 0)
		return -1;
	note(p, is_there ? "change" : "create", file);
	return 0;
}

static int
make_folder(const struct prepare *p, const char *name, mode_t mode, int owner,
    struct err *err)
{
	char *path = prepare_path(p, "%s", name);
	int rc = mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -1;

	if (rc == 0 && owner >= 0)
		rc = chown(path, (uid_t)owner, (gid_t)owner);
	if (rc < 0)
		err_set(
		    err, ERR_REJECT, errno, "%s: %s", path, strerror(errno));
	free(path);
	return rc;
}

static int
one_certificate(struct prepare *p, struct authority *a,
    const struct certificate *c, struct err *err)
{
	int is_there = access(c->file, F_OK) == 0;

	if (!authority_is_due(a, c))
		return 0;
	if (authority_issue(a, c, err) < 0)
		return -1;
	note(p, is_there ? "renew" : "create", c->file);
	return 0;
}

static int
certificates(struct prepare *p, struct err *err)
{
	/* What broker and door are called by whoever connects to them. */
	const char *const broker[HOSTS_MAX] = {
	    "kafka", "kafka-2", "kafka-3", "brokers", "localhost", p->host};
	const char *const door[HOSTS_MAX] = {"door", "localhost", p->host};
	const char *const nobody[] = {NULL};
	const struct {
		const char *file, *name;
		const char *const *hosts;
		int owner;
	} all[] = {
	    {"pki/broker.pem", "twinwire-broker", broker, p->broker_owner},
	    {"pki/door.pem", "twinwire-door", door, p->owner},
	    {"pki/operator.pem", "twinwire-operator", nobody, p->owner},
	    /* The same for Kafka's own tools, which run as the broker does. */
	    {"pki/tools.pem", "twinwire-operator", nobody, p->broker_owner},
	};
	char *folder = prepare_path(p, "pki"), *file;
	int is_new = 0, rc = 0;
	struct authority *a = authority_open(folder, &is_new, err);
	size_t i;

	if (a != NULL && is_new)
		note(p, "create", "pki/ca.key, ca.pem");
	for (i = 0; a != NULL && rc == 0 && i < sizeof(all) / sizeof(all[0]);
	     i++) {
		file = prepare_path(p, "%s", all[i].file);
		rc = one_certificate(p, a,
		    &(struct certificate){.file = file,
			.name = all[i].name,
			.hosts = all[i].hosts,
			.owner = all[i].owner},
		    err);
		free(file);
	}
	free(folder);
	if (a == NULL)
		return -1;
	authority_free(a);
	return rc;
}

/* `twinwire provision` gives a password that is there to its user. */
static int
one_password(struct prepare *p, const char *user, struct err *err)
{
	char password[PASSWORD_SIZE];
	char *file = prepare_path(p, "secrets/%s.password", user);
	int rc = 0;

	if (access(file, F_OK) != 0) {
		rc = password_new(password, err);
		if (rc == 0)
			rc = secret_write(file, password, p->owner, err);
		if (rc == 0)
			note(p, "create", file);
		explicit_bzero(password, sizeof(password));
	}
	free(file);
	return rc;
}

static int
passwords(struct prepare *p, const struct members *m, struct err *err)
{
	jv users = rights_users(m);
	int rc = 0;

	jv_array_foreach (users, i, user) {
		if (rc == 0)
			rc = one_password(p, jv_string_value(user), err);
		jv_free(user);
	}
	jv_free(users);
	return rc;
}

/* What an operator put there becomes readable for the daemons, by their group;
 * a secret for nobody else. */
static int
share(const struct prepare *p, const char *path, struct err *err)
{
	size_t n = strlen(path);
	int is_open = n > 5 && (strcmp(path + n - 5, ".yaml") == 0 ||
				   strcmp(path + n - 4, ".tsv") == 0);
	struct stat st;
	mode_t mode;

	if (p->owner < 0)
		return 0;
	if (stat(path, &st) == 0) {
		mode = (st.st_mode & 0777U) | S_IRGRP;
		if (S_ISDIR(st.st_mode))
			mode |= S_IXGRP;
		else if (!is_open)
			mode &= ~(mode_t)S_IRWXO;
		if (chown(path, (uid_t)-1, (gid_t)p->owner) == 0 &&
		    chmod(path, mode) == 0)
			return 0;
	}
	return err_set(err, ERR_REJECT, errno, "%s: %s", path, strerror(errno));
}

/* FOLDER and what is in it; nothing if there is none. */
static int
share_folder(const struct prepare *p, const char *folder, struct err *err)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	char *path;
	int rc = d != NULL ? share(p, folder, err) : 0;

	while (d != NULL && rc == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		path = mem_printf("%s/%s", folder, e->d_name);
		rc = share(p, path, err);
		free(path);
	}
	if (d != NULL)
		closedir(d);
	return rc;
}

static int
share_connections(
    struct prepare *p, const struct members *m, const char *of, struct err *err)
{
	char *folder = prepare_path(p, "connections/%s", of);
	int rc = share_folder(p, folder, err);

	if (rc == 0 && members_rank(m, of) < 0)
		cli_say(&p->cli, 0, "%s: no member of this name", folder);
	free(folder);
	return rc;
}

static int
share_all(struct prepare *p, const struct members *m, struct err *err)
{
	static const char *const files[] = {"members.yaml", "aliases.tsv"};
	char *folder = prepare_path(p, "connections"), *path;
	DIR *d = opendir(folder);
	struct dirent *e;
	int rc = 0;
	size_t i;

	for (i = 0; rc == 0 && i < sizeof(files) / sizeof(files[0]); i++) {
		path = prepare_path(p, "%s", files[i]);
		rc = share(p, path, err);
		free(path);
	}
	while (d != NULL && rc == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.')
			rc = share_connections(p, m, e->d_name, err);
	if (d != NULL)
		closedir(d);
	free(folder);
	if (rc == 0) {
		path = prepare_path(p, "watch");
		rc = share_folder(p, path, err);
		free(path);
	}
	return rc;
}

static int
all_parts(struct prepare *p, const struct members *m, struct err *err)
{
	umask(S_IWGRP | S_IWOTH);
	return make_folder(p, "pki", S_IRWXU, -1, err) < 0 ||
		       make_folder(p, "secrets", S_IRWXU, p->owner, err) < 0 ||
		       make_folder(p, "out", S_IRWXU, p->owner, err) < 0 ||
		       make_folder(p, "daemons", 0755, -1, err) < 0 ||
		       make_folder(p, "connections", 0755, -1, err) < 0 ||
		       make_folder(p, "targets", 0755, -1, err) < 0 ||
		       certificates(p, err) < 0 || passwords(p, m, err) < 0 ||
		       share_all(p, m, err) < 0 ||
		       prepare_daemons(p, m, err) < 0 ||
		       prepare_compose(p, m, err) < 0
		   ? -1
		   : 0;
}

static void
print(struct prepare *p)
{
	static const char *const titles[] = {"ACTION", "WHAT", NULL};
	struct table *t;

	if (p->cli.is_json) {
		cli_print_json(jv_copy(p->done));
		return;
	}
	t = table_new(titles);
	jv_array_foreach (p->done, i, one) {
		table_add(t, json_str(one, "action", ""));
		table_add(t, json_str(one, "what", ""));
		jv_free(one);
	}
	table_print(t, stdout, "Everything is as it should be.");
	table_free(t);
}

static int
run(struct prepare *p)
{
	char *file = prepare_path(p, "members.yaml");
	struct buf problems = {0};
	struct err err;
	struct members *m = members_load(file, &problems, &err);
	int code = CLI_OK;

	if (m == NULL) {
		cli_say(&p->cli, 0, "%s cannot be used:", file);
		fprintf(
		    stderr, "%s", problems.size > 0 ? problems.data : err.msg);
		code = CLI_CONFIG;
	} else {
		p->done = jv_array();
		if (all_parts(p, m, &err) < 0)
			code = cli_fail(&p->cli, &err);
		print(p);
		jv_free(p->done);
	}
	members_free(m);
	buf_free(&problems);
	free(file);
	return code;
}

/* A host's name as certificates and URLs take it. */
static int
is_host(const char *name)
{
	return *name != '\0' && *name != '.' && *name != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") ==
		   strlen(name);
}

/* A uid; -1 after saying that TEXT is none. */
static int
uid(const struct cli *c, const char *name, const char *text)
{
	long n = cli_number(text, 0, INT_MAX - 1);

	if (n >= 0)
		return (int)n;
	return cli_say(c, -1, "--%s %s: expected a user's number", name, text);
}

int
prepare_main(int argc, char **argv)
{
	struct prepare p = {.owner = -1, .broker_owner = -1};
	const char *owner = NULL, *broker = NULL;
	const struct cli_option options[] = {
	    {"host", "NAME", "the wire's public name, for its certificates",
		&p.host, NULL},
	    {"owner", "UID", "as whom the daemons run", &owner, NULL},
	    {"broker-owner", "UID", "as whom the broker runs", &broker, NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "DIR",
	    .summary =
		"Make what a wire on one server takes before it starts, in "
		"DIR, which holds\nmembers.yaml and connections/MEMBER/*.yaml: "
		"a certificate authority and its\ncertificates, passwords, the "
		"daemons' configuration, a compose file for the\nconnectors. "
		"What is there and good stays; a certificate with less than "
		"60 days\nleft is renewed.",
	    .common = CLI_JSON,
	    .min = 1,
	    .max = 1,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	int code = cli_start(&p.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	if (p.host != NULL && *p.host == '\0')
		p.host = NULL;
	if (owner != NULL)
		p.owner = uid(&p.cli, "owner", owner);
	if (broker != NULL)
		p.broker_owner = uid(&p.cli, "broker-owner", broker);
	p.folder = p.cli.args[0];
	if ((owner != NULL && p.owner < 0) ||
	    (broker != NULL && p.broker_owner < 0))
		code = CLI_USAGE;
	else if (p.host != NULL && !is_host(p.host))
		code = cli_say(&p.cli, CLI_USAGE,
		    "--host %s: expected a name like wire.example.org", p.host);
	else
		code = run(&p);
	cli_end(&p.cli);
	return code;
}
