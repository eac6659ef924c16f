/* links: tests/unit/scripted.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "rest/registry.h"
#include "scripted.h"

#define ANSWER(status, size, body) \
	"HTTP/1.1 " status " x\r\nContent-Length: " #size "\r\n\r\n" body

static const struct scripted_reply REPLIES[] = {
    {"/api/schemas/ids/7", ANSWER("200", 23, "{\"schema\":\"\\\"string\\\"\"}"),
	SCRIPTED_KEEP},
    {"/api/schemas/ids/8",
	ANSWER("200", 40, "{\"schema\":\"x\",\"schemaType\":\"PROTOBUF\"}   "),
	SCRIPTED_KEEP},
    {"/api/schemas/ids/9", ANSWER("404", 20, "{\"error_code\":40403} "),
	SCRIPTED_KEEP},
    {"/api/schemas/ids/10", ANSWER("404", 9, "Not found"), SCRIPTED_KEEP},
    {"/api/schemas/ids/11", ANSWER("500", 20, "{\"error_code\":50001} "),
	SCRIPTED_KEEP},
    {"/api/schemas/ids/12", ANSWER("200", 2, "{}"), SCRIPTED_KEEP},
    {"/api/schemas/ids/13", ANSWER("200", 2, "[]"), SCRIPTED_KEEP},
    {"/api/schemas/ids/14", NULL, SCRIPTED_CLOSE},
    {"/api/subjects/a.B", ANSWER("200", 8, "{\"id\":3}"), SCRIPTED_KEEP},
    {"/api/subjects/a%2FB", ANSWER("404", 20, "{\"error_code\":40401} "),
	SCRIPTED_KEEP},
    {"/api/subjects/big", ANSWER("200", 17, "{\"id\":9999999999} "),
	SCRIPTED_KEEP},
    {"/api/subjects/a.B/versions", ANSWER("200", 8, "{\"id\":4}"),
	SCRIPTED_KEEP},
    {"/api/subjects/bad/versions", ANSWER("422", 20, "{\"error_code\":42201} "),
	SCRIPTED_KEEP},
    {NULL, NULL, SCRIPTED_KEEP},
};

struct world {
	struct scripted *scripted;
	struct http *http;
	struct registry *registry;
};

struct seen {
	int n;
	int32_t id;
	char *text;
	enum err_class class;
};

static int
set_up(void **state)
{
	struct world *w = mem_new(1, sizeof(*w));
	struct http_site_conf conf = {
	    .policy = {.allow_private = 1}, .timeout_ms = 2000};
	char url[128];
	struct err err;

	w->scripted = scripted_start(REPLIES);
	w->http = http_new(4, &err);
	assert_non_null(w->http);
	snprintf(url, sizeof(url), "%s/api/", scripted_url(w->scripted));
	conf.base_url = url;
	w->registry = registry_new(w->http, &conf, &err);
	assert_non_null(w->registry);
	*state = w;
	return 0;
}

static int
tear_down(void **state)
{
	struct world *w = *state;

	registry_free(w->registry);
	http_free(w->http);
	scripted_stop(w->scripted);
	free(w);
	return 0;
}

static void
on_text(
    void *ctx, int32_t id, const char *text, size_t size, const struct err *err)
{
	struct seen *s = ctx;

	s->n++;
	s->id = id;
	s->text = mem_dup_n(text, size);
	s->class = err->class;
}

static void
on_id(void *ctx, int32_t id, const struct err *err)
{
	struct seen *s = ctx;

	s->n++;
	s->id = id;
	s->class = err->class;
}

static void
wait_for(struct world *w, const struct seen *s)
{
	struct err err;

	while (s->n == 0)
		assert_int_equal(http_wait(w->http, NULL, 0, 1000, &err), 0);
	assert_int_equal(s->n, 1);
}

static void
a_schema_is_read_by_its_id(void **state)
{
	static const struct {
		int32_t id;
		const char *text;
		enum err_class class;
	} cases[] = {
	    {7, "\"string\"", ERR_NONE},
	    {8, NULL, ERR_REJECT},
	    {9, NULL, ERR_REJECT},
	    {10, NULL, ERR_RETRY},
	    {11, NULL, ERR_RETRY},
	    {12, NULL, ERR_RETRY},
	    {13, NULL, ERR_RETRY},
	    {14, NULL, ERR_RETRY},
	};
	struct world *w = *state;
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen s = {0};

		assert_int_equal(
		    registry_get(w->registry, cases[i].id, on_text, &s, &err),
		    0);
		wait_for(w, &s);
		assert_int_equal(s.id, cases[i].id);
		assert_int_equal(s.class, cases[i].class);
		if (cases[i].text != NULL)
			assert_string_equal(s.text, cases[i].text);
		else
			assert_null(s.text);
		free(s.text);
	}
}

static void
the_id_of_a_schema_is_found(void **state)
{
	static const struct {
		const char *subject;
		int32_t id;
		enum err_class class;
	} cases[] = {
	    {"a.B", 3, ERR_NONE},
	    {"a/B", -1, ERR_REJECT},
	    {"big", -1, ERR_RETRY},
	    {"none", -1, ERR_RETRY},
	};
	struct world *w = *state;
	char text[4096];
	struct err err;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen s = {0};

		assert_int_equal(registry_find(w->registry, cases[i].subject,
				     "{\"type\": \"x\"}", on_id, &s, &err),
		    0);
		wait_for(w, &s);
		assert_int_equal(s.id, cases[i].id);
		assert_int_equal(s.class, cases[i].class);
	}
	scripted_newest(w->scripted, text, sizeof(text));
	assert_non_null(
	    strstr(text, "{\"schema\":\"{\\\"type\\\": \\\"x\\\"}\"}"));
	assert_non_null(strstr(
	    text, "Content-Type: application/vnd.schemaregistry.v1+json"));
}

static void
a_schema_is_registered(void **state)
{
	struct world *w = *state;
	struct err err;
	int32_t id = -7;

	assert_int_equal(
	    registry_register(w->registry, "bad", "\"x\"", &id, &err), -1);
	assert_int_equal(err.class, ERR_REJECT);
	assert_int_equal(id, -7);
	assert_int_equal(
	    registry_register(w->registry, "a.B", "\"string\"", &id, &err), 0);
	assert_int_equal(id, 4);
}

static void
freeing_drops_what_is_asked(void **state)
{
	struct world *w = *state;
	struct seen s = {0};
	struct err err;

	assert_int_equal(registry_get(w->registry, 7, on_text, &s, &err), 0);
	assert_int_equal(registry_get(w->registry, 9, on_text, &s, &err), 0);
	registry_free(w->registry);
	w->registry = NULL;
	assert_int_equal(http_wait(w->http, NULL, 0, 0, &err), 0);
	assert_int_equal(s.n, 0);
}

#define REGISTRY_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    REGISTRY_TEST(a_schema_is_read_by_its_id),
	    REGISTRY_TEST(the_id_of_a_schema_is_found),
	    REGISTRY_TEST(a_schema_is_registered),
	    REGISTRY_TEST(freeing_drops_what_is_asked),
	};

	return cmocka_run_group_tests_name("registry", tests, NULL, NULL);
}
