/** Passwords of Kafka's users in files of their own. */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

struct err;

enum { PASSWORD_SIZE = 44 }; /* with the zero at the end: 256 random bits */

/** A new password from the system's generator.  0, or -1 with ERR = FATAL. */
int password_new(char out[PASSWORD_SIZE], struct err *err);

#endif
