/* twinwire-watch: tells people when something needs them. */
#include <stdio.h>

#include "base/buf.h"
#include "base/confine.h"
#include "base/daemon.h"
#include "base/err.h"
#include "watch/settings.h"
#include "watch/watch.h"

static void
confine(const struct settings *s)
{
	struct confine *c = confine_new();

	access_confine(&s->wire, c);
	confine_write(c, s->state);
	confine_read(c, s->smtp_password_file);
	confine_read(c, s->smtp_ca_file);
	for (char **f = s->certificates; f != NULL && *f != NULL; f++)
		confine_read(c, *f);
	confine_apply(c);
}

static int
run(const struct settings *s)
{
	int signal_fd = daemon_signals(), rc = -1;
	struct err err = {0};
	struct watch *w = watch_new(s, &err);

	if (w != NULL && signal_fd >= 0)
		rc = watch_run(w, signal_fd, &err);
	watch_free(w);
	return rc == 0 ? DAEMON_EXIT_OK : daemon_failed("leaving", &err);
}

int
main(int argc, char **argv)
{
	struct settings s = {.wire.kafka = jv_null()};
	struct daemon_options o;
	struct buf errors = {0};
	int code = daemon_options(argc, argv, "twinwire-watch",
	    "tells people by mail or webhook when something needs them", &o);

	if (code >= 0)
		return code;
	if (settings_load(o.file, &s, &errors) != 0) {
		fputs(errors.data, stderr);
		code = DAEMON_EXIT_CONFIG;
	} else if (o.is_check) {
		code = DAEMON_EXIT_OK;
	} else {
		confine(&s);
		code = run(&s);
	}
	settings_fini(&s);
	buf_free(&errors);
	return code;
}
