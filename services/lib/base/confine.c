/* What a daemon gives up: see confine.h. */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/confine_inner.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"

#ifndef PR_SET_MDWE /* Linux 6.3 */
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/*
 * Resolver, certificates, libraries that are loaded late (name services, SASL),
 * time zones, what malloc and the thread library look up.  /etc as a whole is
 * named in confine_new().
 */
static const char *const everybody[] = {"/usr", "/lib", "/lib64",
    "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf",
    "/etc/gai.conf", "/etc/services", "/etc/protocols", "/etc/localtime",
    "/etc/ld.so.cache", "/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/pki",
    "/etc/sasl2", "/etc/krb5.conf", "/run/systemd/resolve", "/run/resolvconf",
    "/dev/urandom", "/dev/random", "/proc/self", "/proc/meminfo", "/proc/stat",
    "/proc/cpuinfo", "/proc/sys/vm", "/sys/devices/system/cpu",
    "/sys/fs/cgroup", "/sys/kernel/mm/transparent_hugepage"};

void
confine_early(int may_dump)
{
	const struct rlimit none = {0, 0};

	umask(077);
	clearenv();
	if (may_dump)
		return;
	/* Lowering a limit and giving up a right are never refused. */
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void
add(struct confine *c, const char *path, int is_written)
{
	size_t i;

	for (i = 0; i < c->n_paths; i++)
		if (strcmp(c->paths[i].path, path) == 0) {
			c->paths[i].is_written |= is_written;
			return;
		}
	c->paths = mem_grow(c->paths, c->n_paths + 1, sizeof(*c->paths));
	c->paths[c->n_paths++] =
	    (struct confine_path){mem_dup(path), is_written};
}

struct confine *
confine_new(void)
{
	struct confine *c = mem_new(1, sizeof(*c));
	size_t i;

	for (i = 0; i < sizeof(everybody) / sizeof(everybody[0]); i++)
		add(c, everybody[i], 0);
	add(c, "/dev/null", 1);
	/*
	 * /etc/resolv.conf is replaced, not rewritten, by some DHCP clients,
	 * and then only its folder still leads to it.  Of what else is in
	 * there nothing that matters can be read without root.
	 */
	if (geteuid() != 0)
		add(c, "/etc", 0);
	return c;
}

static void
add_with_folder(struct confine *c, const char *path)
{
	char *copy = mem_dup(path);
	const char *folder = dirname(copy);
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode) &&
	    strcmp(path, "/") != 0)
		add(c, path, 0);
	else if (strcmp(folder, "/") == 0 || strcmp(folder, "/etc") == 0)
		add(c, path, 0);
	else
		add(c, folder, 0);
	free(copy);
}

void
confine_read(struct confine *c, const char *path)
{
	char *real;

	if (path == NULL || strcmp(path, "/") == 0)
		return;
	add_with_folder(c, path);
	real = realpath(path, NULL);
	if (real != NULL && strcmp(real, "/") != 0)
		add_with_folder(c, real);
	free(real);
}

void
confine_write(struct confine *c, const char *file)
{
	char *copy;

	if (file == NULL)
		return;
	copy = mem_dup(file);
	add(c, dirname(copy), 1);
	free(copy);
}

void
confine_bind(struct confine *c, uint16_t port)
{
	c->ports = mem_grow(c->ports, c->n_ports + 1, sizeof(*c->ports));
	c->ports[c->n_ports++] = port;
}

static void
confine_free(struct confine *c)
{
	size_t i;

	for (i = 0; i < c->n_paths; i++)
		free(c->paths[i].path);
	free(c->paths);
	free(c->ports);
	free(c);
}

static void
say_refused(const char *what, const struct err *err)
{
	log_warn("not confined", "what", what, "reason", err->msg);
}

void
confine_apply(struct confine *c)
{
	struct err err = {0};
	char version[32] = "no";
	const char *calls = "no";
	int abi;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		log_warn("not confined", "what", "privileges", "reason",
		    strerror(errno));
	/* Older kernels do not have it; nothing depends on it. */
	if (!CONFINE_SANITIZED)
		prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
	abi = confine_files(c, &err);
	if (abi > 0)
		snprintf(version, sizeof(version), "landlock %d", abi);
	else
		say_refused("files", &err);
	if (confine_calls(&err) == 0)
		calls = "seccomp";
	else
		say_refused("calls", &err);
	log_info("confined", "files", version, "calls", calls);
	confine_free(c);
}
