/*
 * Landlock: which files and ports there are for this process.  The structures
 * and numbers are the kernel's (Documentation/userspace-api/landlock.rst); they
 * stand here because Debian 12's headers know only the first of them.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/confine_inner.h"
#include "base/err.h"

#define BIT(n) (UINT64_C(1) << (n))

enum { ASK_VERSION = 1, RULE_PATH = 1, RULE_PORT = 2 };

static const uint64_t WRITE_FILE = BIT(1), READ_FILE = BIT(2),
		      READ_DIR = BIT(3), REMOVE_FILE = BIT(5),
		      MAKE_FILE = BIT(8), TRUNCATE = BIT(14);
static const uint64_t BIND_TCP = BIT(0);
/* Sockets without a file, and signals, to whom is not confined with us. */
static const uint64_t SCOPES = BIT(0) | BIT(1);

struct ruleset {
	uint64_t files, ports, scopes;
};

struct path_rule {
	uint64_t allowed;
	int32_t folder;
} __attribute__((packed));

struct port_rule {
	uint64_t allowed, port;
};

/* The rights over files that version ABI knows. */
static uint64_t
known_rights(int abi)
{
	int bits = abi == 1 ? 13 : abi == 2 ? 14 : abi < 5 ? 15 : 16;

	return BIT(bits) - 1;
}

/* Bytes of `struct ruleset` that version ABI knows. */
static size_t
known_size(int abi)
{
	return (abi < 4 ? 1 : abi < 6 ? 2 : 3) * sizeof(uint64_t);
}

static int
add_path(int set, const struct confine_path *p, uint64_t known, struct err *err)
{
	struct path_rule rule = {.allowed = READ_FILE | READ_DIR};
	struct stat st;
	int rc = 0;

	rule.folder = open(p->path, O_PATH | O_CLOEXEC);
	if (rule.folder < 0)
		return 0; /* not there: nothing to allow */
	if (p->is_written)
		rule.allowed |= WRITE_FILE | REMOVE_FILE | MAKE_FILE | TRUNCATE;
	if (fstat(rule.folder, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed &= READ_FILE | WRITE_FILE | TRUNCATE;
	rule.allowed &= known;
	if (syscall(SYS_landlock_add_rule, set, RULE_PATH, &rule, 0) != 0)
		rc = err_set(err, ERR_RETRY, errno, "landlock: %s: %s", p->path,
		    strerror(errno));
	close(rule.folder);
	return rc;
}

static int
add_port(int set, uint16_t port, struct err *err)
{
	const struct port_rule rule = {BIND_TCP, port};

	if (syscall(SYS_landlock_add_rule, set, RULE_PORT, &rule, 0) != 0)
		return err_set(err, ERR_RETRY, errno, "landlock: port %u: %s",
		    port, strerror(errno));
	return 0;
}

static int
fill(int set, const struct confine *c, int abi, struct err *err)
{
	size_t i;

	for (i = 0; i < c->n_paths; i++)
		if (add_path(set, &c->paths[i], known_rights(abi), err) != 0)
			return -1;
	for (i = 0; abi >= 4 && i < c->n_ports; i++)
		if (add_port(set, c->ports[i], err) != 0)
			return -1;
	if (syscall(SYS_landlock_restrict_self, set, 0) != 0)
		return err_set(
		    err, ERR_RETRY, errno, "landlock: %s", strerror(errno));
	return 0;
}

int
confine_files(const struct confine *c, struct err *err)
{
	struct ruleset rules = {.ports = BIND_TCP, .scopes = SCOPES};
	int abi, set, rc;

	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, ASK_VERSION);
	if (abi < 1)
		return err_set(err, ERR_RETRY, errno,
		    "the kernel has no landlock: %s", strerror(errno));
	rules.files = known_rights(abi);
	if (CONFINE_SANITIZED)
		rules.files &= ~BIT(0); /* a symbolizer is run at the end */
	set = (int)syscall(
	    SYS_landlock_create_ruleset, &rules, known_size(abi), 0);
	if (set < 0)
		return err_set(
		    err, ERR_RETRY, errno, "landlock: %s", strerror(errno));
	rc = fill(set, c, abi, err);
	close(set);
	return rc == 0 ? abi : -1;
}
