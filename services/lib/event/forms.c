/* Forms of a record's strings: see forms.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event/codes.h"
#include "event/dates.h"
#include "event/forms.h"
#include "event/keys.h"
#include "event/personal.h"

enum { URL_MAX_BYTES = 2000 };

/* Leading bytes of S that lie in one of the ranges, pairs of characters. */
static size_t
class_run(const char *s, const char *from_to)
{
	size_t n = 0;

	for (; s[n] != '\0'; n++) {
		const char *c = from_to;

		while (*c != '\0' && (s[n] < c[0] || s[n] > c[1]))
			c += 2;
		if (*c == '\0')
			break;
	}
	return n;
}

/* BCP 47 as it is met: language, script, region, variants. */
static int
is_language(const char *s)
{
	size_t n = class_run(s, "az");

	if (n < 2 || n > 3)
		return 0;
	s += n;
	if (s[0] == '-' && class_run(s + 1, "AZ") == 1 &&
	    class_run(s + 2, "az") == 3)
		s += 5;
	if (s[0] == '-' && class_run(s + 1, "AZ") == 2)
		s += 3;
	else if (s[0] == '-' && class_run(s + 1, "09") == 3 &&
		 (s[4] == '-' || s[4] == '\0'))
		s += 4;
	while (s[0] == '-') {
		n = class_run(s + 1, "az09");
		if (n < 4 || n > 8)
			return 0;
		s += 1 + n;
	}
	return *s == '\0';
}

/* Resolved, or in one of the forms that wait for an alias. */
static int
is_city(const char *id)
{
	size_t n;

	if (key_is_city(id))
		return 1;
	if (strncmp(id, "unlocode:", 9) == 0)
		return class_run(id + 9, "AZ09") == 5 && id[14] == '\0';
	if (strncmp(id, "x:", 2) != 0)
		return 0;
	n = class_run(id + 2, "az09--");
	return n > 0 && id[2 + n] == '/' && id[3 + n] != '\0' &&
	       strlen(id) <= KEY_MAX_BYTES;
}

static int
is_org(const char *id)
{
	size_t n;

	if (strncmp(id, "org:", 4) != 0 || strlen(id) > KEY_MAX_BYTES)
		return 0;
	n = class_run(id + 4, "az09--");
	return n > 0 && id[4] != '-' &&
	       (id[4 + n] == '\0' || (id[4 + n] == '/' && id[5 + n] != '\0'));
}

static int
is_pair(const char *text)
{
	char a[KEY_ID_MAX + 1], *pair;
	const char *plus = strchr(text, '+');
	int is;

	if (plus == NULL || (size_t)(plus - text) >= sizeof(a))
		return 0;
	snprintf(a, sizeof(a), "%.*s", (int)(plus - text), text);
	pair = key_pair(a, plus + 1, NULL);
	is = pair != NULL && strcmp(pair, text) == 0;
	free(pair);
	return is;
}

static int
is_url(const char *s)
{
	size_t skip = strncmp(s, "https://", 8) == 0  ? 8
		      : strncmp(s, "http://", 7) == 0 ? 7
						      : 0;

	if (skip == 0 || strlen(s) > URL_MAX_BYTES || s[skip] == '\0' ||
	    strchr("/?#", s[skip]) != NULL)
		return 0;
	for (; *s != '\0'; s++)
		if ((unsigned char)*s <= ' ' || *s == '\x7f' ||
		    strchr("<>\"\\", *s) != NULL)
			return 0;
	return 1;
}

static int
is_mailbox(const char *s)
{
	size_t start = 0, end = 0;

	return personal_find(s, NULL, &start, &end) == PERSONAL_MAILBOX &&
	       start == 0 && s[end] == '\0';
}

static int
is_uid(const char *s)
{
	struct key_parts parts;

	return key_parse(RECORD_EVENT, s, &parts) == 0;
}

static int
is_about(const char *s)
{
	return is_city(s) || is_pair(s) || is_org(s) || is_uid(s);
}

static int
is_speaks_for(const char *s)
{
	return is_city(s) || (strncmp(s, "country:", 8) == 0 &&
				 codes_rank(CODES_COUNTRY, s + 8) >= 0);
}

static int
is_day_time(const char *s)
{
	int64_t at;

	return dates_wall(s, &at, NULL) == 0;
}

static int
is_term(const char *s)
{
	return strcmp(s, "indefinite") == 0 || dates_is_duration(s);
}

static int
is_country(const char *s)
{
	return codes_rank(CODES_COUNTRY, s) >= 0;
}

static int
is_contact(const char *s)
{
	return is_url(s) ||
	       (strncmp(s, "mailto:", 7) == 0 && is_mailbox(s + 7));
}

static int
is_licence(const char *s)
{
	size_t n = class_run(s, "azAZ09--..++");

	return s[n] == '\0' && n <= 64;
}

static int
is_sha256(const char *s)
{
	return class_run(s, "09af") == 64 && s[64] == '\0';
}

/* Forms of one string: the test, the code and the end of the sentence. */
static const struct {
	int (*is)(const char *s);
	const char *code, *hint;
} forms[FORMS] = {
    [FORM_DATE] = {dates_is_edtf, "bad_date",
	"is no date. Write 1994, 1994-02 or 1994-02-22."},
    [FORM_DAY_TIME] = {is_day_time, "bad_date",
	"is no date. Write 2022-10-31, or with a time "
	"2022-10-31T13:00:00."},
    [FORM_DURATION] = {dates_is_duration, "bad_duration",
	"is no period. Write P5Y for five years, P90D for 90 days."},
    [FORM_TERM] = {is_term, "bad_duration",
	"is no term. Write P5Y for five years, or indefinite."},
    [FORM_CITY] = {is_city, "bad_city",
	"is not in a known form. Choose the city from the list; its "
	"number looks like wd:Q914."},
    [FORM_COUNTRY] = {is_country, "bad_country",
	"is no country code. Write two capital letters, like RU or CN."},
    [FORM_LANGUAGE] = {is_language, "bad_language",
	"is no language code. Write one like ru, en or zh-Hans."},
    [FORM_URL] = {is_url, "bad_url",
	"is no web address. It begins with https:// and has no spaces."},
    [FORM_CONTACT] = {is_contact, "bad_url",
	"is neither a web address (https://...) nor an office mailbox "
	"(mailto:...)."},
    [FORM_MAILBOX] = {is_mailbox, "bad_mailbox", "is no mailbox."},
    [FORM_UID] = {is_uid, "bad_uid",
	"is not the number of an event. It looks like "
	"website.17@volgograd."},
    [FORM_ORG] = {is_org, "bad_organization",
	"is not the number of an organization. It looks like "
	"org:volgograd."},
    [FORM_ABOUT] = {is_about, "bad_about",
	"names no city, partnership or organization."},
    [FORM_SPEAKS_FOR] = {is_speaks_for, "bad_city",
	"is neither a city (wd:Q914) nor a country (country:KG)."},
    [FORM_LICENCE] = {is_licence, "bad_licence",
	"is no known short name of a licence, like CC-BY-4.0."},
    [FORM_SHA256] = {is_sha256, "bad_sha256",
	"is no check sum: 64 digits and small letters a to f."},
};

int
forms_fits(enum form f, const char *s)
{
	return forms[f].is(s);
}

const char *
forms_code(enum form f)
{
	return forms[f].code;
}

const char *
forms_hint(enum form f)
{
	return forms[f].hint;
}
