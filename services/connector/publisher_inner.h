/** What the files of publish share; nobody else includes it. */
#ifndef CONNECTOR_PUBLISHER_INNER_H
#define CONNECTOR_PUBLISHER_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "connector/poll.h"
#include "connector/publisher.h"
#include "store/state.h"

struct connection_publish;
struct env;
struct http_answer;
struct http_call;
struct page;
struct plan;

enum {
	PUBLISH_SENT_MAX = 1000, /* unacknowledged at once */
	PUBLISH_READS_MAX = 4,	 /* direct requests at once */
	PUBLISH_AGAIN_MS = 100,	 /* until a full queue is tried again */
	PUBLISH_SEND_AGAIN_MS = 1000
};

/** A record on its way to the wire. */
struct change {
	struct publisher *publisher; /* for the delivery report */
	enum { CHANGE_WAITS, CHANGE_SENT, CHANGE_ACKED, CHANGE_DONE } stage;
	char *key, *local_id, *url, *version;
	jv record; /* null: tombstone */
	int is_update;
	int is_again; /* republished: nothing of it changes */
	unsigned char hash[JSON_HASH_SIZE];
	int has_receipt;    /* a receipt says refused: another one is due */
	int64_t offset;	    /* once acknowledged */
	struct err refusal; /* why it can never be sent; class NONE */
};
struct changes {
	struct change **list;
	size_t n, room;
	size_t n_open; /* not DONE */
	size_t n_sent;
};

/** A live record that a whole listing did not name. */
struct missing {
	char *key, *local_id, *url;
	unsigned times; /* listings in a row */
	int is_live, has_receipt;
	enum poll_read read;
	int is_asked, is_known;
	struct http_call *call;
	struct publisher *publisher;
};

/** Answers that need no second look, and the one that is being judged. */
struct publisher_pages {
	struct page *list;
	size_t n;
	unsigned char asked[JSON_HASH_SIZE], said[JSON_HASH_SIZE];
	size_t seen_from; /* what this page names begins there in p->seen */
	int is_quiet;	  /* it changed nothing so far */
};

/** The keys that a run named so far, and what its pages brought of them. */
struct publisher_paging {
	uint64_t *slots; /* hashes of keys; 0: free */
	size_t n_slots, n_keys;
	size_t n_pages;
	size_t n_new; /* pages that named a new one */
	size_t n_old; /* in a row, by now, that named only old ones */
};

/** Items of others that looked edited, by hash of their key. */
struct publisher_doubts {
	uint64_t *now, *before; /* in this run, in the last one */
	size_t n_now, n_before;
};

/** What is to be written to the wire once more. */
struct publisher_again {
	char **keys; /* in order, with those that are done */
	size_t n, next;
	int64_t due_ms; /* of the next few */
	int64_t from;	/* what stands below was there before the first of them;
			 * -1: none was sent */
	int is_on;
	int is_asked; /* what others withdrew by now */
	int is_anew;  /* ordered once more while some are on their way */
};

enum publish_phase {
	PUBLISH_IDLE,
	PUBLISH_AGAIN,	  /* republished ones are on their way */
	PUBLISH_LISTING,  /* a page is asked for; changes of the one before
			   * may be on their way */
	PUBLISH_ANSWERED, /* it is here, or failed */
	PUBLISH_SETTLING, /* changes of the last page are on their way */
	PUBLISH_READING,  /* missing ones are asked for directly */
	PUBLISH_CLOSING	  /* the last changes of the run are on their way */
};

struct publisher {
	const struct env *env;
	const struct connection_publish *entry;
	struct publisher_hooks hooks;
	struct poll_conf poll;
	char *topic;
	char name[96]; /* "events.website": of its values in the state file */

	int64_t due_ms;	      /* of the next poll */
	int64_t whole_due_ms; /* of the next whole listing */
	int64_t send_due_ms;  /* of the next attempt to send; 0: at once */
	unsigned failures;    /* polls in a row */
	int is_begun, is_held, is_stopping, is_rehearsal;
	struct err trouble;	/* class NONE: none */
	int is_listing_trouble; /* of the system, not of the wire */

	enum publish_phase phase;
	int is_whole;
	jv stored; /* cursor of the next poll, null: none */
	jv cursor; /* that the page was asked with */
	jv next;   /* what the page said, and whether it was the last */
	int is_last, is_known_page;
	struct http_call *call;
	jv answer; /* invalid with `failure` set: it failed */
	struct err failure;
	int64_t retry_after_ms;
	uint64_t *seen; /* hashes of keys listed in this run */
	size_t n_seen, seen_room;
	struct publisher_pages pages;
	struct publisher_paging paging;
	struct publisher_doubts doubts;
	struct publisher_again again;
	struct changes changes;
	struct plan *plan;   /* of this run */
	struct changes kept; /* updates and withdrawals until all is known */
	size_t live;	     /* rows on the wire when the run began */
	struct missing *missing;
	size_t n_missing, missing_room, n_reading;
	struct missed {
		char *key;
		unsigned times;
	} * missed; /* by earlier listings; in order of key */
	size_t n_missed;
	jv waiting;	   /* plan that waits for approval, or null */
	struct buf listed; /* its changes */
	char *approved;	   /* id of a plan */
	struct publisher_counts counts;
};

/** 1 if a row under KEY is of this entry. */
int publisher_is_ours(const struct publisher *p, const char *key);
/** What ROW (borrowed; NULL: none) says of a record. */
void publisher_known(const struct state_row *row, struct poll_row *out);
/** Keep WHY as the trouble to show. */
void publisher_fail(struct publisher *p, const struct err *why);
/** Variables of preset programs, M (may be NULL) as $row; the caller's. */
jv publisher_vars(const struct publisher *p, const struct missing *m);
/** What KEY is remembered as in p->seen. */
uint64_t publisher_seen_hash(const char *key);
/** Remember that a listing named the key with that hash. */
void publisher_see(struct publisher *p, uint64_t key_hash);

/* publisher_floor.c */

/** Read what the state file keeps of the entry.  -1 with ERR. */
int publisher_begin(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err);
/** Keep VALUE as WHAT ("cursor", "from", "listed").  -1 with ERR. */
int publisher_save_value(
    struct publisher *p, const char *what, const char *value, struct err *err);

/* publisher_run.c */

/** One step from phase to phase, if there is cause.  -1 with ERR. */
int publisher_advance(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err);

/* publisher_judge.c */

/** Judge all of PAGE (borrowed).  -1 with ERR. */
int publisher_judge_page(
    struct publisher *p, jv page, int64_t wall_ms, struct err *err);
/** C (consumed) goes to the wire; an update or withdrawal that `max_change`
 * may ask about waits until all are known. */
void publisher_add_change(struct publisher *p, struct change *c);

/* publisher_change.c */

/** New change of KEY, a tombstone until a record is set. */
struct change *publisher_change_new(struct publisher *p, const char *key);
/** Does nothing on NULL. */
void publisher_change_free(struct change *c);
/** LIST owns C from now on. */
void publisher_change_add(struct changes *list, struct change *c);
/** Free all; none may be under way. */
void publisher_changes_clear(struct changes *list);
/** Send what waits in p->changes, write what is acknowledged.  -1: ERR. */
int publisher_changes_step(
    struct publisher *p, int64_t now_ms, int64_t wall_ms, struct err *err);
/** Write the refusal D of C's record over its row.  -1 with ERR. */
int publisher_change_refuse(struct publisher *p, const struct change *c,
    const struct poll_decision *d, int64_t wall_ms, struct err *err);
/** Drop the row KEY, which is not on the wire; a receipt that says "refused"
 * (HAS_RECEIPT) is followed by one that says "removed".  -1 with ERR. */
int publisher_change_forget(struct publisher *p, const char *key,
    int has_receipt, int64_t wall_ms, struct err *err);
/** Write hash D->hash to C's row, ROW (NULL: new, below `from`).  -1. */
int publisher_change_keep(struct publisher *p, const struct change *c,
    const struct poll_decision *d, const struct state_row *row, int64_t wall_ms,
    struct err *err);

/* publisher_missing.c */

/** After a whole listing: fill p->missing.  -1 with ERR. */
int publisher_missing_find(struct publisher *p, struct err *err);
/** Ask for more of them; 1 once all are known, else 0. */
int publisher_missing_read(struct publisher *p);
/** Judge them: adds withdrawals to LIST.  -1 with ERR. */
int publisher_missing_judge(struct publisher *p, struct changes *list,
    int64_t wall_ms, struct err *err);
void publisher_missing_clear(struct publisher *p);
/** Forget what earlier listings missed. */
void publisher_missed_clear(struct publisher *p);

/* publisher_republish.c */

/** 1 if ROW is of this entry and of a record that is on the wire. */
int publisher_is_live(const struct publisher *p, const struct state_row *row);
/** Go on as VALUE, which the state file has of it, says.  -1 with ERR. */
int publisher_again_resume(
    struct publisher *p, const char *value, struct err *err);
/** KEY was withdrawn by another hand at OFFSET: 1 if it was put back since, and
 * goes once more. */
int publisher_again_undo(struct publisher *p, const char *key, int64_t offset);
/** KEY was withdrawn by another hand: what was to be put back under it, and is
 * not sent yet, is not. */
void publisher_again_drop(struct publisher *p, const char *key);
/** Send some more, if it is time.  -1 with ERR. */
int publisher_again_step(struct publisher *p, int64_t now_ms, struct err *err);
/** Those are acknowledged.  -1 with ERR. */
int publisher_again_done(struct publisher *p, int64_t now_ms, struct err *err);
void publisher_again_clear(struct publisher *p);

/* publisher_paging.c */

/** A page, not the last, is judged: 0, or -1 with ERR if pages bring nothing
 * new for too long, or there are too many. */
int publisher_paging_take(struct publisher *p, struct err *err);
/** The run is over. */
void publisher_paging_clear(struct publisher *p);

/* publisher_pages.c */

/**
 * 1 if A, the answer to p->cursor, says what it said before and nothing has
 * changed since: p->seen, p->next and p->is_last are set as it would have set
 * them.  0: judge it.
 */
int publisher_pages_known(struct publisher *p, const struct http_answer *a);
/** The page is judged and changed nothing: it needs no second look. */
void publisher_pages_keep(struct publisher *p);
/** Something changes: every page needs a look again. */
void publisher_pages_forget(struct publisher *p);

#endif
