/**
 * Where a request may go (DESIGN section 8): https, or http to loopback;
 * addresses are judged after resolution; credentials are bound to their host.
 */
#ifndef REST_POLICY_H
#define REST_POLICY_H

struct err;
struct sockaddr;

struct policy {
	int allow_private; /* private ranges (loopback counts as private) */
	int insecure_http; /* plain http to other hosts than loopback */
};

/**
 * 0 if URL may be called under P at all: scheme, no user info, no fragment, a
 * host.  http to a loopback host is allowed without insecure_http, but its
 * address is still judged.  -1 with ERR = REJECT.
 */
int policy_url(const struct policy *p, const char *url, struct err *err);
/** 1 if a connection to the resolved address SA may be opened under P. */
int policy_address(const struct policy *p, const struct sockaddr *sa);
/** 1 if A and B have the same scheme, host and port. */
int policy_same_origin(const char *a, const char *b);
/** 1 if NAME: VALUE is a safe header: token; no CR, LF, NUL in the value. */
int policy_header(const char *name, const char *value);

#endif
