/** What the files of the REST interface share; nobody else includes it. */
#ifndef PORTAL_API_INNER_H
#define PORTAL_API_INNER_H

#include "base/json.h"

struct answer;
struct err;

/** What every answer of the interface says. */
void api_begin(struct answer *a);
/** ERR as the client's mistake, or ours. */
void api_fail(struct answer *a, const struct err *err);
/** V (consumed) as JSON; null: 404; jv_invalid(): ERR. */
void api_give(struct answer *a, jv v, const struct err *err);

#endif
