/* The compose file of what depends on members.yaml: see prepare.h. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/mem.h"
#include "cli/prepare.h"
#include "event/members.h"

enum { LABEL_BYTES = 8 };

static const char head[] =
    "# Made by `twinwire prepare` from members.yaml and connections/; what is\n"
    "# written here is lost.\n"
    "x-connector: &connector\n"
    "  image: ${TWINWIRE_IMAGE:-twinwire}\n"
    "  command: [twinwire-connector, -f, /etc/twinwire/daemon.yaml]\n"
    "  restart: unless-stopped\n"
    "  read_only: true\n"
    "  cap_drop: [ALL]\n"
    "  security_opt: [no-new-privileges:true]\n"
    "  mem_limit: ${CONNECTOR_MEMORY:-128m}\n"
    "  pids_limit: 64\n"
    "  stop_grace_period: 30s\n"
    "  tmpfs: [/tmp]\n"
    "  networks: [wire, out]\n"
    "  depends_on:\n"
    "    provision: { condition: service_completed_successfully }\n"
    "    door: { condition: service_started }\n"
    "  healthcheck:\n"
    "    test: [CMD, twinwire-healthy, \"9102\"]\n"
    "    interval: 30s\n"
    "    timeout: 10s\n"
    "    start_period: 60s\n"
    "  logging: { options: { max-size: 10m, max-file: \"5\" } }\n"
    "services:";

/* Append what stands in the files that PATTERN matches. */
static void
add_files(struct buf *out, const char *pattern)
{
	char bytes[4096];
	glob_t found;
	size_t i, n;
	FILE *f;

	if (glob(pattern, 0, NULL, &found) != 0)
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		f = fopen(found.gl_pathv[i], "re");
		while (f != NULL && (n = fread(bytes, 1, sizeof(bytes), f)) > 0)
			buf_add(out, bytes, n);
		if (f != NULL)
			fclose(f);
	}
	globfree(&found);
}

/* The label of a service that reads these files (NULL-ended). */
static void
put_label(const struct prepare *p, struct buf *out, const char *const *patterns)
{
	unsigned char hash[JSON_HASH_SIZE];
	char label[HEX_SIZE(LABEL_BYTES)];
	struct buf all = {0};
	size_t i;

	for (i = 0; patterns[i] != NULL; i++) {
		char *path = prepare_path(p, "%s", patterns[i]);

		add_files(&all, path);
		free(path);
	}
	json_hash_bytes(all.data, all.size, hash);
	buf_wipe(&all);
	buf_puts(out, "    labels: { org.twinwire.files: \"");
	hex_text(hash, LABEL_BYTES, label);
	buf_puts(out, label);
	buf_puts(out, "\" }");
}

static int
is_any(const struct prepare *p, const char *pattern)
{
	char *path = prepare_path(p, "%s", pattern);
	glob_t found;
	int is = glob(path, 0, NULL, &found) == 0;

	if (is)
		globfree(&found);
	free(path);
	return is;
}

static int
has_connections(const struct prepare *p, const char *member)
{
	char *pattern = mem_printf("connections/%s/*.yaml", member);
	int has = is_any(p, pattern);

	free(pattern);
	return has;
}

static void
put_service(const struct prepare *p, struct buf *out, const char *member)
{
	char *daemon = mem_printf("daemons/%s.yaml", member);
	char *files = mem_printf("connections/%s/*", member);
	char *secret = mem_printf("secrets/%s.password", member);
	const char *const all[] = {daemon, files, secret, "pki/ca.pem", NULL};
	static const char dir[] = "${TWINWIRE_DIR:-./wire}";

	buf_printf(out, "\n  connector-%s:\n    <<: *connector\n", member);
	put_label(p, out, all);
	buf_printf(out,
	    "\n    volumes:\n"
	    "      - state-%s:/var/lib/twinwire\n"
	    "      - %s/pki/ca.pem:/etc/twinwire/ca.pem:ro\n"
	    "      - %s/%s:/etc/twinwire/daemon.yaml:ro\n"
	    "      - %s/connections/%s:/etc/twinwire/connections:ro\n"
	    "      - %s/%s:/run/secrets/kafka:ro",
	    member, dir, dir, daemon, dir, member, dir, secret);
	free(daemon);
	free(files);
	free(secret);
}

/* Services of docker-compose.yml and the files that each reads at its start. */
static void
put_labels(const struct prepare *p, struct buf *out)
{
	static const struct {
		const char *service;
		const char *files[6];
	} all[] = {
	    {"kafka", {"pki/broker.pem", "pki/ca.pem", NULL}},
	    {"door", {"pki/door.pem", NULL}},
	    {"reconciler", {"members.yaml", "aliases.tsv",
			       "daemons/twinwire-reconciler.yaml",
			       "secrets/twinwire-reconciler.password",
			       "pki/ca.pem", NULL}},
	    {"portal",
		{"members.yaml", "daemons/twinwire-portal.yaml",
		    "secrets/twinwire-portal.password", "pki/ca.pem", NULL}},
	    {"provision", {"members.yaml", "pki/operator.pem", NULL}},
	    {"watch", {"watch/*", "secrets/twinwire-watch.password",
			  "pki/ca.pem", NULL}},
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		buf_printf(out, "\n  %s:\n", all[i].service);
		put_label(p, out, all[i].files);
	}
}

/* Where Prometheus finds the admin ports. */
static int
write_targets(struct prepare *p, const struct members *m, struct err *err)
{
	char *file = prepare_path(p, "targets/twinwire.yml");
	struct buf text = {0};
	size_t i;
	int rc;

	buf_puts(&text, "# Made by `twinwire prepare`.\n"
			"- targets:\n"
			"    - reconciler:9102\n"
			"    - portal:9102");
	for (i = 0; i < members_count(m); i++)
		if (has_connections(p, members_id(m, i)))
			buf_printf(&text, "\n    - connector-%s:9102",
			    members_id(m, i));
	if (is_any(p, "watch/watch.yaml"))
		buf_puts(&text, "\n    - watch:9102");
	rc = prepare_write(p, file, text.data, err);
	buf_free(&text);
	free(file);
	return rc;
}

int
prepare_compose(struct prepare *p, const struct members *m, struct err *err)
{
	char *file = prepare_path(p, "compose.yml");
	struct buf text = {0};
	size_t i;
	int rc, n = 0;

	buf_puts(&text, head);
	put_labels(p, &text);
	for (i = 0; i < members_count(m); i++)
		if (has_connections(p, members_id(m, i)))
			put_service(p, &text, members_id(m, i));
	for (i = 0; i < members_count(m); i++)
		if (has_connections(p, members_id(m, i)))
			buf_printf(&text,
			    "%s\n  state-%s:", n++ == 0 ? "\nvolumes:" : "",
			    members_id(m, i));
	rc = prepare_write(p, file, text.data, err);
	if (rc == 0)
		rc = write_targets(p, m, err);
	buf_free(&text);
	free(file);
	return rc;
}
