/**
 * An error, and what its receiver does next.
 *
 * A function that can fail takes `struct err *` last and returns -1 (or NULL)
 * with it set; 0 or a documented outcome otherwise.  The layer that first sees
 * a failure classifies it; the loop decides and logs, once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_class {
	ERR_NONE,
	ERR_RETRY,  /* the same call may succeed later: back off, try again */
	ERR_REJECT, /* this input is bad: refuse it, go on with the next */
	ERR_FATAL   /* leave with a non-zero code; a restart is the recovery */
};

enum { ERR_MSG_SIZE = 480 };

struct err {
	enum err_class class;
	int code; /* of the layer that set it: errno, HTTP status, 0 */
	char msg[ERR_MSG_SIZE];
};

/**
 * Fill ERR (may be NULL) and return -1, so that `return err_set(...)` works.
 * A message that is too long is cut.  MSG never holds a secret.
 */
int err_set(struct err *err, enum err_class class, int code, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));

/** Put context and ": " in front of ERR's message; class and code stay. */
int err_wrap(struct err *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
