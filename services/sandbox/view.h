/** The parts of a site's page, as HTML appended to OUT. */
#ifndef SANDBOX_VIEW_H
#define SANDBOX_VIEW_H

#include "base/json.h"
#include "sandbox/shelf.h"

struct buf;
struct site;

/** Everything up to the page's content, with TITLE. */
void view_head(struct buf *out, const struct site *s, const char *title);
/** The lamp and, if the wire has lost records, the note about it. */
void view_lamp(struct buf *out, const struct site *s);
/** Under own ITEM of collection C: that and why it was not sent, if so. */
void view_refusal(
    struct buf *out, const struct site *s, enum shelf_collection c, jv item);
/** All events: the site's own and those from the wire. */
void view_events(struct buf *out, const struct site *s);
/** Merged partnerships as they came from the wire. */
void view_partnerships(struct buf *out, const struct site *s);
/** The site's own claims. */
void view_claims(struct buf *out, const struct site *s);
/** Notices that came. */
void view_notices(struct buf *out, const struct site *s);
/** Switches and what to try; ends the page. */
void view_foot(struct buf *out, const struct site *s);
/** Form for event or claim RECORD (borrowed; {} for a new one) under ID. */
void view_event_form(
    struct buf *out, const struct site *s, const char *id, jv record);
void view_claim_form(
    struct buf *out, const struct site *s, const char *id, jv record);
/** The list of cities that forms offer. */
void view_cities(struct buf *out, const struct site *s);

#endif
