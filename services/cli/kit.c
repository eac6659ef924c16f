/* twinwire kit: a folder with which a member runs its own connector. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/secret.h"
#include "event/keys.h"

enum { TEMPLATE_MAX_BYTES = 64 * 1024 };

struct kit {
	struct cli cli;
	const char *member, *folder; /* arguments */
	const char *host, *brokers, *registry, *secrets, *ca;
	char *own_brokers, *own_registry; /* made of HOST */
	const char *access;		  /* to the registry, as YAML */
};

/* The page and the files, below deploy/kit, in which @WORDS@ are filled in. */
static const char *const templates[] = {"README.md", "docker-compose.yml",
    "daemon.yaml", "connections/website.yaml.example"};
static const struct {
	const char *name;
	mode_t mode;
} folders[] = {{"connections", 0755}, {"secrets", 0700}, {"state", 0700}};

static int
read_file(const char *path, struct buf *out, struct err *err)
{
	FILE *in = fopen(path, "re");
	char bytes[4096];
	size_t n;
	int rc = 0;

	if (in == NULL)
		return err_set(
		    err, ERR_REJECT, errno, "%s: %s", path, strerror(errno));
	out->max = TEMPLATE_MAX_BYTES;
	while (rc == 0 && (n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		if (buf_add(out, bytes, n) != 0)
			rc = err_set(err, ERR_REJECT, 0, "%s: over %d bytes",
			    path, TEMPLATE_MAX_BYTES);
	if (rc == 0 && (ferror(in) || out->size == 0))
		rc = err_set(err, ERR_REJECT, 0, "%s: cannot be read", path);
	fclose(in);
	return rc;
}

static int
write_file(const char *path, const struct buf *text, struct err *err)
{
	FILE *out = fopen(path, "wxe");
	int ok =
	    out != NULL && fwrite(text->data, 1, text->size, out) == text->size;

	if (out != NULL && fclose(out) != 0)
		ok = 0;
	return ok ? 0
		  : err_set(err, ERR_REJECT, errno, "%s: %s", path,
			strerror(errno));
}

static void
fill_in(const struct kit *k, const char *text, struct buf *out)
{
	const struct {
		const char *word, *value;
	} words[] = {
	    {"@MEMBER@", k->member},
	    {"@BROKERS@", k->brokers},
	    {"@REGISTRY@", k->registry},
	    {"@REGISTRY_ACCESS@", k->access},
	};
	const char *at;

	while ((at = strchr(text, '@')) != NULL) {
		size_t i;

		buf_add(out, text, (size_t)(at - text));
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (strncmp(at, words[i].word, strlen(words[i].word)) ==
			    0)
				break;
		if (i < sizeof(words) / sizeof(words[0])) {
			buf_puts(out, words[i].value);
			text = at + strlen(words[i].word);
		} else {
			buf_puts(out, "@");
			text = at + 1;
		}
	}
	buf_puts(out, text);
}

static int
write_template(
    const struct kit *k, const char *from, const char *name, struct err *err)
{
	char *source = mem_printf("%s/%s", from, name);
	char *target = mem_printf("%s/%s", k->folder, name);
	struct buf text = {0}, filled = {0};
	int rc = read_file(source, &text, err);

	if (rc == 0) {
		fill_in(k, text.data, &filled);
		rc = write_file(target, &filled, err);
	}
	buf_free(&text);
	buf_free(&filled);
	free(source);
	free(target);
	return rc;
}

/* The password that provision made, for whoever runs this to hand on. */
static int
write_password(const struct kit *k, struct err *err)
{
	char *source = mem_printf("%s/%s.password", k->secrets, k->member);
	char *target = mem_printf("%s/kafka.password", k->folder);
	struct buf password = {0};
	int rc = conf_secret(source, &password, err);

	if (rc == 0)
		rc = secret_write(target, password.data, -1, err);
	buf_wipe(&password);
	free(source);
	free(target);
	return rc;
}

static int
write_ca(const struct kit *k, struct err *err)
{
	char *target = mem_printf("%s/ca.pem", k->folder);
	struct buf text = {0};
	int rc = read_file(k->ca, &text, err);

	if (rc == 0)
		rc = write_file(target, &text, err);
	buf_free(&text);
	free(target);
	return rc;
}

static int
make_folders(const struct kit *k, struct err *err)
{
	int rc = mkdir(k->folder, 0700);

	for (size_t i = 0; rc == 0 && i < sizeof(folders) / sizeof(folders[0]);
	     i++) {
		char *path = mem_printf("%s/%s", k->folder, folders[i].name);

		rc = mkdir(path, folders[i].mode);
		free(path);
	}
	return rc == 0 ? 0
		       : err_set(err, ERR_REJECT, errno, "%s: %s", k->folder,
			     strerror(errno));
}

static int
write_all(const struct kit *k, struct err *err)
{
	char *from = cli_share("kit");
	int rc;

	if (from == NULL)
		return err_set(err, ERR_REJECT, 0,
		    "the folder `kit` of what is installed with twinwire is "
		    "not there");
	rc = make_folders(k, err);
	for (size_t i = 0;
	     rc == 0 && i < sizeof(templates) / sizeof(templates[0]); i++)
		rc = write_template(k, from, templates[i], err);
	if (rc == 0)
		rc = write_ca(k, err);
	if (rc == 0)
		rc = write_password(k, err);
	free(from);
	return rc;
}

/* -1 to go on, else the exit code. */
static int
judge(struct kit *k)
{
	if (!key_is_id(k->member))
		return cli_say(
		    &k->cli, CLI_USAGE, "%s is not a member's id", k->member);
	if (k->host != NULL) {
		k->own_brokers = mem_printf("%s:9094", k->host);
		k->own_registry =
		    mem_printf("https://%s:8443/apis/ccompat/v7", k->host);
		if (k->brokers == NULL)
			k->brokers = k->own_brokers;
		if (k->registry == NULL)
			k->registry = k->own_registry;
	}
	if (k->brokers == NULL || k->registry == NULL)
		return cli_say(&k->cli, CLI_USAGE,
		    "where does the member reach the wire? Give --host, or "
		    "--brokers and --registry");
	k->access = strncmp(k->registry, "https://", 8) == 0
			? "ca_file: ca.pem"
			: "insecure_http: true";
	return -1;
}

int
kit_main(int argc, char **argv)
{
	struct kit k = {.secrets = "wire/secrets", .ca = "wire/pki/ca.pem"};
	const struct cli_option options[] = {
	    {"host", "NAME",
		"the wire's public name: brokers at NAME:9094, schemas at "
		"NAME:8443",
		&k.host, NULL},
	    {"brokers", "HOST:PORT", "brokers as the member reaches them",
		&k.brokers, NULL},
	    {"registry", "URL", "the schema registry likewise", &k.registry,
		NULL},
	    {"secrets", "DIR",
		"where provision wrote MEMBER.password; wire/secrets",
		&k.secrets, NULL},
	    {"ca", "FILE", "the wire's authority; wire/pki/ca.pem", &k.ca,
		NULL},
	};
	const struct cli_usage usage = {
	    .arguments = "MEMBER DIR",
	    .summary = "Write a new folder DIR with which MEMBER runs its own "
		       "connector elsewhere: a\ncompose file, the authority's "
		       "certificate, its password, an example of a\n"
		       "connection, and one page to read.  Hand it over by a "
		       "way that nobody else reads.",
	    .min = 2,
	    .max = 2,
	    .options = options,
	    .n_options = sizeof(options) / sizeof(options[0]),
	};
	struct err err;
	int code = cli_start(&k.cli, &usage, argc, argv);

	if (code >= 0)
		return code;
	k.member = k.cli.args[0];
	k.folder = k.cli.args[1];
	code = judge(&k);
	if (code < 0)
		code =
		    write_all(&k, &err) == 0 ? CLI_OK : cli_fail(&k.cli, &err);
	if (code == CLI_OK)
		printf("%s: the kit of %s. It holds a password: hand it over "
		       "by a way that nobody else reads.\n",
		    k.folder, k.member);
	free(k.own_brokers);
	free(k.own_registry);
	cli_end(&k.cli);
	return code;
}
