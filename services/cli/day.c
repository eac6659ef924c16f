/* Dates as typed: see day.h. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/day.h"
#include "event/dates.h"

/* Up to MAX digits at *S, at least MIN; -1 if there are fewer. */
static int
number(const char **s, int min, int max)
{
	int n = 0, value = 0;

	for (; n < max && **s >= '0' && **s <= '9'; n++, (*s)++)
		value = value * 10 + (**s - '0');
	return n < min ? -1 : value;
}

/* The last N digits of VALUE, without an end. */
static void
digits(char *out, int n, int value)
{
	for (; n > 0; value /= 10)
		out[--n] = (char)('0' + value % 10);
}

/* A date with points at *S; -1, and *S as it was, if there is none. */
static int
with_points(const char **s, char out[DAY_SIZE])
{
	const char *at = *s;
	int a = number(&at, 1, 2), b, year = -1;

	if (a < 0 || *at++ != '.')
		return -1;
	b = number(&at, 1, 4);
	if (b < 0)
		return -1;
	if (*at == '.') {
		at++;
		year = number(&at, 4, 4);
		if (year < 0 || b > 12 || a > 31)
			return -1;
		memcpy(out, "yyyy-mm-dd", DAY_SIZE);
		digits(out, 4, year);
		digits(out + 5, 2, b);
		digits(out + 8, 2, a);
	} else if (b >= 1000 && a <= 12) {
		memcpy(out, "yyyy-mm", sizeof("yyyy-mm"));
		digits(out, 4, b);
		digits(out + 5, 2, a);
	} else {
		return -1;
	}
	*s = at;
	return 0;
}

int
day_date(const char *text, char out[DAY_SIZE])
{
	char made[DAY_SIZE];
	const char *s = text;

	if (with_points(&s, made) == 0) {
		if (*s != '\0')
			return -1;
	} else if (strlen(text) < DAY_SIZE) {
		memcpy(made, text, strlen(text) + 1);
	} else {
		return -1;
	}
	if (!dates_is_edtf(made))
		return -1;
	memcpy(out, made, DAY_SIZE);
	return 0;
}

/* " 13:00", "T13:00:00" or nothing at S, to OUT's 10 bytes; -1. */
static int
time_of_day(const char *s, char out[10])
{
	int hours, minutes, seconds = 0;

	out[0] = '\0';
	if (*s == '\0')
		return 0;
	if (*s != 'T' && *s != ' ')
		return -1;
	s += strspn(s, "T ");
	hours = number(&s, 1, 2);
	if (hours < 0 || hours > 23 || *s++ != ':')
		return -1;
	minutes = number(&s, 2, 2);
	if (*s == ':') {
		s++;
		seconds = number(&s, 2, 2);
	}
	if (minutes < 0 || minutes > 59 || seconds < 0 || seconds > 59 ||
	    *s != '\0')
		return -1;
	memcpy(out, "Thh:mm:ss", 10);
	digits(out + 1, 2, hours);
	digits(out + 4, 2, minutes);
	digits(out + 7, 2, seconds);
	return 0;
}

int
day_time(const char *text, char out[DAY_TIME_SIZE])
{
	char day[DAY_SIZE] = {0}, time[10], made[DAY_TIME_SIZE];
	const char *s = text;
	int64_t at;

	if (with_points(&s, day) != 0) {
		memcpy(day, text, strnlen(text, DAY_SIZE - 1));
		s = text + strlen(day);
	}
	if (strlen(day) != DAY_SIZE - 1 || time_of_day(s, time) != 0)
		return -1;
	snprintf(made, sizeof(made), "%s%s", day, time);
	if (dates_wall(made, &at, NULL) != 0)
		return -1;
	memcpy(out, made, sizeof(made));
	return 0;
}

void
day_next(char day[DAY_SIZE])
{
	int64_t at = 0;
	time_t next;
	struct tm tm;

	(void)dates_wall(day, &at, NULL);
	next = (time_t)(at + 24 * 60 * 60);
	gmtime_r(&next, &tm);
	strftime(day, DAY_SIZE, "%Y-%m-%d", &tm);
}
