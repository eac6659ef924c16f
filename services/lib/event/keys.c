/* Names and keys of the wire: see keys.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/percent.h"
#include "base/utf8.h"
#include "event/keys.h"

static const struct {
	const char *word, *topic_word, *schema;
	int is_state, has_member;
} types[RECORD_TYPES] = {
    [RECORD_CLAIM] = {"claim", "claims", "PartnershipClaim", 1, 1},
    [RECORD_EVENT] = {"event", "events", "Event", 1, 1},
    [RECORD_ORGANIZATION] = {"organization", "organizations", "Organization", 1,
	1},
    [RECORD_PARTNERSHIP] = {"partnership", "partnerships", "Partnership", 1, 0},
    [RECORD_NOTICE] = {"notice", "notices", "Notice", 0, 0},
    [RECORD_RECEIPT] = {"receipt", "receipts", "Receipt", 1, 1},
    [RECORD_STATUS] = {"status", "status", "Status", 1, 1},
    [RECORD_COMMAND] = {"command", "control", "Command", 0, 1},
};

const char *
record_type_word(enum record_type t)
{
	return types[t].word;
}

const char *
record_type_topic_word(enum record_type t)
{
	return types[t].topic_word;
}

int
record_type_parse(const char *word, enum record_type *out)
{
	for (int t = 0; t < RECORD_TYPES; t++) {
		if (strcmp(word, types[t].word) == 0 ||
		    strcmp(word, types[t].topic_word) == 0) {
			*out = (enum record_type)t;
			return 0;
		}
	}
	return -1;
}

const char *
record_type_schema(enum record_type t)
{
	return types[t].schema;
}

int
record_type_is_state(enum record_type t)
{
	return types[t].is_state;
}

static int
is_id_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

static int
is_id_n(const char *id, size_t size)
{
	if (size == 0 || size > KEY_ID_MAX || id[0] == '-')
		return 0;
	for (size_t i = 0; i < size; i++)
		if (!is_id_char(id[i]))
			return 0;
	return 1;
}

int
key_is_id(const char *id)
{
	return is_id_n(id, strlen(id));
}

static int
take_id(const char *from, size_t size, char out[KEY_ID_MAX + 1])
{
	if (!is_id_n(from, size))
		return -1;
	memcpy(out, from, size);
	out[size] = '\0';
	return 0;
}

int
topic_parse(const char *topic, struct topic_name *out)
{
	struct topic_name found = {0};
	const char *word, *dot;
	size_t size;

	if (strncmp(topic, "tw.", 3) != 0)
		return -1;
	word = topic + 3;
	dot = strchr(word, '.');
	size = dot == NULL ? strlen(word) : (size_t)(dot - word);
	if (dot != NULL && take_id(dot + 1, strlen(dot + 1), found.member) != 0)
		return -1;
	if (dot != NULL && size == 4 && memcmp(word, "dead", 4) == 0) {
		found.is_dead = 1;
		*out = found;
		return 0;
	}
	for (int t = 0; t < RECORD_TYPES; t++) {
		if (types[t].has_member == (dot != NULL) &&
		    strlen(types[t].topic_word) == size &&
		    memcmp(word, types[t].topic_word, size) == 0) {
			found.type = (enum record_type)t;
			*out = found;
			return 0;
		}
	}
	return -1;
}

char *
topic_new(enum record_type t, const char *member)
{
	if (!types[t].has_member)
		return mem_printf("tw.%s", types[t].topic_word);
	return mem_printf("tw.%s.%s", types[t].topic_word, member);
}

int
topic_matches(const char *pattern, const char *topic)
{
	const char *star = NULL, *resume = NULL;

	/* Greedy with one point of return: no recursion, no blow-up. */
	while (*topic != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			resume = ++topic;
		} else if (*pattern == *topic) {
			pattern++;
			topic++;
		} else if (star != NULL) {
			pattern = star + 1;
			topic = ++resume;
		} else {
			return 0;
		}
	}
	return *pattern == '\0';
}

/* Of a local id, beside what percent_keeps() anyway. */
static const char kept[] = ":";

/* Capitals alone: see take_decoded(). */
static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Strict: what percent_encode() would not have written is refused, so that one
 * record has one key. */
static int
take_decoded(const char *s, size_t size, char out[KEY_MAX_BYTES + 1])
{
	size_t n = 0;

	if (size == 0 || size > KEY_MAX_BYTES)
		return -1;
	for (size_t i = 0; i < size; i++) {
		int high, low, c;

		if (percent_keeps(s[i], kept)) {
			out[n++] = s[i];
			continue;
		}
		if (s[i] != '%' || size - i < 3)
			return -1;
		high = hex(s[i + 1]);
		low = hex(s[i + 2]);
		if (high < 0 || low < 0)
			return -1;
		c = high * 16 + low;
		if (c == 0 || percent_keeps((char)c, kept))
			return -1;
		out[n++] = (char)c;
		i += 2;
	}
	out[n] = '\0';
	return utf8_is_text(out, n) ? 0 : -1;
}

char *
key_new(enum record_type t, const char *member, const char *ns,
    const char *local_id, struct err *err)
{
	struct buf b = {0};

	if (t != RECORD_CLAIM && t != RECORD_EVENT &&
	    t != RECORD_ORGANIZATION) {
		err_set(err, ERR_REJECT, 0, "a %s has no key of a member",
		    types[t].word);
		return NULL;
	}
	if (!key_is_id(member) ||
	    (t != RECORD_ORGANIZATION && !key_is_id(ns))) {
		err_set(err, ERR_REJECT, 0, "no id: %.80s",
		    key_is_id(member) ? ns : member);
		return NULL;
	}
	if (*local_id == '\0' || !utf8_is_text(local_id, strlen(local_id))) {
		err_set(err, ERR_REJECT, 0,
		    *local_id == '\0' ? "empty local id"
				      : "local id is not UTF-8");
		return NULL;
	}
	if (t != RECORD_EVENT)
		buf_printf(&b, "%s|", member);
	if (t != RECORD_ORGANIZATION)
		buf_printf(&b, "%s.", ns);
	percent_encode(local_id, kept, &b);
	if (t == RECORD_EVENT)
		buf_printf(&b, "@%s", member);
	if (b.size > KEY_MAX_BYTES) {
		buf_free(&b);
		err_set(err, ERR_REJECT, 0,
		    "local id too long: over %d bytes "
		    "as a key",
		    KEY_MAX_BYTES);
		return NULL;
	}
	return buf_take(&b);
}

int
key_parse(enum record_type t, const char *key, struct key_parts *out)
{
	struct key_parts found = {0};
	const char *local, *end, *dot;

	if (strlen(key) > KEY_MAX_BYTES)
		return -1;
	if (t == RECORD_EVENT) {
		local = key;
		end = strrchr(key, '@');
		if (end == NULL ||
		    take_id(end + 1, strlen(end + 1), found.member) != 0)
			return -1;
	} else if (t == RECORD_CLAIM || t == RECORD_ORGANIZATION) {
		const char *bar = strchr(key, '|');

		if (bar == NULL ||
		    take_id(key, (size_t)(bar - key), found.member) != 0)
			return -1;
		local = bar + 1;
		end = local + strlen(local);
	} else {
		return -1;
	}
	if (t != RECORD_ORGANIZATION) {
		dot = memchr(local, '.', (size_t)(end - local));
		if (dot == NULL ||
		    take_id(local, (size_t)(dot - local), found.ns) != 0)
			return -1;
		local = dot + 1;
	}
	if (take_decoded(local, (size_t)(end - local), found.local_id) != 0)
		return -1;
	*out = found;
	return 0;
}

int
key_is_city(const char *id)
{
	size_t digits;

	if (strncmp(id, "wd:Q", 4) == 0)
		id += 4;
	else if (strncmp(id, "gn:", 3) == 0)
		id += 3;
	else
		return 0;
	digits = strspn(id, "0123456789");
	return digits > 0 && digits <= 12 && id[digits] == '\0' && id[0] != '0';
}

int
key_city_cmp(const char *a, const char *b)
{
	size_t scheme_a = strcspn(a, ":"), scheme_b = strcspn(b, ":");
	size_t rest_a = strlen(a) - scheme_a, rest_b = strlen(b) - scheme_b;
	int order;

	order = memcmp(a, b, scheme_a < scheme_b ? scheme_a : scheme_b);
	if (order != 0)
		return order;
	if (scheme_a != scheme_b)
		return scheme_a < scheme_b ? -1 : 1;
	if (rest_a != rest_b)
		return rest_a < rest_b ? -1 : 1;
	return memcmp(a + scheme_a, b + scheme_b, rest_a);
}

char *
key_pair(const char *a, const char *b, struct err *err)
{
	int order;

	if (!key_is_city(a) || !key_is_city(b)) {
		err_set(err, ERR_REJECT, 0, "city not resolved: \"%.80s\"",
		    key_is_city(a) ? b : a);
		return NULL;
	}
	order = key_city_cmp(a, b);
	if (order == 0) {
		err_set(err, ERR_REJECT, 0, "a city and itself: %s", a);
		return NULL;
	}
	return order < 0 ? mem_printf("%s+%s", a, b)
			 : mem_printf("%s+%s", b, a);
}
