/**
 * Reason codes and what they mean: one table for receipts, statuses, dead
 * letters and problems of records (DESIGN sections 2 and 5).  A code is for
 * scripts and for life; the sentence is for a clerk: what is wrong, and what
 * to do in their own system.  tests/lint/reasons.sh holds the two together.
 */
#ifndef EVENT_REASONS_H
#define EVENT_REASONS_H

/**
 * The sentence of CODE, or "" if CODE is "" or not one of ours (a newer
 * program wrote it); static.
 */
const char *reasons_text(const char *code);

#endif
