/** A row of the state file, and what the core's actions do to it. */
#ifndef SIM_ROW_H
#define SIM_ROW_H

#include "connector/core.h"

#include "wire.h"

struct shell_row {
	enum core_row_state state;
	int is_told;	/* as its receipt says; NONE: removed at `offset` */
	int is_removed; /* NONE: by us, at `offset` */
	int item;	/* local id */
	int64_t offset;
	int64_t clock_ms;
	int hash;    /* content last written; 0: unknown */
	int created; /* content that was created, while verify_ms is set */
	int64_t verify_ms;
	enum wire_what parked_what;
	int parked_content;
	int64_t good_ms; /* parked: the give-up clock as it began to fail */
};

/** What the core holds for the shell. */
struct payload {
	int key;
	enum wire_what what;
	int content; /* that the site shall have, 0: none */
	int said;    /* content of the record itself */
	int64_t offset;
	int64_t newest; /* version that was known when it was offered */
	int64_t clock_ms;
	int item; /* found or created */
	int twin;
	int is_again;
	int is_look; /* once more, of what the row says */
	int barrier; /* the one it waits behind, 0: none */
};

/** A DONE. */
void row_write(struct shell_row *row, enum core_tier tier, int64_t now_ms,
    const struct core_action *a);
/** A PARK. */
void row_park(struct shell_row *row, const struct core_action *a);

#endif
