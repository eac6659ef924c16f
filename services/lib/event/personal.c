/* Personal data in free text: see personal.h. */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "event/personal.h"

enum { GROUPS_MAX = 8, DIGITS_MIN = 5, CONTEXT_BYTES = 24 };

/* Groups of digits with at most one separator between two of them. */
struct run {
	size_t start, end; /* bytes; START at "+" or "(" if there is one */
	int digits;
	int n; /* groups */
	int size[GROUPS_MAX];
	int year[GROUPS_MAX];
	const char *at[GROUPS_MAX];
	int has_plus, has_brackets, has_dots, only_spaces;
};

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
is_word(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       is_digit(c) || c == '_';
}

static int
is_mail_char(char c)
{
	return is_word(c) || (c != '\0' && strchr(".%+-", c) != NULL) ||
	       (unsigned char)c >= 0x80;
}

/* Bytes of the separator of digits at S, 0 if there is none. */
static size_t
separator(const char *s, struct run *r)
{
	static const char *const wide[] = {
	    "\xC2\xA0", "\xE2\x80\xAF", /* spaces that don't break */
	    "\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x93" /* hyphens */
	};

	if (*s == ' ')
		return 1;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++) {
		size_t size = strlen(wide[i]);

		if (strncmp(s, wide[i], size) == 0) {
			if (i >= 2)
				r->only_spaces = 0;
			return size;
		}
	}
	if (*s != '-' && *s != '.' && *s != '(' && *s != ')')
		return 0;
	r->only_spaces = 0;
	r->has_dots |= *s == '.';
	r->has_brackets |= *s == '(';
	return 1;
}

static void
add_group(struct run *r, const char *at, int size)
{
	int n = r->n++;

	r->digits += size;
	if (n >= GROUPS_MAX)
		return;
	r->at[n] = at;
	r->size[n] = size;
	r->year[n] = size == 4 && ((at[0] == '1' && at[1] >= '8') ||
				      (at[0] == '2' && at[1] == '0'));
}

/* Read the run that starts at TEXT[I] ("+", "(" or a digit). */
static void
take_run(const char *text, size_t i, struct run *r)
{
	size_t at = i;

	memset(r, 0, sizeof(*r));
	r->start = r->end = i;
	r->only_spaces = 1;
	if (text[at] == '+') {
		r->has_plus = 1;
		at++;
	}
	if (text[at] == '(')
		at += separator(text + at, r);
	while (is_digit(text[at])) {
		size_t from = at, gap = 0, size;

		while (is_digit(text[at]))
			at++;
		add_group(r, text + from, (int)(at - from));
		r->end = at;
		/* ") " and " (" and "  " are one gap. */
		while (gap < 4 && (size = separator(text + at + gap, r)) > 0)
			gap += size;
		at += gap;
	}
}

/* 1 if one of WORDS stands in the bytes just before TEXT[START]. */
static int
has_before(const char *text, size_t start, const char *const *words)
{
	char near[CONTEXT_BYTES + 1];
	size_t size = start < CONTEXT_BYTES ? start : CONTEXT_BYTES;

	memcpy(near, text + start - size, size);
	near[size] = '\0';
	for (; *words != NULL; words++)
		if (strcasestr(near, *words) != NULL)
			return 1;
	return 0;
}

/* "№ 17", "No. 17", "# 17": the number of a document. */
static int
is_numbered(const char *text, size_t start)
{
	static const char *const words[] = {"\xE2\x84\x96", "no. ", "no.",
	    " no ", "#", "nr.", "nr ", "ref", "id ",
	    "id:", "\xD0\x98\xD0\x9D\xD0\x9D", /* ИНН */
	    "\xE7\xAC\xAC", /* 第 */ NULL};
	size_t near = start < 6 ? start : 6;

	/* Only what directly precedes. */
	return has_before(text + start - near, near, words);
}

static int
is_called_phone(const char *text, size_t start)
{
	static const char *const words[] = {"tel", "phone", "fax", "mobile",
	    "whatsapp", "\xD1\x82\xD0\xB5\xD0\xBB", /* тел */
	    "\xD0\xA2\xD0\xB5\xD0\xBB",		    /* Тел */
	    "\xD0\xA2\xD0\x95\xD0\x9B",		    /* ТЕЛ */
	    "\xD1\x84\xD0\xB0\xD0\xBA\xD1\x81",	    /* факс */
	    "\xD0\xA4\xD0\xB0\xD0\xBA\xD1\x81",	    /* Факс */
	    "\xD0\xBC\xD0\xBE\xD0\xB1.",	    /* моб. */
	    "\xE7\x94\xB5\xE8\xAF\x9D",		    /* 电话 */
	    "\xE9\x9B\xBB\xE8\xA9\xB1",		    /* 電話 */
	    "\xE6\x89\x8B\xE6\x9C\xBA",		    /* 手机 */
	    "\xE4\xBC\xA0\xE7\x9C\x9F",		    /* 传真 */
	    "\xE2\x98\x8E", /* a telephone */ NULL};
	static const char *const not_words[] = {"hotel", "intel", "telev",
	    "\xD0\xBE\xD1\x82\xD0\xB5\xD0\xBB",			/* отел */
	    "\xD0\xBE\xD0\xB4\xD0\xB8\xD1\x82\xD0\xB5\xD0\xBB", /* одител */
	    NULL};

	return has_before(text, start, words) &&
	       !has_before(text, start, not_words);
}

/* "10 000 000", "1.000.000". */
static int
is_large_number(const struct run *r)
{
	if (r->size[0] > 3 || r->n < 2)
		return 0;
	for (int i = 1; i < r->n && i < GROUPS_MAX; i++)
		if (r->size[i] != 3)
			return 0;
	return r->only_spaces || (r->has_dots && !r->has_brackets);
}

static int
has_year(const struct run *r)
{
	for (int i = 0; i < r->n && i < GROUPS_MAX; i++)
		if (r->year[i])
			return 1;
	return 0;
}

static int
has_group_of_3(const struct run *r)
{
	for (int i = 0; i < r->n && i < GROUPS_MAX; i++)
		if (r->size[i] >= 3)
			return 1;
	return 0;
}

/* One group: "+79021234567", "89021234567", "13812345678". */
static int
is_mobile(const struct run *r)
{
	const char *d = r->at[0];

	return r->n == 1 && r->digits == 11 &&
	       (((d[0] == '7' || d[0] == '8') && d[1] == '9') ||
		   (d[0] == '1' && d[1] >= '3'));
}

/* "(8442) 30-12-34" */
static int
has_area_code(const struct run *r)
{
	return r->has_brackets && r->n >= 2 && r->digits >= 8 &&
	       r->digits <= 12 && r->size[0] >= 2 && r->size[0] <= 5;
}

/* "8 844 230-12-34", "0472-5121234", "138 1234 5678" */
static int
is_grouped(const struct run *r)
{
	if (r->n < 2 || r->n > 6 || r->has_dots || !has_group_of_3(r) ||
	    is_large_number(r))
		return 0;
	switch (r->at[0][0]) {
	case '0':
		return r->digits >= 10 && r->digits <= 15 &&
		       !(r->only_spaces && r->n == 2 && r->size[0] <= 2);
	case '7':
	case '8':
		return r->digits == 11 && (r->size[0] == 1 || r->size[0] == 4);
	case '1':
		return r->digits == 11 && r->size[0] == 3;
	default:
		return 0;
	}
}

static int
is_phone(const char *text, const struct run *r)
{
	char before = r->start == 0 ? ' ' : text[r->start - 1];

	if (r->n == 0 || r->n > GROUPS_MAX || r->digits < DIGITS_MIN ||
	    is_word(before) || strchr("/=.,-", before) != NULL ||
	    is_word(text[r->end]))
		return 0;
	if (r->has_plus)
		return r->digits >= 8 && r->digits <= 15 &&
		       !(r->has_dots && r->n == 2) && !is_large_number(r);
	/* "48.71378" */
	if (r->has_dots && r->n <= 4 && r->size[0] <= 3 && r->n >= 2 &&
	    r->size[1] >= 4)
		return 0;
	if (is_numbered(text, r->start))
		return 0;
	if (is_called_phone(text, r->start) && r->digits <= 15 && !has_year(r))
		return 1;
	if (has_year(r) || r->digits > 15)
		return 0;
	return is_mobile(r) || has_area_code(r) || is_grouped(r);
}

/* The mailbox around the "@" at TEXT[AT], which begins at or after FROM. */
static int
take_mailbox(
    const char *text, size_t from, size_t at, size_t *start, size_t *end)
{
	size_t i = at, dot = 0;

	while (i > from && is_mail_char(text[i - 1]))
		i--;
	if (i == at)
		return 0;
	*start = i;
	for (i = at + 1;
	     is_mail_char(text[i]) && strchr("%+_", text[i]) == NULL; i++)
		if (text[i] == '.' && i > at + 1 && text[i + 1] != '\0' &&
		    is_mail_char(text[i + 1]) && text[i + 1] != '.')
			dot = i;
	while (i > at + 1 && (text[i - 1] == '.' || text[i - 1] == '-'))
		i--;
	*end = i;
	return dot != 0;
}

static int
is_role(const char *s, size_t size, const char *const *roles)
{
	for (; roles != NULL && *roles != NULL; roles++)
		if (strlen(*roles) == size && strncasecmp(*roles, s, size) == 0)
			return 1;
	return 0;
}

enum personal_kind
personal_find(const char *text, const char *const *role_mailboxes,
    size_t *start, size_t *end)
{
	size_t from = *start, i = from, mail_start, mail_end;
	struct run r;

	while (text[i] != '\0') {
		if (text[i] == '@' &&
		    take_mailbox(text, from, i, &mail_start, &mail_end)) {
			if (!is_role(text + mail_start, mail_end - mail_start,
				role_mailboxes)) {
				*start = mail_start;
				*end = mail_end;
				return PERSONAL_MAILBOX;
			}
			i = mail_end;
			continue;
		}
		if (text[i] != '+' && text[i] != '(' && !is_digit(text[i])) {
			i++;
			continue;
		}
		take_run(text, i, &r);
		if (is_phone(text, &r)) {
			*start = r.start;
			*end = r.end;
			return PERSONAL_PHONE;
		}
		i = r.n == 0 || r.end == i ? i + 1 : r.end;
	}
	return PERSONAL_NOTHING;
}

void
personal_strip(
    const char *text, const char *const *role_mailboxes, struct buf *out)
{
	size_t start = 0, end = 0, done = 0;

	while (personal_find(text, role_mailboxes, &start, &end) !=
	       PERSONAL_NOTHING) {
		buf_add(out, text + done, start - done);
		buf_puts(out, "[...]");
		start = done = end;
	}
	buf_puts(out, text + done);
}
