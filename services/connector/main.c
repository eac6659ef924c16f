/* twinwire-connector: joins a member's systems to the wire. */
#include <stdio.h>

#include "base/buf.h"
#include "base/confine.h"
#include "base/daemon.h"
#include "base/err.h"
#include "base/mem.h"
#include "connector/connector.h"
#include "connector/settings.h"
#include "map/program.h"

static void
confine(const struct settings *s)
{
	struct confine *c = confine_new();
	size_t i;
	char **f;

	access_confine(&s->wire, c);
	confine_write(c, s->state);
	for (i = 0; i < s->connections.n; i++) {
		const struct connection *n = &s->connections.list[i];

		confine_read(c, n->file);
		confine_read(c, n->password_file);
		confine_read(c, n->bearer_file);
		confine_read(c, n->ca_file);
		for (f = n->signature_files; f != NULL && *f != NULL; f++)
			confine_read(c, *f);
	}
	confine_apply(c);
}

static int
run(const struct settings *settings)
{
	struct err err = {0};
	struct connector *c;
	int signals = daemon_signals(), rc = -1;

	c = connector_new(settings, &err);
	if (c != NULL)
		rc = connector_run(c, signals, &err);
	connector_free(c);
	return rc == 0 ? DAEMON_EXIT_OK : daemon_failed("leaving", &err);
}

int
main(int argc, char **argv)
{
	struct daemon_options options;
	struct settings settings;
	struct buf errors = {0};
	int code = daemon_options(argc, argv, "twinwire-connector",
	    "joins a member's systems to the wire", &options);

	if (code >= 0)
		return code;
	mem_return_large();
	program_sandbox(); /* loading compiles programs */
	if (settings_load(options.file, &settings, &errors) != 0) {
		fputs(errors.data, stderr);
		buf_free(&errors);
		return DAEMON_EXIT_CONFIG;
	}
	code = DAEMON_EXIT_OK;
	if (!options.is_check) {
		confine(&settings);
		code = run(&settings);
	}
	settings_fini(&settings);
	buf_free(&errors);
	return code;
}
