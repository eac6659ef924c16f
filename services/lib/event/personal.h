/**
 * Personal data in free text: phone numbers and personal mailboxes (DESIGN
 * section 2).  Made so that dates, years, QIDs, coordinates, large numbers and
 * numbers of agreements pass; it is a lint for slips, not a proof.
 */
#ifndef EVENT_PERSONAL_H
#define EVENT_PERSONAL_H

#include <stddef.h>

struct buf;

enum personal_kind { PERSONAL_NOTHING, PERSONAL_PHONE, PERSONAL_MAILBOX };

/**
 * The first finding in TEXT at or after *START: its kind, and its bytes from
 * *START to before *END.  PERSONAL_NOTHING leaves both as they were.  Mailboxes
 * among ROLE_MAILBOXES (NULL-ended, or NULL; in any case) are none.
 */
enum personal_kind personal_find(const char *text,
    const char *const *role_mailboxes, size_t *start, size_t *end);
/** Append TEXT to OUT with every finding replaced by "[...]". */
void personal_strip(
    const char *text, const char *const *role_mailboxes, struct buf *out);

#endif
