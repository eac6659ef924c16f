/* When somebody is told: see alarm.h. */
#include <stdio.h>

#include "base/buf.h"
#include "base/hex.h"
#include "watch/alarm.h"

#define WEEK_MS (INT64_C(7) * 24 * 3600 * 1000)
/* Monday 1970-01-05 06:00 UTC. */
#define FIRST_WEEK_MS (INT64_C(4) * 24 * 3600 * 1000 + 6 * 3600 * 1000)

/* What is kept of an alarm: last (what it was, for the message that it is
 * over), since, told (0: not yet), n (told so), well (since when; 0: it is
 * not). */

static jv
message(jv entry, jv one, const char *id, const char *what)
{
	jv m = jv_is_valid(one) ? jv_copy(one) : json_get(entry, "last");

	m = jv_object_delete(m, jv_string("settle"));
	json_set_str(&m, "id", id);
	json_set_str(&m, "what", what);
	json_set_int(&m, "since",
	    json_int(entry,
		what[0] == 'w'	 ? "well"
		: what[0] == 'm' ? "told"
				 : "since",
		0));
	return m;
}

/* ENTRY (consumed; invalid: new) of ID, about which NOW says ONE. */
static jv
still_wrong(jv entry, jv one, const char *id, const struct alarm_rules *r,
    int64_t wall_ms, jv *out)
{
	int64_t n = json_int(one, "n", 1);
	int64_t settle = json_int(one, "settle", 0);

	if (settle < r->settle_ms)
		settle = r->settle_ms;
	if (!jv_is_valid(entry)) {
		entry = jv_object();
		json_set_int(&entry, "since", wall_ms);
		json_set_int(&entry, "told", 0);
	}
	json_set_int(&entry, "well", 0);
	if (json_int(entry, "told", 0) == 0) {
		json_set(&entry, "last", jv_copy(one));
		if (wall_ms - json_int(entry, "since", 0) >= settle)
			*out = message(entry, one, id, "raised");
	} else if (n > json_int(entry, "n", 1)) {
		if (wall_ms - json_int(entry, "told", 0) >= r->again_ms)
			*out = message(entry, one, id, "more");
	} else {
		json_set(&entry, "last", jv_copy(one));
		json_set_int(&entry, "n", n);
	}
	return entry;
}

/* The same about which it says nothing any more; invalid: forget it. */
static jv
not_wrong(jv entry, const char *id, const struct alarm_rules *r,
    int64_t wall_ms, jv *out)
{
	if (json_int(entry, "told", 0) == 0) {
		jv_free(entry);
		return jv_invalid();
	}
	if (json_int(entry, "well", 0) == 0)
		json_set_int(&entry, "well", wall_ms);
	if (wall_ms - json_int(entry, "well", 0) >= r->settle_ms)
		*out = message(entry, jv_invalid(), id, "well");
	return entry;
}

jv
alarm_next(jv *memory, jv now, const struct alarm_rules *rules, int64_t wall_ms)
{
	jv keys = jv_keys(jv_copy(*memory)), out = jv_null();

	jv_array_foreach (keys, i, key) {
		const char *id = jv_string_value(key);
		jv one = json_get(now, id), found = jv_null();

		if (!jv_is_valid(one)) {
			jv entry = not_wrong(
			    json_get(*memory, id), id, rules, wall_ms, &found);

			if (jv_is_valid(entry))
				json_set(memory, id, entry);
			else
				*memory =
				    jv_object_delete(*memory, jv_string(id));
		}
		jv_free(one);
		if (jv_get_kind(out) == JV_KIND_NULL)
			out = found;
		else
			jv_free(found);
		jv_free(key);
	}
	jv_free(keys);
	keys = jv_keys(jv_copy(now));
	jv_array_foreach (keys, k, key) {
		const char *id = jv_string_value(key);
		jv one = json_get(now, id), found = jv_null();

		json_set(memory, id,
		    still_wrong(json_get(*memory, id), one, id, rules, wall_ms,
			&found));
		jv_free(one);
		if (jv_get_kind(out) == JV_KIND_NULL)
			out = found;
		else
			jv_free(found);
		jv_free(key);
	}
	jv_free(keys);
	return out;
}

void
alarm_told(jv *memory, jv message, int64_t wall_ms)
{
	const char *id = json_str(message, "id", "");
	jv entry;

	if (json_str(message, "what", "")[0] == 'w') {
		*memory = jv_object_delete(*memory, jv_string(id));
		return;
	}
	entry = json_get(*memory, id);
	if (!jv_is_valid(entry))
		return;
	json_set_int(&entry, "told", wall_ms);
	json_set_int(&entry, "n", json_int(message, "n", 1));
	json_set(memory, id, entry);
}

char *
alarm_message_id(const char *receiver, jv message)
{
	unsigned char hash[JSON_HASH_SIZE];
	char since[24], text[HEX_SIZE(JSON_HASH_SIZE)];
	struct buf b = {0};

	snprintf(since, sizeof(since), "%lld",
	    (long long)json_int(message, "since", 0));
	buf_printf(&b, "%s\n%s\n%s\n%s", receiver, json_str(message, "id", ""),
	    json_str(message, "what", ""), since);
	json_hash_bytes(b.data, b.size, hash);
	buf_clear(&b);
	buf_puts(&b, "tw");
	hex_text(hash, sizeof(hash), text);
	buf_puts(&b, text);
	return buf_take(&b);
}

int
alarm_is_week_over(int64_t last_ms, int64_t wall_ms)
{
	int64_t begin =
	    wall_ms - (wall_ms - FIRST_WEEK_MS) % WEEK_MS; /* of this one */

	return last_ms < begin;
}
