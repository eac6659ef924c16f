/* Columns of tables: see columns.h. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "cli/columns.h"
#include "cli/day.h"

enum form {
	FORM_TEXT,
	FORM_WORD,  /* a code: in lower case */
	FORM_TEXTS, /* one column a language: title.ru */
	FORM_DATE,
	FORM_DAY_TIME,
	FORM_LIST, /* separated by blanks, commas or semicolons */
	FORM_NUMBER
};

struct column {
	const char *title;
	enum form form;
	const char *path; /* in the record */
};

/* In the order of the empty table.  `id` becomes the key (publish.c). */
static const struct column of_events[] = {
    {"id", FORM_TEXT, "id"},
    {"title", FORM_TEXTS, "title"},
    {"start", FORM_DAY_TIME, "start"},
    {"end", FORM_DAY_TIME, "end"},
    {"tz", FORM_TEXT, "tz"},
    {"status", FORM_WORD, "status"},
    {"kind", FORM_WORD, "kind"},
    {"attendance", FORM_WORD, "attendance"},
    {"city", FORM_TEXT, "places[0].city.id"},
    {"city", FORM_TEXTS, "places[0].city.names"},
    {"country", FORM_TEXT, "places[0].city.country"},
    {"place", FORM_TEXTS, "places[0].name"},
    {"address", FORM_TEXT, "places[0].address"},
    {"lat", FORM_NUMBER, "places[0].lat"},
    {"lon", FORM_NUMBER, "places[0].lon"},
    {"summary", FORM_TEXTS, "summary"},
    {"organizer", FORM_TEXT, "organizers[0].id"},
    {"organizer", FORM_TEXTS, "organizers[0].names"},
    {"url", FORM_TEXT, "url"},
    {"registration_url", FORM_TEXT, "registrationUrl"},
    {"registration_until", FORM_DAY_TIME, "registrationUntil"},
    {"contact", FORM_TEXT, "contactUrl"},
    {"languages", FORM_LIST, "languages"},
    {"about", FORM_LIST, "about"},
    {"same_as", FORM_LIST, "sameAs"},
    {"super_event", FORM_TEXT, "superEvent"},
    {"licence", FORM_TEXT, "dataLicence"},
};

static const struct column of_claims[] = {
    {"id", FORM_TEXT, "id"},
    {"city_a", FORM_TEXT, "a.id"},
    {"city_a", FORM_TEXTS, "a.names"},
    {"country_a", FORM_TEXT, "a.country"},
    {"city_b", FORM_TEXT, "b.id"},
    {"city_b", FORM_TEXTS, "b.names"},
    {"country_b", FORM_TEXT, "b.country"},
    {"status", FORM_WORD, "status"},
    {"status_since", FORM_DATE, "statusSince"},
    {"kind", FORM_WORD, "agreements[0].kind"},
    {"kind_label", FORM_TEXT, "agreements[0].kindLabel"},
    {"signed_on", FORM_DATE, "agreements[0].signedOn"},
    {"date_basis", FORM_WORD, "agreements[0].dateBasis"},
    {"term", FORM_TEXT, "agreements[0].term"},
    {"renewal", FORM_WORD, "agreements[0].renewal"},
    {"notice_period", FORM_TEXT, "agreements[0].noticePeriod"},
    {"ended_on", FORM_DATE, "agreements[0].endedOn"},
    {"areas", FORM_LIST, "agreements[0].areas"},
    {"languages", FORM_LIST, "agreements[0].languages"},
    {"document_url", FORM_TEXT, "agreements[0].documentUrl"},
    {"agreement_group", FORM_TEXT, "agreements[0].agreementGroup"},
    {"speaks_for", FORM_TEXT, "speaksFor"},
    {"last_activity", FORM_DATE, "lastActivity"},
    {"last_verified", FORM_DATE, "lastVerified"},
    {"url", FORM_TEXT, "url"},
    {"licence", FORM_TEXT, "dataLicence"},
};

static const struct column of_organizations[] = {
    {"id", FORM_TEXT, "id"},
    {"name", FORM_TEXTS, "names"},
    {"kind", FORM_WORD, "kind"},
    {"country", FORM_TEXT, "country"},
    {"website", FORM_TEXT, "website"},
    {"mailbox", FORM_TEXT, "roleMailbox"},
    {"member_of", FORM_LIST, "memberOf"},
    {"speaks_for", FORM_LIST, "speaksFor"},
    {"same_as", FORM_LIST, "sameAs"},
};

static const struct column *
columns_of(enum record_type t, size_t *out_n)
{
	switch (t) {
	case RECORD_EVENT:
		*out_n = sizeof(of_events) / sizeof(*of_events);
		return of_events;
	case RECORD_CLAIM:
		*out_n = sizeof(of_claims) / sizeof(*of_claims);
		return of_claims;
	case RECORD_ORGANIZATION:
		*out_n = sizeof(of_organizations) / sizeof(*of_organizations);
		return of_organizations;
	default:
		*out_n = 0;
		return NULL;
	}
}

const struct column *
columns_find(enum record_type t, const char *title, struct err *err)
{
	size_t n, size = strcspn(title, ".");
	const struct column *all = columns_of(t, &n);
	int has_language = title[size] == '.' && title[size + 1] != '\0';
	int is_known = 0;

	for (size_t i = 0; i < n; i++) {
		if (strlen(all[i].title) != size ||
		    strncasecmp(all[i].title, title, size) != 0)
			continue;
		is_known = 1;
		if ((all[i].form == FORM_TEXTS) == has_language)
			return &all[i];
	}
	err_set(err, ERR_REJECT, 0,
	    !is_known ? "column \"%.60s\" is not known; --template prints "
			"those there are"
	    : has_language
		? "column \"%.60s\" has no languages"
		: "column \"%.60s\" needs a language behind a point, "
		  "such as .ru",
	    title);
	return NULL;
}

/* "places[0].city.id" as jv's path. */
static jv
path_of(const char *text)
{
	jv path = jv_array();
	size_t size;

	while (*text != '\0') {
		size = strcspn(text, ".[");
		if (*text == '[') {
			path = jv_array_append(
			    path, jv_number(strtod(text + 1, NULL)));
			size = strcspn(text, "]") + 1;
		} else if (size > 0) {
			path = jv_array_append(
			    path, jv_string_sized(text, (int)size));
		}
		text += size;
		text += *text == '.';
	}
	return path;
}

static jv
list_of(const char *text)
{
	jv list = jv_array();
	size_t size;

	for (; *text != '\0'; text += size) {
		size = strcspn(text, " ,;\t\r\n");
		if (size > 0)
			list = jv_array_append(
			    list, jv_string_sized(text, (int)size));
		else
			size = 1;
	}
	return list;
}

static jv
word_of(const char *text)
{
	char word[COLUMN_NAME_MAX];
	size_t i;

	for (i = 0; text[i] != '\0' && i + 1 < sizeof(word); i++)
		word[i] = text[i] >= 'A' && text[i] <= 'Z'
			      ? (char)(text[i] - 'A' + 'a')
			      : text[i];
	word[i] = '\0';
	return text[i] == '\0' ? jv_string(word) : jv_string(text);
}

static jv
number_of(const char *text)
{
	char digits[COLUMN_NAME_MAX], *comma, *end;
	double d;

	if (strlen(text) >= sizeof(digits) ||
	    text[strspn(text, "+-0123456789.,")] != '\0')
		return jv_invalid();
	memcpy(digits, text, strlen(text) + 1);
	comma = strchr(digits, ',');
	if (comma != NULL)
		*comma = '.';
	/* In the "C" locale; main() sets LC_CTYPE alone. */
	d = strtod(digits, &end);
	return *end == '\0' ? jv_number(d) : jv_invalid();
}

static jv
value_of(const struct column *c, const char *text, struct err *err)
{
	char when[DAY_TIME_SIZE];
	jv value;

	switch (c->form) {
	case FORM_DATE:
		if (day_date(text, when) == 0)
			return jv_string(when);
		err_set(err, ERR_REJECT, 0,
		    "\"%.40s\" is no date; write 31.10.2022, 2022-10-31, "
		    "2022-10 or 2022",
		    text);
		return jv_invalid();
	case FORM_DAY_TIME:
		if (day_time(text, when) == 0)
			return jv_string(when);
		err_set(err, ERR_REJECT, 0,
		    "\"%.40s\" is no date or time; write 31.10.2022 13:00, "
		    "2022-10-31 13:00, or the day alone",
		    text);
		return jv_invalid();
	case FORM_NUMBER:
		value = number_of(text);
		if (!jv_is_valid(value))
			err_set(
			    err, ERR_REJECT, 0, "\"%.40s\" is no number", text);
		return value;
	case FORM_LIST:
		return list_of(text);
	case FORM_WORD:
		return word_of(text);
	default:
		return jv_string(text);
	}
}

int
columns_put(const struct column *c, const char *title, const char *text,
    jv *record, struct err *err)
{
	jv value = value_of(c, text, err), path;

	if (!jv_is_valid(value))
		return -1;
	path = path_of(c->path);
	if (c->form == FORM_TEXTS)
		path = jv_array_append(path, jv_string(strchr(title, '.') + 1));
	*record = jv_setpath(*record, path, value);
	return 0;
}

/* A table's last day of an event is the day people come; the record's end is
 * the day after. */
static void
finish_event(jv *event)
{
	char day[DAY_SIZE];
	const char *start = json_str(*event, "start", "");
	const char *end = json_str(*event, "end", "");
	int is_all_day = strlen(start) == DAY_SIZE - 1;

	json_set(event, "allDay", jv_bool(is_all_day));
	if (is_all_day && strlen(end) == DAY_SIZE - 1) {
		memcpy(day, end, sizeof(day));
		day_next(day);
		json_set_str(event, "end", day);
	}
	if (*json_str(*event, "status", "") == '\0')
		json_set_str(event, "status", "confirmed");
}

static void
finish_organizer(jv *event)
{
	jv all = json_get(*event, "organizers"), first;

	if (jv_get_kind(all) == JV_KIND_ARRAY) {
		first = jv_array_get(jv_copy(all), 0);
		json_set_str(&first, "role", "organizer");
		all = jv_array_set(all, 0, first);
		json_set(event, "organizers", all);
	} else {
		jv_free(all);
	}
}

void
columns_finish(enum record_type t, jv *record)
{
	if (t != RECORD_EVENT)
		return;
	finish_event(record);
	finish_organizer(record);
}

void
columns_name(enum record_type t, const char *field, char *out, size_t size)
{
	size_t n, path_size;
	const struct column *all = columns_of(t, &n);

	for (size_t i = 0; i < n; i++) {
		path_size = strlen(all[i].path);
		if (strncmp(all[i].path, field, path_size) != 0)
			continue;
		if (all[i].form == FORM_TEXTS && field[path_size] == '.')
			snprintf(
			    out, size, "%s%s", all[i].title, field + path_size);
		else if (field[path_size] == '\0' || field[path_size] == '[')
			snprintf(out, size, "%s", all[i].title);
		else
			continue;
		return;
	}
	snprintf(out, size, "%s", field);
}

int
columns_template(enum record_type t, FILE *out)
{
	size_t n;
	const struct column *all = columns_of(t, &n);

	for (size_t i = 0; i < n; i++) {
		if (all[i].form == FORM_TEXTS)
			fprintf(out, "%s%s.en;%s.ru", i > 0 ? ";" : "",
			    all[i].title, all[i].title);
		else
			fprintf(out, "%s%s", i > 0 ? ";" : "", all[i].title);
	}
	if (n > 0)
		fputs("\r\n", out);
	return n > 0 ? 0 : -1;
}
