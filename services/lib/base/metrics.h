/** Counters, gauges and histograms in Prometheus text format 0.0.4.  Not
 * thread-safe. */
#ifndef BASE_METRICS_H
#define BASE_METRICS_H

struct buf;
struct histogram;
struct metrics;

/** New, empty. */
struct metrics *metrics_new(void);
/** Does nothing on NULL. */
void metrics_free(struct metrics *m);
/**
 * Say what NAME is, once, before it is set.  TYPE is "counter", "gauge" or
 * "histogram".  All three are borrowed for the life of M. tests/lint/metrics.py
 * finds these texts and holds deploy/METRICS.md against them.
 */
void metrics_describe(
    struct metrics *m, const char *name, const char *type, const char *help);
/**
 * Set the sample NAME with LABELS to VALUE.  LABELS is the text inside the
 * braces (`connection="x"`), "" for none; values in it are the caller's to
 * escape with metrics_label().
 */
void metrics_set(
    struct metrics *m, const char *name, const char *labels, double value);
/** Set the samples of the histogram NAME with LABELS to what H counted. */
void metrics_histogram(struct metrics *m, const char *name, const char *labels,
    const struct histogram *h);
/** Describe and set twinwire_build_info of PROGRAM. */
void metrics_build(struct metrics *m, const char *program);
/** Append key="value" with VALUE escaped, after a comma if OUT is not empty. */
void metrics_label(struct buf *out, const char *key, const char *value);
/** Append all samples to OUT, grouped by name, in order of description. */
void metrics_print(const struct metrics *m, struct buf *out);

#endif
