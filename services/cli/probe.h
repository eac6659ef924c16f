/** The parts of `twinwire probe`; for probe*.c only. */
#ifndef CLI_PROBE_H
#define CLI_PROBE_H

#include "base/json.h"
#include "cli/cli.h"
#include "event/keys.h"

struct asked;
struct connection;

enum probe_said { PROBE_NO, PROBE_YES, PROBE_UNKNOWN };

struct probe {
	struct cli cli;
	const struct connection *conf;
	struct asked *asked;
	enum record_type type;
	char *key, *marker; /* of the test record */
	jv record, changed; /* it, and its second version */
	jv steps;	    /* [{step, result, text}] in order */
	jv local_ids;	    /* of all items made; array of texts */
	jv rewritten;	    /* names of members that came back otherwise */
	int n_made;	/* items that a create sent twice left; -1 unknown */
	int is_refused; /* the first create was not taken */
	int is_put;	/* creates are PUT */
	enum probe_said lets_in, keeps_key, idempotent, updates, lists,
	    shows_deletions, removes;
	int is_find_good;   /* the look-up found exactly what is there */
	int is_gone_listed; /* a deletion stands in the listing's `gone` */
};

/** Do all steps and clean up, each noted in P->steps and said on stderr as it
 * goes. */
void probe_run(struct probe *p);

#endif
