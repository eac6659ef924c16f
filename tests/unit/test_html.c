/* links: services/portal/html.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "portal/html.h"

struct written {
	struct buf buf;
	struct html h;
};

static void
begin(struct written *w)
{
	memset(w, 0, sizeof(*w));
	html_init(&w->h, &w->buf);
}

static void
holds(struct written *w, const char *expected)
{
	html_close_to(&w->h, 0);
	assert_string_equal(w->buf.data, expected);
	buf_free(&w->buf);
}

static void
elements_nest_and_close(void **state)
{
	struct written w;

	(void)state;
	begin(&w);
	html_open(&w.h, "p.note.wide#first");
	html_attr(&w.h, "lang", "ru");
	html_text(&w.h, "Мир");
	html_open(&w.h, "br");
	html_open(&w.h, "img");
	html_address(&w.h, "src", "/x.svg");
	html_element(&w.h, "b", "");
	html_textf(&w.h, "%d", 7);
	holds(&w, "<p class=\"note wide\" id=\"first\" lang=\"ru\">Мир<br>"
		  "<img src=\"/x.svg\"><b></b>7</p>");
}

static void
closing_an_element_without_content_closes_it_alone(void **state)
{
	struct written w;

	(void)state;
	begin(&w);
	html_open(&w.h, "div");
	html_open(&w.h, "input");
	html_flag(&w.h, "checked", 1);
	html_flag(&w.h, "disabled", 0);
	html_close(&w.h);
	html_open(&w.h, "circle");
	html_close(&w.h);
	holds(&w, "<div><input checked=\"\"><circle></circle></div>");
}

static void
text_never_becomes_markup(void **state)
{
	struct written w;

	(void)state;
	begin(&w);
	html_open(&w.h, "a");
	html_attr(&w.h, "title", "\"><script>'`&");
	html_text(&w.h, "</a><img src=x onerror=1>\x01\xff\xc2\x85");
	holds(&w,
	    "<a title=\"&#34;&gt;&lt;script&gt;&#39;&#96;&amp;\">&lt;/a&gt;"
	    "&lt;img src=x onerror=1&gt;\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
	    "\xef\xbf\xbd</a>");
}

static void
data_cannot_end_its_element(void **state)
{
	struct written w;
	jv v = jv_object();

	(void)state;
	begin(&w);
	json_set_str(&v, "a", "</script><!--&");
	html_data(&w.h, "application/ld+json", v);
	holds(&w, "<script type=\"application/ld+json\">{\"a\":\"\\u003c/"
		  "script\\u003e\\u003c!--\\u0026\"}</script>");
}

static void
addresses_lead_where_a_page_may_lead(void **state)
{
	static const char *const good[] = {"https://a.example/x?y=1#z",
	    "HTTP://a.example", "mailto:office@a.example", "webcal://a/b",
	    "/events/x%40y", "/", "?page=2", "#main"};
	static const char *const bad[] = {"", "javascript:alert(1)",
	    "JaVaScRiPt:1", " javascript:1", "java\tscript:1",
	    "data:text/html,x", "//evil.example", "/\\evil.example",
	    "\\\\evil.example", "vbscript:x", "file:///etc/passwd",
	    "https://a b", "https://"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		assert_int_equal(html_is_address(good[i]), 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(html_is_address(bad[i]), 0);
}

static void
a_refused_address_leaves_a_link_that_leads_nowhere(void **state)
{
	struct written w;

	(void)state;
	begin(&w);
	html_link(&w.h, "a", "javascript:alert(1)", "x");
	holds(&w, "<a>x</a>");
}

static void
a_limit_is_kept_and_told(void **state)
{
	struct written w;

	(void)state;
	begin(&w);
	w.buf.max = 20;
	html_element(&w.h, "p", "0123456789");
	assert_false(w.h.is_full);
	html_element(&w.h, "p", "0123456789");
	assert_true(w.h.is_full);
	assert_true(w.buf.size <= 20);
	buf_free(&w.buf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(elements_nest_and_close),
	    cmocka_unit_test(
		closing_an_element_without_content_closes_it_alone),
	    cmocka_unit_test(text_never_becomes_markup),
	    cmocka_unit_test(data_cannot_end_its_element),
	    cmocka_unit_test(addresses_lead_where_a_page_may_lead),
	    cmocka_unit_test(
		a_refused_address_leaves_a_link_that_leads_nowhere),
	    cmocka_unit_test(a_limit_is_kept_and_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
