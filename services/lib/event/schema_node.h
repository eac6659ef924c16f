/**
 * The tree a schema is compiled into, for the walkers of event/ alone.  It has
 * no cycle (the lint refuses recursion), but one named type may stand in
 * several places.
 */
#ifndef EVENT_SCHEMA_NODE_H
#define EVENT_SCHEMA_NODE_H

#include <stddef.h>

#include "base/json.h"

enum schema_kind {
	SCHEMA_NULL,
	SCHEMA_BOOLEAN,
	SCHEMA_INT,
	SCHEMA_LONG,
	SCHEMA_FLOAT,
	SCHEMA_DOUBLE,
	SCHEMA_BYTES,
	SCHEMA_STRING,
	SCHEMA_PRIMITIVES,
	SCHEMA_RECORD = SCHEMA_PRIMITIVES,
	SCHEMA_ENUM,
	SCHEMA_FIXED,
	SCHEMA_ARRAY,
	SCHEMA_MAP,
	SCHEMA_UNION
};

struct schema_field {
	char *name;
	size_t name_size;
	jv key;	 /* the name again, as jv keeps it */
	jv fill; /* complete default in plain JSON; invalid if none fits */
	const struct schema_node *type;
};

struct schema_node {
	enum schema_kind kind;
	int height;	  /* levels of types, itself included */
	int is_open;	  /* while its own definition is being parsed */
	size_t min_bytes; /* no value takes fewer; saturates */
	size_t n;	  /* fields, symbols, branches; bytes of a fixed */
	char *name;	  /* full name of a record, enum or fixed, else NULL */
	struct schema_field *fields;
	char **symbols;
	const struct schema_node **types; /* branches; [0] = items or values */
};

struct schema {
	char *text;
	unsigned char hash[JSON_HASH_SIZE]; /* of the text */
	int is_kept;			    /* schema_free() leaves it alone */
	const struct schema_node *root;	    /* a record */
	struct schema_node **nodes; /* owned: all but primitives and those
				     * that a part shares with its whole */
	size_t count;
};

/** The top node, a record; borrowed. */
const struct schema_node *schema_root(const struct schema *s);
/** 1 if the record NODE has a field NAME. */
int schema_has_field(const struct schema_node *node, const char *name);
/** From now on schema_free() leaves S alone. */
void schema_keep(struct schema *s);
/** "string", "record", ...; static. */
const char *schema_kind_name(enum schema_kind k);

#endif
