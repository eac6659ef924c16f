/* Requests and answers: see request.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/percent.h"
#include "portal/request.h"
#include "web/server.h"

const char *
request_arg(const struct request *rq, const char *name)
{
	const char *value = server_query(rq->http, name);

	/* "a=" is a form's field that was left empty. */
	return value != NULL && *value != '\0' ? value : NULL;
}

const char *
request_header(const struct request *rq, const char *name)
{
	return server_header(rq->http, name);
}

struct wanted {
	const char *name;
	jv list;
};

static int
add_argument(void *ctx, const char *name, const char *value, size_t size)
{
	struct wanted *w = ctx;
	const char *end = value == NULL ? NULL : value + size, *comma;

	if (value == NULL || strcmp(name, w->name) != 0)
		return 0;
	while (value < end) {
		comma = memchr(value, ',', (size_t)(end - value));
		if (comma == NULL)
			comma = end;
		if (comma > value)
			w->list = jv_array_append(w->list,
			    jv_string_sized(value, (int)(comma - value)));
		value = comma + 1;
	}
	return 0;
}

jv
request_args(const struct request *rq, const char *name)
{
	struct wanted w = {name, jv_array()};

	server_queries(rq->http, add_argument, &w);
	return w.list;
}

void
request_add_argument(struct buf *out, const char *name, const char *value)
{
	buf_puts(out, memchr(out->data, '?', out->size) == NULL ? "?" : "&");
	percent_encode(name, "", out);
	buf_puts(out, "=");
	percent_encode(value, "", out);
}

/* Arguments on their way into an address: all but NAME, or those in NAMES. */
struct arguments {
	struct buf out;
	const char *name, *names;
};

/* 1 if NAME is one of the words in LIST. */
static int
is_among(const char *list, const char *name)
{
	size_t size = strlen(name);

	for (const char *at = strstr(list, name); size > 0 && at != NULL;
	     at = strstr(at + size, name))
		if ((at == list || at[-1] == ' ') &&
		    (at[size] == ' ' || at[size] == '\0'))
			return 1;
	return 0;
}

static int
copy_argument(void *ctx, const char *name, const char *value, size_t size)
{
	struct arguments *a = ctx;

	(void)size;
	if (value == NULL || value[0] == '\0' || strcmp(name, "after") == 0 ||
	    (a->name != NULL && strcmp(name, a->name) == 0) ||
	    (a->names != NULL && !is_among(a->names, name)))
		return 0;
	request_add_argument(&a->out, name, value);
	return 0;
}

char *
request_here(const struct request *rq, const char *name, const char *value)
{
	struct arguments a = {.name = name};

	buf_puts(&a.out, rq->http->path);
	server_queries(rq->http, copy_argument, &a);
	if (value != NULL)
		request_add_argument(&a.out, name, value);
	return buf_take(&a.out);
}

char *
request_arguments(const struct request *rq, const char *names)
{
	struct arguments a = {.names = names};
	char *text;

	buf_puts(&a.out, "");
	server_queries(rq->http, copy_argument, &a);
	text = buf_take(&a.out);
	if (text[0] == '?')
		memmove(text, text + 1, strlen(text));
	return text;
}

void
answer_header(struct answer *a, const char *name, const char *fmt, ...)
{
	struct answer_header *h;
	va_list args;
	char *value;

	if (a->n_headers == ANSWER_HEADERS_MAX)
		abort();
	va_start(args, fmt);
	value = mem_vprintf(fmt, args);
	va_end(args);
	for (char *c = value; *c != '\0'; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = ' ';
	h = &a->headers[a->n_headers++];
	h->name = name;
	h->value = value;
}

void
answer_tag(const struct buf *body, char out[ANSWER_TAG_SIZE])
{
	unsigned char hash[JSON_HASH_SIZE];
	char text[HEX_SIZE(JSON_HASH_SIZE)];

	json_hash_bytes(body->data != NULL ? body->data : "", body->size, hash);
	hex_text(hash, sizeof(hash), text);
	snprintf(out, ANSWER_TAG_SIZE, "W/\"%s\"", text);
}

static const char *
title_of(int status)
{
	switch (status) {
	case 400:
		return "Bad request";
	case 404:
		return "Not found";
	case 405:
		return "Method not allowed";
	case 406:
		return "Not acceptable";
	case 410:
		return "Gone";
	case 503:
		return "Not now";
	default:
		return "Something went wrong";
	}
}

void
answer_problem(struct answer *a, int status, const char *fmt, ...)
{
	jv problem = jv_object();
	va_list args;
	char *detail;

	va_start(args, fmt);
	detail = mem_vprintf(fmt, args);
	va_end(args);
	json_set_str(&problem, "type", "about:blank");
	json_set_str(&problem, "title", title_of(status));
	json_set_int(&problem, "status", status);
	json_set_str(&problem, "detail", detail);
	free(detail);
	buf_clear(&a->body);
	json_canonical(problem, &a->body);
	jv_free(problem);
	a->status = status;
	a->type = "application/problem+json";
	a->wait_until_ms = 0;
}

void
answer_fini(struct answer *a)
{
	for (size_t i = 0; i < a->n_headers; i++)
		free(a->headers[i].value);
	buf_free(&a->body);
	*a = (struct answer){0};
}
