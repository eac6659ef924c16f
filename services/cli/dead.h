/** What the files of `twinwire dead` share. */
#ifndef CLI_DEAD_H
#define CLI_DEAD_H

#include <stddef.h>

#include "base/json.h"
#include "cli/cli.h"
#include "cli/letters.h"

/** The command line. */
struct dead {
	struct cli cli;
	struct letters_filter filter;
	const char *since, *by, *rate, *max;
	int is_all;	/* list: also what is settled */
	int is_yes;	/* do it */
	int is_again;	/* replay also what was replayed often */
	char **offsets; /* arguments that name letters; NULL-ended */
};

/** Print LETTERS (borrowed) as a table, or EMPTY. */
void dead_print(const struct dead *d, jv letters, const char *empty);
/**
 * The letters that pass D's filter, as letters_list() has them; jv_invalid()
 * with *OUT_CODE, the reason said: also for a filter of a connection or reason
 * that there is not.
 */
jv dead_letters(struct dead *d, int *out_code);
/** Exit code of `dead replay` and `dead drop`, ACTION. */
int dead_order(struct dead *d, const char *action);

#endif
