/* What happened to a partnership: see notice.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event/dates.h"
#include "reconciler/notice.h"

static const int64_t DAY_MS = 86400000;

/* One sentence a kind, with the two cities behind it. */
static const struct {
	const char *kind;
	const char *en, *ru, *zh;	      /* in general */
	const char *one_en, *one_ru, *one_zh; /* by one side alone */
} sentences[] = {
    {"new", "New partnership", "Новое партнёрство", "新的伙伴关系", NULL, NULL,
	NULL},
    {"recorded", "Partnership recorded", "Партнёрство внесено в реестр",
	"已登记伙伴关系", NULL, NULL, NULL},
    {"confirmed", "Partnership confirmed by both sides",
	"Партнёрство подтверждено обеими сторонами", "双方确认伙伴关系", NULL,
	NULL, NULL},
    {"suspended", "Partnership suspended by both sides",
	"Партнёрство приостановлено обеими сторонами", "双方中止伙伴关系",
	"Partnership suspended by one side",
	"Партнёрство приостановлено одной стороной", "一方中止伙伴关系"},
    {"resumed", "Partnership resumed", "Партнёрство возобновлено",
	"伙伴关系已恢复", NULL, NULL, NULL},
    {"terminated", "Partnership ended by both sides",
	"Партнёрство прекращено обеими сторонами", "双方终止伙伴关系",
	"Partnership ended by one side",
	"Партнёрство прекращено одной стороной", "一方终止伙伴关系"},
    {"changed", "Partnership changed", "Сведения о партнёрстве изменены",
	"伙伴关系信息已变更", NULL, NULL, NULL},
    {"withdrawn", "Partnership no longer stated by anyone",
	"Сведения о партнёрстве отозваны", "伙伴关系信息已撤回", NULL, NULL,
	NULL},
};

static int
is(jv partnership, const char *status)
{
	return strcmp(json_str(partnership, "status", ""), status) == 0;
}

static int
is_same(jv a, jv b, const char *key)
{
	return jv_equal(json_get(a, key), json_get(b, key));
}

/* What each side says, without the dates, pages and keys. */
static jv
said(jv partnership)
{
	jv list = json_get(partnership, "sides"), out = jv_object();

	if (jv_get_kind(list) == JV_KIND_ARRAY) {
		jv_array_foreach (list, i, side) {
			json_set_str(&out, json_str(side, "cityId", ""),
			    json_str(side, "status", ""));
			jv_free(side);
		}
	}
	jv_free(list);
	return out;
}

/* Signed within NOTICE_NEW_DAYS before the claim came? */
static int
is_new(jv partnership, int64_t append_ms)
{
	const char *since = json_str(partnership, "since", "");
	char day[16];
	int64_t at_s, age_ms;

	if (strcmp(json_str(partnership, "sinceBasis", ""), "signature") != 0)
		return 0;
	/* A month counts as its first day; a year alone says too little. */
	snprintf(day, sizeof(day), "%.10s%s", since,
	    strlen(since) == 7 ? "-01" : "");
	if (dates_wall(day, &at_s, NULL) != 0)
		return 0;
	age_ms = append_ms - at_s * 1000;
	/* A day ahead: the date line. */
	return age_ms >= -DAY_MS && age_ms < (NOTICE_NEW_DAYS + 1) * DAY_MS;
}

/* The kind, or NULL. */
static const char *
kind_of(jv before, jv after, const struct notice_cause *cause)
{
	static const char *const state[] = {
	    "status", "unilateral", "kind", "since"};

	if (jv_get_kind(after) == JV_KIND_NULL)
		return "withdrawn";
	if (jv_get_kind(before) == JV_KIND_NULL)
		return is_new(after, cause->append_ms) ? "new" : "recorded";
	if (!is_same(before, after, "status")) {
		if (is(after, "terminated"))
			return "terminated";
		if (is(after, "suspended"))
			return "suspended";
		if (is(before, "terminated") || is(before, "suspended"))
			return is(after, "active") || is(after, "unconfirmed")
				   ? "resumed"
				   : "changed";
		return is(after, "active") ? "confirmed" : "changed";
	}
	for (size_t i = 0; i < sizeof(state) / sizeof(*state); i++)
		if (!is_same(before, after, state[i]))
			return "changed";
	return jv_equal(said(before), said(after)) ? NULL : "changed";
}

static jv
pair_state(jv partnership)
{
	static const char *const state[] = {
	    "status", "unilateral", "kind", "since"};
	jv out = jv_object();

	if (jv_get_kind(partnership) != JV_KIND_OBJECT) {
		jv_free(out);
		return jv_null();
	}
	for (size_t i = 0; i < sizeof(state) / sizeof(*state); i++)
		json_set(&out, state[i], json_get(partnership, state[i]));
	return out;
}

/* Name of the city in LANGUAGE, in the next best one, or its id; new. */
static char *
name_of(jv partnership, const char *which, const char *language)
{
	const char *const order[] = {language, "en", "ru", "und"};
	jv city = json_get(partnership, which), names = json_get(city, "names");
	const char *name = "";
	char *copy;

	for (size_t i = 0; i < sizeof(order) / sizeof(*order) && *name == '\0';
	     i++)
		name = json_str(names, order[i], "");
	if (*name == '\0' && jv_get_kind(names) == JV_KIND_OBJECT) {
		jv keys = jv_keys(jv_copy(names));

		jv_array_foreach (keys, i, key) {
			if (*name == '\0')
				name =
				    json_str(names, jv_string_value(key), "");
			jv_free(key);
		}
		jv_free(keys);
	}
	copy = mem_dup(*name == '\0' ? json_str(city, "id", "") : name);
	jv_free(names);
	jv_free(city);
	return copy;
}

static void
add_text(jv *text, jv partnership, const char *language, const char *sentence)
{
	char *a = name_of(partnership, "a", language);
	char *b = name_of(partnership, "b", language);
	char *line = mem_printf("%s: %s – %s", sentence, a, b);

	json_set_str(text, language, line);
	free(line);
	free(a);
	free(b);
}

static jv
text_of(const char *kind, jv partnership)
{
	int is_one = json_bool(partnership, "unilateral", 0);
	jv text = jv_object();

	for (size_t i = 0; i < sizeof(sentences) / sizeof(*sentences); i++) {
		if (strcmp(sentences[i].kind, kind) != 0)
			continue;
		is_one = is_one && sentences[i].one_en != NULL;
		add_text(&text, partnership, "en",
		    is_one ? sentences[i].one_en : sentences[i].en);
		add_text(&text, partnership, "ru",
		    is_one ? sentences[i].one_ru : sentences[i].ru);
		add_text(&text, partnership, "zh-Hans",
		    is_one ? sentences[i].one_zh : sentences[i].zh);
	}
	return text;
}

static jv
cause_of(const struct notice_cause *cause)
{
	jv out;
	char *topic;

	if (cause->member == NULL)
		return jv_null();
	out = jv_object();
	topic = mem_printf("tw.claims.%s", cause->member);
	json_set_str(&out, "topic", topic);
	json_set_int(&out, "partition", 0);
	json_set_int(&out, "offset", cause->offset);
	free(topic);
	return out;
}

jv
notice_make(
    jv before, jv after, int64_t offset, const struct notice_cause *cause)
{
	jv newest = jv_get_kind(after) == JV_KIND_NULL ? before : after, notice;
	const char *kind = kind_of(before, after, cause);
	const char *pair = json_str(newest, "pairKey", "");
	char *id;

	if (kind == NULL)
		return jv_null();
	id = offset < 0
		 ? mem_printf("%s|%s|-", pair, kind)
		 : mem_printf("%s|%s|%lld", pair, kind, (long long)offset);
	notice = jv_object();
	json_set_str(&notice, "id", id);
	json_set_str(&notice, "kind", kind);
	json_set_str(&notice, "pairKey", pair);
	json_set(&notice, "a", json_get(newest, "a"));
	json_set(&notice, "b", json_get(newest, "b"));
	json_set(&notice, "before", pair_state(before));
	json_set(&notice, "after", pair_state(after));
	json_set(&notice, "text", text_of(kind, newest));
	json_set_str(&notice, "by", cause->member == NULL ? "" : cause->member);
	json_set(&notice, "cause", cause_of(cause));
	json_set_int(&notice, "at", cause->append_ms);
	free(id);
	return notice;
}
