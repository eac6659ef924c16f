/* Claims about one pair, merged: see partnership.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reconciler/aliases.h"
#include "base/mem.h"
#include "event/codes.h"
#include "event/members.h"
#include "reconciler/partnership.h"

enum {
	SAME_AS_MAX = 64,
	DATE_SIZE = 16,
	/* What a member writes is as long as it likes; together it has to fit
	 * one message, or nothing is told of the pair any more. */
	OWN_MAX = 8, /* claims of one member about one pair, and one a side */
	NAMES_MAX = 64,
	NAME_MAX_BYTES = 1000,
	WORD_MAX_BYTES = 64,
	URL_MAX_BYTES = 2000
};

/* The strongest first. */
static const char *const kinds[] = {"twin", "friendship", "cooperation",
    "project", "intent", "contact", "other"};
enum { KIND_OTHER = 6 };

/* The sides of a pair, and who states neither. */
enum {
	SIDE_A = PARTNERSHIP_A,
	SIDE_B = PARTNERSHIP_B,
	REPORT = PARTNERSHIP_REPORT,
	SIDES = 2
};

struct merging {
	const struct partnership_claim *claims; /* by precedence */
	size_t n;
	int *is_swapped; /* of each claim: its b is our a */
	const char *ids[SIDES];
	const struct partnership_claim *speaker[SIDES]; /* NULL: nobody */
};

/* Member KEY of V, OTHERWISE if it is none or has more than MAX bytes. */
static const char *
short_str(jv v, const char *key, size_t max, const char *otherwise)
{
	const char *s = json_str(v, key, otherwise);

	return strlen(s) <= max ? s : otherwise;
}

/* The city of C on SIDE; the caller's. */
static jv
city_of(const struct merging *m, size_t i, int side)
{
	return json_get(m->claims[i].value,
	    (side == SIDE_A) != m->is_swapped[i] ? "a" : "b");
}

static int
speaks_for(
    const struct merging *m, size_t i, int side, const struct members *members)
{
	jv city = city_of(m, i, side);
	const char *country = json_str(city, "country", "");
	const char *member = m->claims[i].member;
	/* The operator may have named the city by an older id. */
	int is =
	    members_speaks_for(members, member, m->ids[side], country) ||
	    members_speaks_for(members, member, json_str(city, "id", ""), "");

	jv_free(city);
	return is;
}

static int
side_of(const struct merging *m, size_t i, const struct members *members,
    const struct aliases *aliases)
{
	const char *city = json_str(m->claims[i].value, "speaksFor", "");
	int is_a, is_b;

	if (*city != '\0') {
		city = aliases_resolve(aliases, city);
		for (int side = 0; side < SIDES; side++)
			if (strcmp(city, m->ids[side]) == 0 &&
			    speaks_for(m, i, side, members))
				return side;
		return REPORT;
	}
	is_a = speaks_for(m, i, SIDE_A, members);
	is_b = speaks_for(m, i, SIDE_B, members);
	if (is_a == is_b)
		return REPORT;
	return is_a ? SIDE_A : SIDE_B;
}

static const char *
status_of(const struct merging *m, int side)
{
	return m->speaker[side] == NULL
		   ? ""
		   : short_str(m->speaker[side]->value, "status",
			 WORD_MAX_BYTES, "unknown");
}

/* The table of domain.md section 4: first match wins. */
static const char *
pair_status(const char *a, const char *b, int *out_unilateral)
{
	static const char *const ends[] = {"terminated", "suspended"};

	*out_unilateral = 0;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		int is_a = strcmp(a, ends[i]) == 0;
		int is_b = strcmp(b, ends[i]) == 0;

		if (is_a || is_b) {
			*out_unilateral = is_a != is_b;
			return ends[i];
		}
	}
	if (strcmp(a, "active") == 0 && strcmp(b, "active") == 0)
		return "active";
	if ((strcmp(a, "active") == 0 && *b == '\0') ||
	    (strcmp(b, "active") == 0 && *a == '\0'))
		return "unconfirmed";
	if (*a == '\0' && *b == '\0')
		return "reported";
	if (strcmp(a, "proposed") == 0 || strcmp(b, "proposed") == 0)
		return "proposed";
	return "unknown";
}

/* What the agreements of one or several claims come to. */
struct terms {
	int kind;	       /* rank, -1 = none that has not ended */
	char since[DATE_SIZE]; /* "" = not known */
	char basis[DATE_SIZE];
};

/* Order of two EDTF dates, the more exact one first where one holds the
 * other: "1994-02" before "1994". */
static int
date_cmp(const char *a, const char *b)
{
	size_t n = strlen(a) < strlen(b) ? strlen(a) : strlen(b);
	int order = strncmp(a, b, n);

	if (order != 0)
		return order;
	return (strlen(a) < strlen(b)) - (strlen(a) > strlen(b));
}

/* Place in kinds[], -1 for a kind that is not known here. */
static int
rank_of(const char *kind)
{
	for (int i = 0; i <= KIND_OTHER; i++)
		if (strcmp(kind, kinds[i]) == 0)
			return i;
	return -1;
}

static void
add_agreement(struct terms *t, jv agreement)
{
	const char *signed_on = json_str(agreement, "signedOn", "");
	const char *basis = json_str(agreement, "dateBasis", "");
	int kind = rank_of(json_str(agreement, "kind", ""));
	int is_signature, was_signature = strcmp(t->basis, "signature") == 0;

	if (kind >= 0 && *json_str(agreement, "endedOn", "") == '\0' &&
	    (t->kind < 0 || kind < t->kind))
		t->kind = kind;
	if (*signed_on == '\0' || strlen(signed_on) >= DATE_SIZE)
		return;
	if (codes_rank(CODES_DATE_BASIS, basis) < 0)
		basis = "unknown";
	is_signature = strcmp(basis, "signature") == 0;
	if (*t->since != '\0') {
		int order = date_cmp(signed_on, t->since);

		if (was_signature && !is_signature)
			return;
		/* Equal dates: the first basis of the list, in any order. */
		if (was_signature == is_signature &&
		    (order > 0 ||
			(order == 0 &&
			    codes_rank(CODES_DATE_BASIS, basis) >=
				codes_rank(CODES_DATE_BASIS, t->basis))))
			return;
	}
	snprintf(t->since, sizeof(t->since), "%s", signed_on);
	snprintf(t->basis, sizeof(t->basis), "%s", basis);
}

static void
add_claim(struct terms *t, jv claim)
{
	jv agreements = json_get(claim, "agreements");

	if (jv_get_kind(agreements) == JV_KIND_ARRAY) {
		jv_array_foreach (agreements, i, agreement) {
			add_agreement(t, agreement);
			jv_free(agreement);
		}
	}
	jv_free(agreements);
}

/* Terms as the speakers state them; where nobody speaks, as reported. */
static struct terms
all_terms(const struct merging *m)
{
	struct terms t = {.kind = -1};

	for (int side = 0; side < SIDES; side++)
		if (m->speaker[side] != NULL)
			add_claim(&t, m->speaker[side]->value);
	if (m->speaker[SIDE_A] == NULL && m->speaker[SIDE_B] == NULL)
		for (size_t i = 0; i < m->n; i++)
			add_claim(&t, m->claims[i].value);
	return t;
}

static int
contradicts(jv claim, const char *status)
{
	const char *says = json_str(claim, "status", "unknown");

	return strcmp(says, "unknown") != 0 && strcmp(says, status) != 0;
}

static jv
conflicts(const struct merging *m)
{
	struct terms terms[SIDES] = {{.kind = -1}, {.kind = -1}};
	jv list = jv_array();
	char *text;
	size_t n;

	for (int side = 0; side < SIDES; side++)
		if (m->speaker[side] != NULL)
			add_claim(&terms[side], m->speaker[side]->value);
	n = strlen(terms[0].since) < strlen(terms[1].since)
		? strlen(terms[0].since)
		: strlen(terms[1].since);
	if (n > 0 && strcmp(terms[0].basis, terms[1].basis) == 0 &&
	    strncmp(terms[0].since, terms[1].since, n) != 0)
		list = jv_array_append(list, jv_string("since"));
	if (terms[0].kind >= 0 && terms[1].kind >= 0 &&
	    terms[0].kind != terms[1].kind)
		list = jv_array_append(list, jv_string("kind"));
	for (int side = 0; side < SIDES; side++) {
		int differs = 0;

		for (size_t i = 0; i < m->n; i++)
			if (m->claims[i].side == side)
				differs |= contradicts(
				    m->claims[i].value, status_of(m, side));
		if (!differs)
			continue;
		text = mem_printf("status:%s", m->ids[side]);
		list = jv_array_append(list, jv_string(text));
		free(text);
	}
	return list;
}

static jv
url_of(jv claim)
{
	const char *url = short_str(claim, "url", URL_MAX_BYTES, "");

	return *url == '\0' ? jv_null() : jv_string(url);
}

static jv
sides(const struct merging *m)
{
	jv list = jv_array();

	for (int side = 0; side < SIDES; side++) {
		const struct partnership_claim *c = m->speaker[side];
		jv one = jv_object();

		if (c == NULL) {
			jv_free(one);
			continue;
		}
		json_set_str(&one, "cityId", m->ids[side]);
		json_set_str(&one, "status", status_of(m, side));
		json_set_str(&one, "since",
		    short_str(c->value, "statusSince", DATE_SIZE, ""));
		json_set_str(&one, "claim", c->key);
		json_set_str(&one, "registrar", c->member);
		json_set(&one, "url", url_of(c->value));
		list = jv_array_append(list, one);
	}
	return list;
}

static jv
reports(const struct merging *m)
{
	jv list = jv_array();

	for (size_t i = 0; i < m->n; i++) {
		const struct partnership_claim *c = &m->claims[i];
		jv one = jv_object();

		if (c->side != REPORT) {
			jv_free(one);
			continue;
		}
		json_set_str(&one, "claim", c->key);
		json_set_str(&one, "registrar", c->member);
		json_set_str(&one, "status",
		    short_str(c->value, "status", WORD_MAX_BYTES, "unknown"));
		json_set_str(&one, "since",
		    short_str(c->value, "statusSince", DATE_SIZE, ""));
		json_set(&one, "url", url_of(c->value));
		list = jv_array_append(list, one);
	}
	return list;
}

/* MINE (consumed) with what of NAMES (consumed) it lacks. */
static jv
more_names(jv mine, jv names)
{
	struct json_member few[JSON_MEMBERS_FEW], *all = few;
	size_t n = 0;

	if (jv_get_kind(names) == JV_KIND_OBJECT)
		all = json_members(names, few, &n);
	for (size_t i = 0; i < n; i++) {
		int is_room = jv_object_length(jv_copy(mine)) < NAMES_MAX &&
			      all[i].size <= WORD_MAX_BYTES;
		const char *name =
		    short_str(names, all[i].name, NAME_MAX_BYTES, "");

		if (is_room && *name != '\0' &&
		    *json_str(mine, all[i].name, "") == '\0')
			json_set_str(&mine, all[i].name, name);
		jv_free(all[i].key);
		jv_free(all[i].value);
	}
	if (all != few)
		free(all);
	jv_free(names);
	return mine;
}

static void
add_id(jv *ids, const char *id)
{
	if (*id != '\0' && strlen(id) <= KEY_MAX_BYTES)
		json_set(ids, id, jv_true());
}

/* Take into CITY what it lacks and OTHER (consumed) has. */
static jv
complete(jv city, jv other, jv *same_as)
{
	jv more = json_get(other, "sameAs");
	jv lat = json_get(other, "lat"), lon = json_get(other, "lon");
	jv have = json_get(city, "lat");

	if (*json_str(city, "country", "") == '\0')
		json_set_str(&city, "country",
		    short_str(other, "country", WORD_MAX_BYTES, ""));
	json_set(&city, "names",
	    more_names(json_get(city, "names"), json_get(other, "names")));
	if (jv_get_kind(have) != JV_KIND_NUMBER &&
	    jv_get_kind(lat) == JV_KIND_NUMBER &&
	    jv_get_kind(lon) == JV_KIND_NUMBER) {
		json_set(&city, "lat", jv_copy(lat));
		json_set(&city, "lon", jv_copy(lon));
	}
	add_id(same_as, json_str(other, "id", ""));
	if (jv_get_kind(more) == JV_KIND_ARRAY) {
		jv_array_foreach (more, i, id) {
			if (jv_get_kind(id) == JV_KIND_STRING)
				add_id(same_as, jv_string_value(id));
			jv_free(id);
		}
	}
	jv_free(more);
	jv_free(have);
	jv_free(lat);
	jv_free(lon);
	jv_free(other);
	return city;
}

/* The city of SIDE: those who speak for it name it first. */
static jv
city(const struct merging *m, int side)
{
	jv merged = jv_object(), same_as = jv_object(), list;

	json_set_str(&merged, "id", m->ids[side]);
	json_set_str(&merged, "country", "");
	json_set(&merged, "names", jv_object());
	json_set(&merged, "lat", jv_null());
	json_set(&merged, "lon", jv_null());
	for (int round = 0; round < 2; round++)
		for (size_t i = 0; i < m->n; i++)
			if ((m->claims[i].side == side) == (round == 0))
				merged = complete(
				    merged, city_of(m, i, side), &same_as);
	same_as = jv_object_delete(same_as, jv_string(m->ids[side]));
	list = jv_keys(same_as);
	if (jv_array_length(jv_copy(list)) > SAME_AS_MAX)
		list = jv_array_slice(list, 0, SAME_AS_MAX);
	json_set(&merged, "sameAs", list);
	return merged;
}

static int
by_precedence(const void *a, const void *b)
{
	const struct partnership_claim *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->offset != y->offset)
		return x->offset > y->offset ? -1 : 1;
	return strcmp(x->key, y->key);
}

size_t
partnership_newest(
    struct partnership_claim *claims, size_t n, const struct members *members)
{
	size_t kept = 0, own = 0;
	int has[SIDES + 1] = {0};

	for (size_t i = 0; i < n; i++)
		claims[i].rank = members_rank(members, claims[i].member);
	qsort(claims, n, sizeof(*claims), by_precedence);
	for (size_t i = 0; i < n; i++) {
		int is_same = i > 0 && claims[i].rank == claims[i - 1].rank;
		int is_first;

		if (!is_same) {
			own = 0;
			memset(has, 0, sizeof(has));
		}
		is_first = claims[i].side != REPORT && !has[claims[i].side];
		has[claims[i].side] = 1;
		if (own++ < OWN_MAX || is_first)
			claims[kept++] = claims[i];
	}
	return kept;
}

/* 1 if CLAIM's b is FIRST, the a of its pair. */
static int
is_swapped(jv claim, const char *first, const struct aliases *aliases)
{
	jv a = json_get(claim, "a");
	int is =
	    strcmp(aliases_resolve(aliases, json_str(a, "id", "")), first) != 0;

	jv_free(a);
	return is;
}

int
partnership_side(const char *pair_key, jv claim, const char *member,
    const struct members *members, const struct aliases *aliases)
{
	const char *plus = strchr(pair_key, '+');
	char *a = mem_dup_n(pair_key, (size_t)(plus - pair_key));
	int swapped = is_swapped(claim, a, aliases), side;
	const struct partnership_claim one = {.member = member, .value = claim};
	const struct merging m = {.claims = &one,
	    .n = 1,
	    .is_swapped = &swapped,
	    .ids = {a, plus + 1}};

	side = side_of(&m, 0, members, aliases);
	free(a);
	return side;
}

static void
take_sides(struct merging *m, const struct aliases *aliases)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct partnership_claim *c = &m->claims[i];

		m->is_swapped[i] =
		    is_swapped(c->value, m->ids[SIDE_A], aliases);
		if (c->side != REPORT && m->speaker[c->side] == NULL)
			m->speaker[c->side] = c;
	}
}

/* Keys of all claims, in the order of their bytes. */
static jv
keys_of(const struct merging *m)
{
	jv set = jv_object();

	for (size_t i = 0; i < m->n; i++)
		json_set(&set, m->claims[i].key, jv_true());
	return jv_keys(set);
}

static jv
assemble(const struct merging *m, const char *pair_key)
{
	struct terms terms = all_terms(m);
	int64_t computed_at = 0;
	int is_unilateral;
	const char *status = pair_status(
	    status_of(m, SIDE_A), status_of(m, SIDE_B), &is_unilateral);
	jv p = jv_object();

	for (size_t i = 0; i < m->n; i++)
		if (m->claims[i].append_ms > computed_at)
			computed_at = m->claims[i].append_ms;
	json_set_str(&p, "pairKey", pair_key);
	json_set(&p, "a", city(m, SIDE_A));
	json_set(&p, "b", city(m, SIDE_B));
	json_set_str(&p, "status", status);
	json_set(&p, "unilateral", jv_bool(is_unilateral));
	json_set_str(
	    &p, "kind", kinds[terms.kind < 0 ? KIND_OTHER : terms.kind]);
	json_set_str(&p, "since", terms.since);
	json_set_str(
	    &p, "sinceBasis", *terms.since == '\0' ? "unknown" : terms.basis);
	json_set(&p, "sides", sides(m));
	json_set(&p, "claims", keys_of(m));
	json_set(&p, "reports", reports(m));
	json_set(&p, "conflicts", conflicts(m));
	json_set_int(&p, "computedAt", computed_at);
	return p;
}

jv
partnership_merge(const char *pair_key, const struct partnership_claim *claims,
    size_t n, const struct aliases *aliases)
{
	const char *plus = strchr(pair_key, '+');
	char *a = mem_dup_n(pair_key, (size_t)(plus - pair_key));
	struct merging m = {.claims = claims, .n = n, .ids = {a, plus + 1}};
	jv merged;

	m.is_swapped = mem_new(n, sizeof(*m.is_swapped));
	take_sides(&m, aliases);
	merged = assemble(&m, pair_key);
	free(m.is_swapped);
	free(a);
	return merged;
}
