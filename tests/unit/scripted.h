/**
 * A scripted site on loopback for tests of the HTTP client: a thread with
 * plain sockets, which can break every rule of HTTP.
 */
#ifndef TEST_SCRIPTED_H
#define TEST_SCRIPTED_H

#include <stddef.h>

struct scripted;

struct scripted_reply {
	const char *path;  /* of the request, whole */
	const char *bytes; /* sent as they are; NULL: nothing */
	enum scripted_then {
		SCRIPTED_KEEP, /* keep the connection */
		SCRIPTED_CLOSE,
		SCRIPTED_HANG,	    /* say no more, keep it open */
		SCRIPTED_REPEAT,    /* BYTES, then " x" without end */
		SCRIPTED_ONLY_FIRST /* answer a connection's first request,
				     * close at its second */
	} then;
};

/** Serve REPLIES (borrowed, ended by a NULL path); never NULL. */
struct scripted *scripted_start(const struct scripted_reply *replies);
/** Stop and free. */
void scripted_stop(struct scripted *s);
/** "http://127.0.0.1:port"; borrowed. */
const char *scripted_url(const struct scripted *s);
/** Requests seen so far. */
int scripted_count(struct scripted *s);
/** Connections seen so far. */
int scripted_connections(struct scripted *s);
/** Copy of the newest request, head and body, into OUT. */
void scripted_newest(struct scripted *s, char *out, size_t size);

#endif
