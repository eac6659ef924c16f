/**
 * Position in one topic: everything below read_end has been read, and of that
 * all is final but the open offsets.  Reading again what was read counts
 * nothing twice.
 */
#ifndef CONNECTOR_POSITION_H
#define CONNECTOR_POSITION_H

#include <stddef.h>
#include <stdint.h>

struct position_entry;

struct position {
	int64_t read_end;
	struct position_entry *entries; /* ascending; closed ones linger */
	size_t first, n, room;
	size_t n_open;	      /* not closed, the expected included */
	size_t n_expected;    /* open from an earlier process, not seen yet */
	size_t next_expected; /* no expected entry lies below this index */
	int64_t *list;	      /* of the last position_list() */
	size_t list_room;
	int is_changed; /* since the last position_list() */
};

enum position_seen {
	POSITION_NEW,	/* first time: count it, close it when final */
	POSITION_AGAIN, /* was open, expected: close it when final */
	POSITION_KNOWN	/* final or held already: leave it */
};

/** Start as restored; OPEN (ascending, copied) is expected to come again. */
void position_init(
    struct position *p, int64_t read_end, const int64_t *open, size_t n_open);
/** Free what P holds. */
void position_fini(struct position *p);
/** OFFSET was read; offsets ascend from call to call, but for a seek back. */
enum position_seen position_see(struct position *p, int64_t offset);
/**
 * All that exists below NEXT has been read: read_end rises to it; returns how
 * many expected offsets below it never came (compacted away) and closes them.
 */
size_t position_read_to(struct position *p, int64_t next);
/** OFFSET, which position_see() let in, is final. */
void position_close(struct position *p, int64_t offset);
/** Lowest offset not final. */
int64_t position_start(const struct position *p);
/** Open offsets, ascending: *OUT borrowed until the next call; their number. */
size_t position_list(struct position *p, const int64_t **out);

#endif
