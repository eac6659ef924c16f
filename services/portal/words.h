/** Dates, numbers and sentences in the words of a catalogue, as plain text. */
#ifndef PORTAL_WORDS_H
#define PORTAL_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct catalog;

/** Append a day, month or year (EDTF level 0: "1994-02-22", "1994-02", "1994")
 * or the day of a wall time; anything else as it stands. */
void words_date(const struct catalog *c, const char *date, struct buf *out);
/** Append the day of an instant, in UTC. */
void words_day(const struct catalog *c, int64_t wall_ms, struct buf *out);
/** Append "2022-10" as a month with its year. */
void words_month(const struct catalog *c, int year, int month, struct buf *out);
/** Append N with its thousands apart. */
void words_number(const struct catalog *c, int64_t n, struct buf *out);
/** Append a zone's place ("Europe/Volgograd" -> "Volgograd"). */
void words_zone(const struct catalog *c, const char *zone, struct buf *out);

/** Called for the I-th "{I}" of a sentence. */
typedef void words_argument(void *ctx, size_t i);
/** Called for SIZE bytes of its text. */
typedef void words_piece(void *ctx, const char *text, size_t size);
/** Take SENTENCE apart: its text goes to PIECE, "{0}" to "{9}" to ARGUMENT. */
void words_split(const char *sentence, words_piece *piece,
    words_argument *argument, void *ctx);

#endif
