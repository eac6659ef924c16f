/* When to try again: see backoff.h. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "rest/backoff.h"

enum { DAY_MS = 24 * 60 * 60 * 1000 };

int64_t
backoff_ms(const struct backoff_conf *c, unsigned attempt, uint32_t random,
    int64_t retry_after_ms)
{
	int64_t wait = c->first_ms < c->max_ms ? c->first_ms : c->max_ms;
	int64_t half;

	for (; attempt > 1 && wait < c->max_ms; attempt--)
		wait = wait > c->max_ms / 2 ? c->max_ms : wait * 2;
	half = wait / 2;
	wait -= (int64_t)((double)half * (random / 4294967296.0));
	if (retry_after_ms > DAY_MS)
		retry_after_ms = DAY_MS;
	return wait > retry_after_ms ? wait : retry_after_ms;
}

static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static int
number(const char **s, int digits, int *out)
{
	int n = 0;

	for (; digits > 0; digits--, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return -1;
		n = n * 10 + (**s - '0');
	}
	*out = n;
	return 0;
}

static int
month(const char **s, int *out)
{
	int i;

	for (i = 0; i < 12; i++) {
		if (strncmp(*s, MONTHS + 3 * i, 3) == 0) {
			*s += 3;
			*out = i;
			return 0;
		}
	}
	return -1;
}

static int
literal(const char **s, const char *text)
{
	size_t size = strlen(text);

	if (strncmp(*s, text, size) != 0)
		return -1;
	*s += size;
	return 0;
}

/* IMF-fixdate, the one form a sender may use: Sun, 06 Nov 1994 08:49:37 GMT */
static int
http_date(const char *s, time_t *out)
{
	struct tm tm = {0};
	const char *comma = strchr(s, ',');

	if (comma == NULL || comma - s != 3)
		return -1;
	s = comma + 1;
	if (literal(&s, " ") != 0 || number(&s, 2, &tm.tm_mday) != 0 ||
	    literal(&s, " ") != 0 || month(&s, &tm.tm_mon) != 0 ||
	    literal(&s, " ") != 0 || number(&s, 4, &tm.tm_year) != 0 ||
	    literal(&s, " ") != 0 || number(&s, 2, &tm.tm_hour) != 0 ||
	    literal(&s, ":") != 0 || number(&s, 2, &tm.tm_min) != 0 ||
	    literal(&s, ":") != 0 || number(&s, 2, &tm.tm_sec) != 0 ||
	    literal(&s, " GMT") != 0 || *s != '\0')
		return -1;
	tm.tm_year -= 1900;
	*out = timegm(&tm);
	return 0;
}

int64_t
backoff_retry_after(const char *text, int64_t wall_ms)
{
	int64_t seconds = 0;
	const char *s = text;
	time_t at;

	if (isdigit((unsigned char)*s)) {
		for (; isdigit((unsigned char)*s); s++)
			if (seconds <= DAY_MS / 1000)
				seconds = seconds * 10 + (*s - '0');
		if (*s != '\0')
			return 0;
		return seconds > DAY_MS / 1000 ? DAY_MS : seconds * 1000;
	}
	if (http_date(text, &at) != 0 || (int64_t)at * 1000 <= wall_ms)
		return 0;
	if ((int64_t)at * 1000 - wall_ms > DAY_MS)
		return DAY_MS;
	return (int64_t)at * 1000 - wall_ms;
}
