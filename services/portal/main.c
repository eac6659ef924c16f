/* twinwire-portal: what the wire knows, for people and programs to read. */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/confine.h"
#include "base/daemon.h"
#include "base/err.h"
#include "base/log.h"
#include "event/cities.h"
#include "event/members.h"
#include "portal/portal.h"
#include "portal/settings.h"

/* Everything that FILE names, all errors in OUT; 0 if there are none. */
static int
load(const char *file, struct settings *s, struct members **members,
    struct cities **cities, struct buf *out)
{
	struct err err = {0};

	if (settings_load(file, s, out) != 0)
		return -1;
	*members = members_load(s->members_file, out, &err);
	if (s->cities_file != NULL) {
		*cities = cities_load(s->cities_file, &err);
		if (*cities == NULL) {
			buf_printf(out, "%s\n", err.msg);
			return -1;
		}
	}
	return *members != NULL ? 0 : -1;
}

static void
confine(const struct settings *s)
{
	struct confine *c = confine_new();

	access_confine(&s->wire, c);
	confine_read(c, s->members_file);
	if (s->key_file != NULL) {
		confine_read(c, s->certificate_file);
		confine_read(c, s->key_file);
	}
	confine_write(c, s->state_file);
	confine_bind(c, s->port);
	confine_apply(c);
}

static int
run(const struct settings *s, struct members *members,
    const struct cities *cities)
{
	int signal_fd = daemon_signals(), code = DAEMON_EXIT_FATAL;
	struct err err = {0};
	struct portal *p = portal_new(s, members, cities, &err);

	if (p == NULL)
		return daemon_failed("cannot start", &err);
	if (signal_fd >= 0 && portal_run(p, signal_fd, &err) == 0)
		code = DAEMON_EXIT_OK;
	else
		log_error("leaving", "reason", err.msg);
	portal_free(p);
	return code;
}

int
main(int argc, char **argv)
{
	struct daemon_options o;
	struct settings s = {.wire.kafka = jv_null()};
	struct members *members = NULL;
	struct cities *cities = NULL;
	struct buf errors = {0};
	int code = daemon_options(argc, argv, "twinwire-portal",
	    "shows what the wire knows: pages, feeds, REST; it writes nothing",
	    &o);

	if (code >= 0)
		return code;
	if (load(o.file, &s, &members, &cities, &errors) != 0) {
		fputs(errors.data, stderr);
		code = DAEMON_EXIT_CONFIG;
	} else if (o.is_check) {
		code = DAEMON_EXIT_OK;
	} else {
		confine(&s);
		code = run(&s, members, cities);
		members = NULL;
	}
	members_free(members);
	cities_free(cities);
	settings_fini(&s);
	buf_free(&errors);
	return code;
}
