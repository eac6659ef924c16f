/* Fields that follow from others, and records without them: see rules.h. */
#include <stddef.h>

#include "event/rules.h"

/* VALUE (consumed) without what says nothing, invalid if all of it does: a
 * record as mapped lacks what one off the wire has as a default. */
static jv
plain(jv value)
{
	jv out = value, part;
	int n = 1;

	if (jv_get_kind(value) == JV_KIND_ARRAY) {
		out = jv_array();
		jv_array_foreach (value, i, item) {
			part = plain(item);
			out = jv_array_append(
			    out, jv_is_valid(part) ? part : jv_null());
		}
		n = jv_array_length(jv_copy(out));
		jv_free(value);
	} else if (jv_get_kind(value) == JV_KIND_OBJECT) {
		out = jv_object();
		jv_object_foreach (value, key, item) {
			part = plain(item);
			if (jv_is_valid(part))
				out = jv_object_set(out, key, part);
			else
				jv_free(key);
		}
		n = jv_object_length(jv_copy(out));
		jv_free(value);
	} else if (jv_get_kind(value) == JV_KIND_STRING) {
		n = *jv_string_value(value) != '\0';
	} else if (jv_get_kind(value) == JV_KIND_NULL) {
		n = 0;
	}
	if (n > 0)
		return out;
	jv_free(out);
	return jv_invalid();
}

/* 1 if member KEY differs between two records. */
static int
differs(jv a, jv b, const char *key)
{
	jv x = plain(json_get(a, key)), y = plain(json_get(b, key));
	int is_there = jv_is_valid(x);

	if (is_there != jv_is_valid(y)) {
		jv_free(x);
		jv_free(y);
		return 1;
	}
	if (is_there)
		return !jv_equal(x, y);
	jv_free(x);
	jv_free(y);
	return 0;
}

static jv
derive_event(jv event, jv previous)
{
	const char *tz = json_str(event, "tz", "");
	int64_t start = 0, end = 0, sequence;
	jv moved_from = jv_null();

	if (!json_bool(event, "allDay", 0)) {
		/* Not known or not fit: 0. */
		(void)rules_utc(json_str(event, "start", ""), tz, &start);
		(void)rules_utc(json_str(event, "end", ""), tz, &end);
	}
	json_set_int(&event, "startUtc", start);
	json_set_int(&event, "endUtc", end);
	sequence = json_int(previous, "sequence", 0);
	if (jv_get_kind(previous) == JV_KIND_OBJECT) {
		int is_moved = differs(event, previous, "start") ||
			       differs(event, previous, "tz");

		if (is_moved || differs(event, previous, "end") ||
		    differs(event, previous, "places") ||
		    differs(event, previous, "status"))
			sequence++;
		moved_from =
		    json_get(previous, is_moved ? "start" : "previousStart");
		if (!jv_is_valid(moved_from))
			moved_from = jv_null();
	}
	json_set_int(&event, "sequence", sequence);
	json_set(&event, "previousStart", moved_from);
	return event;
}

jv
rules_derive(enum record_type t, jv record, jv previous, int64_t now_ms)
{
	if (t == RECORD_EVENT)
		record = derive_event(record, previous);
	json_set_int(&record, "modifiedAt", now_ms);
	return record;
}

jv
rules_essence(enum record_type t, jv record)
{
	static const char *const derived[] = {"modifiedAt", "computedAt",
	    "startUtc", "endUtc", "sequence", "previousStart"};
	size_t n = t == RECORD_EVENT ? sizeof(derived) / sizeof(*derived) : 2;
	jv member;

	if (jv_get_kind(record) != JV_KIND_OBJECT)
		return record;
	for (size_t i = 0; i < n; i++) {
		member = json_get(record, derived[i]);
		/* Most records come without: no copy is made of those. */
		if (jv_is_valid(member))
			record =
			    jv_object_delete(record, jv_string(derived[i]));
		jv_free(member);
	}
	return record;
}
