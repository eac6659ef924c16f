/** Inside base/confine*: the two walls. */
#ifndef BASE_CONFINE_INNER_H
#define BASE_CONFINE_INNER_H

#include <stddef.h>
#include <stdint.h>

struct err;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#ifndef CONFINE_SANITIZED
#define CONFINE_SANITIZED 0
#endif

struct confine_path {
	char *path; /* owned */
	int is_written;
};

struct confine {
	struct confine_path *paths;
	size_t n_paths;
	uint16_t *ports;
	size_t n_ports;
};

/**
 * Landlock: the files and ports of C and no others.  The version of the
 * kernel's interface, or -1 with ERR.
 */
int confine_files(const struct confine *c, struct err *err);
/** Seccomp: calls that no daemon makes are refused.  0, or -1 with ERR. */
int confine_calls(struct err *err);

#endif
