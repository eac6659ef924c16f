/**
 * Reading Avro's binary encoding from bytes nobody vouches for: the one place
 * that moves through them, shared by guard and codec.  Every function checks
 * against the bytes left; on failure it returns -1 and WHY says it in words.
 */
#ifndef EVENT_CURSOR_H
#define EVENT_CURSOR_H

#include <stddef.h>
#include <stdint.h>

struct cursor {
	const unsigned char *data;
	size_t size;
	size_t at;	   /* next byte */
	size_t nodes_left; /* values that may still be read */
	const char *why;   /* static */
	int is_guarded;	   /* guard_check() has passed these bytes: their
			    * strings are not looked through again */
};

/** At the start of SIZE bytes of DATA (borrowed). */
struct cursor cursor_new(const void *data, size_t size);
/** Bytes not yet read. */
size_t cursor_left(const struct cursor *c);
/** Take a place in the budget for one more value: 0 or -1. */
int cursor_count(struct cursor *c);
/** A zig-zag varint of at most 10 bytes and 64 bits. */
int cursor_long(struct cursor *c, int64_t *out);
/** As cursor_long(), from 0 to BELOW - 1: the index of a union or enum. */
int cursor_index(struct cursor *c, size_t below, size_t *out);
/** 0 or 1, in one byte. */
int cursor_boolean(struct cursor *c, int *out);
/** SIZE bytes as they are; *OUT borrowed. */
int cursor_bytes(struct cursor *c, size_t size, const void **out);
/** A length and so many bytes; *OUT borrowed. */
int cursor_sized(struct cursor *c, const void **out, size_t *out_size);
/** As cursor_sized(), of UTF-8 without U+0000; not zero-terminated. */
int cursor_string(struct cursor *c, const char **out, size_t *out_size);

/** The blocks of one array or map. */
struct cursor_items {
	size_t item_min; /* no item takes fewer bytes */
	size_t left;	 /* of this block */
	size_t count;	 /* items begun so far */
	size_t end;	 /* where this block must end; 0 = it does not say */
};
/** Begin the next item: 1, 0 after the last, -1. */
int cursor_item(struct cursor *c, struct cursor_items *items);

#endif
