/** What the parts of a preset share; for preset*.c only. */
#ifndef MAP_PRESET_INNER_H
#define MAP_PRESET_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "map/preset.h"

struct conf;
struct form;
struct names;
struct program;

struct preset {
	char *name;
	enum preset_tier tier;
	int has_tier;
	int64_t overlap_ms;
	int64_t give_up_after_ms; /* -1: not said */
	char *format;
	jv config;
	jv owns;	 /* array of texts, or null: everything */
	struct buf defs; /* in front of each program, on one line */
	struct program *ops[PRESET_OPS];
	struct form *forms[PRESET_OPS]; /* in a program's place */
	struct names *names;		/* that forms use */
};

/** What an operation takes and gives. */
enum shape { SHAPE_ANY, SHAPE_REQUEST, SHAPE_ITEMS, SHAPE_LISTED, SHAPE_SAID };

/** An operation's word in the file, and the shape of what it gives. */
struct preset_op_row {
	const char *word;
	enum shape shape;
};
extern const struct preset_op_row preset_ops[PRESET_OPS];

/** The operation WORD: 0, or -1 if there is none. */
int preset_op_parse(const char *word, enum preset_op *out);
/** 1 if OP itself is a program or a form. */
int preset_has_own(const struct preset *p, enum preset_op op);
/** The member NAME of W, or NULL. */
const char *preset_word(const struct preset_words *w, const char *name);
/** As preset_run(), of an OP that is a form; VARS is borrowed. */
int preset_run_form(
    struct preset *p, enum preset_op op, jv vars, jv *out, struct err *err);
/** The operation whose program runs for OP. */
enum preset_op preset_stands_for(const struct preset *p, enum preset_op op);
/**
 * Check that the test cases in a preset's file name operations, examples and
 * variables that there are: errors are appended to OUT, one a line; their
 * number.
 */
int preset_check_cases(const struct conf *conf, struct buf *out);
/**
 * As preset_load(), of one FILE; *OUT_CONF is the caller's.  NULL with
 * *OUT_ERRORS > 0.
 */
struct preset *preset_load_file(
    const char *file, struct conf **out_conf, int *out_errors, struct buf *out);

#endif
