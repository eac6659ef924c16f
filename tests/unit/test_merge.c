/* links: services/reconciler/merge.c services/reconciler/merge_outputs.c */
/* links: services/reconciler/notice.c */
/* links: services/reconciler/partnership.c services/reconciler/aliases.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "reconciler/aliases.h"
#include "reconciler/merge.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/codec.h"
#include "event/members.h"
#include "event/schema.h"

static const char members_yaml[] =
    "members:\n"
    "  - { id: volgograd, names: { en: V }, "
    "speaks_for: { cities: [wd:Q914] } }\n"
    "  - { id: srg, names: { en: S }, speaks_for: { countries: [RU] } }\n"
    "  - { id: cpaffc, names: { en: C }, speaks_for: { countries: [CN] } }\n"
    "  - { id: coventry, names: { en: C }, "
    "speaks_for: { cities: [wd:Q6226] } }\n"
    "  - { id: third, names: { en: T } }\n";

/* The log of the reconciler's outputs and the state under test. */
struct world {
	struct members *members;
	struct aliases *aliases;
	struct merge *merge;
	jv latest;  /* pair key -> Partnership */
	jv offsets; /* pair key -> offset of the latest, also of a tombstone */
	jv written; /* keys of all partnerships written, "-" in front of a
		     * tombstone's */
	jv notices; /* ids, in order */
	jv last_notice;
	int64_t next_offset, now_ms, next_claim;
};

static struct members *
load_members(const char *text)
{
	char path[] = "/tmp/twinwire-merge-XXXXXX";
	int fd = mkstemp(path);
	struct members *m;
	struct err err = {0};

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	m = members_load(path, NULL, &err);
	if (m == NULL)
		fail_msg("%s", err.msg);
	unlink(path);
	return m;
}

static void
world_open(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->members = load_members(members_yaml);
	w->aliases = aliases_new();
	w->merge = merge_new(w->members, w->aliases);
	w->latest = jv_object();
	w->offsets = jv_object();
	w->written = jv_array();
	w->notices = jv_array();
	w->last_notice = jv_null();
	w->now_ms = INT64_C(1667209000000); /* 31 October 2022 */
}

static void
world_close(struct world *w)
{
	merge_free(w->merge);
	members_free(w->members);
	aliases_free(w->aliases);
	jv_free(w->latest);
	jv_free(w->offsets);
	jv_free(w->written);
	jv_free(w->notices);
	jv_free(w->last_notice);
}

static void
take_notice(struct world *w, const struct merge_output *o)
{
	w->notices = jv_array_append(w->notices, jv_string(o->key));
	jv_free(w->last_notice);
	w->last_notice = jv_copy(o->value);
	assert_string_equal(json_str(o->value, "id", ""), o->key);
}

static void
take_partnership(struct world *w, const struct merge_output *o)
{
	char *mark = mem_printf(
	    "%s%s", jv_get_kind(o->value) == JV_KIND_NULL ? "-" : "", o->key);

	w->written = jv_array_append(w->written, jv_string(mark));
	free(mark);
	json_set_int(&w->offsets, o->key, w->next_offset);
	if (jv_get_kind(o->value) == JV_KIND_NULL)
		w->latest = jv_object_delete(w->latest, jv_string(o->key));
	else
		json_set(&w->latest, o->key, jv_copy(o->value));
}

/* Write what there is to write; returns the number of messages. */
static int
settle(struct world *w)
{
	struct merge_output o;
	int n = 0;

	for (; merge_next(w->merge, &o); n++) {
		if (o.type == RECORD_NOTICE)
			take_notice(w, &o);
		else
			take_partnership(w, &o);
		merge_done(w->merge, o.pair_key, w->next_offset++);
		merge_output_fini(&o);
	}
	assert_int_equal(merge_counts(w->merge).out, 0);
	assert_int_equal(merge_counts(w->merge).waiting, 0);
	return n;
}

/* A claim of MEMBER, from a to b ("wd:Q1 RU Name"), with STATUS. */
static jv
claim(const char *a, const char *b, const char *speaks_for, const char *status)
{
	static const char *const names[] = {"a", "b"};
	const char *const texts[] = {a, b};
	jv c = jv_object();

	json_set_str(&c, "speaksFor", speaks_for);
	json_set_str(&c, "status", status);
	json_set_str(&c, "statusSince", "");
	json_set(&c, "agreements", jv_array());
	for (int i = 0; i < 2; i++) {
		char id[64] = "", country[8] = "", name[64] = "";
		jv city = jv_object(), map = jv_object();

		assert_int_equal(
		    sscanf(texts[i], "%63s %7s %63s", id, country, name), 3);
		json_set_str(&city, "id", strcmp(id, "?") == 0 ? "" : id);
		json_set_str(&city, "country", country);
		json_set_str(&map,
		    (unsigned char)*name < 0x80	  ? "en"
		    : (unsigned char)*name < 0xE0 ? "ru"
						  : "zh-Hans",
		    name);
		json_set(&city, "names", map);
		json_set(&c, names[i], city);
	}
	return c;
}

static jv
signed_on(jv c, const char *date, const char *basis, const char *kind)
{
	jv agreement = jv_object();

	json_set_str(&agreement, "signedOn", date);
	json_set_str(&agreement, "dateBasis", basis);
	json_set_str(&agreement, "kind", kind);
	json_set(&c, "agreements",
	    jv_array_append(json_get(c, "agreements"), agreement));
	return c;
}

static void
say(struct world *w, const char *key, jv c)
{
	w->now_ms += 1000;
	merge_claim(w->merge, key, w->next_claim++, w->now_ms, c);
}

static const char *
status_of(struct world *w, const char *pair)
{
	jv p = json_get(w->latest, pair);
	const char *s = json_str(p, "status", "none");

	jv_free(p);
	return s;
}

static char *
last_notice(struct world *w)
{
	int n = jv_array_length(jv_copy(w->notices));
	jv id = n == 0 ? jv_string("none")
		       : jv_array_get(jv_copy(w->notices), n - 1);
	char *copy = mem_dup(jv_string_value(id));

	jv_free(id);
	return copy;
}

#define ASSERT_LAST_NOTICE(w, wanted)                \
	do {                                         \
		char *got_ = last_notice(w);         \
		assert_string_equal(got_, (wanted)); \
		free(got_);                          \
	} while (0)

#define PAIR "wd:Q914+wd:Q92277"
#define VOLGOGRAD "wd:Q914 RU Волгоград"
#define JILIN "wd:Q92277 CN 吉林市"

static void
two_halves_make_one_partnership(void **state)
{
	struct world w;
	jv p, a, b, names;

	(void)state;
	world_open(&w);
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "wd:Q914", "active"));
	settle(&w);
	assert_string_equal(status_of(&w, PAIR), "unconfirmed");
	ASSERT_LAST_NOTICE(&w, PAIR "|recorded|-");
	say(&w, "cpaffc|r.1",
	    claim("wd:Q92277 CN Jilin", "wd:Q914 RU 伏尔加格勒", "wd:Q92277",
		"active"));
	settle(&w);
	assert_string_equal(status_of(&w, PAIR), "active");
	ASSERT_LAST_NOTICE(&w, PAIR "|confirmed|1");
	p = json_get(w.latest, PAIR);
	a = json_get(p, "a");
	b = json_get(p, "b");
	assert_string_equal(json_str(a, "id", ""), "wd:Q914");
	names = json_get(a, "names");
	assert_string_equal(json_str(names, "ru", ""), "Волгоград");
	assert_string_equal(json_str(names, "zh-Hans", ""), "伏尔加格勒");
	jv_free(names);
	names = json_get(b, "names");
	assert_string_equal(json_str(names, "en", ""), "Jilin");
	assert_string_equal(json_str(names, "zh-Hans", ""), "吉林市");
	jv_free(names);
	jv_free(a);
	jv_free(b);
	jv_free(p);
	/* The same once more changes nothing. */
	say(&w, "cpaffc|r.1",
	    claim("wd:Q92277 CN Jilin", "wd:Q914 RU 伏尔加格勒", "wd:Q92277",
		"active"));
	assert_int_equal(settle(&w), 0);
	world_close(&w);
}

static void
coventry_suspends_volgograd(void **state)
{
	static const char pair[] = "wd:Q914+wd:Q6226";
	static const char cov[] = "wd:Q6226 GB Coventry";
	struct world w;
	jv p;

	(void)state;
	world_open(&w);
	say(&w, "volgograd|r.1", claim(VOLGOGRAD, cov, "wd:Q914", "active"));
	say(&w, "coventry|r.1", claim(cov, VOLGOGRAD, "wd:Q6226", "active"));
	settle(&w);
	assert_string_equal(status_of(&w, pair), "active");
	say(&w, "coventry|r.1", claim(cov, VOLGOGRAD, "wd:Q6226", "suspended"));
	settle(&w);
	assert_string_equal(status_of(&w, pair), "suspended");
	p = json_get(w.latest, pair);
	assert_true(json_bool(p, "unilateral", 0));
	jv_free(p);
	assert_string_equal(json_str(w.last_notice, "kind", ""), "suspended");
	assert_string_equal(json_str(w.last_notice, "by", ""), "coventry");
	say(&w, "coventry|r.1",
	    claim(cov, VOLGOGRAD, "wd:Q6226", "terminated"));
	settle(&w);
	assert_string_equal(status_of(&w, pair), "terminated");
	assert_string_equal(json_str(w.last_notice, "kind", ""), "terminated");
	say(&w, "coventry|r.1", claim(cov, VOLGOGRAD, "wd:Q6226", "active"));
	settle(&w);
	assert_string_equal(status_of(&w, pair), "active");
	assert_string_equal(json_str(w.last_notice, "kind", ""), "resumed");
	assert_int_equal(jv_array_length(jv_copy(w.notices)), 4);
	world_close(&w);
}

static void
statuses_follow_the_table(void **state)
{
	static const struct {
		const char *a, *b, *status;
		int is_unilateral;
	} rows[] = {
	    {"terminated", "active", "terminated", 1},
	    {"terminated", "terminated", "terminated", 0},
	    {"terminated", "suspended", "terminated", 1},
	    {"suspended", "", "suspended", 1},
	    {"suspended", "suspended", "suspended", 0},
	    {"active", "active", "active", 0},
	    {"active", "", "unconfirmed", 0},
	    {"active", "proposed", "proposed", 0},
	    {"active", "unknown", "unknown", 0},
	    {"proposed", "", "proposed", 0},
	    {"unknown", "", "unknown", 0},
	    {"", "", "reported", 0},
	};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(*rows); i++) {
		const char *a = rows[i / 2].a, *b = rows[i / 2].b;
		struct world w;
		jv p;

		world_open(&w);
		say(&w, "third|r.1", claim(VOLGOGRAD, JILIN, "", "terminated"));
		if (i % 2 == 1) { /* the other way round */
			a = rows[i / 2].b;
			b = rows[i / 2].a;
		}
		if (*a != '\0')
			say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", a));
		if (*b != '\0')
			say(&w, "cpaffc|r.1", claim(VOLGOGRAD, JILIN, "", b));
		settle(&w);
		assert_string_equal(status_of(&w, PAIR), rows[i / 2].status);
		p = json_get(w.latest, PAIR);
		assert_int_equal(
		    json_bool(p, "unilateral", -1), rows[i / 2].is_unilateral);
		jv_free(p);
		world_close(&w);
	}
}

static void
a_third_party_changes_nothing_but_a_report(void **state)
{
	struct world w;
	jv p, reports, report;
	int notices;

	(void)state;
	world_open(&w);
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "wd:Q914", "active"));
	say(&w, "cpaffc|r.1", claim(VOLGOGRAD, JILIN, "wd:Q92277", "active"));
	settle(&w);
	notices = jv_array_length(jv_copy(w.notices));
	/* Even if it says that it speaks for one of them. */
	say(&w, "third|r.1", claim(VOLGOGRAD, JILIN, "wd:Q914", "terminated"));
	settle(&w);
	assert_string_equal(status_of(&w, PAIR), "active");
	assert_int_equal(jv_array_length(jv_copy(w.notices)), notices);
	p = json_get(w.latest, PAIR);
	reports = json_get(p, "reports");
	assert_int_equal(jv_array_length(jv_copy(reports)), 1);
	report = jv_array_get(reports, 0);
	assert_string_equal(json_str(report, "registrar", ""), "third");
	assert_string_equal(json_str(report, "status", ""), "terminated");
	jv_free(report);
	jv_free(p);
	world_close(&w);
}

static void
precedence_then_offset_decides_for_one_side(void **state)
{
	struct world w;
	jv p, sides, side, conflicts, c;

	(void)state;
	world_open(&w);
	say(&w, "volgograd|r.1", claim(VOLGOGRAD, JILIN, "", "suspended"));
	say(&w, "volgograd|r.2", claim(VOLGOGRAD, JILIN, "", "active"));
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", "terminated"));
	settle(&w);
	p = json_get(w.latest, PAIR);
	sides = json_get(p, "sides");
	assert_int_equal(jv_array_length(jv_copy(sides)), 1);
	side = jv_array_get(sides, 0);
	assert_string_equal(json_str(side, "claim", ""), "volgograd|r.2");
	assert_string_equal(json_str(side, "status", ""), "active");
	conflicts = json_get(p, "conflicts");
	c = jv_array_get(conflicts, 0);
	assert_string_equal(jv_string_value(c), "status:wd:Q914");
	jv_free(c);
	jv_free(side);
	assert_int_equal(jv_array_length(json_get(p, "claims")), 3);
	assert_int_equal(jv_array_length(json_get(p, "reports")), 0);
	jv_free(p);
	world_close(&w);
}

static void
kind_and_date_come_from_who_speaks(void **state)
{
	struct world w;
	jv p, c;

	(void)state;
	world_open(&w);
	c = claim(VOLGOGRAD, JILIN, "", "active");
	c = signed_on(c, "1993-05", "approval", "friendship");
	c = signed_on(c, "1994", "signature", "twin");
	say(&w, "srg|r.1", c);
	c = claim(VOLGOGRAD, JILIN, "", "active");
	say(&w, "cpaffc|r.1",
	    signed_on(c, "1994-02-22", "signature", "cooperation"));
	c = claim(VOLGOGRAD, JILIN, "", "active");
	say(&w, "third|r.1", signed_on(c, "1900", "signature", "twin"));
	settle(&w);
	p = json_get(w.latest, PAIR);
	assert_string_equal(json_str(p, "kind", ""), "twin");
	assert_string_equal(json_str(p, "since", ""), "1994-02-22");
	assert_string_equal(json_str(p, "sinceBasis", ""), "signature");
	c = json_get(p, "conflicts");
	assert_int_equal(jv_array_length(jv_copy(c)), 1);
	c = jv_array_get(c, 0);
	assert_string_equal(jv_string_value(c), "kind");
	jv_free(c);
	jv_free(p);
	world_close(&w);
}

static void
what_was_just_signed_is_new(void **state)
{
	static const struct {
		const char *date, *basis, *kind;
	} rows[] = {
	    {"2022-10-01", "signature", PAIR "|new|-"},
	    {"2022-10", "signature", PAIR "|new|-"},
	    {"2022-08-03", "signature", PAIR "|new|-"},
	    {"2022-07-01", "signature", PAIR "|recorded|-"},
	    {"2022", "signature", PAIR "|recorded|-"},
	    {"2022-10-01", "approval", PAIR "|recorded|-"},
	    {"2022-12-24", "signature", PAIR "|recorded|-"},
	    {"", "", PAIR "|recorded|-"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct world w;

		world_open(&w);
		say(&w, "srg|r.1",
		    signed_on(claim(VOLGOGRAD, JILIN, "", "active"),
			rows[i].date, rows[i].basis, "twin"));
		settle(&w);
		ASSERT_LAST_NOTICE(&w, rows[i].kind);
		world_close(&w);
	}
}

static void
what_nobody_states_is_withdrawn(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", "active"));
	settle(&w);
	say(&w, "srg|r.1", jv_null());
	settle(&w);
	assert_string_equal(status_of(&w, PAIR), "none");
	ASSERT_LAST_NOTICE(&w, PAIR "|withdrawn|1");
	assert_string_equal(json_str(w.last_notice, "by", ""), "srg");
	/* And once more: its notice has a key of its own. */
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", "active"));
	settle(&w);
	ASSERT_LAST_NOTICE(&w, PAIR "|recorded|3");
	/* An older message changes nothing. */
	merge_claim(w.merge, "srg|r.1", 0, 1, jv_null());
	assert_int_equal(settle(&w), 0);
	world_close(&w);
}

static void
use_aliases(struct world *w, const char *text)
{
	struct err err = {0};
	struct aliases *a = aliases_parse("test", text, NULL, &err);

	if (a == NULL)
		fail_msg("%s", err.msg);
	merge_rules(w->merge, w->members, a);
	aliases_free(w->aliases);
	w->aliases = a;
}

static void
an_unresolved_city_waits_for_its_alias(void **state)
{
	struct world w;
	char *written;
	jv text;

	(void)state;
	world_open(&w);
	say(&w, "srg|r.1",
	    claim("x:srg/sverdlovsk RU Sverdlovsk", "wd:Q42956 CN Harbin", "",
		"active"));
	say(&w, "srg|r.2",
	    claim("? RU Nowhere", "wd:Q42956 CN Harbin", "", "active"));
	assert_int_equal(settle(&w), 0);
	assert_int_equal(merge_counts(w.merge).unresolved, 2);
	use_aliases(&w, "x:srg/sverdlovsk\twd:Q1\n");
	settle(&w);
	assert_string_equal(status_of(&w, "wd:Q1+wd:Q42956"), "unconfirmed");
	assert_int_equal(jv_array_length(jv_copy(w.notices)), 1);
	assert_int_equal(merge_counts(w.merge).unresolved, 1);
	/* Corrected: the new pair, then the tombstone, and no notice. */
	use_aliases(&w, "# corrected\nx:srg/sverdlovsk\twd:Q887\n");
	settle(&w);
	assert_int_equal(jv_array_length(jv_copy(w.notices)), 1);
	text = jv_array_slice(jv_copy(w.written), 1, 3);
	text = jv_dump_string(text, 0);
	written = mem_dup(jv_string_value(text));
	jv_free(text);
	assert_string_equal(
	    written, "[\"wd:Q887+wd:Q42956\",\"-wd:Q1+wd:Q42956\"]");
	free(written);
	/* Two names of one city make one pair. */
	say(&w, "cpaffc|r.7",
	    claim("wd:Q42956 CN Harbin", "wd:Q887 RU Yekaterinburg", "",
		"active"));
	settle(&w);
	assert_string_equal(status_of(&w, "wd:Q887+wd:Q42956"), "active");
	assert_int_equal(jv_object_length(jv_copy(w.latest)), 1);
	world_close(&w);
}

static void
a_claim_that_moves_to_other_cities_is_news(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", "active"));
	settle(&w);
	say(&w, "srg|r.1", claim("wd:Q649 RU Moscow", JILIN, "", "active"));
	settle(&w);
	assert_string_equal(status_of(&w, PAIR), "none");
	assert_string_equal(status_of(&w, "wd:Q649+wd:Q92277"), "unconfirmed");
	assert_int_equal(jv_array_length(jv_copy(w.notices)), 3);
	world_close(&w);
}

static void
city_and_province_are_two_pairs(void **state)
{
	struct world w;

	(void)state;
	world_open(&w);
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", "active"));
	say(&w, "srg|r.2",
	    claim("wd:Q3819 RU Oblast", "wd:Q45208 CN Province", "", "active"));
	say(&w, "srg|r.3", claim("wd:Q914 RU X", "wd:Q914 RU X", "", "active"));
	settle(&w);
	assert_int_equal(jv_object_length(jv_copy(w.latest)), 2);
	assert_int_equal(merge_counts(w.merge).unresolved, 1);
	world_close(&w);
}

/* A second reconciler that reads the first one's outputs. */
static void
restart(struct world *w)
{
	merge_free(w->merge);
	w->merge = merge_new(w->members, w->aliases);
	jv_object_foreach (w->offsets, key, offset) {
		jv p = json_get(w->latest, jv_string_value(key));

		if (!jv_is_valid(p))
			p = jv_null();
		merge_known(w->merge, jv_string_value(key), p,
		    (int64_t)jv_number_value(offset));
		jv_free(key);
		jv_free(offset);
	}
}

static void
after_a_restart_only_the_difference_is_written(void **state)
{
	struct world w;
	jv first = claim(VOLGOGRAD, JILIN, "", "active");

	(void)state;
	world_open(&w);
	merge_claim(w.merge, "srg|r.1", 0, 1000, jv_copy(first));
	merge_claim(w.merge, "srg|r.2", 1, 1000,
	    claim("wd:Q649 RU Moscow", JILIN, "", "active"));
	settle(&w);
	restart(&w);
	merge_claim(w.merge, "srg|r.1", 0, 1000, jv_copy(first));
	merge_claim(w.merge, "srg|r.2", 1, 1000,
	    claim("wd:Q649 RU Moscow", JILIN, "", "active"));
	assert_int_equal(settle(&w), 0);
	/* Withdrawn and confirmed while it was away. */
	restart(&w);
	merge_claim(w.merge, "srg|r.1", 2, 2000, jv_null());
	merge_claim(w.merge, "srg|r.2", 1, 1000,
	    claim("wd:Q649 RU Moscow", JILIN, "", "active"));
	merge_claim(w.merge, "cpaffc|r.2", 0, 2000,
	    claim("wd:Q649 RU Moscow", JILIN, "", "active"));
	assert_int_equal(settle(&w), 4);
	assert_string_equal(status_of(&w, PAIR), "none");
	assert_string_equal(status_of(&w, "wd:Q649+wd:Q92277"), "active");
	jv_free(first);
	world_close(&w);
}

static void
an_alias_corrected_while_away_makes_no_notice(void **state)
{
	struct world w;
	jv first = claim("x:srg/1 RU Y", JILIN, "", "active");
	int notices;

	(void)state;
	world_open(&w);
	use_aliases(&w, "x:srg/1\twd:Q1\n");
	merge_claim(w.merge, "srg|r.1", 0, 1000, jv_copy(first));
	settle(&w);
	notices = jv_array_length(jv_copy(w.notices));
	use_aliases(&w, "x:srg/1\twd:Q2\n");
	restart(&w);
	merge_claim(w.merge, "srg|r.1", 0, 1000, jv_copy(first));
	settle(&w);
	assert_int_equal(jv_array_length(jv_copy(w.notices)), notices);
	assert_string_equal(status_of(&w, "wd:Q2+wd:Q92277"), "unconfirmed");
	assert_string_equal(status_of(&w, "wd:Q1+wd:Q92277"), "none");
	jv_free(first);
	world_close(&w);
}

static void
a_crash_after_the_notice_repeats_the_same_notice(void **state)
{
	struct world w;
	struct merge_output o;
	char *first;

	(void)state;
	world_open(&w);
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", "active"));
	assert_true(merge_next(w.merge, &o));
	assert_int_equal(o.type, RECORD_NOTICE);
	/* Nothing else of this pair before that is written. */
	first = mem_dup(o.key);
	merge_output_fini(&o);
	assert_false(merge_next(w.merge, &o));
	assert_int_equal(merge_counts(w.merge).out, 1);
	merge_failed(w.merge, PAIR, 1);
	assert_true(merge_next(w.merge, &o));
	assert_string_equal(o.key, first);
	merge_done(w.merge, o.pair_key, 0);
	merge_output_fini(&o);
	assert_true(merge_next(w.merge, &o));
	assert_int_equal(o.type, RECORD_PARTNERSHIP);
	/* Changed meanwhile: judged once this is written. */
	say(&w, "srg|r.1", claim(VOLGOGRAD, JILIN, "", "suspended"));
	merge_done(w.merge, o.pair_key, 7);
	merge_output_fini(&o);
	assert_true(merge_next(w.merge, &o));
	assert_string_equal(o.key, PAIR "|suspended|7");
	merge_done(w.merge, o.pair_key, 8);
	merge_output_fini(&o);
	settle(&w);
	/* Reading its own output back changes nothing. */
	merge_known(w.merge, PAIR, json_get(w.latest, PAIR), 8);
	assert_int_equal(settle(&w), 0);
	free(first);
	world_close(&w);
}

struct message {
	char *key;
	int64_t offset, append_ms;
	jv claim;
};

static uint64_t
next_random(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

enum { CITIES = 40, MESSAGES = 600 };

static jv
random_claim(uint64_t *seed, int n)
{
	static const char *const statuses[] = {"active", "active", "proposed",
	    "suspended", "terminated", "unknown"};
	char a[64], b[64], since[16];
	jv c;

	snprintf(a, sizeof(a), "wd:Q%d %s N%d",
	    1 + (int)(next_random(seed) % CITIES), n % 3 == 0 ? "CN" : "RU", n);
	snprintf(b, sizeof(b), "wd:Q%d CN M%d",
	    1 + CITIES + (int)(next_random(seed) % CITIES), n);
	if (next_random(seed) % 2 == 0)
		c = claim(a, b, "", statuses[next_random(seed) % 6]);
	else
		c = claim(b, a, "", statuses[next_random(seed) % 6]);
	snprintf(
	    since, sizeof(since), "%d", 1950 + (int)(next_random(seed) % 70));
	return signed_on(c, since,
	    next_random(seed) % 2 ? "signature" : "approval",
	    next_random(seed) % 2 ? "twin" : "cooperation");
}

static char *
outcome(const struct message *messages, const int *order, uint64_t *seed,
    int is_eager)
{
	struct world w;
	char *text;
	jv dump;

	world_open(&w);
	for (int i = 0; i < MESSAGES; i++) {
		const struct message *m = &messages[order[i]];

		merge_claim(w.merge, m->key, m->offset, m->append_ms,
		    jv_copy(m->claim));
		if (is_eager && next_random(seed) % 5 == 0)
			settle(&w);
	}
	settle(&w);
	dump = jv_dump_string(jv_copy(w.latest), JV_PRINT_SORTED);
	text = mem_dup(jv_string_value(dump));
	jv_free(dump);
	world_close(&w);
	return text;
}

/* computedAt may be an older one where nothing else changed. */
static void
blank_times(char *text)
{
	char *at = text;

	while ((at = strstr(at, "\"computedAt\":")) != NULL)
		for (at += strlen("\"computedAt\":"); *at != '}' && *at != ',';
		     at++)
			*at = '0';
}

static void
any_order_gives_the_same_partnerships(void **state)
{
	static const char *const members[] = {
	    "volgograd", "srg", "cpaffc", "third"};
	uint64_t seed = (uint64_t)time(NULL) * 2654435761u | 1;
	struct message messages[MESSAGES];
	int order[MESSAGES];
	char *first, *second, *third;

	(void)state;
	if (getenv("SEED") != NULL)
		seed = strtoull(getenv("SEED"), NULL, 10);
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < MESSAGES; i++) {
		const char *member = members[next_random(&seed) % 4];

		messages[i].key = mem_printf(
		    "%s|r.%d", member, (int)(next_random(&seed) % 150));
		messages[i].offset = i;
		messages[i].append_ms = 1000 + i / 3;
		messages[i].claim = next_random(&seed) % 8 == 0
					? jv_null()
					: random_claim(&seed, i);
		order[i] = i;
	}
	first = outcome(messages, order, &seed, 0);
	for (int i = MESSAGES - 1; i > 0; i--) {
		int j = (int)(next_random(&seed) % (uint64_t)(i + 1));
		int swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
	second = outcome(messages, order, &seed, 0);
	assert_string_equal(first, second);
	third = outcome(messages, order, &seed, 1);
	blank_times(first);
	blank_times(third);
	assert_string_equal(first, third);
	for (int i = 0; i < MESSAGES; i++) {
		free(messages[i].key);
		jv_free(messages[i].claim);
	}
	free(first);
	free(second);
	free(third);
}

/* What T, who speaks for neither, writes about the pair, and how long it is. */
static void
nobody_writes_so_much_that_others_are_not_told(void **state)
{
	static const char *const texts[] = {
	    "url", "statusSince", "status", "speaksFor"};
	char *big = mem_new(300001, 1), key[64];
	struct buf bytes = {0};
	struct world w;
	struct err err = {0};
	jv p, list;

	(void)state;
	memset(big, 'x', 300000);
	world_open(&w);
	say(&w, "volgograd|site.1",
	    claim("wd:Q914 RU Volgograd", "wd:Q6226 GB Coventry", "wd:Q914",
		"active"));
	for (int i = 0; i < 20000; i++) {
		jv c = claim("wd:Q914 RU x", "wd:Q6226 GB x", "", "unknown");
		jv a = json_get(c, "a"), names = json_get(a, "names");

		snprintf(key, sizeof(key), "x%d", i);
		json_set_str(&names, key, i % 1000 == 0 ? big : "name");
		json_set(&a, "names", names);
		json_set_str(&a, "country", i % 1000 == 1 ? big : "RU");
		json_set(&a, "sameAs",
		    JV_ARRAY(jv_string(i % 1000 == 2 ? big : key)));
		json_set(&c, "a", a);
		if (i % 1000 < 4)
			json_set_str(&c, texts[i % 1000], big);
		snprintf(key, sizeof(key), "third|site.%d", i);
		say(&w, key, c);
	}
	for (int i = 0; i < 8; i++) { /* the newest are the longest */
		jv c = claim("wd:Q914 RU x", "wd:Q6226 GB x", "", "unknown");

		json_set_str(&c, texts[i % 4], big);
		snprintf(key, sizeof(key), "third|long.%d", i);
		say(&w, key, c);
	}
	settle(&w);
	say(&w, "volgograd|site.1",
	    claim("wd:Q914 RU Volgograd", "wd:Q6226 GB Coventry", "wd:Q914",
		"suspended"));
	settle(&w);
	assert_string_equal(status_of(&w, "wd:Q914+wd:Q6226"), "suspended");
	p = json_get(w.latest, "wd:Q914+wd:Q6226");
	assert_int_equal(
	    codec_encode(schema_builtin("Partnership"), p, &bytes, &err), 0);
	assert_true(bytes.size < 100000);
	list = json_get(p, "claims");
	assert_int_equal(jv_array_length(list), 9);
	jv_free(p);
	buf_free(&bytes);
	free(big);
	world_close(&w);
}

/* Who speaks for both cities has a word for each, however many newer ones there
 * are for the other one. */
static void
no_side_is_lost_to_the_other_sides_words(void **state)
{
	static const char *const orders[] = {"old first", "old last"};
	static const char *const rows[] = {"wd:Q914", "wd:Q649"};
	char key[64];

	(void)state;
	for (size_t order = 0; order < 2; order++) {
		struct world w;
		jv p, sides;

		print_message("%s\n", orders[order]);
		world_open(&w);
		for (int i = 0; i < 21; i++) {
			/* The oldest is the one word for Volgograd. */
			int n = order == 0 ? i : 20 - i;

			snprintf(key, sizeof(key), "srg|r.%d", n);
			merge_claim(w.merge, key, n, 1000 + n,
			    claim(VOLGOGRAD, "wd:Q649 RU Moscow", rows[n > 0],
				n > 0 ? "active" : "suspended"));
		}
		settle(&w);
		assert_string_equal(
		    status_of(&w, "wd:Q649+wd:Q914"), "suspended");
		p = json_get(w.latest, "wd:Q649+wd:Q914");
		sides = json_get(p, "sides");
		assert_int_equal(jv_array_length(sides), 2);
		assert_int_equal(jv_array_length(json_get(p, "claims")), 9);
		jv_free(p);
		world_close(&w);
	}
}

static void
alias_files_are_checked(void **state)
{
	static const char *const bad[] = {"wd:Q1 wd:Q2\n", "x:a/1\tQ2\n",
	    "\twd:Q2\n", "x:a/1\twd:Q1\nx:a/1\twd:Q2\n",
	    "wd:Q1\twd:Q2\nwd:Q2\twd:Q1\n", "wd:Q1\twd:Q1\n"};
	struct err err = {0};
	struct aliases *a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_null(aliases_parse("f.tsv", bad[i], NULL, &err));
	assert_non_null(strstr(err.msg, "f.tsv:1: "));
	a = aliases_parse(
	    "f", "# x\n\nx:a/1\twd:Q1\r\nwd:Q1\twd:Q2 \n", NULL, &err);
	assert_non_null(a);
	assert_string_equal(aliases_resolve(a, "x:a/1"), "wd:Q2");
	assert_string_equal(aliases_resolve(a, "wd:Q7"), "wd:Q7");
	aliases_free(a);
	a = aliases_load("deploy/aliases.tsv", NULL, &err);
	assert_non_null(a);
	aliases_free(a);
	assert_null(aliases_load("no/such/file", NULL, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(two_halves_make_one_partnership),
	    cmocka_unit_test(coventry_suspends_volgograd),
	    cmocka_unit_test(statuses_follow_the_table),
	    cmocka_unit_test(a_third_party_changes_nothing_but_a_report),
	    cmocka_unit_test(precedence_then_offset_decides_for_one_side),
	    cmocka_unit_test(kind_and_date_come_from_who_speaks),
	    cmocka_unit_test(what_was_just_signed_is_new),
	    cmocka_unit_test(what_nobody_states_is_withdrawn),
	    cmocka_unit_test(an_unresolved_city_waits_for_its_alias),
	    cmocka_unit_test(a_claim_that_moves_to_other_cities_is_news),
	    cmocka_unit_test(city_and_province_are_two_pairs),
	    cmocka_unit_test(after_a_restart_only_the_difference_is_written),
	    cmocka_unit_test(an_alias_corrected_while_away_makes_no_notice),
	    cmocka_unit_test(a_crash_after_the_notice_repeats_the_same_notice),
	    cmocka_unit_test(any_order_gives_the_same_partnerships),
	    cmocka_unit_test(nobody_writes_so_much_that_others_are_not_told),
	    cmocka_unit_test(no_side_is_lost_to_the_other_sides_words),
	    cmocka_unit_test(alias_files_are_checked),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
