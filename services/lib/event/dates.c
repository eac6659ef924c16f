/* Dates and times as text: see dates.h. */
#include <string.h>

#include "event/dates.h"

/* N digits at *S as a number; -1 if there are fewer. */
static int
take(const char **s, int n)
{
	int value = 0;

	for (; n > 0; n--, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		value = value * 10 + (**s - '0');
	}
	return value;
}

static int
month_length(int year, int month)
{
	static const int lengths[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return lengths[month - 1] + (month == 2 && is_leap);
}

/* Days from 1970-01-01 (proleptic Gregorian calendar). */
static int64_t
days(int year, int month, int day)
{
	int64_t y = year - (month <= 2), era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year =
	    (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 +
	       of_year - 719468;
}

/* A whole date at *S: 0, or -1. */
static int
take_date(const char **s, int64_t *out_days)
{
	int year = take(s, 4), month, day;

	if (year < 0 || *(*s)++ != '-')
		return -1;
	month = take(s, 2);
	if (month < 1 || month > 12 || *(*s)++ != '-')
		return -1;
	day = take(s, 2);
	if (day < 1 || day > month_length(year, month))
		return -1;
	*out_days = days(year, month, day);
	return 0;
}

int
dates_is_edtf(const char *text)
{
	const char *s = text;
	int64_t day;
	int month;

	switch (strlen(text)) {
	case 4:
		return take(&s, 4) >= 0;
	case 7:
		if (take(&s, 4) < 0 || *s++ != '-')
			return 0;
		month = take(&s, 2);
		return month >= 1 && month <= 12;
	case 10:
		return take_date(&s, &day) == 0;
	default:
		return 0;
	}
}

int
dates_wall(const char *text, int64_t *out_s, int *out_has_time)
{
	const char *s = text;
	int64_t day;
	int part[3] = {0, 0, 0}, has_time;

	if (take_date(&s, &day) != 0)
		return -1;
	has_time = *s == 'T';
	for (int i = 0; i < 3 && has_time; i++) {
		if (*s++ != (i == 0 ? 'T' : ':'))
			return -1;
		part[i] = take(&s, 2);
		if (part[i] < 0 || part[i] > (i == 0 ? 23 : 59))
			return -1;
	}
	if (*s != '\0')
		return -1;
	*out_s = day * 86400 + part[0] * 3600 + part[1] * 60 + part[2];
	if (out_has_time != NULL)
		*out_has_time = has_time;
	return 0;
}

int
dates_is_duration(const char *text)
{
	const char *units = "YMWD";
	int n = 0;

	if (*text++ != 'P')
		return 0;
	while (*text != '\0') {
		size_t digits = strspn(text, "0123456789");
		const char *unit;

		if (*text == 'T' && *units != '\0' &&
		    strchr("HMS", *units) == NULL) {
			units = "HMS";
			text++;
			n = 0;
			continue;
		}
		if (digits == 0 || digits > 6 || text[digits] == '\0')
			return 0;
		unit = strchr(units, text[digits]);
		if (unit == NULL)
			return 0;
		units = unit + 1; /* each once, in order */
		text += digits + 1;
		n++;
	}
	return n > 0;
}
