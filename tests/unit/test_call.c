#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "rest/call.h"
#include "rest/sign.h"

static char sent[4096];

/* Stands for the client: writes down what it was asked to send. */
struct http_call *
http_start(struct http *h, struct http_site *s, const struct http_request *r,
    http_done *done, void *ctx, struct err *err)
{
	int n = snprintf(sent, sizeof(sent), "%s %s", r->method, r->url);

	(void)h, (void)s, (void)done, (void)err;
	for (size_t i = 0; i < r->n_headers; i++)
		n += snprintf(sent + n, sizeof(sent) - (size_t)n, " [%s: %s]",
		    r->headers[i].name, r->headers[i].value);
	if (r->body != NULL)
		snprintf(sent + n, sizeof(sent) - (size_t)n, " %.*s",
		    (int)r->body_size, (const char *)r->body);
	return ctx;
}

static void
requests_become_http(void **state)
{
	static const struct {
		const char *base, *request, *sent;
	} rows[] = {
	    {"https://a.example", "{'method':'GET','path':'/x'}",
		"GET https://a.example/x"},
	    {"https://a.example/sub/", "{'method':'GET','path':'/x'}",
		"GET https://a.example/sub/x"},
	    {"https://a.example",
		"{'method':'POST','path':'/','body':"
		"{'b':1,'a':'\\u0416'}}",
		"POST https://a.example/ "
		"{\"a\":\"\xD0\x96\",\"b\":1}"},
	    {"https://a.example",
		"{'method':'PUT','path':'/','body':'BEGIN:V'"
		",'headers':{'content-type':'text/calendar',"
		"'If-Match':'7'}}",
		"PUT https://a.example/ [If-Match: 7] "
		"[content-type: text/calendar] BEGIN:V"},
	    {"https://a.example", "{'method':'DELETE','path':'/','body':null}",
		"DELETE https://a.example/"},
	};
	struct call_system to = {0};
	struct err err = {0};
	int here;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char text[512];

		snprintf(text, sizeof(text), "%s", rows[i].request);
		for (char *c = text; *c != '\0'; c++)
			if (*c == '\'')
				*c = '"';
		to.base_url = rows[i].base;
		assert_ptr_equal(
		    call_start(&to, jv_parse(text), NULL, &here, &err), &here);
		assert_string_equal(sent, rows[i].sent);
	}
}

static void
requests_that_make_no_sense_are_refused(void **state)
{
	static const char *const bad[] = {"{\"method\":\"GET\"}",
	    "{\"path\":\"x\"}", "{\"path\":\"https://b.example/steal\"}",
	    "{\"path\":\"/\",\"headers\":{\"a\":[]}}"};
	const struct call_system to = {.base_url = "https://a.example"};
	struct err err;
	jv request = jv_object();
	char *path = malloc(HTTP_URL_MAX_BYTES + 1);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		err = (struct err){0};
		assert_null(call_start(
		    &to, jv_parse(bad[i]), NULL, (void *)&err, &err));
		assert_int_equal(err.class, ERR_REJECT);
	}
	memset(path, '/', HTTP_URL_MAX_BYTES);
	path[HTTP_URL_MAX_BYTES] = '\0';
	json_set_str(&request, "path", path);
	free(path);
	assert_null(call_start(&to, request, NULL, (void *)&err, &err));
}

/* The value of header NAME in what was sent; new. */
static char *
sent_header(const char *name)
{
	char start[64];
	const char *at;

	snprintf(start, sizeof(start), "[%s: ", name);
	at = strstr(sent, start);
	assert_non_null(at);
	at += strlen(start);
	return strndup(at, strcspn(at, "]"));
}

static void
requests_are_signed_over_the_bytes_that_go_out(void **state)
{
	static const struct {
		const char *request, *body;
	} rows[] = {
	    {"{\"method\":\"POST\",\"path\":\"/\",\"id\":\"msg_1\","
	     "\"body\":{\"b\":1,\"a\":2}}",
		"{\"a\":2,\"b\":1}"},
	    {"{\"method\":\"POST\",\"path\":\"/\",\"id\":\"msg_1\","
	     "\"body\":\"as it is\"}",
		"as it is"},
	    {"{\"method\":\"DELETE\",\"path\":\"/\",\"id\":\"msg_1\"}", NULL},
	};
	struct sign sign = {0};
	const struct call_system to = {
	    .base_url = "https://a.example", .sign = &sign};
	struct err err = {0};
	int here;

	(void)state;
	assert_int_equal(
	    sign_add(&sign, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &err), 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sign_message m = {.id = "msg_1",
		    .body = rows[i].body,
		    .body_size = rows[i].body ? strlen(rows[i].body) : 0};
		struct buf want = {0};
		char *id, *at, *value;

		assert_ptr_equal(call_start(&to, jv_parse(rows[i].request),
				     NULL, &here, &err),
		    &here);
		id = sent_header(SIGN_ID_HEADER);
		at = sent_header(SIGN_TIMESTAMP_HEADER);
		value = sent_header(SIGN_SIGNATURE_HEADER);
		m.at_s = strtoll(at, NULL, 10);
		assert_int_equal(sign_message(&sign, &m, &want, &err), 0);
		assert_string_equal(id, "msg_1");
		assert_string_equal(value, want.data);
		buf_free(&want);
		free(id);
		free(at);
		free(value);
	}
	sign_fini(&sign);
}

static void
a_signed_request_has_an_id_and_nobody_else_s_signature(void **state)
{
	struct sign sign = {0};
	const struct call_system to = {
	    .base_url = "https://a.example", .sign = &sign};
	struct err err = {0};
	char *first, *second;
	int here;

	(void)state;
	assert_int_equal(
	    sign_add(&sign, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", &err), 0);
	call_start(&to, jv_parse("{\"path\":\"/\"}"), NULL, &here, &err);
	first = sent_header(SIGN_ID_HEADER);
	call_start(&to, jv_parse("{\"path\":\"/\"}"), NULL, &here, &err);
	second = sent_header(SIGN_ID_HEADER);
	assert_string_not_equal(first, second);
	free(first);
	free(second);
	assert_null(call_start(&to,
	    jv_parse("{\"path\":\"/\",\"headers\":"
		     "{\"Webhook-Signature\":\"v1,x\"}}"),
	    NULL, &here, &err));
	assert_int_equal(err.class, ERR_REJECT);
	sign_fini(&sign);
}

static void
answers_become_json(void **state)
{
	static const struct {
		const char *format, *body, *want;
	} rows[] = {
	    {"json", "[1, 2]", "[1,2]"},
	    {"json", "", "null"},
	    {"json", "<html>", "\"<html>\""},
	    {"csv", "[1]", "\"[1]\""},
	    {"json", "\"\xFF\"", "\"\\\"\xEF\xBF\xBD\\\"\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct http_answer a = {.status = 200,
		    .headers = jv_object(),
		    .body = rows[i].body,
		    .body_size = strlen(rows[i].body)};
		jv answer = call_answer(&a, rows[i].format);
		jv body = json_get(answer, "body");
		jv text = jv_dump_string(body, 0);

		assert_int_equal(json_int(answer, "status", 0), 200);
		assert_string_equal(jv_string_value(text), rows[i].want);
		jv_free(text);
		jv_free(answer);
		jv_free(a.headers);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(requests_become_http),
	    cmocka_unit_test(requests_that_make_no_sense_are_refused),
	    cmocka_unit_test(requests_are_signed_over_the_bytes_that_go_out),
	    cmocka_unit_test(
		a_signed_request_has_an_id_and_nobody_else_s_signature),
	    cmocka_unit_test(answers_become_json),
	};

	return cmocka_run_group_tests_name("call", tests, NULL, NULL);
}
