/* Plans: see plan.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/buf.h"
#include "base/hex.h"
#include "base/mem.h"
#include "connector/plan.h"

struct entry {
	UT_hash_handle hh;
	enum plan_action action;
	unsigned char hash[JSON_HASH_SIZE];
	char *label;
	char key[];
};

struct plan {
	struct entry *entries;
	size_t counts[PLAN_ACTIONS];
};

static const char *
action_word(enum plan_action a)
{
	static const char *const words[] = {"create", "update", "adopt",
	    "remove", "publish", "withdraw", "refuse", "keep"};

	return words[a];
}

struct plan *
plan_new(void)
{
	return mem_new(1, sizeof(struct plan));
}

static void
take_out(struct plan *p, struct entry *e)
{
	HASH_DEL(p->entries, e);
	p->counts[e->action]--;
	free(e->label);
	free(e);
}

void
plan_clear(struct plan *p)
{
	struct entry *e, *next;

	HASH_ITER (hh, p->entries, e, next)
		take_out(p, e);
}

void
plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	plan_clear(p);
	free(p);
}

static struct entry *
find(const struct plan *p, const char *key)
{
	struct entry *e;

	HASH_FIND_STR(p->entries, key, e);
	return e;
}

void
plan_set(struct plan *p, const char *key, enum plan_action action,
    const unsigned char *hash, const char *label)
{
	struct entry *e = find(p, key);
	size_t size = strlen(key) + 1;

	if (e == NULL) {
		e = mem_new(1, sizeof(*e) + size);
		memcpy(e->key, key, size);
		HASH_ADD_STR(p->entries, key, e);
	} else {
		p->counts[e->action]--;
		free(e->label);
		memset(e->hash, 0, sizeof(e->hash));
	}
	e->action = action;
	e->label = action == PLAN_KEEP ? NULL : mem_dup(label);
	if (hash != NULL)
		memcpy(e->hash, hash, sizeof(e->hash));
	p->counts[action]++;
}

void
plan_drop(struct plan *p, const char *key)
{
	struct entry *e = find(p, key);

	if (e != NULL)
		take_out(p, e);
}

enum plan_action
plan_of(const struct plan *p, const char *key)
{
	const struct entry *e = find(p, key);

	return e == NULL ? PLAN_ACTIONS : e->action;
}

size_t
plan_changes(const struct plan *p)
{
	return p->counts[PLAN_UPDATE] + p->counts[PLAN_REMOVE] +
	       p->counts[PLAN_WITHDRAW];
}

int
plan_is_beyond(size_t n, double share, size_t at_least, size_t live)
{
	return share >= 0 && n > at_least && (double)n > share * (double)live;
}

/* The sum of all changes, whatever their order.  What is left alone is no part
 * of it: it may come and go without anybody's approval. */
static void
sum_up(const struct plan *p, unsigned char sum[JSON_HASH_SIZE])
{
	const struct entry *e;
	unsigned char one[3][JSON_HASH_SIZE];

	memset(sum, 0, JSON_HASH_SIZE);
	for (e = p->entries; e != NULL; e = e->hh.next) {
		if (e->action == PLAN_KEEP)
			continue;
		json_hash_bytes(e->key, strlen(e->key), one[0]);
		memcpy(one[1], e->hash, JSON_HASH_SIZE);
		memset(one[2], (int)e->action, JSON_HASH_SIZE);
		json_hash_bytes(one, sizeof(one), one[0]);
		for (size_t i = 0; i < JSON_HASH_SIZE; i++)
			sum[i] ^= one[0][i];
	}
}

static jv
change_of(const struct entry *e)
{
	jv change = jv_object();

	json_set_str(&change, "key", e->key);
	json_set_str(&change, "label", e->label);
	json_set_str(&change, "action", action_word(e->action));
	return change;
}

static jv
first_of(const struct plan *p)
{
	const struct entry *e;
	jv first = jv_array();
	int n = 0;

	for (e = p->entries; e != NULL && n < PLAN_FIRST; e = e->hh.next) {
		if (e->action == PLAN_KEEP)
			continue;
		first = jv_array_append(first, change_of(e));
		n++;
	}
	return first;
}

static int
compare_keys(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return strcmp((*x)->key, (*y)->key);
}

void
plan_list(const struct plan *p, struct buf *out)
{
	const struct entry *e,
	    **list = mem_new(HASH_COUNT(p->entries) + 1, sizeof(*list));
	size_t n = 0;

	for (e = p->entries; e != NULL; e = e->hh.next)
		if (e->action != PLAN_KEEP)
			list[n++] = e;
	qsort(list, n, sizeof(*list), compare_keys);
	for (size_t i = 0; i < n && i < PLAN_LISTED; i++) {
		jv change = change_of(list[i]);

		json_canonical(change, out);
		buf_puts(out, "\n");
		jv_free(change);
	}
	free(list);
}

static void
set_id(jv *plan, const unsigned char sum[JSON_HASH_SIZE])
{
	char id[HEX_SIZE(JSON_HASH_SIZE)];

	hex_text(sum, JSON_HASH_SIZE, id);
	json_set_str(plan, "id", id);
}

jv
plan_json(const struct plan *p)
{
	unsigned char sum[JSON_HASH_SIZE];
	jv plan = jv_object(), counts = jv_object();

	for (size_t i = 0; i < PLAN_ACTIONS; i++)
		if (p->counts[i] > 0)
			json_set_int(&counts, action_word((enum plan_action)i),
			    (int64_t)p->counts[i]);
	sum_up(p, sum);
	set_id(&plan, sum);
	json_set(&plan, "counts", counts);
	json_set(&plan, "first", first_of(p));
	return plan;
}

static jv
add_counts(jv a, jv b)
{
	if (jv_get_kind(b) == JV_KIND_OBJECT) {
		jv_object_foreach (b, action, n) {
			json_set_int(&a, jv_string_value(action),
			    json_int(a, jv_string_value(action), 0) +
				(int64_t)jv_number_value(n));
			jv_free(action);
			jv_free(n);
		}
	}
	return a;
}

jv
plan_join(jv a, jv b)
{
	unsigned char sum[JSON_HASH_SIZE];
	char *ids;
	jv first, more, counts;
	int n;

	if (jv_get_kind(b) != JV_KIND_OBJECT)
		return a;
	if (jv_get_kind(a) != JV_KIND_OBJECT) {
		jv_free(a);
		return jv_copy(b);
	}
	ids = mem_printf("%s %s", json_str(a, "id", ""), json_str(b, "id", ""));
	json_hash_bytes(ids, strlen(ids), sum);
	free(ids);
	set_id(&a, sum);
	counts = json_get(b, "counts");
	json_set(&a, "counts", add_counts(json_get(a, "counts"), counts));
	jv_free(counts);
	first = json_get(a, "first");
	more = json_get(b, "first");
	/* Of both, if both have any. */
	n = PLAN_FIRST - jv_array_length(jv_copy(more));
	n = n < PLAN_FIRST / 2 ? PLAN_FIRST / 2 : n;
	if (jv_array_length(jv_copy(first)) > n)
		first = jv_array_slice(first, 0, n);
	jv_array_foreach (more, i, one) {
		if (jv_array_length(jv_copy(first)) < PLAN_FIRST)
			first = jv_array_append(first, one);
		else
			jv_free(one);
	}
	jv_free(more);
	json_set(&a, "first", first);
	return a;
}
