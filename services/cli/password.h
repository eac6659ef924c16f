/** Passwords of Kafka's users in files of their own. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

struct err;

enum { PASSWORD_SIZE = 44 }; /* with the zero at the end: 256 random bits */

/** A new password from the system's generator.  0, or -1 with ERR = FATAL. */
int password_new(char out[PASSWORD_SIZE], struct err *err);
/**
 * Write PASSWORD into FILE, mode 0600, for OWNER (a uid; -1: whoever runs
 * this), whole or not at all, synced; what was there is replaced.  0, or -1
 * with ERR = REJECT.
 */
int password_write(
    const char *file, const char *password, int owner, struct err *err);

#endif
