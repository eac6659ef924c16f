/* Preloaded into a program: its wall clock is off by as many milliseconds as
 * stand in the file TEST_CLOCK.  Its monotonic clock is not, nor are waits in
 * the kernel, as for a clock that somebody sets. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *off_ms;

/* Before main(), which clears the environment. */
__attribute__((constructor)) static void
open_file(void)
{
	int fd = open(getenv("TEST_CLOCK"), O_RDONLY | O_CLOEXEC);

	off_ms = mmap(NULL, sizeof(*off_ms), PROT_READ, MAP_SHARED, fd, 0);
	if (off_ms == MAP_FAILED)
		abort();
	close(fd);
}

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);
	int64_t ms;

	if ((id != CLOCK_REALTIME && id != CLOCK_REALTIME_COARSE) ||
	    off_ms == NULL) /* other libraries may be set up first */
		return rc;
	ms = (int64_t)ts->tv_sec * 1000 + ts->tv_nsec / 1000000 + *off_ms;
	ts->tv_sec = ms / 1000;
	ts->tv_nsec = ms % 1000 * 1000000 + ts->tv_nsec % 1000000;
	return rc;
}

int
gettimeofday(struct timeval *tv, void *zone)
{
	struct timespec ts;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &ts);
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	if (out != NULL)
		*out = ts.tv_sec;
	return ts.tv_sec;
}
