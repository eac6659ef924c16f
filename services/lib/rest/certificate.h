/** Certificates in files: until when they are good. */
#ifndef REST_CERTIFICATE_H
#define REST_CERTIFICATE_H

#include <stdint.h>

struct err;

/**
 * *OUT_MS (wall): when the certificate in the PEM FILE ends.  Of several the
 * first counts (a chain begins with its own), in a file of authorities
 * (IS_AUTHORITY) the one that lasts longest (an old one stays beside its
 * successor).  -1 with ERR = REJECT if there is none to be read.
 */
int certificate_end(
    const char *file, int is_authority, int64_t *out_ms, struct err *err);

#endif
