/* Dates and numbers in words: see words.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "event/dates.h"
#include "portal/catalog.h"
#include "portal/words.h"

/* What a date's pattern is filled with: {y}, {m} (name), {n} (number), {d}. */
struct parts {
	int year, month, day;
};

static void
fill(const struct catalog *c, const char *key, const struct parts *p,
    struct buf *out)
{
	const char *at = catalog_text(c, key, NULL);
	char month[24];

	snprintf(month, sizeof(month), "%s.%d",
	    p->day > 0 ? "month" : "month_alone", p->month);
	for (; *at != '\0'; at++) {
		if (strncmp(at, "{y}", 3) == 0)
			buf_printf(out, "%d", p->year);
		else if (strncmp(at, "{m}", 3) == 0)
			buf_puts(out, catalog_text(c, month, NULL));
		else if (strncmp(at, "{n}", 3) == 0)
			buf_printf(out, "%d", p->month);
		else if (strncmp(at, "{d}", 3) == 0)
			buf_printf(out, "%d", p->day);
		else {
			buf_add(out, at, 1);
			continue;
		}
		at += 2;
	}
}

void
words_date(const struct catalog *c, const char *date, struct buf *out)
{
	struct parts p = {0};
	char day[11];
	const char *key = "date.year";

	snprintf(day, sizeof(day), "%s", date);
	if (!dates_is_edtf(day)) {
		buf_puts(out, date);
		return;
	}
	p.year = (int)strtol(day, NULL, 10);
	if (strlen(day) >= 7) {
		p.month = (int)strtol(day + 5, NULL, 10);
		key = "date.month";
	}
	if (strlen(day) == 10) {
		p.day = (int)strtol(day + 8, NULL, 10);
		key = "date.day";
	}
	fill(c, key, &p, out);
}

void
words_day(const struct catalog *c, int64_t wall_ms, struct buf *out)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;
	struct parts p;

	if (gmtime_r(&s, &tm) == NULL)
		return;
	p = (struct parts){tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday};
	fill(c, "date.day", &p, out);
}

void
words_month(const struct catalog *c, int year, int month, struct buf *out)
{
	struct parts p = {year, month, 0};

	fill(c, "date.month", &p, out);
}

void
words_number(const struct catalog *c, int64_t n, struct buf *out)
{
	char digits[24];
	const char *apart = catalog_text(c, "number.group", NULL);
	size_t size;

	snprintf(digits, sizeof(digits), "%lld", (long long)n);
	size = strlen(digits);
	for (size_t i = 0; i < size; i++) {
		/* Four digits are read at a glance. */
		if (i > 0 && size > 4 && (size - i) % 3 == 0 &&
		    digits[i - 1] != '-')
			buf_puts(out, apart);
		buf_add(out, &digits[i], 1);
	}
}

void
words_zone(const struct catalog *c, const char *zone, struct buf *out)
{
	const char *name = catalog_word(c, "zone", zone, NULL);
	const char *slash = strrchr(zone, '/');

	if (name != NULL) {
		buf_puts(out, name);
		return;
	}
	for (name = slash != NULL ? slash + 1 : zone; *name != '\0'; name++)
		buf_add(out, *name == '_' ? " " : name, 1);
}

void
words_split(const char *sentence, words_piece *piece, words_argument *argument,
    void *ctx)
{
	const char *at = sentence;

	while (*sentence != '\0') {
		at += strcspn(at, "{");
		if (*at == '{' &&
		    (at[1] < '0' || at[1] > '9' || at[2] != '}')) {
			at++;
			continue;
		}
		if (at > sentence)
			piece(ctx, sentence, (size_t)(at - sentence));
		if (*at == '\0')
			return;
		argument(ctx, (size_t)(at[1] - '0'));
		at += 3;
		sentence = at;
	}
}
