/* Configuration of the daemons: see prepare.h. Paths are those inside the
 * containers of docker-compose.yml. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/prepare.h"
#include "event/members.h"

/* By password at the broker; the registry through the door, which only lets
 * questions pass. */
static void
put_access(struct buf *out, const char *user)
{
	buf_printf(out,
	    "# Made by `twinwire prepare`.\n"
	    "kafka:\n"
	    "  brokers: brokers:9093\n"
	    "  security.protocol: sasl_ssl\n"
	    "  ssl.ca.location: /etc/twinwire/ca.pem\n"
	    "  sasl.mechanism: SCRAM-SHA-512\n"
	    "  sasl.username: %s\n"
	    "  sasl.password_file: /run/secrets/kafka\n"
	    "registry: { url: \"https://door:8443/apis/ccompat/v7\", "
	    "ca_file: /etc/twinwire/ca.pem }\n"
	    "admin: { address: 0.0.0.0, port: 9102 }",
	    user);
}

static void
put_connector(struct buf *out, const char *member)
{
	put_access(out, member);
	buf_puts(out, "\nstate: /var/lib/twinwire/state.db\n"
		      "presets: /usr/local/share/twinwire/connectors\n"
		      "connections: /etc/twinwire/connections/*.yaml");
}

static void
put_reconciler(struct buf *out)
{
	put_access(out, "twinwire-reconciler");
	buf_puts(out, "\nmembers: /etc/twinwire/members.yaml\n"
		      "aliases: /etc/twinwire/aliases.tsv");
}

static void
put_portal(struct buf *out, const char *host)
{
	put_access(out, "twinwire-portal");
	buf_puts(out, "\nmembers: /etc/twinwire/members.yaml\n"
		      "cities: /usr/local/share/twinwire/cities.tsv\n"
		      "state: /var/lib/twinwire/portal.db\n"
		      "listen: { address: 0.0.0.0, port: 8080 }");
	if (host != NULL)
		buf_printf(out, "\npublic_url: https://%s", host);
}

/* By certificate: the first administrator has no password that somebody would
 * have had to make. */
static void
put_operator(struct buf *out)
{
	buf_puts(out,
	    "# Made by `twinwire prepare`.\n"
	    "kafka:\n"
	    "  brokers: brokers:9092\n"
	    "  security.protocol: ssl\n"
	    "  ssl.ca.location: /etc/twinwire/ca.pem\n"
	    "  ssl.certificate.location: /run/secrets/operator\n"
	    "  ssl.key.location: /run/secrets/operator\n"
	    "registry: { url: \"http://registry:8080/apis/ccompat/v7\", "
	    "insecure_http: true }");
}

static int
write_one(
    struct prepare *p, const char *name, struct buf *text, struct err *err)
{
	char *file = prepare_path(p, "daemons/%s.yaml", name);
	int rc = prepare_write(p, file, text->data, err);

	buf_clear(text);
	free(file);
	return rc;
}

int
prepare_daemons(struct prepare *p, const struct members *m, struct err *err)
{
	struct buf text = {0};
	size_t i;
	int rc;

	put_operator(&text);
	rc = write_one(p, "twinwire-operator", &text, err);
	if (rc == 0) {
		put_reconciler(&text);
		rc = write_one(p, "twinwire-reconciler", &text, err);
	}
	if (rc == 0) {
		put_portal(&text, p->host);
		rc = write_one(p, "twinwire-portal", &text, err);
	}
	for (i = 0; rc == 0 && i < members_count(m); i++) {
		put_connector(&text, members_id(m, i));
		rc = write_one(p, members_id(m, i), &text, err);
	}
	buf_free(&text);
	return rc;
}
