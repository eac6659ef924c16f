/* What a target was sent: see ledger.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ledger.h"

/* Versions from here on are the microsecond at which they were produced. */
static const int64_t STAMP_MIN_US = 1000000000000000;

struct record {
	char name[LEDGER_NAME_MAX + 1]; /* word and uid */
	int64_t version;
	UT_hash_handle hh;
};

struct ledger {
	struct record *records;
	int64_t requests, repeated, older, unnamed, version_sum;
	int64_t first_us, last_us; /* when requests came */
	int64_t *delays_us;	   /* from production to here */
	size_t n_delays;
};

struct ledger *
ledger_new(void)
{
	return mem_new(1, sizeof(struct ledger));
}

void
ledger_free(struct ledger *l)
{
	struct record *r, *next;

	if (l == NULL)
		return;
	HASH_ITER (hh, l->records, r, next) {
		HASH_DEL(l->records, r);
		free(r);
	}
	free(l->delays_us);
	free(l);
}

/* What follows WORD in BODY up to END, NULL if that is not there. */
static const char *
behind(const char *body, size_t size, const char *word, char end, size_t *out)
{
	const char *at = memmem(body, size, word, strlen(word)), *stop;

	if (at == NULL)
		return NULL;
	at += strlen(word);
	stop = memchr(at, end, size - (size_t)(at - body));
	if (stop == NULL)
		return NULL;
	*out = (size_t)(stop - at);
	return at;
}

static struct record *
record_of(struct ledger *l, const char *name, size_t size)
{
	struct record *r;

	HASH_FIND(hh, l->records, name, (unsigned)size, r);
	if (r == NULL) {
		r = mem_new(1, sizeof(*r));
		memcpy(r->name, name, size);
		HASH_ADD(hh, l->records, name[0], (unsigned)size, r);
	}
	return r;
}

static void
note_delay(struct ledger *l, int64_t delay_us)
{
	if (l->delays_us == NULL)
		l->delays_us = mem_new(LEDGER_DELAYS_MAX, sizeof(int64_t));
	if (l->n_delays < LEDGER_DELAYS_MAX)
		l->delays_us[l->n_delays++] = delay_us;
}

void
ledger_add(struct ledger *l, const char *path, const char *body, size_t size,
    int64_t now_us)
{
	size_t uid_size, version_size;
	const char *uid = behind(body, size, "\"uid\":\"", '"', &uid_size);
	const char *text = behind(body, size, "?v=", '"', &version_size);
	char name[LEDGER_NAME_MAX + 1];
	struct record *r;
	int64_t version;
	int n;

	l->requests++;
	l->last_us = now_us;
	if (l->first_us == 0)
		l->first_us = now_us;
	path += *path == '/';
	n = uid == NULL || text == NULL || uid_size > LEDGER_NAME_MAX
		? -1
		: snprintf(name, sizeof(name), "%.*s %.*s",
		      (int)strcspn(path, "/ "), path, (int)uid_size, uid);
	if (n < 0 || (size_t)n >= sizeof(name)) {
		l->unnamed++;
		return;
	}
	r = record_of(l, name, (size_t)n);
	version = strtoll(text, NULL, 10);
	if (version >= STAMP_MIN_US)
		note_delay(l, now_us - version);
	l->repeated += version == r->version;
	l->older += version < r->version;
	l->version_sum += version - r->version;
	r->version = version;
}

static int
compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The delay that SHARE (in thousandths) of all do not pass. */
static int64_t
percentile(const struct ledger *l, size_t share)
{
	return l->n_delays == 0
		   ? 0
		   : l->delays_us[(l->n_delays - 1) * share / 1000];
}

void
ledger_print(struct ledger *l, struct buf *out)
{
	if (l->n_delays > 0)
		qsort(l->delays_us, l->n_delays, sizeof(int64_t), compare);
	buf_printf(out,
	    "{\"requests\":%lld,\"records\":%u,\"repeated\":%lld,"
	    "\"older\":%lld,\"unnamed\":%lld,\"version_sum\":%lld,"
	    "\"first_us\":%lld,\"last_us\":%lld,\"delays\":%zu,"
	    "\"p50_us\":%lld,\"p99_us\":%lld}",
	    (long long)l->requests, HASH_COUNT(l->records),
	    (long long)l->repeated, (long long)l->older, (long long)l->unnamed,
	    (long long)l->version_sum, (long long)l->first_us,
	    (long long)l->last_us, l->n_delays, (long long)percentile(l, 500),
	    (long long)percentile(l, 990));
}

void
ledger_print_records(const struct ledger *l, struct buf *out)
{
	const struct record *r;

	for (r = l->records; r != NULL; r = r->hh.next)
		buf_printf(out, "%s %lld\n", r->name, (long long)r->version);
}
