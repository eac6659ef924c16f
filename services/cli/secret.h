/** Files that only their owner reads: passwords, keys, certificates. */
#ifndef CLI_SECRET_H
#define CLI_SECRET_H

struct err;

/**
 * Write TEXT and a newline into FILE, mode 0600, for OWNER (a uid; -1: whoever
 * runs this), whole or not at all, synced; what was there is replaced.  0, or
 * -1 with ERR = REJECT.
 */
int secret_write(
    const char *file, const char *text, int owner, struct err *err);
/** The same, mode 0644: what everybody may read. */
int secret_write_open(
    const char *file, const char *text, int owner, struct err *err);

#endif
