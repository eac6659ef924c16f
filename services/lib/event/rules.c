/* What makes a record fit for the wire: see rules.h. */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/utf8.h"
#include "event/codes.h"
#include "event/dates.h"
#include "event/fields.h"
#include "event/forms.h"
#include "event/path.h"
#include "event/personal.h"
#include "event/rules.h"
#include "event/zone.h"

enum {
	SHORT_MAX_BYTES = 1000, /* names, titles, addresses */
	LONG_MAX_BYTES = 20000, /* summaries */
	QUOTE_MAX_BYTES = 60,
	PROBLEMS_MAX = 20,
	SECOND_MS = 1000
};

enum check {
	CHECK_CODE,    /* of ARG, a codes_list */
	CHECK_FORM,    /* of ARG, a form */
	CHECK_TEXTS,   /* map of languages to short free text */
	CHECK_SUMMARY, /* map of languages to long free text */
	CHECK_TEXT,    /* short free text */
	CHECK_LATITUDE,
	CHECK_LONGITUDE
};

struct rule {
	const char *path;
	enum check check;
	int arg;
	int is_needed;
	const char *label; /* as a clerk would call it */
};

#define CITY_RULES(at)                                               \
	{at ".id", CHECK_FORM, FORM_CITY, 0, "city"},                \
	    {at ".country", CHECK_FORM, FORM_COUNTRY, 0, "country"}, \
	    {at ".names", CHECK_TEXTS, 0, 0, "name of the city"},    \
	    {at ".lat", CHECK_LATITUDE, 0, 0, "latitude"},           \
	{                                                            \
		at ".lon", CHECK_LONGITUDE, 0, 0, "longitude"        \
	}

static const struct rule claim_rules[] = {
    CITY_RULES("a"),
    CITY_RULES("b"),
    {"speaksFor", CHECK_FORM, FORM_CITY, 0, "city you speak for"},
    {"status", CHECK_CODE, CODES_SIDE_STATUS, 1, "status"},
    {"statusSince", CHECK_FORM, FORM_DATE, 0, "date of the status"},
    {"agreements[].kind", CHECK_CODE, CODES_KIND, 1, "kind of partnership"},
    {"agreements[].kindLabel", CHECK_TEXT, 0, 0, "kind of partnership"},
    {"agreements[].signedOn", CHECK_FORM, FORM_DATE, 0, "date of signature"},
    {"agreements[].dateBasis", CHECK_CODE, CODES_DATE_BASIS, 0,
	"meaning of the date"},
    {"agreements[].term", CHECK_FORM, FORM_TERM, 0, "term"},
    {"agreements[].renewal", CHECK_CODE, CODES_RENEWAL, 0, "renewal"},
    {"agreements[].noticePeriod", CHECK_FORM, FORM_DURATION, 0,
	"period of notice"},
    {"agreements[].endedOn", CHECK_FORM, FORM_DATE, 0, "date of the end"},
    {"agreements[].agreementGroup", CHECK_TEXT, 0, 0, "group of agreements"},
    {"agreements[].languages[]", CHECK_FORM, FORM_LANGUAGE, 0,
	"language of the document"},
    {"agreements[].areas[]", CHECK_CODE, CODES_AREA, 0, "field of cooperation"},
    {"agreements[].documentUrl", CHECK_FORM, FORM_URL, 0,
	"address of the document"},
    {"agreements[].documentSha256", CHECK_FORM, FORM_SHA256, 0,
	"check sum of the document"},
    {"lastActivity", CHECK_FORM, FORM_DATE, 0, "date of the last activity"},
    {"lastVerified", CHECK_FORM, FORM_DATE, 0, "date of the last check"},
    {"url", CHECK_FORM, FORM_URL, 0, "address of the page"},
    {"dataLicence", CHECK_FORM, FORM_LICENCE, 0, "licence"},
};

static const struct rule event_rules[] = {
    {"status", CHECK_CODE, CODES_EVENT_STATUS, 1, "status"},
    {"kind", CHECK_CODE, CODES_EVENT_KIND, 0, "kind of event"},
    {"attendance", CHECK_CODE, CODES_ATTENDANCE, 0, "attendance"},
    {"title", CHECK_TEXTS, 0, 1, "title"},
    {"summary", CHECK_SUMMARY, 0, 0, "description"},
    {"start", CHECK_FORM, FORM_DAY_TIME, 1, "start"},
    {"end", CHECK_FORM, FORM_DAY_TIME, 0, "end"},
    {"previousStart", CHECK_FORM, FORM_DAY_TIME, 0, "earlier start"},
    CITY_RULES("places[].city"),
    {"places[].name", CHECK_TEXTS, 0, 0, "name of the place"},
    {"places[].address", CHECK_TEXT, 0, 0, "address"},
    {"places[].lat", CHECK_LATITUDE, 0, 0, "latitude"},
    {"places[].lon", CHECK_LONGITUDE, 0, 0, "longitude"},
    {"places[].url", CHECK_FORM, FORM_URL, 0, "address of the place's page"},
    {"organizers[].id", CHECK_FORM, FORM_ORG, 0, "organizer"},
    {"organizers[].role", CHECK_CODE, CODES_ROLE, 0, "role of the organizer"},
    {"organizers[].names", CHECK_TEXTS, 0, 0, "name of the organizer"},
    {"about[]", CHECK_FORM, FORM_ABOUT, 0, "subject"},
    {"languages[]", CHECK_FORM, FORM_LANGUAGE, 0, "language of the event"},
    {"superEvent", CHECK_FORM, FORM_UID, 0, "main event"},
    {"sameAs[]", CHECK_FORM, FORM_UID, 0, "same event of others"},
    {"url", CHECK_FORM, FORM_URL, 0, "address of the page"},
    {"registrationUrl", CHECK_FORM, FORM_URL, 0, "address for registration"},
    {"registrationUntil", CHECK_FORM, FORM_DAY_TIME, 0, "end of registration"},
    {"contactUrl", CHECK_FORM, FORM_CONTACT, 0, "contact"},
    {"dataLicence", CHECK_FORM, FORM_LICENCE, 0, "licence"},
};

static const struct rule organization_rules[] = {
    {"id", CHECK_FORM, FORM_ORG, 1, "number of the organization"},
    {"names", CHECK_TEXTS, 0, 1, "name"},
    {"kind", CHECK_CODE, CODES_ORGANIZATION_KIND, 0, "kind of organization"},
    {"country", CHECK_FORM, FORM_COUNTRY, 0, "country"},
    {"memberOf[]", CHECK_FORM, FORM_ORG, 0, "organization it belongs to"},
    {"speaksFor[]", CHECK_FORM, FORM_SPEAKS_FOR, 0, "city it speaks for"},
    {"website", CHECK_FORM, FORM_URL, 0, "website"},
    {"roleMailbox", CHECK_FORM, FORM_MAILBOX, 0, "mailbox"},
};

struct rule_set {
	const struct rule *rules;
	size_t n;
	const struct fields_tree *tree; /* their paths; NULL: none */
};

#define RULE_SET(list)                                     \
	{                                                  \
		list, sizeof(list) / sizeof(*(list)), NULL \
	}

/* Records written by programs, not by people, have none. */
static struct rule_set rule_sets[RECORD_TYPES] = {
    [RECORD_CLAIM] = RULE_SET(claim_rules),
    [RECORD_EVENT] = RULE_SET(event_rules),
    [RECORD_ORGANIZATION] = RULE_SET(organization_rules),
};
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
grow_trees(void)
{
	for (int t = 0; t < RECORD_TYPES; t++) {
		struct fields_tree *tree = fields_tree_new();

		for (size_t i = 0; i < rule_sets[t].n; i++)
			fields_tree_add(tree, rule_sets[t].rules[i].path, i);
		rule_sets[t].tree = tree;
	}
}

static const struct rule_set *
rules_of(enum record_type t)
{
	pthread_once(&once, grow_trees);
	return &rule_sets[t];
}

/* One pass over a record. */
struct pass {
	const struct rules_conf *conf;
	const struct rule *rules, *rule; /* all; the one being checked */
	jv problems;
	char place[PATH_MAX_BYTES];
};

static void problem(struct pass *p, const char *code, const char *where,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
problem(
    struct pass *p, const char *code, const char *where, const char *fmt, ...)
{
	struct buf text = {.max = 2000};
	char line[1500];
	va_list ap;
	jv one = jv_object();

	if (jv_array_length(jv_copy(p->problems)) >= PROBLEMS_MAX) {
		jv_free(one);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_puts(&text, line);
	json_set_str(&one, "code", code);
	json_set_str(&one, "field", where);
	json_set_str(&one, "text", text.data);
	p->problems = jv_array_append(p->problems, one);
	buf_free(&text);
}

/* WHERE as text, until the next call. */
static const char *
place(struct pass *p, const struct path *where)
{
	path_print(where, p->place, sizeof(p->place));
	return p->place;
}

static const char *const *
roles(const struct pass *p)
{
	return p->conf == NULL ? NULL : p->conf->role_mailboxes;
}

enum { QUOTE_SIZE = 160 };

/* TEXT for a sentence: short, and without the personal data it may hold. */
static const char *
quote(const struct pass *p, const char *text, char out[QUOTE_SIZE])
{
	struct buf b = {0};
	size_t size;
	uint32_t c;

	personal_strip(text, roles(p), &b);
	size = b.size;
	if (size > QUOTE_MAX_BYTES) {
		size = 0;
		while (size < QUOTE_MAX_BYTES)
			size += utf8_next(b.data + size, b.size - size, &c);
	}
	snprintf(out, QUOTE_SIZE, "%.*s%s", (int)size, b.data,
	    size < b.size ? "..." : "");
	buf_free(&b);
	return out;
}

static int
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if (((unsigned char)*s < ' ' && strchr("\t\r\n", *s) == NULL) ||
		    *s == '\x7f')
			return 1;
	return 0;
}

static void
check_text(struct pass *p, const struct path *where, const char *s, size_t max)
{
	size_t start = 0, end = 0;
	const char *label = p->rule->label;

	if (strlen(s) > max)
		problem(p, "too_long", place(p, where),
		    "The %s is too long: at most %zu letters.", label, max / 2);
	if (has_control(s))
		problem(p, "bad_text", place(p, where),
		    "The %s holds characters that cannot be shown.", label);
	if (p->conf != NULL && p->conf->personal_data == RULES_PERSONAL_STRIP)
		return;
	switch (personal_find(s, roles(p), &start, &end)) {
	case PERSONAL_PHONE:
		problem(p, "personal_data", place(p, where),
		    "The %s seems to hold a phone number. Please take it out: "
		    "personal contacts are not passed on. The contact field "
		    "may name a page or an office mailbox.",
		    label);
		break;
	case PERSONAL_MAILBOX:
		problem(p, "personal_data", place(p, where),
		    "The %s seems to hold a person's mailbox. Please take it "
		    "out: personal contacts are not passed on. The contact "
		    "field may name a page or an office mailbox.",
		    label);
		break;
	case PERSONAL_NOTHING:
		break;
	}
}

static void
check_texts(struct pass *p, const struct path *where, jv map)
{
	size_t max =
	    p->rule->check == CHECK_SUMMARY ? LONG_MAX_BYTES : SHORT_MAX_BYTES;
	int n = 0;
	char q[QUOTE_SIZE];

	if (jv_get_kind(map) == JV_KIND_OBJECT) {
		jv_object_foreach (map, key, value) {
			const char *language = jv_string_value(key);
			const struct path at =
			    path_name(where, language, strlen(language));

			if (!forms_fits(FORM_LANGUAGE, language))
				problem(p, "bad_language", place(p, &at),
				    "\"%s\" is no language code. Write one "
				    "like ru, en or zh-Hans.",
				    quote(p, language, q));
			if (jv_get_kind(value) == JV_KIND_STRING) {
				n += *jv_string_value(value) != '\0';
				check_text(p, &at, jv_string_value(value), max);
			}
			jv_free(key);
			jv_free(value);
		}
	}
	if (n == 0 && p->rule->is_needed)
		problem(p, "missing", place(p, where), "The %s is missing.",
		    p->rule->label);
}

static void
check_code(struct pass *p, const struct path *where, const char *s)
{
	struct buf known = {0};
	char q[QUOTE_SIZE];

	if (codes_rank((enum codes_list)p->rule->arg, s) >= 0)
		return;
	codes_print((enum codes_list)p->rule->arg, &known);
	problem(p, "bad_code", place(p, where),
	    "The %s \"%s\" is not on the list: %s.", p->rule->label,
	    quote(p, s, q), known.data);
	buf_free(&known);
}

static void
check_string(struct pass *p, const struct path *where, const char *s)
{
	const struct rule *r = p->rule;
	char q[QUOTE_SIZE];

	if (*s == '\0') {
		if (r->is_needed)
			problem(p, "missing", place(p, where),
			    "The %s is missing.", r->label);
	} else if (r->check == CHECK_CODE) {
		check_code(p, where, s);
	} else if (r->check == CHECK_TEXT) {
		check_text(p, where, s, SHORT_MAX_BYTES);
	} else if (!forms_fits((enum form)r->arg, s)) {
		problem(p, forms_code((enum form)r->arg), place(p, where),
		    "The %s \"%s\" %s", r->label, quote(p, s, q),
		    forms_hint((enum form)r->arg));
	}
}

static void
check_number(struct pass *p, const struct path *where, double value)
{
	double max = p->rule->check == CHECK_LATITUDE ? 90 : 180;

	if (!(fabs(value) <= max))
		problem(p, "bad_number", place(p, where),
		    "The %s lies outside -%.0f to %.0f.", p->rule->label, max,
		    max);
}

static void
check_one(void *ctx, size_t nth, const struct path *where, jv value)
{
	struct pass *p = ctx;

	p->rule = &p->rules[nth];
	switch (p->rule->check) {
	case CHECK_TEXTS:
	case CHECK_SUMMARY:
		check_texts(p, where, value);
		break;
	case CHECK_LATITUDE:
	case CHECK_LONGITUDE:
		if (jv_get_kind(value) == JV_KIND_NUMBER)
			check_number(p, where, jv_number_value(value));
		break;
	default:
		/* A wrong type is the codec's to name. */
		if (jv_get_kind(value) == JV_KIND_STRING)
			check_string(p, where, jv_string_value(value));
		else if (!jv_is_valid(value) && p->rule->is_needed)
			check_string(p, where, "");
	}
}

static int
has_names(jv city)
{
	jv names = json_get(city, "names");
	int n = jv_get_kind(names) == JV_KIND_OBJECT
		    ? jv_object_length(jv_copy(names))
		    : 0;

	jv_free(names);
	return n > 0;
}

static void
check_claim(struct pass *p, jv claim)
{
	jv a = json_get(claim, "a"), b = json_get(claim, "b");
	const char *id_a = json_str(a, "id", ""), *id_b = json_str(b, "id", "");
	const char *speaks_for = json_str(claim, "speaksFor", "");

	if (*id_a == '\0' && !has_names(a))
		problem(p, "missing", "a", "The first city is missing.");
	if (*id_b == '\0' && !has_names(b))
		problem(p, "missing", "b", "The second city is missing.");
	if (*id_a != '\0' && strcmp(id_a, id_b) == 0)
		problem(p, "same_city", "b",
		    "Both cities are the same one. Choose two.");
	if (*speaks_for != '\0' && strcmp(speaks_for, id_a) != 0 &&
	    strcmp(speaks_for, id_b) != 0)
		problem(p, "bad_speaks_for", "speaksFor",
		    "The city you speak for is neither of the two cities.");
	jv_free(a);
	jv_free(b);
}

static void
check_times(struct pass *p, jv event)
{
	const char *start = json_str(event, "start", "");
	const char *end = json_str(event, "end", "");
	const char *tz = json_str(event, "tz", "");
	int all_day = json_bool(event, "allDay", 0), start_time, end_time;
	int64_t from, to;
	char q[QUOTE_SIZE];

	if (*tz == '\0' && !all_day)
		problem(p, "missing", "tz",
		    "The time zone is missing. Write one like Europe/Moscow.");
	else if (*tz != '\0' && !zone_is_known(tz))
		problem(p, "bad_zone", "tz",
		    "The time zone \"%s\" is not known. Write one like "
		    "Europe/Moscow.",
		    quote(p, tz, q));
	if (dates_wall(start, &from, &start_time) != 0)
		return;
	if (start_time == all_day)
		problem(p, "bad_date", "start",
		    all_day
			? "The event lasts whole days, so its start is a date "
			  "without a time."
			: "The start needs a time, unless the event lasts "
			  "whole "
			  "days.");
	if (dates_wall(end, &to, &end_time) != 0)
		return;
	if (end_time != start_time)
		problem(p, "bad_date", "end",
		    "Start and end must both have a time, or both have none.");
	else if (all_day && to == from)
		problem(p, "end_before_start", "end",
		    "The end of an event that lasts whole days is the day "
		    "after its last day.");
	else if (to <= from)
		problem(p, "end_before_start", "end",
		    "The event ends before it starts. Leave the end empty if "
		    "it is not known.");
}

static void
check_event(struct pass *p, jv event, const char *key)
{
	jv same = json_get(event, "sameAs");

	check_times(p, event);
	if (jv_get_kind(same) == JV_KIND_ARRAY) {
		jv_array_foreach (same, i, uid) {
			if (jv_get_kind(uid) == JV_KIND_STRING &&
			    strcmp(jv_string_value(uid), key) == 0)
				problem(p, "same_event", "sameAs",
				    "The event names itself as the same event "
				    "of others.");
			jv_free(uid);
		}
	}
	jv_free(same);
	if (strcmp(json_str(event, "superEvent", ""), key) == 0)
		problem(p, "same_event", "superEvent",
		    "The event names itself as its main event.");
}

/* The part of a key that a field of the record repeats. */
enum part { PART_WHOLE, PART_AFTER_BAR, PART_DECODED };

/* Where a record says who wrote it (NULL: nowhere) and what its key is. */
static const struct {
	const char *writer, *id;
	enum part part;
} owners[RECORD_TYPES] = {
    [RECORD_CLAIM] = {"registrar", "localId", PART_AFTER_BAR},
    [RECORD_EVENT] = {"publisher", "uid", PART_WHOLE},
    [RECORD_ORGANIZATION] = {"registrar", "id", PART_DECODED},
    [RECORD_PARTNERSHIP] = {NULL, "pairKey", PART_WHOLE},
    [RECORD_NOTICE] = {NULL, "id", PART_WHOLE},
    [RECORD_RECEIPT] = {NULL, "recordKey", PART_AFTER_BAR},
    [RECORD_STATUS] = {NULL, "connection", PART_WHOLE},
    [RECORD_COMMAND] = {NULL, "id", PART_WHOLE},
};

const char *const rules_origin_members[] = {"registrar", "publisher", "localId",
    "uid", "id", "pairKey", "recordKey", "connection", NULL};

/* What connections write names one in front, by an id: commands that a person
 * is told to give are made of it. */
static int
connection_origin(
    enum record_type t, jv record, const char *key, struct err *err)
{
	char id[KEY_ID_MAX + 2];
	size_t size = t == RECORD_STATUS ? strlen(key) : strcspn(key, "|");

	snprintf(id, sizeof(id), "%.*s",
	    (int)(size < sizeof(id) ? size : sizeof(id)), key);
	if (!key_is_id(id))
		return err_set(
		    err, ERR_REJECT, 0, "\"%.100s\" names no connection", key);
	if (jv_get_kind(record) == JV_KIND_NULL ||
	    strcmp(json_str(record, "connection", ""), id) == 0)
		return 0;
	return err_set(err, ERR_REJECT, 0,
	    "\"%.80s\" stands under the key \"%.100s\"",
	    json_str(record, "connection", ""), key);
}

/* What record and key say of who wrote it: 0, or -1 with the fault. */
static int
origin(enum record_type t, jv record, const char *member, const char *key,
    struct err *err)
{
	struct key_parts parts = {.local_id = ""};
	const char *id, *writer, *part = key;

	if (t == RECORD_CLAIM || t == RECORD_EVENT ||
	    t == RECORD_ORGANIZATION) {
		if (key_parse(t, key, &parts) != 0)
			return err_set(err, ERR_REJECT, 0,
			    "\"%.100s\" is no key of a %s", key,
			    record_type_word(t));
		if (strcmp(parts.member, member) != 0)
			return err_set(err, ERR_REJECT, 0,
			    "key of %s, not of %s", parts.member, member);
	}
	if ((t == RECORD_STATUS || t == RECORD_RECEIPT) &&
	    connection_origin(t, record, key, err) != 0)
		return -1;
	if (jv_get_kind(record) == JV_KIND_NULL)
		return 0;
	if (owners[t].part == PART_DECODED) {
		part = parts.local_id;
	} else if (owners[t].part == PART_AFTER_BAR) {
		part = strchr(key, '|');
		part = part == NULL ? "" : part + 1;
	}
	if (owners[t].writer != NULL) {
		writer = json_str(record, owners[t].writer, "");
		if (strcmp(writer, member) != 0)
			return err_set(err, ERR_REJECT, 0,
			    "written by \"%.80s\", not by %s", writer, member);
	}
	id = json_str(record, owners[t].id, "");
	if (strcmp(id, part) != 0)
		return err_set(err, ERR_REJECT, 0,
		    "\"%.100s\" stands under the key \"%.100s\"", id, key);
	return 0;
}

jv
rules_check(enum record_type t, jv record, const char *member, const char *key,
    const struct rules_conf *c)
{
	const struct rule_set *set = rules_of(t);
	struct pass p = {
	    .conf = c, .rules = set->rules, .problems = jv_array()};
	struct err err = {0};

	fields_each(set->tree, record, check_one, &p);
	if (t == RECORD_CLAIM)
		check_claim(&p, record);
	if (t == RECORD_EVENT)
		check_event(&p, record, key);
	if (origin(t, record, member, key, &err) != 0)
		problem(&p, "origin_mismatch", "",
		    "The entry does not belong to this association: %s.",
		    err.msg);
	return p.problems;
}

int
rules_origin(enum record_type t, jv record, const char *key, const char *topic,
    struct err *err)
{
	struct topic_name name;
	struct err why = {0};

	if (topic_parse(topic, &name) != 0 || name.is_dead || name.type != t)
		return err_set(err, ERR_REJECT, 0,
		    "origin_mismatch: no %s belongs on %s", record_type_word(t),
		    topic);
	if (origin(t, record, name.member, key, &why) != 0)
		return err_set(
		    err, ERR_REJECT, 0, "origin_mismatch: %s", why.msg);
	return 0;
}

static jv
strip_text(void *ctx, jv value)
{
	const struct rules_conf *c = ctx;
	struct buf out = {0};
	jv stripped;

	if (jv_get_kind(value) != JV_KIND_STRING)
		return value;
	personal_strip(jv_string_value(value), c->role_mailboxes, &out);
	stripped = jv_string_sized(out.data, (int)out.size);
	buf_free(&out);
	jv_free(value);
	return stripped;
}

jv
rules_strip(enum record_type t, jv record, const struct rules_conf *c)
{
	const struct rule_set *set = rules_of(t);
	struct rules_conf copy;
	char path[80];

	if (c == NULL || c->personal_data != RULES_PERSONAL_STRIP)
		return record;
	copy = *c;
	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = &set->rules[i];

		if (r->check == CHECK_TEXTS || r->check == CHECK_SUMMARY)
			snprintf(path, sizeof(path), "%s{}", r->path);
		else if (r->check == CHECK_TEXT)
			snprintf(path, sizeof(path), "%s", r->path);
		else
			continue;
		record = fields_apply(record, path, strip_text, &copy);
	}
	return record;
}

int
rules_utc(const char *wall, const char *tz, int64_t *out_ms)
{
	int64_t wall_s, utc_s;

	if (dates_wall(wall, &wall_s, NULL) != 0 ||
	    zone_to_utc(tz, wall_s, &utc_s) != 0)
		return -1;
	*out_ms = utc_s * SECOND_MS;
	return 0;
}
