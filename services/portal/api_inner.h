/** What the files of the REST interface share; nobody else includes it. */
#ifndef PORTAL_API_INNER_H
#define PORTAL_API_INNER_H

#include "base/json.h"

struct answer;
struct err;
struct request;

/** What every answer of the interface says. */
void api_begin(struct answer *a);
/** ERR as the client's mistake, or ours. */
void api_fail(struct answer *a, const struct err *err);
/** V (consumed) as JSON; null: 404; jv_invalid(): ERR. */
void api_give(struct answer *a, jv v, const struct err *err);

/** Whether RQ wants CSV: argument `format` (json, csv), else Accept; -1 with
 * ERR = REJECT. */
int api_form(const struct request *rq, int *out_is_csv, struct err *err);
/** A list (consumed) as CSV (RFC 4180) with a head line; the address of the
 * page that follows, with all that RQ asks for, goes into a Link header.
 * jv_invalid(): ERR. */
void api_give_csv(
    const struct request *rq, struct answer *a, jv list, const struct err *err);

#endif
