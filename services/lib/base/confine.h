/**
 * What a daemon gives up at its start, before its first thread, so that bytes
 * from outside that should ever take it over find little to use: core dumps,
 * files that it has no business with (landlock), programs to run and calls that
 * it never makes (seccomp).  What the kernel or a container refuses is logged
 * and done without.
 */
#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdint.h>

struct confine;

/**
 * First of all, before a secret is read: new files are the owner's alone (umask
 * 077), the environment is empty (no proxy, no other configuration for a
 * library), no core dump, no look inside by others of the same user
 * (PR_SET_DUMPABLE).  MAY_DUMP leaves the two last as they are, for debugging.
 */
void confine_early(int may_dump);

/** A list of what is still needed; names nothing but what every program needs
 * (resolver, certificates, libraries, time zones). */
struct confine *confine_new(void);
/**
 * PATH will be read: a folder with all below it, a file with its folder, so
 * that one put in its place is found, too, and the same where a symbolic link
 * leads.  Of "/" and "/etc" only the file itself.  What is not there is left
 * out.
 */
void confine_read(struct confine *c, const char *path);
/** The folder of FILE will be written: FILE and what SQLite puts beside it. */
void confine_write(struct confine *c, const char *file);
/** TCP port PORT will be listened on; 0 is a free one. */
void confine_bind(struct confine *c, uint16_t port);
/**
 * From here on the process, and every thread it starts, is held to C (freed).
 * Logs what holds and what could not be had.  Builds with sanitizers keep the
 * calls that those need at their end.
 */
void confine_apply(struct confine *c);

#endif
