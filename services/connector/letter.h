/**
 * A dead letter read back: the message it once was, for a replay (DESIGN
 * section 5, step 6).
 */
#ifndef CONNECTOR_LETTER_H
#define CONNECTOR_LETTER_H

#include <stdint.h>

#include "bus/bus.h"

struct bus_conf;
struct err;
struct letters;

/** Header that counts them; it stays with the message. */
#define LETTER_REPLAYS "tw_replays"

/** Header that says that not all that came stands in the letter, and how many
 * bytes came: "unknown" if nothing could be read. */
#define LETTER_CUT "tw_cut"

/** A letter as its headers tell of it. */
struct letter_message {
	struct bus_message m; /* as it came off the wire: same place, time, key
			       * and bytes, with LETTER_REPLAYS one higher */
	int replays;	      /* before this one */
	int is_cut;	      /* it is not whole: nothing to be replayed */
	int is_rowless; /* it stands by its place: its key proves nothing */
	struct bus_header headers[BUS_HEADERS_MAX];
	char *topic, *key, *number; /* what M points to */
};
/**
 * The message that LETTER, written by CONNECTION, once was; OUT borrows bytes
 * from LETTER.  -1 with ERR = REJECT if it is no letter of CONNECTION.
 */
int letter_message(const struct bus_message *letter, const char *connection,
    struct letter_message *out, struct err *err);
/** Free what OUT owns. */
void letter_fini(struct letter_message *out);
/** Replays so far of M: of a letter, or of a message that one became. */
int letter_replays(const struct bus_message *m);

/** Reads letters of MEMBER one by one; BUS borrowed for its life. */
struct letters *letters_new(const struct bus_conf *bus, const char *member);
/** Does nothing on NULL. */
void letters_free(struct letters *l);
/**
 * The letter at OFFSET: 1 and *OUT (borrowed until the next call on L); 0 not
 * here yet, ask again with the same; -1 with ERR (REJECT: there is none; RETRY:
 * it did not come in time).
 */
int letters_read(struct letters *l, int64_t offset, int64_t now_ms,
    struct bus_message *out, struct err *err);
/** Let go of the connection to Kafka if it has not been needed for a while. */
void letters_rest(struct letters *l, int64_t now_ms);

#endif
