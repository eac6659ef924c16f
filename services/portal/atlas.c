/* Maps that are kept: see atlas.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "event/keys.h"
#include "portal/atlas.h"
#include "portal/catalog.h"
#include "portal/query.h"
#include "portal/reader.h"
#include "portal/request.h"

enum { WAIT_MS = 30000 };

/* What of the wire a map shows. */
static const unsigned types =
    1u << RECORD_PARTNERSHIP | 1u << RECORD_CLAIM | 1u << RECORD_EVENT;

struct sheet {
	char *key; /* owned; NULL: free */
	enum atlas_form form;
	struct reader reader;
	struct query_filter filter; /* its lists owned */
	char *text;		    /* owned; the filter's */
	int64_t used_ms, begun_ms;
	int64_t current_ms;  /* what is kept was last known to be new */
	uint64_t generation; /* of what is kept */
	struct buf packed;   /* empty: none is kept */
	size_t rows;
	char tag[ANSWER_TAG_SIZE];
	struct err failed; /* making it, since it was asked for */

	struct query_map *map; /* being made; NULL: it is not */
	struct atlas_file *file;
	uint64_t next_generation;
};

struct atlas {
	struct query *q;
	const char *public_url;
	struct sheet sheets[ATLAS_MAPS];
};

struct atlas *
atlas_new(struct query *q, const char *public_url)
{
	struct atlas *a = mem_new(1, sizeof(*a));

	a->q = q;
	a->public_url = public_url;
	return a;
}

static void
stop_making(struct sheet *s)
{
	query_map_free(s->map);
	atlas_file_free(s->file);
	s->map = NULL;
	s->file = NULL;
}

static void
forget(struct sheet *s)
{
	stop_making(s);
	jv_free(s->filter.cities);
	jv_free(s->filter.countries);
	jv_free(s->filter.members);
	jv_free(s->filter.kinds);
	jv_free(s->filter.statuses);
	jv_free(s->filter.languages);
	free(s->text);
	free(s->key);
	buf_free(&s->packed);
	*s = (struct sheet){0};
}

void
atlas_free(struct atlas *a)
{
	if (a == NULL)
		return;
	for (size_t i = 0; i < ATLAS_MAPS; i++)
		forget(&a->sheets[i]);
	free(a);
}

static jv
kept_list(jv list)
{
	return jv_get_kind(list) == JV_KIND_ARRAY ? jv_copy(list) : jv_null();
}

/* All that the map depends on besides the store: new. */
static char *
key_of(enum atlas_form form, const struct query_filter *f,
    const struct reader *reader)
{
	struct buf key = {0};
	const jv lists[] = {f->cities, f->countries, f->members, f->kinds,
	    f->statuses, f->languages};

	buf_printf(&key, "%d %d %d %d %lld %lld ", (int)form, f->year_from,
	    f->year_to, f->with_duplicates, (long long)f->from_ms,
	    (long long)f->to_ms);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		jv list = kept_list(lists[i]);

		json_canonical(list, &key);
		jv_free(list);
	}
	/* Their number, or the words of TEXT could pass for languages. */
	if (form == ATLAS_CANVAS) {
		buf_printf(&key, " %zu", reader->n);
		for (size_t i = 0; i < reader->n; i++)
			buf_printf(&key, " %s", reader->languages[i]);
	}
	buf_printf(&key, " %s", f->text != NULL ? f->text : "");
	return buf_take(&key);
}

/* The sheet with KEY, or else the one to use for it; NULL: all are being
 * made. */
static struct sheet *
place(struct atlas *a, const char *key)
{
	struct sheet *best = NULL;

	for (size_t i = 0; i < ATLAS_MAPS; i++) {
		struct sheet *s = &a->sheets[i];

		if (s->key != NULL && strcmp(s->key, key) == 0)
			return s;
		if (s->map == NULL &&
		    (best == NULL || s->used_ms < best->used_ms))
			best = s; /* a free one was used at 0 */
	}
	return best;
}

/* The sheet for these: NULL if all are being made. */
static struct sheet *
sheet_of(struct atlas *a, enum atlas_form form, const struct query_filter *f,
    const struct reader *reader)
{
	char *key = key_of(form, f, reader);
	struct sheet *s = place(a, key);

	if (s == NULL || (s->key != NULL && strcmp(s->key, key) == 0)) {
		free(key);
		return s;
	}
	forget(s);
	s->key = key;
	s->form = form;
	s->reader = *reader;
	s->text = mem_dup(f->text);
	s->filter = *f;
	s->filter.cities = kept_list(f->cities);
	s->filter.countries = kept_list(f->countries);
	s->filter.members = kept_list(f->members);
	s->filter.kinds = kept_list(f->kinds);
	s->filter.statuses = kept_list(f->statuses);
	s->filter.languages = kept_list(f->languages);
	s->filter.text = s->text;
	s->filter.after = NULL;
	return s;
}

static int
begin(struct atlas *a, struct sheet *s, int64_t now_ms, struct err *err)
{
	s->map = query_map_new(a->q, &s->filter, err);
	if (s->map == NULL)
		return -1;
	s->file = atlas_file_new(s->form, a->public_url, &s->reader);
	s->next_generation = query_generation(a->q, types);
	s->begun_ms = now_ms;
	return 0;
}

/* Of all that is kept no more than may be; S itself stays. */
static void
make_room(struct atlas *a, const struct sheet *s)
{
	size_t total;

	do {
		struct sheet *oldest = NULL;

		total = 0;
		for (size_t i = 0; i < ATLAS_MAPS; i++) {
			struct sheet *one = &a->sheets[i];

			total += one->packed.room;
			if (one != s && one->map == NULL &&
			    one->packed.size > 0 &&
			    (oldest == NULL || one->used_ms < oldest->used_ms))
				oldest = one;
		}
		if (oldest == NULL)
			return;
		if (total > ATLAS_MAX_BYTES)
			forget(oldest);
	} while (total > ATLAS_MAX_BYTES);
}

static void
take(struct atlas *a, struct sheet *s, struct buf *packed, int64_t now_ms)
{
	answer_tag(packed, s->tag);
	buf_free(&s->packed);
	s->packed = *packed;
	s->packed.data = mem_grow(packed->data, packed->size + 1, 1);
	s->packed.room = packed->size + 1;
	s->rows = query_map_rows(s->map);
	s->generation = s->next_generation;
	s->current_ms = s->used_ms = now_ms;
	make_room(a, s);
}

/* One step of S: 1 if it is finished, 0 if not, -1 with ERR. */
static int
step(struct atlas *a, struct sheet *s, int64_t now_ms, struct err *err)
{
	struct buf packed = {0};
	int rc = query_map_step(s->map, &atlas_file_reader, s->file, err);

	if (rc == 1 && atlas_file_flush(s->file) == 0)
		return 0;
	if (rc == 0 && atlas_file_end(s->file, &packed) == 0)
		take(a, s, &packed, now_ms);
	else if (rc >= 0)
		rc = err_set(err, ERR_REJECT, 0,
		    "the map becomes too large; ask for a part of it");
	stop_making(s);
	return rc < 0 ? -1 : 1;
}

int
atlas_step(struct atlas *a, int64_t now_ms)
{
	for (size_t i = 0; i < ATLAS_MAPS; i++) {
		struct sheet *s = &a->sheets[i];

		if (s->map != NULL)
			return step(a, s, now_ms, &s->failed) != 0;
	}
	return 0;
}

int
atlas_is_busy(const struct atlas *a)
{
	for (size_t i = 0; i < ATLAS_MAPS; i++)
		if (a->sheets[i].map != NULL)
			return 1;
	return 0;
}

/* 1 if S, which is kept and no longer new, is to be made anew now. */
static int
is_due(const struct sheet *s, int64_t now_ms)
{
	return s->rows <= QUERY_MAP_STEP_ROWS ||
	       now_ms - s->begun_ms >= ATLAS_PAUSE_MS;
}

/* Bring S up to date as far as one step does: 1 if it can be given, 0 if it
 * has to be waited for, -1 with ERR. */
static int
look(struct atlas *a, struct sheet *s, int64_t now_ms, struct err *err)
{
	int is_kept = s->packed.size > 0;

	if (s->failed.class != ERR_NONE) {
		*err = s->failed;
		s->failed = (struct err){0};
		return -1;
	}
	if (is_kept && s->generation == query_generation(a->q, types)) {
		s->current_ms = now_ms;
		return 1;
	}
	if (s->map == NULL && (!is_kept || is_due(s, now_ms)) &&
	    (begin(a, s, now_ms, err) != 0 || step(a, s, now_ms, err) < 0))
		return -1;
	return s->map == NULL ||
	       (is_kept && now_ms - s->current_ms < ATLAS_STALE_MS);
}

/* Who reads RQ's answer, as the first parts of language tags: names of cities
 * seldom differ by more, and so fewer maps serve more readers. */
static void
reader_of(const struct request *rq, struct reader *out)
{
	struct reader whole;
	struct buf list = {0};

	reader_init(&whole, request_arg(rq, "lang"),
	    request_header(rq, "Accept-Language"));
	for (size_t i = 0; i < whole.n; i++)
		buf_printf(&list, "%.*s,",
		    (int)strcspn(whole.languages[i], "-"), whole.languages[i]);
	reader_init(out, NULL, list.data);
	buf_free(&list);
}

int
atlas_answer(struct request *rq, enum atlas_form form,
    const struct query_filter *f, struct answer *out, struct err *err)
{
	struct reader reader;
	struct sheet *s;
	int rc;

	reader_of(rq, &reader);
	s = sheet_of(rq->atlas, form, f, &reader);
	if (s == NULL)
		return err_set(err, ERR_RETRY, 0,
		    "too many maps are being made; ask again");
	s->used_ms = rq->now_ms;
	rc = look(rq->atlas, s, rq->now_ms, err);
	if (rc == 0)
		out->wait_until_ms = rq->now_ms + WAIT_MS;
	if (rc != 1)
		return rc;
	out->type = atlas_file_type(form);
	out->body.max = 0; /* the file has its own bound */
	buf_add(&out->body, s->packed.data, s->packed.size);
	out->is_packed = 1;
	snprintf(out->tag, sizeof(out->tag), "%s", s->tag);
	return 0;
}

void
atlas_warm(struct atlas *a, int64_t now_ms)
{
	const struct query_filter all = {.limit = 0};
	const struct catalog *c;
	struct err err = {0};
	struct reader reader;
	struct sheet *s;

	for (size_t i = 0; (c = catalog_at(i)) != NULL; i++) {
		reader_init(&reader, catalog_language(c), NULL);
		for (int form = ATLAS_GEOJSON; form <= ATLAS_CANVAS; form++) {
			s = sheet_of(a, (enum atlas_form)form, &all, &reader);
			if (s == NULL || s->map != NULL || s->packed.size > 0)
				continue;
			s->used_ms = now_ms;
			if (begin(a, s, now_ms, &err) != 0)
				forget(s);
		}
	}
}
