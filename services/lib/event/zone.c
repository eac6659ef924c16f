/* Time zones: see zone.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "event/zone.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

enum {
	HEADER_BYTES = 44,
	DAY_S = 86400,
	OFFSET_MAX_S = 26 * 3600, /* RFC 8536: -25 h < offset < +26 h */
	SLOTS = 64
};

/* The part of a TZif file that counts: its 64-bit block and the footer. */
struct zone {
	unsigned char *data; /* owned */
	const unsigned char *times, *indexes, *types;
	size_t n_times, n_types;
	const char *footer; /* NUL-terminated inside DATA; "" if none */
};

static int
is_name(const char *name)
{
	size_t size = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789_+-/");

	return size > 0 && size <= ZONE_NAME_MAX && name[size] == '\0' &&
	       name[0] >= 'A' && name[0] <= 'Z';
}

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static int64_t
be64(const unsigned char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* Size of the data block that header H announces, times of TIME_BYTES. */
static size_t
block_size(const unsigned char *h, size_t time_bytes)
{
	size_t isut = be32(h + 20), isstd = be32(h + 24), leap = be32(h + 28);
	size_t times = be32(h + 32), types = be32(h + 36), chars = be32(h + 40);

	return times * (time_bytes + 1) + types * 6 + chars +
	       leap * (time_bytes + 4) + isstd + isut;
}

static int
parse(struct zone *z, size_t size)
{
	const unsigned char *h = z->data, *end = z->data + size;
	size_t block;
	char *stop;

	if (size < HEADER_BYTES || memcmp(h, "TZif", 4) != 0 || h[4] < '2')
		return -1;
	block = block_size(h, 4);
	if (block > size || size - block < 2 * HEADER_BYTES)
		return -1;
	h += HEADER_BYTES + block;
	if (memcmp(h, "TZif", 4) != 0)
		return -1;
	block = block_size(h, 8);
	z->n_times = be32(h + 32);
	z->n_types = be32(h + 36);
	h += HEADER_BYTES;
	if (block > (size_t)(end - h) || z->n_types == 0)
		return -1;
	z->times = h;
	z->indexes = h + z->n_times * 8;
	z->types = z->indexes + z->n_times;
	for (size_t i = 0; i < z->n_times; i++)
		if (z->indexes[i] >= z->n_types)
			return -1;
	h += block;
	z->footer = "";
	if (h < end && *h == '\n') {
		/* DATA has room for a NUL behind its SIZE bytes. */
		z->footer = (const char *)h + 1;
		stop = strchr(z->footer, '\n');
		if (stop != NULL)
			*stop = '\0';
	}
	return 0;
}

/* Zone NAME out of its file, the caller's to free (data); data NULL: none. */
static struct zone
load(const char *name)
{
	char path[sizeof(ZONE_FOLDER) + ZONE_NAME_MAX];
	struct zone z = {0};
	FILE *file;
	size_t size;

	if (!is_name(name))
		return z;
	snprintf(path, sizeof(path), ZONE_FOLDER "%s", name);
	file = fopen(path, "rbe");
	if (file == NULL)
		return z;
	z.data = mem_new(1, ZONE_FILE_MAX_BYTES + 1);
	size = fread(z.data, 1, ZONE_FILE_MAX_BYTES, file);
	fclose(file);
	z.data = mem_grow(z.data, size + 1, 1);
	if (parse(&z, size) != 0) {
		free(z.data);
		z.data = NULL;
	}
	return z;
}

/* A zone that was asked for lately, in the slot that its name falls into. */
struct slot {
	char name[ZONE_NAME_MAX + 1];
	struct zone zone;
	int64_t loaded_ms;
};

/* Zone NAME, borrowed until the next call; NULL if there is none. */
static const struct zone *
zone_of(const char *name)
{
	/* Each thread's own, so that there is nothing to lock. */
	static _Thread_local struct slot slots[SLOTS];
	int64_t now = clock_mono_ms();
	struct slot *s;
	unsigned sum = 0;

	if (strlen(name) > ZONE_NAME_MAX)
		return NULL;
	for (const char *at = name; *at != '\0'; at++)
		sum = sum * 31 + (unsigned char)*at;
	s = &slots[sum % SLOTS];
	if (strcmp(s->name, name) != 0 || now - s->loaded_ms > ZONE_KEPT_MS) {
		free(s->zone.data);
		s->zone = load(name);
		s->loaded_ms = now;
		snprintf(s->name, sizeof(s->name), "%s", name);
	}
	return s->zone.data == NULL ? NULL : &s->zone;
}

static int32_t
type_offset(const struct zone *z, size_t type)
{
	return (int32_t)be32(z->types + type * 6);
}

/* A POSIX TZ rule, as in the footer ("CET-1CEST,M3.5.0,M10.5.0/3"). */

struct change {
	int month, week, day; /* Mm.w.d; month 0: day of year in DAY */
	int counts_leap;      /* of a day of year: n, not Jn */
	int32_t time_s;
};

struct posix_tz {
	int32_t std_s, dst_s; /* east of UTC */
	int has_dst;
	struct change start, end;
};

static const char *
skip_name(const char *s)
{
	size_t size;

	if (*s == '<') {
		s = strchr(s, '>');
		return s == NULL ? NULL : s + 1;
	}
	size =
	    strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	return size < 3 ? NULL : s + size;
}

static const char *
take_number(const char *s, int max, int *out)
{
	char *end;
	long n;

	if (*s < '0' || *s > '9')
		return NULL;
	n = strtol(s, &end, 10);
	if (n > max)
		return NULL;
	*out = (int)n;
	return end;
}

/* [+-]hh[:mm[:ss]] in seconds, as written. */
static const char *
take_time(const char *s, int32_t *out_s)
{
	int sign = *s == '-' ? -1 : 1, part[3] = {0, 0, 0};

	if (*s == '-' || *s == '+')
		s++;
	s = take_number(s, 167, &part[0]);
	for (int i = 1; i < 3 && s != NULL && *s == ':'; i++)
		s = take_number(s + 1, 59, &part[i]);
	*out_s = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
	return s;
}

static const char *
take_change(const char *s, struct change *out)
{
	if (*s++ != ',')
		return NULL;
	out->month = 0;
	out->counts_leap = *s != 'J';
	if (*s == 'M') {
		s = take_number(s + 1, 12, &out->month);
		if (s != NULL && out->month > 0 && *s == '.')
			s = take_number(s + 1, 5, &out->week);
		else
			return NULL;
		if (s != NULL && *s == '.')
			s = take_number(s + 1, 6, &out->day);
		else
			return NULL;
	} else {
		s = take_number(s + (*s == 'J'), 365, &out->day);
	}
	out->time_s = 2 * 3600;
	if (s != NULL && *s == '/')
		s = take_time(s + 1, &out->time_s);
	return s;
}

static int
parse_posix(const char *s, struct posix_tz *out)
{
	memset(out, 0, sizeof(*out));
	s = skip_name(s);
	if (s == NULL || (s = take_time(s, &out->std_s)) == NULL)
		return -1;
	out->std_s = -out->std_s;
	if (*s == '\0')
		return 0;
	out->has_dst = 1;
	out->dst_s = out->std_s + 3600;
	s = skip_name(s);
	if (s == NULL)
		return -1;
	if (*s != ',') {
		s = take_time(s, &out->dst_s);
		if (s == NULL)
			return -1;
		out->dst_s = -out->dst_s;
	}
	s = take_change(s, &out->start);
	if (s != NULL)
		s = take_change(s, &out->end);
	return s != NULL && *s == '\0' ? 0 : -1;
}

static int
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to 1 January of YEAR. */
static int64_t
year_day(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - 477;
}

/* Wall seconds, as if UTC, at which C happens in YEAR. */
static int64_t
change_at(const struct change *c, int64_t year)
{
	static const int before[] = {
	    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
	int64_t day = year_day(year), first, weekday;
	int leap = is_leap(year), length;

	if (c->month == 0) {
		day += c->counts_leap ? c->day
				      : c->day - 1 + (leap && c->day > 59);
	} else {
		first = day + before[c->month - 1] + (leap && c->month > 2);
		length = before[c->month] - before[c->month - 1] +
			 (leap && c->month == 2);
		weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01: Thursday */
		day = (c->day - weekday + 7) % 7 + (c->week - 1) * 7;
		if (day >= length)
			day -= 7;
		day += first;
	}
	return day * DAY_S + c->time_s;
}

static int32_t
posix_offset(const struct posix_tz *p, int64_t utc_s)
{
	int64_t year, start, end, local = utc_s + p->std_s;

	if (!p->has_dst)
		return p->std_s;
	year = 1970 + local / DAY_S / 366;
	while (year_day(year + 1) * DAY_S <= local)
		year++;
	start = change_at(&p->start, year) - p->std_s;
	end = change_at(&p->end, year) - p->dst_s;
	if (start < end)
		return utc_s >= start && utc_s < end ? p->dst_s : p->std_s;
	return utc_s >= end && utc_s < start ? p->std_s : p->dst_s;
}

/* Seconds east of UTC in zone Z at UTC_S. */
static int32_t
offset_at(const struct zone *z, int64_t utc_s)
{
	struct posix_tz p;
	size_t low = 0, high = z->n_times, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (be64(z->times + middle * 8) <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == z->n_times && utc_s >= 0 && *z->footer != '\0' &&
	    parse_posix(z->footer, &p) == 0)
		return posix_offset(&p, utc_s);
	if (low == 0)
		return type_offset(z, 0);
	return type_offset(z, z->indexes[low - 1]);
}

int
zone_is_known(const char *name)
{
	return zone_of(name) != NULL;
}

int
zone_to_utc(const char *name, int64_t wall_s, int64_t *out_s)
{
	const int64_t farthest = INT64_C(1) << 40; /* some 34,000 years */
	const struct zone *z = zone_of(name);
	int32_t before, after;

	if (wall_s > farthest || wall_s < -farthest || z == NULL)
		return -1;
	/* A change of clocks near WALL_S lies between these two. */
	before = offset_at(z, wall_s - OFFSET_MAX_S - DAY_S / 2);
	after = offset_at(z, wall_s + OFFSET_MAX_S + DAY_S / 2);
	if (offset_at(z, wall_s - before) != before &&
	    offset_at(z, wall_s - after) == after)
		*out_s = wall_s - after;
	else
		*out_s = wall_s - before;
	return 0;
}
