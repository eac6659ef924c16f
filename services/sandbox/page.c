/* A site's page: see page.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "sandbox/form.h"
#include "sandbox/page.h"
#include "sandbox/shelf.h"
#include "sandbox/site.h"
#include "sandbox/style.h"
#include "sandbox/text.h"
#include "sandbox/view.h"
#include "web/server.h"

static void
answer(struct server_answer *a, int status, const char *type, struct buf *out)
{
	a->status = status;
	a->content_type = type;
	a->body_size = out->size;
	a->body = buf_take(out);
}

static void
home(struct site *s, struct server_answer *a)
{
	struct buf out = {0};

	view_head(&out, s, site_name(s, s));
	view_lamp(&out, s);
	buf_puts(&out, "<main class=\"wide\">");
	view_events(&out, s);
	view_partnerships(&out, s);
	view_claims(&out, s);
	view_notices(&out, s);
	view_cities(&out, s);
	view_foot(&out, s);
	answer(a, 200, "text/html; charset=utf-8", &out);
}

/* A sentence for the clerk, with a way back. */
static void
say(struct site *s, int status, const char *sentence, struct server_answer *a)
{
	struct buf out = {0};

	view_head(&out, s, site_name(s, s));
	buf_puts(&out,
	    "<main class=\"wide\"><section><div class=\"title\"><h2>Please "
	    "look again</h2></div><p>");
	text_html(&out, sentence);
	buf_puts(
	    &out, "</p><p><a href=\"/\">Back to the page</a></p></section>");
	view_foot(&out, s);
	answer(a, status, "text/html; charset=utf-8", &out);
}

static void
go_home(struct server_answer *a)
{
	a->status = 303;
	a->headers[0].name = "Location";
	snprintf(a->headers[0].value, sizeof(a->headers[0].value), "/");
	a->n_headers = 1;
}

static void
edit(struct site *s, const struct server_request *r, struct server_answer *a)
{
	const char *what = server_query(r, "what"), *id = server_query(r, "id");
	struct buf out = {0};
	enum shelf_collection c;
	jv item = jv_null(), record;

	if (what == NULL || id == NULL || shelf_parse(what, &c) != 0 ||
	    strchr(id, '/') != NULL ||
	    shelf_get(s->shelf, c, id, &item) != SHELF_CHANGED) {
		jv_free(item);
		say(s, 404, "There is no such entry any more.", a);
		return;
	}
	record = shelf_record(item);
	jv_free(item);
	view_head(&out, s, site_name(s, s));
	buf_puts(&out,
	    "<main class=\"wide\"><section><div class=\"title\"><h2>Edit"
	    "</h2></div>");
	if (c == SHELF_EVENTS)
		view_event_form(&out, s, id, record);
	else
		view_claim_form(&out, s, id, record);
	buf_puts(
	    &out, "<p><a href=\"/\">Back without saving</a></p></section>");
	view_cities(&out, s);
	view_foot(&out, s);
	jv_free(record);
	answer(a, 200, "text/html; charset=utf-8", &out);
}

/* The record of own item ID ({} for ""), or jv_invalid(). */
static jv
own_record(struct site *s, enum shelf_collection c, const char *id)
{
	jv item = jv_null(), record;

	if (id[0] == '\0')
		return jv_object();
	if (strchr(id, '/') != NULL ||
	    shelf_get(s->shelf, c, id, &item) != SHELF_CHANGED) {
		jv_free(item);
		return jv_invalid();
	}
	record = shelf_record(item);
	jv_free(item);
	return record;
}

static void
store(struct site *s, enum shelf_collection c, const char *id, jv record)
{
	char new_id[SHELF_ID_MAX + 1];
	jv item = jv_object();

	json_set(&item, "record", record);
	if (id[0] == '\0')
		shelf_add(s->shelf, c, item, new_id);
	else
		shelf_patch(s->shelf, c, id, item);
}

/* /save: a filled form; /do: a button. */
static void
change(struct site *s, jv form, int is_form, struct server_answer *a)
{
	const char *id = json_str(form, "id", "");
	const char *action = json_str(form, "action", "");
	struct err err = {0};
	enum shelf_collection c;
	jv record;

	if (shelf_parse(json_str(form, "what", ""), &c) != 0 ||
	    (c != SHELF_EVENTS && c != SHELF_CLAIMS)) {
		say(s, 400, "This form is not one of ours.", a);
		return;
	}
	record = own_record(s, c, id);
	if (jv_get_kind(record) != JV_KIND_OBJECT) {
		jv_free(record);
		say(s, 404, "There is no such entry any more.", a);
		return;
	}
	if (!is_form && strcmp(action, "withdraw") == 0) {
		jv_free(record);
		shelf_trash(s->shelf, c, id);
		go_home(a);
		return;
	}
	if (!is_form)
		record = form_action(action, record, clock_wall_ms(), &err);
	else if (c == SHELF_EVENTS)
		record = form_event(s, form, record, &err);
	else
		record = form_claim(s, form, record, &err);
	if (!jv_is_valid(record)) {
		jv_free(record);
		say(s, 422, err.msg, a);
		return;
	}
	store(s, c, id, record);
	go_home(a);
}

static void
flip(struct site *s, jv form, struct server_answer *a)
{
	const char *name = json_str(form, "name", "");

	if (strcmp(name, "offline") == 0)
		s->is_offline = !s->is_offline;
	else if (strcmp(name, "slow") == 0)
		s->is_slow = !s->is_slow;
	else if (strcmp(name, "errors") == 0)
		s->is_failing = !s->is_failing;
	s->lamp_version++;
	go_home(a);
}

/* A form on another site must not press our buttons. */
static int
is_from_here(const struct server_request *r)
{
	const char *origin = server_header(r, "Origin");
	const char *host = server_header(r, "Host");

	return origin == NULL ||
	       (host != NULL && strncmp(origin, "http://", 7) == 0 &&
		   strcmp(origin + 7, host) == 0);
}

static void
post(struct site *s, const struct server_request *r, struct server_answer *a)
{
	jv form;

	if (!is_from_here(r)) {
		a->status = 403;
		return;
	}
	form = text_form(r->body, r->body_size);
	if (strcmp(r->path, "/switch") == 0)
		flip(s, form, a);
	else if (s->town->is_cut)
		say(s, 503,
		    "The sandbox has lost the beginning of a log; nothing "
		    "can be edited any more. Start it again.",
		    a);
	else if (strcmp(r->path, "/save") == 0)
		change(s, form, 1, a);
	else if (strcmp(r->path, "/do") == 0)
		change(s, form, 0, a);
	jv_free(form);
}

void
page_handle(
    struct site *s, const struct server_request *r, struct server_answer *a)
{
	struct buf out = {0};

	if (strcmp(r->method, "POST") == 0) {
		post(s, r, a);
		return;
	}
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0) {
		a->status = 405;
	} else if (strcmp(r->path, "/") == 0) {
		home(s, a);
	} else if (strcmp(r->path, "/edit") == 0) {
		edit(s, r, a);
	} else if (strcmp(r->path, "/pulse") == 0) {
		buf_printf(&out, "%lld.%lld.%d",
		    (long long)shelf_version(s->shelf),
		    (long long)s->lamp_version, s->town->is_cut);
		answer(a, 200, "text/plain", &out);
	} else if (strcmp(r->path, "/style.css") == 0) {
		style_css(&out, s->accent);
		answer(a, 200, "text/css", &out);
	} else if (strcmp(r->path, "/live.js") == 0) {
		style_script(&out);
		answer(a, 200, "text/javascript", &out);
	}
}
