/* Newest versions: see survey.h.  A table with open addressing by 64 bits of
 * the key's hash: two keys that share them, one in 10^7 of a full table, cost
 * the older record a version until its next one. */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "connector/survey.h"

enum { FIRST_ROOM = 64 };

struct entry {
	uint64_t hash; /* 0: free */
	int64_t offset;
};

struct survey {
	struct entry *entries;
	size_t n, room; /* room: a power of two, at least twice n */
};

struct survey *
survey_new(void)
{
	struct survey *s = mem_new(1, sizeof(*s));

	s->room = FIRST_ROOM;
	s->entries = mem_new(s->room, sizeof(*s->entries));
	return s;
}

void
survey_free(struct survey *s)
{
	if (s == NULL)
		return;
	free(s->entries);
	free(s);
}

static uint64_t
hash_of(const char *key)
{
	unsigned char hash[JSON_HASH_SIZE];
	uint64_t out;

	json_hash_bytes(key, strlen(key), hash);
	memcpy(&out, hash, sizeof(out));
	return out == 0 ? 1 : out;
}

/* The entry of HASH, or the free one where it belongs. */
static struct entry *
find(const struct survey *s, uint64_t hash)
{
	size_t i = (size_t)hash & (s->room - 1);

	while (s->entries[i].hash != 0 && s->entries[i].hash != hash)
		i = (i + 1) & (s->room - 1);
	return &s->entries[i];
}

static void
grow(struct survey *s)
{
	struct entry *old = s->entries;
	size_t n = s->room;

	s->room *= 2;
	s->entries = mem_new(s->room, sizeof(*s->entries));
	for (size_t i = 0; i < n; i++)
		if (old[i].hash != 0)
			*find(s, old[i].hash) = old[i];
	free(old);
}

void
survey_note(struct survey *s, const char *key, int64_t offset)
{
	uint64_t hash = hash_of(key);
	struct entry *e = find(s, hash);

	if (e->hash == 0) {
		if (s->n == SURVEY_KEYS_MAX)
			return;
		if (2 * (s->n + 1) > s->room) {
			grow(s);
			e = find(s, hash);
		}
		s->n++;
	}
	*e = (struct entry){hash, offset};
}

int64_t
survey_newest(const struct survey *s, const char *key)
{
	const struct entry *e = find(s, hash_of(key));

	return e->hash == 0 ? -1 : e->offset;
}

int
survey_is_full(const struct survey *s)
{
	return s->n >= SURVEY_KEYS_MAX;
}
