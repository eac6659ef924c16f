/** A collection that only lists: N events, the same at each look. */
#ifndef BENCH_LISTING_H
#define BENCH_LISTING_H

struct buf;

enum { LISTING_PAGE = 500 /* items */ };

/** Append page PAGE (from 1) of N events to OUT, as preset `rest` reads it.
 * All were modified at one instant, so a poll reads every page. */
void listing_page(long n, long page, struct buf *out);

#endif
