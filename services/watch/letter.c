/* What is said, in words: see letter.h. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "watch/letter.h"
#include "wire/law.h"

static const struct kind {
	const char *kind, *raised, *well;
} kinds[] = {
    {"silent", "has said nothing for minutes", "speaks again"},
    {"paused", "rests until somebody acts", "goes on"},
    {"listing", "cannot list its system's entries and publishes none",
	"lists its system's entries again"},
    {"refused", "has entries that break the rules and are not published",
	"publishes all its entries again"},
    {"not_delivered", "could not deliver records", "has delivered all records"},
    {"pending", "has tried for over an hour to deliver",
	"has delivered what waited"},
    {"certificate", "depends on a certificate that ends soon",
	"has its certificate renewed"},
    {"disk", "is on a disk that is nearly full", "has room on its disk again"},
    {"kafka", "is not served by Kafka", "is served by Kafka again"},
};

static const struct kind *
find(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return &kinds[i];
	return &kinds[0];
}

void
letter_alarm(
    jv message, const char *portal, struct buf *subject, struct buf *text)
{
	const struct kind *k = find(json_str(message, "kind", ""));
	const char *connection = json_str(message, "connection", "");
	const char *what = json_str(message, "what", "");
	int is_well = strcmp(what, "well") == 0;
	int64_t n = json_int(message, "n", 1);
	char at[CLOCK_TEXT_SIZE];

	buf_printf(subject, "[twinwire] %s%s %s", is_well ? "well again: " : "",
	    connection, is_well ? k->well : k->raised);
	if (n > 1 && !is_well)
		buf_printf(subject, " (%lld%s)", (long long)n,
		    strcmp(what, "more") == 0 ? ", more than before" : "");
	buf_printf(text, "%s of %s %s.\n\n", connection,
	    json_str(message, "member", ""), is_well ? k->well : k->raised);
	if (is_well)
		buf_puts(text, "What had been said:\n");
	buf_printf(text, "%s\n", json_str(message, "text", ""));
	if (!is_well)
		buf_printf(text, "\nSince: %s\nWhat to do: %s\n",
		    clock_text(json_int(message, "since", 0), at),
		    json_str(message, "do", ""));
	if (portal != NULL)
		buf_printf(text, "\n%s/members\n", portal);
	buf_puts(text, "\nNothing is lost meanwhile: what cannot be delivered "
		       "waits, or is kept for 90 days.\n");
}

static int64_t
counter(jv counters, const char *name)
{
	return json_int(counters, name, 0);
}

/* Of something counted, what a week added; a connection that was made anew
 * counts from 0 again. */
static int64_t
grown(jv now, jv last, const char *name)
{
	int64_t n = counter(now, name), before = counter(last, name);

	return n >= before ? n - before : n;
}

/* New; unlike a connection's id alone it has a space. */
static char *
key_of(jv one)
{
	return mem_printf("%s %s", json_str(one, "member", ""),
	    json_str(one, "connection", ""));
}

jv
letter_counters(jv connections)
{
	jv out = jv_object();

	jv_array_foreach (connections, i, one) {
		char *key = key_of(one);

		json_set(&out, key, json_get(one, "counters"));
		free(key);
		jv_free(one);
	}
	return out;
}

/* How many of CONNECTIONS are called ID. */
static int
n_called(jv connections, const char *id)
{
	int n = 0;

	jv_array_foreach (connections, i, one) {
		n += strcmp(json_str(one, "connection", ""), id) == 0;
		jv_free(one);
	}
	return n;
}

/* Counters of ONE of CONNECTIONS a week ago; invalid: it had none. */
static jv
before_of(jv last, jv connections, jv one)
{
	const char *id = json_str(one, "connection", "");
	char *key = key_of(one);
	jv before = json_get(last, key);

	free(key);
	if (jv_is_valid(before))
		return before;
	before = json_get(last, id);
	if (!jv_is_valid(before) || n_called(connections, id) == 1)
		return before;
	/* An earlier build kept those of one of several: nobody knows whose. */
	jv_free(before);
	return json_get(one, "counters");
}

void
letter_week(
    jv connections, jv last, jv wrong, struct buf *subject, struct buf *text)
{
	int64_t applied = 0, waiting = 0, dead = 0, lost = 0;
	int n_wrong = jv_object_length(jv_copy(wrong));

	buf_puts(text,
	    "CONNECTION             MEMBER         STATE    DELIVERED "
	    "WAITING NOT DELIVERED\n");
	jv_array_foreach (connections, i, one) {
		jv now = json_get(one, "counters");
		jv before = before_of(last, connections, one);

		buf_printf(text, "%-22s %-14s %-8s %9lld %7lld %13lld\n",
		    json_str(one, "connection", ""),
		    json_str(one, "member", ""), json_str(one, "state", ""),
		    (long long)grown(now, before, "applied"),
		    (long long)counter(now, "pending"),
		    (long long)grown(now, before, "deadLettered"));
		applied += grown(now, before, "applied");
		waiting += counter(now, "pending");
		dead += grown(now, before, "deadLettered");
		lost += law_unaccounted(now);
		jv_free(now);
		jv_free(before);
		jv_free(one);
	}
	buf_printf(text,
	    "\nDelivered this week: %lld. Waiting: %lld. Not delivered, kept "
	    "as dead letters: %lld. Lost: %lld.\n",
	    (long long)applied, (long long)waiting, (long long)dead,
	    (long long)lost);
	jv_object_foreach (wrong, id, w) {
		buf_printf(text, "\n%s of %s %s\n  What to do: %s\n",
		    json_str(w, "connection", ""), json_str(w, "member", ""),
		    find(json_str(w, "kind", ""))->raised,
		    json_str(w, "do", ""));
		jv_free(id);
		jv_free(w);
	}
	buf_printf(subject, "[twinwire] the week: %lld delivered, %s",
	    (long long)applied,
	    n_wrong == 0 ? "all is well" : "something waits for you");
}
