/** What the parts of a preset share; for preset*.c only. */
#ifndef MAP_PRESET_INNER_H
#define MAP_PRESET_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "map/preset.h"

struct conf;
struct form;
struct names;
struct program;

/** A text that was read and is not compiled yet; what it holds is its own. */
struct preset_part {
	enum { PRESET_DEFS, PRESET_NAME, PRESET_PROGRAM } kind;
	enum preset_op op; /* of a program */
	char *name;	   /* of a name */
	char *label;	   /* for messages: "FILE:LINE: find" */
	char *text;
};

struct preset {
	char *name;
	enum preset_tier tier;
	int has_tier;
	int64_t overlap_ms;
	int64_t give_up_after_ms; /* -1: not said */
	char *format;
	jv config;
	jv owns;		   /* array of texts, or null: everything */
	struct preset_part *parts; /* until preset_compile(), in order */
	size_t n_parts;
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

/** Let PART, taken over, be compiled, instead of one before for the same. */
void preset_part_add(struct preset *p, const struct preset_part *part);
/** Let no program of OP be compiled. */
void preset_part_drop(struct preset *p, enum preset_op op);
/**
 * Compile all parts, which are gone then: errors are appended to OUT, one a
 * line; their number.
 */
int preset_compile(struct preset *p, struct buf *out);
/** Free all parts. */
void preset_parts_fini(struct preset *p);
/** OP is PROGRAM or FORM, taken over, from now on. */
void preset_set_op(struct preset *p, enum preset_op op, struct program *program,
    struct form *form);
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
