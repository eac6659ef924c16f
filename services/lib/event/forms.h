/** Forms that a string of a record may have, and what to say if it has not. */
#ifndef EVENT_FORMS_H
#define EVENT_FORMS_H

enum form {
	FORM_DATE,     /* EDTF level 0 */
	FORM_DAY_TIME, /* wall time or whole date */
	FORM_DURATION, /* ISO 8601 */
	FORM_TERM,     /* duration or "indefinite" */
	FORM_CITY,     /* resolved or not */
	FORM_COUNTRY,
	FORM_LANGUAGE, /* BCP 47 as it is met */
	FORM_URL,      /* http or https */
	FORM_CONTACT,  /* address of a page, or mailto: */
	FORM_MAILBOX,
	FORM_UID, /* of an event */
	FORM_ORG,
	FORM_ABOUT, /* city, pair, organization or event */
	FORM_SPEAKS_FOR,
	FORM_LICENCE, /* SPDX */
	FORM_SHA256,
	FORMS
};

/** 1 if S (not empty) has form F, else 0. */
int forms_fits(enum form f, const char *s);
/** Code of the problem ("bad_date"); static. */
const char *forms_code(enum form f);
/** End of a clerk's sentence: "is no date. Write 1994, ..."; static. */
const char *forms_hint(enum form f);

#endif
