/** One demo site: a small system of one member, with a page for its clerk. */
#ifndef SANDBOX_SITE_H
#define SANDBOX_SITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/json.h"
#include "sandbox/shelf.h"

struct err;
struct server;
struct site;

enum { SITE_SLOW_MS = 4000, SITE_LANGUAGES_MAX = 8 };

/** What all sites know of each other; outlives them. */
struct town {
	jv cities; /* id -> CityRef */
	struct site **sites;
	size_t n_sites;
	const char *address; /* the sites listen there; NULL: on loopback */
	int is_cut; /* a log of the wire has lost its start: no edits */
};

struct site {
	const struct town *town;
	char *member;
	const char *languages[SITE_LANGUAGES_MAX + 1]; /* preferred first */
	char *tz;
	char *accent; /* a colour, "#27496d" */
	jv names;     /* of the member, by language */
	struct shelf *shelf;
	struct server *server;
	char password[33]; /* of user SITE_USER */

	int is_offline; /* requests get no answer */
	int is_slow;	/* answers come after SITE_SLOW_MS */
	int is_failing; /* 500 for everything */

	/* The lamp: what tw.status says of the member's connections. */
	int64_t pending; /* -1: nothing heard yet */
	char state[32];	 /* "running", ... */
	jv refused;	 /* record key -> reason code, by its receipts */
	int64_t lamp_version;
};

#define SITE_USER "twinwire"
#define SITE_NAMESPACE "website" /* of the entries' keys on the wire */

/**
 * New site from its line of the demo file (borrowed: member, languages, tz,
 * accent, record), listening at TOWN's address and PORT (0: a free one).  NULL
 * with ERR.
 */
struct site *site_new(
    const struct town *town, jv line, uint16_t port, struct err *err);
/** Does nothing on NULL. */
void site_free(struct site *s);
uint16_t site_port(const struct site *s);
/** The member's name in the languages of READER; borrowed. */
const char *site_name(const struct site *s, const struct site *reader);
/**
 * Why the wire did not take the site's own ITEM (borrowed) of collection C: a
 * sentence for its clerk, with what to do; static.  NULL if it did, or if
 * nothing has been heard of it.
 */
const char *site_refusal(
    const struct site *s, enum shelf_collection c, jv item);
/** How many of the site's own entries the wire did not take. */
int site_n_refused(const struct site *s);
/** The site of MEMBER, or NULL. */
const struct site *site_of(const struct town *t, const char *member);

#endif
