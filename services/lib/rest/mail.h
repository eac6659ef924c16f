/** Mail out by SMTP (curl); for programs that have nothing else to do. */
#ifndef REST_MAIL_H
#define REST_MAIL_H

struct err;

/** A mail server; all borrowed during the call. */
struct mail_server {
	const char *url; /* smtps://HOST, or smtp://HOST with STARTTLS */
	const char *from;
	const char *username; /* NULL: no login */
	const char *password;
	const char *ca_file; /* NULL: the system's */
	int is_insecure;     /* smtp:// may go without TLS */
};

struct mail {
	const char *const *to;	    /* NULL-ended */
	const char *id;		    /* the same however often it is sent */
	const char *subject, *text; /* UTF-8 */
};

/**
 * Send M, waiting for at most MAIL_TIMEOUT_MS or until STOP_FD (-1: none) is
 * readable.  0 once the server has it for at least one of its receivers.  -1
 * with ERR: RETRY, or REJECT if an address or the URL is not fit.
 */
enum { MAIL_TIMEOUT_MS = 60000, MAIL_RECEIVERS_MAX = 16 };
int mail_send(const struct mail_server *server, const struct mail *m,
    int stop_fd, struct err *err);
/** 1 if ADDRESS may stand in a mail's head: one @, no blanks or brackets. */
int mail_is_address(const char *address);

#endif
