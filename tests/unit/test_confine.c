/*
 * Goal: a process that has confined itself can do what a daemon does and
 * nothing else.  Each try is a process of its own, because there is no way
 * back.  What is asked is how the kernel answers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/confine_inner.h"

static char inside[64], outside[64]; /* folders */
static char path[128];

static const char *
in(const char *folder, const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void
confine_to(const char *folder)
{
	struct confine *c = confine_new();

	confine_read(c, in(folder, "conf"));
	confine_write(c, in(folder, "state/file.db"));
	confine_bind(c, 0);
	confine_apply(c);
}

/* What WORK returns in a confined process of its own: an errno, 0 if it could;
 * its log into SAID. */
static int
confined(int (*work)(void), char said[2048])
{
	int ends[2], status;
	size_t size = 0;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(ends[1], 2);
		close(ends[0]);
		close(ends[1]);
		confine_early(0);
		confine_to(inside);
		_exit(work());
	}
	close(ends[1]);
	while (size < 2047 && (n = read(ends[0], said + size, 2047 - size)) > 0)
		size += (size_t)n;
	said[size] = '\0';
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!WIFEXITED(status))
		fail_msg("signal %d: %s", WTERMSIG(status), said);
	return WEXITSTATUS(status);
}

static int
has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1;
}

static int
try_open(const char *name, int flags)
{
	int fd = open(name, flags, 0600);

	return fd < 0 ? errno : (close(fd), 0);
}

static int
open_needed(void)
{
	static const char *const needed[] = {
	    "/dev/urandom", "/proc/self/maps", "/etc/hosts"};
	int rc = try_open(in(inside, "conf"), O_RDONLY);

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed) && !rc; i++)
		if (access(needed[i], F_OK) == 0)
			rc = try_open(needed[i], O_RDONLY);
	if (rc == 0)
		rc =
		    try_open(in(inside, "state/file.db-wal"), O_RDWR | O_CREAT);
	if (rc == 0 && unlink(path) != 0)
		rc = errno;
	return rc;
}

static int
open_beside(void)
{
	return try_open(in(inside, "other"), O_RDONLY);
}

static int
read_outside(void)
{
	return try_open(in(outside, "file"), O_RDONLY);
}

static int
read_shadow(void)
{
	return try_open("/etc/shadow", O_RDONLY);
}

static int
read_through_link(void)
{
	return try_open(in(inside, "link"), O_RDONLY);
}

static int
write_outside(void)
{
	return try_open(in(outside, "made"), O_WRONLY | O_CREAT);
}

static int
write_configuration(void)
{
	return try_open(in(inside, "conf"), O_WRONLY);
}

static int
run_program(void)
{
	char *const none[] = {NULL};

	execve("/bin/true", none, none);
	return errno;
}

static int
make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid < 0 ? errno : 0;
}

static int
trace_parent(void)
{
	return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) != 0 ? errno : 0;
}

static int
signal_parent(void)
{
	return kill(getppid(), 0) != 0 ? errno : 0;
}

static int
mount_something(void)
{
	return mount("none", inside, "tmpfs", 0, NULL) != 0 ? errno : 0;
}

static int
new_world(void)
{
	return unshare(CLONE_NEWUSER) != 0 ? errno : 0;
}

static int
become_another(void)
{
	return setuid(65534) != 0 ? errno : 0;
}

static int
raw_packets(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0) < 0 ? errno : 0;
}

static int
vsock(void)
{
	return socket(40, SOCK_STREAM, 0) < 0 ? errno : 0;
}

static int
other_port(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	    .sin_port = htons(17)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	return bind(fd, (struct sockaddr *)&a, sizeof(a)) != 0 ? errno : 0;
}

static int
code_from_data(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return mprotect(p, 4096, PROT_READ | PROT_EXEC) != 0 ? errno : 0;
}

static const struct {
	const char *what;
	int (*work)(void);
	int expected;
	int is_landlock, is_plain; /* needs it; not with sanitizers */
} tries[] = {
    {"what a daemon needs", open_needed, 0, 0, 0},
    {"a file beside the configuration", open_beside, 0, 0, 0},
    {"read a file outside", read_outside, EACCES, 1, 0},
    {"read /etc/shadow", read_shadow, EACCES, 1, 0},
    {"read outside through a link", read_through_link, EACCES, 1, 0},
    {"write a file outside", write_outside, EACCES, 1, 0},
    {"write the configuration", write_configuration, EACCES, 1, 0},
    {"run a program", run_program, EPERM, 0, 1},
    {"make a process", make_process, EPERM, 0, 1},
    {"trace another process", trace_parent, EPERM, 0, 1},
    {"signal another process", signal_parent, EPERM, 0, 0},
    {"mount", mount_something, EPERM, 0, 0},
    {"a name space of its own", new_world, EPERM, 0, 0},
    {"become another user", become_another, EPERM, 0, 0},
    {"raw packets", raw_packets, EPERM, 0, 0},
    {"a socket to a hypervisor", vsock, EPERM, 0, 0},
};

static void
only_what_a_daemon_does_is_possible(void **state)
{
	char said[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		int got;

		if ((tries[i].is_landlock && !has_landlock()) ||
		    (tries[i].is_plain && CONFINE_SANITIZED))
			continue;
		got = confined(tries[i].work, said);
		if (got != tries[i].expected)
			fail_msg("%s: %s, expected %s\n%s", tries[i].what,
			    strerror(got), strerror(tries[i].expected), said);
	}
}

static void
a_port_that_is_not_named_cannot_be_listened_on(void **state)
{
	char said[2048];

	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, 1) < 4)
		skip(); /* Linux 6.7 */
	assert_int_equal(confined(other_port, said), EACCES);
}

static void
data_does_not_become_code(void **state)
{
	char said[2048];

	(void)state;
	if (CONFINE_SANITIZED || prctl(66, 0, 0, 0, 0) < 0)
		skip(); /* Linux 6.3: PR_GET_MDWE */
	assert_int_equal(confined(code_from_data, said), EACCES);
}

static void *
nothing(void *ctx)
{
	return ctx;
}

static int
ordinary_life(void)
{
	struct rlimit core;
	struct stat st;
	pthread_t thread;

	if (pthread_create(&thread, NULL, nothing, NULL) != 0 ||
	    pthread_join(thread, NULL) != 0)
		return 1;
	if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_max != 0)
		return 2;
	if (prctl(PR_GET_DUMPABLE) != 0 ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 3;
	close(open(in(inside, "state/mine"), O_CREAT | O_WRONLY, 0666));
	if (stat(path, &st) != 0 || (st.st_mode & 077) != 0)
		return 4;
	return 0;
}

static void
threads_start_and_files_are_the_owners_alone(void **state)
{
	char said[2048];

	(void)state;
	assert_int_equal(confined(ordinary_life, said), 0);
	assert_non_null(strstr(said, "msg=confined"));
}

static int
go_on(void)
{
	return 0;
}

/* As an older kernel, or a container's own filter. */
static void
forbid(const char *call, int code)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	assert_int_equal(seccomp_rule_add(f, SCMP_ACT_ERRNO((unsigned)code),
			     seccomp_syscall_resolve_name(call), 0),
	    0);
	assert_int_equal(seccomp_load(f), 0);
	seccomp_release(f);
}

static void
what_the_kernel_refuses_is_logged_and_done_without(void **state)
{
	static const struct {
		const char *call, *said;
		int code;
	} cases[] = {
	    {"landlock_create_ruleset",
		"level=warn program=twinwire msg=\"not confined\" what=files",
		ENOSYS},
	    {"landlock_restrict_self",
		"level=warn program=twinwire msg=\"not confined\" what=files",
		EPERM},
	    {"seccomp",
		"level=warn program=twinwire msg=\"not confined\" what=calls",
		EPERM},
	};
	char said[2048];
	int status;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			forbid(cases[i].call, cases[i].code);
			if (confined(go_on, said) != 0 ||
			    strstr(said, cases[i].said) == NULL ||
			    strstr(said, "msg=confined") == NULL) {
				fputs(said, stderr);
				_exit(1);
			}
			_exit(0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("%s", cases[i].call);
	}
}

static void
write_file(const char *folder, const char *name)
{
	close(open(in(folder, name), O_CREAT | O_WRONLY, 0600));
}

static int
make_folders(void **state)
{
	char link[128];

	(void)state;
	strcpy(inside, "/tmp/tw-inside-XXXXXX");
	strcpy(outside, "/tmp/tw-outside-XXXXXX");
	if (mkdtemp(inside) == NULL || mkdtemp(outside) == NULL)
		return -1;
	write_file(inside, "conf");
	write_file(inside, "other");
	write_file(outside, "file");
	mkdir(in(inside, "state"), 0700);
	snprintf(link, sizeof(link), "%s/link", inside);
	return symlink(in(outside, "file"), link);
}

static int
remove_folders(void **state)
{
	static const char *const names[] = {
	    "conf", "other", "link", "state/mine", "file", "made"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		unlink(in(inside, names[i]));
		unlink(in(outside, names[i]));
	}
	rmdir(in(inside, "state"));
	return rmdir(inside) + rmdir(outside);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_a_daemon_does_is_possible),
	    cmocka_unit_test(a_port_that_is_not_named_cannot_be_listened_on),
	    cmocka_unit_test(data_does_not_become_code),
	    cmocka_unit_test(threads_start_and_files_are_the_owners_alone),
	    cmocka_unit_test(
		what_the_kernel_refuses_is_logged_and_done_without),
	};

	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
