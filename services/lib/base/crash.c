/* Where a test build dies: see crash.h. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/crash.h"

#ifdef TW_FAULTS

static struct {
	char name[64];
	long left;
} at;

/* Before main(), which clears the environment. */
static __attribute__((constructor)) void
read_environment(void)
{
	const char *where = getenv("TW_CRASH_AT");
	size_t n;

	if (where == NULL)
		return;
	n = strcspn(where, ":");
	if (n >= sizeof(at.name))
		abort();
	memcpy(at.name, where, n);
	at.left = where[n] == ':' ? strtol(where + n + 1, NULL, 10) : 1;
}

int
crash_is_set(const char *name)
{
	return strcmp(name, at.name) == 0;
}

int
crash_is_here(const char *name)
{
	return crash_is_set(name) && --at.left == 0;
}

void
crash_point(const char *name)
{
	if (crash_is_here(name))
		raise(SIGKILL);
}

#endif
