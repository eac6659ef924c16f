/* The sandbox's schema registry: see subjects.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/percent.h"
#include "event/schema.h"
#include "sandbox/subjects.h"
#include "web/server.h"

struct entry {
	char *subject;
	int version; /* within the subject, from 1 */
	int32_t id;
	struct schema *own;	     /* or NULL */
	const struct schema *schema; /* OWN or a built-in one */
};

struct subjects {
	struct server *server;
	struct entry *entries;
	size_t n;
};

static void
answer(struct server_answer *a, int status, jv body)
{
	struct buf out = {0};

	json_canonical(body, &out);
	jv_free(body);
	a->status = status;
	a->content_type = "application/vnd.schemaregistry.v1+json";
	a->body_size = out.size;
	a->body = buf_take(&out);
}

static void
refuse(struct server_answer *a, int code, const char *why)
{
	jv body = jv_object();

	json_set_int(&body, "error_code", code);
	json_set_str(&body, "message", why);
	answer(a, code / 100, body);
}

/* Equal as JSON: spaces and order of members do not matter. */
static int
is_same(const struct schema *a, const struct schema *b)
{
	return jv_equal(schema_json(a), schema_json(b));
}

static struct entry *
find(struct subjects *s, const char *subject, const struct schema *schema)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if ((subject == NULL ||
			strcmp(s->entries[i].subject, subject) == 0) &&
		    is_same(s->entries[i].schema, schema))
			return &s->entries[i];
	return NULL;
}

static struct entry *
latest(struct subjects *s, const char *subject)
{
	struct entry *found = NULL;
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->entries[i].subject, subject) == 0)
			found = &s->entries[i];
	return found;
}

/* OWN (taken) or BUILTIN under SUBJECT. */
static struct entry *
add(struct subjects *s, const char *subject, struct schema *own,
    const struct schema *builtin)
{
	const struct schema *schema = own != NULL ? own : builtin;
	const struct entry *same = find(s, NULL, schema);
	const struct entry *last = latest(s, subject);
	struct entry *e;
	int32_t id = same != NULL ? same->id : (int32_t)s->n + 1;
	int version = last != NULL ? last->version + 1 : 1;

	s->entries = mem_grow(s->entries, s->n + 1, sizeof(*s->entries));
	e = &s->entries[s->n++];
	*e = (struct entry){.subject = mem_dup(subject),
	    .version = version,
	    .id = id,
	    .own = own,
	    .schema = schema};
	return e;
}

static jv
describe(const struct entry *e)
{
	jv out = jv_object();

	json_set_str(&out, "subject", e->subject);
	json_set_int(&out, "version", e->version);
	json_set_int(&out, "id", e->id);
	json_set_str(&out, "schema", schema_text(e->schema));
	return out;
}

/* The schema in the body, or NULL with an answer given. */
static struct schema *
read_schema(const struct server_request *r, struct server_answer *a)
{
	struct err err = {0};
	jv doc = json_parse(r->body, r->body_size, &err);
	const char *text = json_str(doc, "schema", "");
	struct schema *schema = schema_parse(text, strlen(text), &err);

	jv_free(doc);
	if (schema == NULL)
		refuse(a, 42201, err.msg);
	return schema;
}

static void
look_up(struct subjects *s, const char *subject, const struct server_request *r,
    struct server_answer *a)
{
	struct schema *schema = read_schema(r, a);
	struct entry *e;

	if (schema == NULL)
		return;
	e = find(s, subject, schema);
	if (e != NULL)
		answer(a, 200, describe(e));
	else
		refuse(
		    a, latest(s, subject) != NULL ? 40403 : 40401, "not found");
	schema_free(schema);
}

static void
enter(struct subjects *s, const char *subject, const struct server_request *r,
    struct server_answer *a)
{
	struct schema *schema = read_schema(r, a);
	struct entry *e;
	jv body = jv_object();

	if (schema == NULL) {
		jv_free(body);
		return;
	}
	e = find(s, subject, schema);
	if (e != NULL) {
		schema_free(schema);
	} else if (s->n < SUBJECTS_MAX) {
		e = add(s, subject, schema, NULL);
	} else {
		schema_free(schema);
		jv_free(body);
		refuse(a, 50001, "the registry is full");
		return;
	}
	json_set_int(&body, "id", e->id);
	answer(a, 200, body);
}

static void
by_id(struct subjects *s, const char *text, struct server_answer *a)
{
	char *end;
	long id = strtol(text, &end, 10);
	const struct schema *schema = NULL;
	jv body;

	if (*text != '\0' && *end == '\0' && id > 0 && id <= INT32_MAX)
		schema = subjects_schema(s, (int32_t)id);
	if (schema == NULL) {
		refuse(a, 40403, "Schema not found");
		return;
	}
	body = jv_object();
	json_set_str(&body, "schema", schema_text(schema));
	answer(a, 200, body);
}

static void
list(struct subjects *s, const char *subject, struct server_answer *a)
{
	jv out = jv_array();
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct entry *e = &s->entries[i];

		if (subject == NULL && e->version == 1)
			out = jv_array_append(out, jv_string(e->subject));
		else if (subject != NULL && strcmp(e->subject, subject) == 0)
			out = jv_array_append(out, jv_number(e->version));
	}
	answer(a, 200, out);
}

static void
on_subject(struct subjects *s, const char *subject, const char *rest,
    const struct server_request *r, struct server_answer *a)
{
	int is_post = strcmp(r->method, "POST") == 0;
	struct entry *e = latest(s, subject);

	if (is_post && strcmp(rest, "") == 0)
		look_up(s, subject, r, a);
	else if (is_post && strcmp(rest, "/versions") == 0)
		enter(s, subject, r, a);
	else if (e == NULL)
		refuse(a, 40401, "Subject not found.");
	else if (strcmp(rest, "/versions") == 0)
		list(s, subject, a);
	else if (strcmp(rest, "/versions/latest") == 0)
		answer(a, 200, describe(e));
	else
		refuse(a, 40402, "Version not found.");
}

static void
handle(void *ctx, const struct server_request *r, struct server_answer *a)
{
	static const char ids[] = "/schemas/ids/", subjects[] = "/subjects/";
	struct subjects *s = ctx;
	const char *rest;
	char *subject;

	if (strncmp(r->path, ids, sizeof(ids) - 1) == 0) {
		by_id(s, r->path + sizeof(ids) - 1, a);
		return;
	}
	if (strcmp(r->path, "/subjects") == 0) {
		list(s, NULL, a);
		return;
	}
	if (strncmp(r->path, subjects, sizeof(subjects) - 1) != 0) {
		refuse(a, 40400, "no such call in the sandbox");
		return;
	}
	rest = r->path + sizeof(subjects) - 1;
	subject = percent_decode(rest, strcspn(rest, "/"));
	rest += strcspn(rest, "/");
	if (subject == NULL || subject[0] == '\0')
		refuse(a, 40401, "Subject not found.");
	else
		on_subject(s, subject, rest, r, a);
	free(subject);
}

struct subjects *
subjects_new(uint16_t port, struct err *err)
{
	struct subjects *s = mem_new(1, sizeof(*s));
	const struct schema *schema;
	size_t i;

	for (i = 0; (schema = schema_builtin_at(i)) != NULL; i++)
		add(s, schema_name(schema), NULL, schema);
	s->server = server_new("127.0.0.1", port, handle, s, err);
	if (s->server == NULL) {
		subjects_free(s);
		return NULL;
	}
	return s;
}

void
subjects_free(struct subjects *s)
{
	size_t i;

	if (s == NULL)
		return;
	server_free(s->server);
	for (i = 0; i < s->n; i++) {
		schema_free(s->entries[i].own);
		free(s->entries[i].subject);
	}
	free(s->entries);
	free(s);
}

struct server *
subjects_server(struct subjects *s)
{
	return s->server;
}

const struct schema *
subjects_schema(const struct subjects *s, int32_t id)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->entries[i].id == id)
			return s->entries[i].schema;
	return NULL;
}
