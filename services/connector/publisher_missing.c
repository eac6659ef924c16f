/* Records that a whole listing no longer names: see publisher.h. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "connector/env.h"
#include "connector/publisher_inner.h"
#include "map/connection.h"
#include "map/preset.h"
#include "rest/call.h"
#include "rest/http.h"

static int
compare_seen(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int
compare_missed(const void *key, const void *member)
{
	return strcmp(key, ((const struct missed *)member)->key);
}

static unsigned
times_missed(const struct publisher *p, const char *key)
{
	const struct missed *m = p->n_missed == 0
				     ? NULL
				     : bsearch(key, p->missed, p->n_missed,
					   sizeof(*p->missed), compare_missed);

	return m == NULL ? 0 : m->times;
}

static int
collect(void *ctx, const struct state_row *row)
{
	struct publisher *p = ctx;
	struct poll_row known;
	struct missing *m;
	uint64_t hash = publisher_seen_hash(row->key);

	publisher_known(row, &known);
	if (!publisher_is_ours(p, row->key) || known.known == POLL_TAKEN ||
	    (p->n_seen > 0 && bsearch(&hash, p->seen, p->n_seen, sizeof(hash),
				  compare_seen) != NULL))
		return 0;
	if (p->n_missing == p->missing_room) {
		p->missing_room = p->missing_room * 2 + 16;
		p->missing =
		    mem_grow(p->missing, p->missing_room, sizeof(*p->missing));
	}
	m = &p->missing[p->n_missing++];
	*m = (struct missing){
	    .key = mem_dup(row->key),
	    .local_id = mem_dup(row->local_id),
	    .url = mem_dup(row->url),
	    .times = times_missed(p, row->key) + 1,
	    .is_live = known.known == POLL_LIVE || known.known == POLL_BAD_LIVE,
	    .has_receipt = known.known == POLL_BAD ||
			   known.known == POLL_BAD_LIVE ||
			   row->receipt_due != 0,
	    .publisher = p,
	};
	return 0;
}

int
publisher_missing_find(struct publisher *p, struct err *err)
{
	if (p->n_seen > 0)
		qsort(p->seen, p->n_seen, sizeof(*p->seen), compare_seen);
	return state_scan(p->env->state, p->env->conf->id, STATE_PUBLISHED, -1,
	    collect, p, err);
}

/* For the programs that judge a direct answer: presets ask for $op. */
static jv
read_vars(const struct publisher *p)
{
	jv vars = publisher_vars(p, NULL);

	json_set_str(&vars, "op", "read");
	return vars;
}

/* What the answer to a direct request says of an item. */
static enum poll_read
read_answer(struct publisher *p, const struct http_answer *a)
{
	struct preset *preset = p->env->conf->preset;
	enum poll_read read = POLL_READ_FAILED;
	const char *word;
	jv items, said;

	if (a->outcome != HTTP_ANSWERED)
		return POLL_READ_FAILED;
	if (a->status >= 200 && a->status < 300) {
		if (preset_run(preset, PRESET_STORED,
			call_answer(a, preset_format(preset)), read_vars(p),
			&items, NULL) != 0)
			return POLL_READ_FAILED;
		read = jv_array_length(items) == 0 ? POLL_READ_ABSENT
						   : POLL_READ_THERE;
		return read;
	}
	if (preset_has(preset, PRESET_ERRORS) &&
	    preset_run(preset, PRESET_ERRORS,
		call_answer(a, preset_format(preset)), read_vars(p), &said,
		NULL) == 0) {
		word = jv_get_kind(said) == JV_KIND_STRING
			   ? jv_string_value(said)
			   : "";
		if (strcmp(word, "absent") == 0 || strcmp(word, "gone") == 0 ||
		    strcmp(word, "done") == 0)
			read = POLL_READ_ABSENT;
		else if (*word == '\0' &&
			 (a->status == 404 || a->status == 410))
			read = POLL_READ_ABSENT;
		jv_free(said);
		return read;
	}
	return a->status == 404 || a->status == 410 ? POLL_READ_ABSENT
						    : POLL_READ_FAILED;
}

static void
on_read(void *ctx, const struct http_answer *a)
{
	struct missing *m = ctx;

	m->call = NULL;
	m->is_known = 1;
	m->read = read_answer(m->publisher, a);
	m->publisher->n_reading--;
}

static void
ask(struct publisher *p, struct missing *m)
{
	struct preset *preset = p->env->conf->preset;
	jv request;

	m->is_asked = 1;
	m->is_known = 1;
	m->read = POLL_READ_NONE;
	if (!m->is_live || *m->local_id == '\0' ||
	    !preset_has(preset, PRESET_READ))
		return;
	m->read = POLL_READ_FAILED;
	if (preset_run(preset, PRESET_READ, jv_null(), publisher_vars(p, m),
		&request, NULL) != 0)
		return;
	m->call = call_start(&p->env->system, request, on_read, m, NULL);
	if (m->call != NULL) {
		m->is_known = 0;
		p->n_reading++;
	}
}

int
publisher_missing_read(struct publisher *p)
{
	int all = 1;

	for (size_t i = 0; i < p->n_missing; i++) {
		struct missing *m = &p->missing[i];

		if (!m->is_asked && p->n_reading < PUBLISH_READS_MAX)
			ask(p, m);
		all = all && m->is_known;
	}
	return all;
}

int
publisher_missing_judge(
    struct publisher *p, struct changes *list, int64_t wall_ms, struct err *err)
{
	struct missed *missed = mem_new(p->n_missing + 1, sizeof(*missed));
	size_t n = 0;
	int rc = 0;

	for (size_t i = 0; i < p->n_missing && rc == 0; i++) {
		struct missing *m = &p->missing[i];
		struct change *c;

		if (!poll_missing(m->read, m->times)) {
			/* No telling is no second listing. */
			missed[n].key = mem_dup(m->key);
			missed[n++].times = m->read == POLL_READ_FAILED
						? m->times - 1
						: m->times;
		} else if (!m->is_live && p->is_rehearsal) {
			continue;
		} else if (!m->is_live) {
			rc = publisher_change_forget(
			    p, m->key, m->has_receipt, wall_ms, err);
		} else {
			c = publisher_change_new(p, m->key);
			c->local_id = mem_dup(m->local_id);
			c->has_receipt = m->has_receipt;
			publisher_change_add(list, c);
		}
	}
	publisher_missed_clear(p);
	p->missed = missed;
	p->n_missed = n;
	return rc;
}

void
publisher_missing_clear(struct publisher *p)
{
	for (size_t i = 0; i < p->n_missing; i++) {
		struct missing *m = &p->missing[i];

		if (m->call != NULL)
			http_cancel(p->env->system.http, m->call);
		free(m->key);
		free(m->local_id);
		free(m->url);
	}
	free(p->missing);
	p->missing = NULL;
	p->n_missing = p->missing_room = p->n_reading = 0;
}

void
publisher_missed_clear(struct publisher *p)
{
	for (size_t i = 0; i < p->n_missed; i++)
		free(p->missed[i].key);
	free(p->missed);
	p->missed = NULL;
	p->n_missed = 0;
}
