/** The simulation's one source of chance. */
#ifndef SIM_RND_H
#define SIM_RND_H

#include <stdint.h>

struct rnd {
	uint64_t state;
};

/* splitmix64, public domain (Vigna 2015). */
static inline uint64_t
rnd_next(struct rnd *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

/** A number from LOW to HIGH, both included. */
static inline int64_t
rnd_int(struct rnd *r, int64_t low, int64_t high)
{
	return low + (int64_t)(rnd_next(r) % (uint64_t)(high - low + 1));
}

/** 1 in PERCENT of the cases. */
static inline int
rnd_percent(struct rnd *r, int percent)
{
	return rnd_int(r, 0, 99) < percent;
}

#endif
