/* Files for scripts: see files.h. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "sandbox/files.h"
#include "sandbox/site.h"

enum {
	PORT_FIRST = 20000,
	PORT_COUNT = 12000,
	PORT_TRIES = 100,
	FETCH_WAIT_MS = 50
};

static int
make_dir(const char *path, struct err *err)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	return err_set(
	    err, ERR_FATAL, errno, "cannot make %s: %s", path, strerror(errno));
}

/* Whole or not at all; only for its owner, since some hold secrets. */
static int
write_file(
    const char *dir, const char *name, const struct buf *text, struct err *err)
{
	char *path = mem_printf("%s/%s", dir, name);
	char *part = mem_printf("%s.part", path);
	int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int rc = -1;

	if (fd < 0 ||
	    write(fd, text->data, text->size) != (ssize_t)text->size ||
	    rename(part, path) != 0)
		err_set(err, ERR_FATAL, errno, "cannot write %s: %s", path,
		    strerror(errno));
	else
		rc = 0;
	if (fd >= 0)
		close(fd);
	free(path);
	free(part);
	return rc;
}

/* A port for a daemon that starts later: below those the system hands out by
 * itself (32768 and up), or a connection of any program could take it first;
 * behind LAST, the one before, so that no two daemons get the same. */
static uint16_t
free_port(uint16_t *last)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	uint16_t port = 0;
	int tries, fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (tries = 0; port == 0 && tries < PORT_TRIES; tries++) {
		*last = (uint16_t)(PORT_FIRST +
				   (*last - PORT_FIRST + 1) % PORT_COUNT);
		in.sin_port = htons(*last);
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 &&
		    bind(fd, (struct sockaddr *)&in, sizeof(in)) == 0)
			port = *last;
		if (fd >= 0)
			close(fd);
	}
	return port; /* 0: the daemon chooses one */
}

static int
write_connection(const struct site *s, const char *dir, struct err *err)
{
	static const char *const own[] = {"events", "claims", "organizations"};
	struct buf b = {0};
	size_t i;
	int rc;

	buf_printf(&b,
	    "# Written by twinwire-sandbox.\n"
	    "connection: %s-website\n"
	    "member: %s\n"
	    "uses: rest\n"
	    "system:\n"
	    "  base_url: http://127.0.0.1:%u\n"
	    "  allow_private: true\n"
	    "  auth: { basic: { username: %s, password_file: %s/password } "
	    "}\n"
	    "limits: { in_flight: 16, timeout_s: 10 }\n"
	    "first_run: go\n"
	    "max_change: off\n"
	    "subscribe:\n"
	    "  - { topics: [tw.events.*], from: beginning }\n"
	    "  - { topics: [tw.partnerships], from: beginning }\n"
	    "publish:\n",
	    s->member, s->member, (unsigned)site_port(s), SITE_USER, dir);
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		buf_printf(&b,
		    "  - { into: %s, namespace: " SITE_NAMESPACE ", from: "
		    "beginning, every: 1s }\n",
		    own[i]);
	rc = write_file(dir, "connection.yaml", &b, err);
	buf_free(&b);
	return rc;
}

static void
add_wire(struct buf *b, const struct files_conf *conf, uint16_t admin)
{
	/* librdkafka's mock answers a fetch that waits only when its wait is
	 * over: half a second by default. */
	buf_printf(b,
	    "# Written by twinwire-sandbox.\n"
	    "kafka: { brokers: \"%s\", fetch.wait.max.ms: %d }\n"
	    "registry: { url: \"http://127.0.0.1:%u\", insecure_http: true }\n"
	    "admin: { port: %u }\n",
	    conf->brokers, FETCH_WAIT_MS, (unsigned)conf->registry_port,
	    (unsigned)admin);
}

static int
write_site(const struct files_conf *conf, const struct site *s,
    const char *root, jv *out, struct err *err)
{
	char *dir = mem_printf("%s/%s", root, s->member);
	char *url = mem_printf("http://127.0.0.1:%u", (unsigned)site_port(s));
	char *file = mem_printf("%s/connector.yaml", dir);
	uint16_t admin = free_port(conf->last_port);
	struct buf b = {0};
	jv site = jv_object();
	int rc = -1;

	json_set_str(&site, "member", s->member);
	json_set_str(&site, "name", site_name(s, s));
	json_set_str(&site, "url", url);
	json_set_str(&site, "username", SITE_USER);
	json_set_str(&site, "password", s->password);
	json_set_str(&site, "connector", file);
	json_set_int(&site, "admin", admin);
	*out = jv_array_append(*out, site);
	if (make_dir(dir, err) != 0 || write_connection(s, dir, err) != 0)
		goto out;
	buf_puts(&b, s->password);
	if (write_file(dir, "password", &b, err) != 0)
		goto out;
	buf_clear(&b);
	add_wire(&b, conf, admin);
	buf_printf(&b,
	    "state: %s/state.db\n"
	    "presets: %s/connectors\n"
	    "connections: [%s/connection.yaml]\n",
	    dir, conf->deploy, dir);
	rc = write_file(dir, "connector.yaml", &b, err);
out:
	buf_free(&b);
	free(dir);
	free(url);
	free(file);
	return rc;
}

static int
write_reconciler(
    const struct files_conf *conf, const char *root, jv *out, struct err *err)
{
	char *file = mem_printf("%s/reconciler.yaml", root);
	uint16_t admin = free_port(conf->last_port);
	struct buf b = {0};
	jv reconciler = jv_object();
	int rc;

	json_set_str(&reconciler, "file", file);
	json_set_int(&reconciler, "admin", admin);
	json_set(out, "reconciler", reconciler);
	add_wire(&b, conf, admin);
	buf_printf(&b, "members: %s/members.yaml\naliases: %s/aliases.tsv\n",
	    conf->deploy, conf->deploy);
	rc = write_file(root, "reconciler.yaml", &b, err);
	buf_free(&b);
	free(file);
	return rc;
}

static int
write_portal(
    const struct files_conf *conf, const char *root, jv *out, struct err *err)
{
	char *file = mem_printf("%s/portal.yaml", root), *url;
	uint16_t admin = free_port(conf->last_port), port = conf->portal_port;
	struct buf b = {0};
	jv portal = jv_object();
	int rc;

	if (port == 0)
		port = free_port(conf->last_port);
	url = mem_printf("http://127.0.0.1:%u", (unsigned)port);
	json_set_str(&portal, "file", file);
	json_set_str(&portal, "url", url);
	json_set_int(&portal, "admin", admin);
	json_set(out, "portal", portal);
	add_wire(&b, conf, admin);
	buf_printf(&b,
	    "members: %s/members.yaml\n"
	    "cities: %s\n"
	    "state: %s/portal.db\n"
	    "listen: { address: \"%s\", port: %u }\n"
	    "public_url: %s\n",
	    conf->deploy, conf->cities, root,
	    conf->address != NULL ? conf->address : "127.0.0.1", (unsigned)port,
	    url);
	rc = write_file(root, "portal.yaml", &b, err);
	buf_free(&b);
	free(file);
	free(url);
	return rc;
}

/* The city list, which lies beside the entries FILE; new. */
static char *
cities_beside(const char *file)
{
	char *name = conf_beside(file, "cities.tsv"), *whole;

	whole = realpath(name, NULL);
	if (whole == NULL)
		return name;
	free(name);
	return whole;
}

/* Everything with absolute paths, so that it runs from anywhere. */
static int
write_all(const struct files_conf *conf, const struct town *t, const char *root,
    struct err *err)
{
	char *url =
	    mem_printf("http://127.0.0.1:%u", (unsigned)conf->registry_port);
	jv all = jv_object(), sites = jv_array();
	struct buf b = {0};
	size_t i;
	int rc = -1;

	json_set_str(&all, "brokers", conf->brokers);
	json_set_str(&all, "registry", url);
	for (i = 0; i < t->n_sites; i++)
		if (write_site(conf, t->sites[i], root, &sites, err) != 0)
			goto out;
	json_set(&all, "sites", jv_copy(sites));
	if (write_reconciler(conf, root, &all, err) != 0 ||
	    write_portal(conf, root, &all, err) != 0)
		goto out;
	json_canonical(all, &b);
	buf_puts(&b, "\n");
	rc = write_file(root, "sandbox.json", &b, err);
out:
	buf_free(&b);
	jv_free(sites);
	jv_free(all);
	free(url);
	return rc;
}

int
files_write(
    const struct files_conf *conf, const struct town *t, struct err *err)
{
	struct files_conf whole = *conf;
	char *root = NULL, *deploy = realpath(conf->deploy, NULL);
	char *cities = NULL;
	uint16_t last_port = 0;
	int rc = -1;

	/* Two that run at the same time begin apart; the same is no fault. */
	(void)!getrandom(&last_port, sizeof(last_port), 0);
	last_port = (uint16_t)(PORT_FIRST + last_port % PORT_COUNT);
	whole.last_port = &last_port;
	if (deploy == NULL) {
		err_set(err, ERR_FATAL, errno, "%s: %s", conf->deploy,
		    strerror(errno));
		goto out;
	}
	if (make_dir(conf->dir, err) != 0)
		goto out;
	root = realpath(conf->dir, NULL);
	if (root == NULL) {
		err_set(err, ERR_FATAL, errno, "%s: %s", conf->dir,
		    strerror(errno));
		goto out;
	}
	whole.deploy = deploy;
	whole.cities = cities = cities_beside(conf->data);
	rc = write_all(&whole, t, root, err);
out:
	free(root);
	free(cities);
	free(deploy);
	return rc;
}
