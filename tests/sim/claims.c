/* Real records behind the simulation's numbers: see claims.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "event/members.h"

#include "claims.h"
#include "wire.h"

enum { KNOWN_MAX = POLL_TAKEN + 1 };

static const char members_yaml[] =
    "members:\n"
    "  - { id: m0, names: { en: A }, speaks_for: { countries: [RU] } }\n"
    "  - { id: m1, names: { en: B }, speaks_for: { countries: [CN] } }\n"
    "  - { id: m2, names: { en: C } }\n";

static const struct {
	const char *a, *b, *key;
} pairs[WIRE_PAIRS] = {
    {"wd:Q1", "wd:Q2", "wd:Q1+wd:Q2"},
    {"wd:Q1", "wd:Q4", "wd:Q1+wd:Q4"},
    {"wd:Q3", "wd:Q4", "wd:Q3+wd:Q4"},
};

const struct members *
claims_members(void)
{
	static struct members *made;
	char path[] = "/tmp/twinwire-sim-XXXXXX";
	struct err err = {0};
	int fd;

	if (made != NULL)
		return made;
	fd = mkstemp(path);
	if (fd < 0 || write(fd, members_yaml, strlen(members_yaml)) !=
			  (ssize_t)strlen(members_yaml))
		abort();
	close(fd);
	made = members_load(path, NULL, &err);
	unlink(path);
	if (made == NULL) {
		fprintf(stderr, "%s\n", err.msg);
		abort();
	}
	return made;
}

static jv
city(const char *id)
{
	jv c = jv_object(), names = jv_object();
	int is_odd = (id[4] - '0') % 2;

	json_set_str(&names, "en", id + 3);
	json_set_str(&c, "id", id);
	json_set_str(&c, "country", is_odd ? "RU" : "CN");
	json_set(&c, "names", names);
	return c;
}

jv
claims_value(int member, int content)
{
	static const char *const statuses[CLAIMS_STATUSES] = {
	    "active", "suspended", "terminated"};
	int pair = (content - 1) / CLAIMS_STATUSES;
	jv c = jv_object();
	char text[32];

	snprintf(text, sizeof(text), "m%d", member);
	json_set_str(&c, "registrar", text);
	json_set_str(&c, "localId", "site.1");
	json_set(&c, "a", city(pairs[pair].a));
	json_set(&c, "b", city(pairs[pair].b));
	json_set_str(&c, "speaksFor",
	    member == 0	  ? pairs[pair].a
	    : member == 1 ? pairs[pair].b
			  : "");
	json_set_str(&c, "status", statuses[(content - 1) % CLAIMS_STATUSES]);
	json_set_str(&c, "statusSince", "");
	json_set(&c, "agreements", jv_array());
	return c;
}

const char *
claims_key(int member, int local)
{
	static char key[32];

	snprintf(key, sizeof(key), "m%d|site.%d", member, local);
	return key;
}

int
claims_pair(const char *pair_key)
{
	int pair = 0;

	while (strcmp(pairs[pair].key, pair_key) != 0)
		if (++pair == WIRE_PAIRS)
			abort();
	return pair;
}

const char *
claims_pair_key(int pair)
{
	return pairs[pair].key;
}

int
claims_content(jv partnership)
{
	jv said =
	    jv_object_delete(jv_copy(partnership), jv_string("computedAt"));
	unsigned char hash[JSON_HASH_SIZE];

	json_hash(said, hash);
	jv_free(said);
	return 1 + (hash[0] << 16 | hash[1] << 8 | hash[2]);
}

static enum poll_want
decide(int content, int has_marker, enum poll_known known, int row)
{
	struct poll_conf conf = {.type = RECORD_CLAIM,
	    .connection = "site",
	    .member = "m0",
	    .ns = "site",
	    .from_ms = INT64_MIN};
	struct poll_row r = {.known = known};
	struct poll_decision d;
	enum poll_want want;
	jv item = jv_object(), value;

	json_set_str(&item, "local_id", "1");
	json_set(&item, "record",
	    content > 0 ? claims_value(0, content) : jv_null());
	if (has_marker)
		json_set_str(&item, "marker", "site/m1|site.1");
	if (row > 0) {
		value = claims_value(0, row);
		poll_hash(RECORD_CLAIM, value, r.hash);
		jv_free(value);
	}
	poll_decide(&conf, item, "m0|site.1", &r, 1, &d);
	if (d.want == POLL_REFUSE && content > 0) {
		fprintf(stderr, "sim: a claim is refused: %s\n", d.text);
		abort();
	}
	want = d.want;
	poll_decision_fini(&d);
	jv_free(item);
	return want;
}

enum poll_want
claims_want(int content, int has_marker, enum poll_known known, int row)
{
	/* The answer depends on nothing else, and jv takes its time. */
	static signed char kept[CLAIMS_CONTENTS + 1][2][KNOWN_MAX]
			       [CLAIMS_CONTENTS + 1];
	signed char *at = &kept[content][has_marker][known][row];

	if (*at == 0)
		*at =
		    (signed char)(1 + decide(content, has_marker, known, row));
	return (enum poll_want)(*at - 1);
}
