/*
 * Seccomp: calls that no daemon makes are refused as the kernel refuses what is
 * not permitted.  A list of what is denied, not of what is allowed: the
 * libraries below us are the distribution's, and a call that a later one learns
 * must not stop a wire.
 */
#include <errno.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/confine_inner.h"
#include "base/err.h"

static const char *const never[] = {
    /* other processes */
    "kill", "tkill", "rt_sigqueueinfo", "process_vm_readv", "process_vm_writev",
    "process_madvise", "kcmp", "pidfd_open", "pidfd_getfd", "pidfd_send_signal",
    /* the file system's shape, and doors around it */
    "mount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount",
    "fspick", "move_mount", "open_tree", "mount_setattr", "swapon", "swapoff",
    "mknod", "mknodat", "name_to_handle_at", "open_by_handle_at",
    "fanotify_init", "quotactl", "quotactl_fd",
    /* the machine */
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module",
    "delete_module", "acct", "syslog", "sethostname", "setdomainname",
    "settimeofday", "clock_settime", "clock_adjtime", "adjtimex", "iopl",
    "ioperm", "vhangup",
    /* parts of the kernel with a record of their own */
    "bpf", "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter",
    "io_uring_register", "add_key", "request_key", "keyctl", "personality",
    "modify_ldt", "uselib", "lookup_dcookie", "vmsplice",
    /* another user, another world */
    "setns", "unshare", "setuid", "setgid", "setreuid", "setregid", "setresuid",
    "setresgid", "setgroups", "setfsuid", "setfsgid", "capset"};

/* What a sanitizer's last words need. */
static const char *const never_but_sanitizers[] = {
    "execve", "execveat", "fork", "vfork", "ptrace"};

static int
refuse(scmp_filter_ctx f, const char *name)
{
	int call = seccomp_syscall_resolve_name(name);

	if (call == __NR_SCMP_ERROR)
		return 0; /* not on this machine, or younger than the library */
	return seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), call, 0);
}

/* Sockets to the network, to this machine's resolver and to its kernel's list
 * of addresses; no raw packets, no exotic families. */
static int
refuse_sockets(scmp_filter_ctx f)
{
	int family, rc = 0;

	for (family = 0; rc == 0 && family < AF_NETLINK; family++)
		if (family != AF_UNIX && family != AF_INET &&
		    family != AF_INET6)
			rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM),
			    SCMP_SYS(socket), 1,
			    SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)family, 0));
	if (rc == 0)
		rc =
		    seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(socket),
			1, SCMP_A0(SCMP_CMP_GT, (scmp_datum_t)AF_NETLINK, 0));
	return rc;
}

/* Threads, yes; processes, no.  The flags of clone3() are out of a filter's
 * sight: the C library takes clone() where there is no clone3(). */
static int
refuse_processes(scmp_filter_ctx f)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof(never_but_sanitizers) /
				       sizeof(never_but_sanitizers[0]);
	     i++)
		rc = refuse(f, never_but_sanitizers[i]);
	if (rc == 0)
		rc = seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
		    1, SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0));
	if (rc == 0)
		rc = seccomp_rule_add(
		    f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	return rc;
}

int
confine_calls(struct err *err)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
	size_t i;
	int rc = f == NULL ? -ENOMEM : 0;

	for (i = 0; rc == 0 && i < sizeof(never) / sizeof(never[0]); i++)
		rc = refuse(f, never[i]);
	if (rc == 0)
		rc = refuse_sockets(f);
	if (rc == 0 && !CONFINE_SANITIZED)
		rc = refuse_processes(f);
	if (rc == 0)
		rc = seccomp_attr_set(f, SCMP_FLTATR_CTL_TSYNC, 1);
	if (rc == 0)
		rc = seccomp_load(f);
	if (f != NULL)
		seccomp_release(f);
	return rc == 0
		   ? 0
		   : err_set(err, ERR_RETRY, -rc, "seccomp: %s", strerror(-rc));
}
