/* Requests at once: see window.h. */
#include "window.h"

enum {
	ONE = 1000,
	/* Up to twice this nobody calls a site slow, whatever it does else. */
	QUICK_US = 100 * 1000,
	ROUND_MIN = 4,	  /* answers of a round at least */
	USUAL_ROUNDS = 64 /* that the usual latency follows within */
};

void
window_init(struct window *w, int ceiling)
{
	*w = (struct window){.ceiling = ceiling,
	    .width_m = (int64_t)ceiling * ONE,
	    .cut_ms = -1};
}

int
window_width(const struct window *w)
{
	return (int)(w->width_m / ONE);
}

/* The whole part of the root of N >= 1, by Newton's rule. */
static int64_t
root(int64_t n)
{
	int64_t x = n, next = (n + 1) / 2;

	while (next < x) {
		x = next;
		next = (x + n / x) / 2;
	}
	return x;
}

static void
set_width(struct window *w, int64_t width_m)
{
	int64_t most = (int64_t)w->ceiling * ONE;

	w->width_m = width_m < ONE ? ONE : width_m > most ? most : width_m;
}

static void
begin_round(struct window *w)
{
	w->n = w->most = 0;
	w->sum_ms = 0;
}

/* Back to normal after a long time of slowness: the usual latency has risen
 * with it and has to come down faster than it rose. */
static void
learn(struct window *w)
{
	if (w->usual_us == 0)
		w->usual_us = w->last_us;
	w->usual_us += (w->last_us - w->usual_us) / USUAL_ROUNDS;
	if (w->usual_us > 2 * w->last_us)
		w->usual_us -= w->usual_us / 10;
}

static void
end_round(struct window *w)
{
	int64_t now_us = w->sum_ms * 1000 / w->n, gradient_m;

	w->last_us = now_us < QUICK_US ? QUICK_US : now_us;
	learn(w);
	gradient_m = 2 * ONE * w->usual_us / w->last_us;
	if (gradient_m > ONE)
		gradient_m = ONE;
	if (gradient_m < ONE / 2)
		gradient_m = ONE / 2;
	if ((int64_t)w->most * 2 * ONE >= w->width_m)
		set_width(
		    w, w->width_m * gradient_m / ONE + root(w->width_m * ONE));
	begin_round(w);
}

void
window_answered(struct window *w, int in_flight, int64_t latency_ms)
{
	int width = window_width(w);

	w->n++;
	w->sum_ms += latency_ms;
	if (in_flight > w->most)
		w->most = in_flight;
	if (w->n >= (width < ROUND_MIN ? ROUND_MIN : width))
		end_round(w);
}

void
window_overloaded(struct window *w, int64_t now_ms, int64_t sent_ms)
{
	/* A burst that was under way when the site said stop counts once. */
	if (sent_ms <= w->cut_ms)
		return;
	w->cut_ms = now_ms;
	set_width(w, w->width_m / 2);
	begin_round(w);
}
