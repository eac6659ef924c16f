/* Time: see clock.h. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static int64_t
now_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono_ms(void)
{
	return now_ms(CLOCK_MONOTONIC);
}

int64_t
clock_wall_ms(void)
{
	return now_ms(CLOCK_REALTIME);
}

const char *
clock_text(int64_t wall_ms, char text[CLOCK_TEXT_SIZE])
{
	int64_t rest = ((wall_ms % 1000) + 1000) % 1000;
	time_t s = (time_t)((wall_ms - rest) / 1000);
	struct tm tm;
	char date[24];

	gmtime_r(&s, &tm);
	if (strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		date[0] = '\0';
	snprintf(text, CLOCK_TEXT_SIZE, "%s.%03dZ", date, (int)rest);
	return text;
}

/* "Z", "+hh:mm" or "-hh:mm" to seconds east; -1 if it is none of these. */
static int
parse_zone(const char *s, int *out_seconds)
{
	int h, m, end = 0;

	if (strcmp(s, "Z") == 0 || strcmp(s, "z") == 0) {
		*out_seconds = 0;
		return 0;
	}
	if ((s[0] != '+' && s[0] != '-') ||
	    sscanf(s + 1, "%2d:%2d%n", &h, &m, &end) != 2 || end != 5 ||
	    s[6] != '\0' || h < 0 || h > 23 || m < 0 || m > 59)
		return -1;
	*out_seconds = (h * 60 + m) * 60 * (s[0] == '-' ? -1 : 1);
	return 0;
}

int
clock_parse(const char *text, int64_t *out_ms)
{
	struct tm tm = {0};
	const char *rest;
	int zone, ms = 0, digits = 0;

	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	if (rest == NULL)
		return -1;
	if (*rest == '.') {
		for (rest++; *rest >= '0' && *rest <= '9'; rest++)
			if (digits++ < 3)
				ms = ms * 10 + (*rest - '0');
		if (digits == 0)
			return -1;
		for (; digits < 3; digits++)
			ms *= 10;
	}
	if (parse_zone(rest, &zone) != 0)
		return -1;
	*out_ms = ((int64_t)timegm(&tm) - zone) * 1000 + ms;
	return 0;
}

int
clock_parse_start(const char *text, int64_t *out_ms)
{
	char whole[CLOCK_TEXT_SIZE], back[CLOCK_TEXT_SIZE];
	int64_t ms;

	if (strlen(text) != sizeof("2022-10-31") - 1)
		return clock_parse(text, out_ms);
	snprintf(whole, sizeof(whole), "%sT00:00:00Z", text);
	/* 31 November would be taken for 1 December. */
	if (clock_parse(whole, &ms) != 0 ||
	    strncmp(clock_text(ms, back), text, strlen(text)) != 0)
		return -1;
	*out_ms = ms;
	return 0;
}
