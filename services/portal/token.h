/** Opaque text that a client hands back: a value in base64url (RFC 4648). */
#ifndef PORTAL_TOKEN_H
#define PORTAL_TOKEN_H

#include "base/json.h"

struct buf;

/* A cursor of the changes names every topic that holds anything: about 170
 * bytes a member that publishes all there is. */
enum { TOKEN_MAX_BYTES = 32 * 1024 };

/** V (borrowed) as a token, appended to OUT. */
void token_print(jv v, struct buf *out);
/** What a token holds; jv_invalid() if TEXT is none of ours. */
jv token_parse(const char *text);

#endif
