/**
 * What makes a record fit for the wire, beyond its schema (DESIGN section 2,
 * domain.md sections 4-6).  Pure: no I/O, no clock.
 */
#ifndef EVENT_RULES_H
#define EVENT_RULES_H

#include "base/json.h"
#include "event/keys.h"

struct err;

enum rules_personal { RULES_PERSONAL_REFUSE, RULES_PERSONAL_STRIP };

struct rules_conf {
	enum rules_personal personal_data;
	const char *const *role_mailboxes; /* allowed, borrowed; NULL-ended */
};

/**
 * Check RECORD (borrowed) of type T, which MEMBER writes under KEY: code
 * lists, EDTF dates, city ids and countries, languages, wall times and zone,
 * end after start, key and origin, lengths, personal data in free text.
 * Returns an array of problems, empty if it is fit:
 * {code: "bad_date", field: "agreements[0].signedOn", text: "..."}; text is a
 * sentence for a clerk, without internal words.  C may be NULL.
 */
jv rules_check(enum record_type t, jv record, const char *member,
    const char *key, const struct rules_conf *c);
/**
 * RECORD (consumed) with phone numbers and personal mailboxes in free text
 * replaced by "[...]" where C says strip; else unchanged.
 */
jv rules_strip(enum record_type t, jv record, const struct rules_conf *c);
/** The members of records that rules_origin() looks at, NULL-ended. */
extern const char *const rules_origin_members[];
/** 0, or -1 with ERR = REJECT, code "origin_mismatch": see DESIGN section 2. */
int rules_origin(enum record_type t, jv record, const char *key,
    const char *topic, struct err *err);

/**
 * RECORD (consumed) of type T as it is published: derived fields filled in
 * from PREVIOUS (borrowed; jv_null() if there is none): for events startUtc,
 * endUtc (from wall time and IANA zone), sequence, previousStart; modifiedAt
 * = NOW_MS.  Call after rules_check() found nothing.
 */
jv rules_derive(enum record_type t, jv record, jv previous, int64_t now_ms);
/** RECORD (consumed) without its derived fields: what the hash is over. */
jv rules_essence(enum record_type t, jv record);

/**
 * Wall time ("2022-10-31T13:00:00" or a date) in IANA zone TZ to UTC.  -1 if
 * either is not known.  A time that a change of clocks skips or repeats takes
 * the offset before the change.
 */
int rules_utc(const char *wall, const char *tz, int64_t *out_ms);

#endif
