/* twinwire-reconciler: claims in, partnerships and notices out. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/confine.h"
#include "base/daemon.h"
#include "base/err.h"
#include "base/log.h"
#include "event/members.h"
#include "reconciler/aliases.h"
#include "reconciler/reconciler.h"
#include "reconciler/settings.h"

/* Everything that FILE names, all errors in OUT; 0 if there are none. */
static int
load(const char *file, struct settings *s, struct members **members,
    struct aliases **aliases, struct buf *out)
{
	struct err err = {0};

	if (settings_load(file, s, out) != 0)
		return -1;
	*members = members_load(s->members_file, out, &err);
	*aliases = s->aliases_file == NULL
		       ? aliases_new()
		       : aliases_load(s->aliases_file, out, &err);
	return *members != NULL && *aliases != NULL ? 0 : -1;
}

static void
confine(const struct settings *s)
{
	struct confine *c = confine_new();

	access_confine(&s->wire, c);
	confine_apply(c);
}

static int
run(const struct settings *s, struct members *members, struct aliases *aliases)
{
	int signal_fd = daemon_signals(), code = DAEMON_EXIT_FATAL;
	struct err err = {0};
	struct reconciler *r = reconciler_new(s, members, aliases, &err);

	if (r == NULL)
		return daemon_failed("cannot start", &err);
	if (signal_fd >= 0 && reconciler_run(r, signal_fd, &err) == 0)
		code = DAEMON_EXIT_OK;
	else
		log_error("leaving", "reason", err.msg);
	reconciler_free(r);
	return code;
}

int
main(int argc, char **argv)
{
	struct daemon_options o;
	struct settings s = {.wire.kafka = jv_null()};
	struct members *members = NULL;
	struct aliases *aliases = NULL;
	struct buf errors = {0};
	int code = daemon_options(argc, argv, "twinwire-reconciler",
	    "merges the members' claims into partnerships and notices", &o);

	if (code >= 0)
		return code;
	if (load(o.file, &s, &members, &aliases, &errors) != 0) {
		fputs(errors.data, stderr);
		code = DAEMON_EXIT_CONFIG;
	} else if (o.is_check) {
		code = DAEMON_EXIT_OK;
	} else {
		confine(&s);
		code = run(&s, members, aliases);
		members = NULL;
		aliases = NULL;
	}
	members_free(members);
	aliases_free(aliases);
	settings_fini(&s);
	buf_free(&errors);
	return code;
}
