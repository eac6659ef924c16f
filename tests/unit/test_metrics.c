#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/histogram.h"
#include "base/metrics.h"

static void
samples_are_grouped_in_order_of_description(void **state)
{
	struct metrics *m = metrics_new();
	struct buf labels = {0}, out = {0};

	(void)state;
	metrics_describe(m, "tw_b_total", "counter", "All\nof \\ it.");
	metrics_describe(m, "tw_a", "gauge", "One.");
	metrics_describe(m, "tw_unused", "gauge", "Never set.");
	metrics_set(m, "tw_a", "", 0.5);
	metrics_label(&labels, "connection", "a\"b\\c\nd");
	metrics_label(&labels, "topic", "tw.events.x");
	metrics_set(m, "tw_b_total", labels.data, 1);
	metrics_set(m, "tw_b_total", "", 123456789012);
	metrics_set(m, "tw_b_total", labels.data, 2);
	metrics_set(m, "tw_never_described", "", 2);
	metrics_print(m, &out);
	assert_string_equal(out.data,
	    "# HELP tw_b_total All\\nof \\\\ it.\n"
	    "# TYPE tw_b_total counter\n"
	    "tw_b_total{connection=\"a\\\"b\\\\c\\nd\","
	    "topic=\"tw.events.x\"} 2\n"
	    "tw_b_total 123456789012\n"
	    "# HELP tw_a One.\n"
	    "# TYPE tw_a gauge\n"
	    "tw_a 0.5\n");
	buf_free(&labels);
	buf_free(&out);
	metrics_free(m);
}

static void
values_that_are_no_numbers_have_names(void **state)
{
	struct metrics *m = metrics_new();
	struct buf out = {0};

	(void)state;
	metrics_describe(m, "a", "gauge", "A.");
	metrics_set(m, "a", "x=\"1\"", (double)NAN);
	metrics_set(m, "a", "x=\"2\"", (double)INFINITY);
	metrics_set(m, "a", "x=\"3\"", (double)-INFINITY);
	metrics_print(m, &out);
	assert_string_equal(out.data,
	    "# HELP a A.\n# TYPE a gauge\na{x=\"1\"} NaN\n"
	    "a{x=\"2\"} +Inf\na{x=\"3\"} -Inf\n");
	buf_free(&out);
	metrics_free(m);
}

static void
a_histogram_counts_up_to_each_bound(void **state)
{
	struct histogram h = histogram_request();
	struct metrics *m = metrics_new();
	struct buf out = {0};

	(void)state;
	h.n = 2; /* up to 10 ms, up to 25 ms, more */
	histogram_add(&h, 10);
	histogram_add(&h, 11);
	histogram_add(&h, 40000);
	histogram_add(&h, -5);
	metrics_describe(m, "h", "histogram", "H.");
	metrics_histogram(m, "h", "x=\"1\"", &h);
	metrics_print(m, &out);
	assert_string_equal(out.data, "# HELP h H.\n# TYPE h histogram\n"
				      "h_bucket{x=\"1\",le=\"0.01\"} 2\n"
				      "h_bucket{x=\"1\",le=\"0.025\"} 3\n"
				      "h_bucket{x=\"1\",le=\"+Inf\"} 4\n"
				      "h_sum{x=\"1\"} 40.021000000000001\n"
				      "h_count{x=\"1\"} 4\n");
	buf_free(&out);
	metrics_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(samples_are_grouped_in_order_of_description),
	    cmocka_unit_test(a_histogram_counts_up_to_each_bound),
	    cmocka_unit_test(values_that_are_no_numbers_have_names),
	};

	return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
