/* One demo site: see site.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/hex.h"
#include "base/mem.h"
#include "event/keys.h"
#include "event/reasons.h"
#include "sandbox/api.h"
#include "sandbox/page.h"
#include "sandbox/shelf.h"
#include "sandbox/site.h"
#include "sandbox/text.h"
#include "web/server.h"

static void
read_languages(struct site *s, jv line)
{
	jv list = json_get(line, "languages");
	size_t n = 0;

	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		jv_array_foreach (list, i, item) {
			if (n < SITE_LANGUAGES_MAX &&
			    jv_get_kind(item) == JV_KIND_STRING)
				s->languages[n++] =
				    mem_dup(jv_string_value(item));
			jv_free(item);
		}
	}
	jv_free(list);
	if (n == 0)
		s->languages[0] = mem_dup("en");
}

static int
is_api(const char *path)
{
	enum shelf_collection c;
	char word[32];
	size_t size = strcspn(path + (path[0] == '/'), "/");

	if (path[0] != '/' || size >= sizeof(word))
		return 0;
	memcpy(word, path + 1, size);
	word[size] = '\0';
	return strcmp(word, "whoami") == 0 || shelf_parse(word, &c) == 0;
}

/* The switches hold for the system's interface; its page stays usable. */
static void
handle(void *ctx, const struct server_request *r, struct server_answer *a)
{
	struct site *s = ctx;

	if (!is_api(r->path)) {
		page_handle(s, r, a);
		return;
	}
	if (s->is_offline) {
		a->is_dropped = 1;
		return;
	}
	if (s->is_slow)
		a->delay_ms = SITE_SLOW_MS;
	if (s->is_failing) {
		a->status = 500;
		return;
	}
	api_handle(s, r, a);
}

struct site *
site_new(const struct town *town, jv line, uint16_t port, struct err *err)
{
	struct site *s = mem_new(1, sizeof(*s));
	jv record = json_get(line, "record");

	s->town = town;
	s->member = mem_dup(json_str(line, "member", ""));
	s->tz = mem_dup(json_str(line, "tz", "UTC"));
	s->accent = mem_dup(json_str(line, "accent", "#27496d"));
	s->names = json_get(record, "names");
	s->shelf = shelf_new();
	s->pending = -1;
	s->refused = jv_object();
	read_languages(s, line);
	if (hex_random((sizeof(s->password) - 1) / 2, s->password) != 0)
		abort();
	jv_free(record);
	s->server =
	    server_new(town->address != NULL ? town->address : "127.0.0.1",
		port, handle, s, err);
	if (s->server == NULL) {
		site_free(s);
		return NULL;
	}
	return s;
}

void
site_free(struct site *s)
{
	size_t i;

	if (s == NULL)
		return;
	server_free(s->server);
	shelf_free(s->shelf);
	for (i = 0; s->languages[i] != NULL; i++)
		free((char *)s->languages[i]);
	jv_free(s->names);
	jv_free(s->refused);
	free(s->member);
	free(s->tz);
	free(s->accent);
	free(s);
}

uint16_t
site_port(const struct site *s)
{
	return server_port(s->server);
}

const char *
site_name(const struct site *s, const struct site *reader)
{
	const char *name = text_in(s->names, reader->languages);

	return name[0] != '\0' ? name : s->member;
}

/* The code against the own entry ID of C, or "". */
static const char *
refusal_code(const struct site *s, enum shelf_collection c, const char *id)
{
	struct err err;
	char *key = NULL;
	const char *code = "";

	if (c == SHELF_EVENTS || c == SHELF_CLAIMS)
		key = key_new(c == SHELF_EVENTS ? RECORD_EVENT : RECORD_CLAIM,
		    s->member, SITE_NAMESPACE, id, &err);
	if (key != NULL)
		code = json_str(s->refused, key, "");
	free(key);
	return code;
}

const char *
site_refusal(const struct site *s, enum shelf_collection c, jv item)
{
	const char *id = json_str(item, "id", ""), *code, *text;

	if (strchr(id, '/') != NULL)
		return NULL; /* it came from the wire */
	code = refusal_code(s, c, id);
	if (code[0] == '\0')
		return NULL;
	text = reasons_text(code);
	return text[0] != '\0' ? text
			       : "It was refused. Ask whoever looks after "
				 "the connector why.";
}

int
site_n_refused(const struct site *s)
{
	static const enum shelf_collection own[] = {SHELF_EVENTS, SHELF_CLAIMS};
	int n = 0;
	size_t k;
	jv live;

	for (k = 0; k < sizeof(own) / sizeof(own[0]); k++) {
		live = shelf_live(s->shelf, own[k]);
		jv_array_foreach (live, i, item) {
			n += site_refusal(s, own[k], item) != NULL;
			jv_free(item);
		}
		jv_free(live);
	}
	return n;
}

const struct site *
site_of(const struct town *t, const char *member)
{
	size_t i;

	for (i = 0; i < t->n_sites; i++)
		if (strcmp(t->sites[i]->member, member) == 0)
			return t->sites[i];
	return NULL;
}
