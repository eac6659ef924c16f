/**
 * Points at which a test build (`make FAULTS=1`) can be made to die, as by
 * kill -9: TW_CRASH_AT=NAME dies where NAME is passed first, TW_CRASH_AT=NAME:N
 * where it is passed for the Nth time; or to meet what no test can bring about
 * from outside.  Nothing at all in any other build.
 *
 * A name says what has just happened.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#ifdef TW_FAULTS
/** Dies if TW_CRASH_AT of the process's first environment says so. */
void crash_point(const char *name);
#define CRASH_POINT(name) crash_point(name)
/** The same, but 1 where it would die, else 0: the caller brings it about. */
int crash_is_here(const char *name);
#define CRASH_IS_HERE(name) crash_is_here(name)
/** 1 if TW_CRASH_AT names NAME, each time: something is kept from happening. */
int crash_is_set(const char *name);
#define CRASH_IS_SET(name) crash_is_set(name)
#else
#define CRASH_POINT(name) ((void)0)
#define CRASH_IS_HERE(name) 0
#define CRASH_IS_SET(name) 0
#endif

#endif
