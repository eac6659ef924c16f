/* Figures: see query.h. */
#include "base/err.h"
#include "event/keys.h"
#include "portal/query_inner.h"
#include "portal/store.h"
#include "store/sql.h"

enum { KEPT_MS = 60000 };

/* What is counted here; who has a status is known within a minute. */
static const unsigned counted =
    1u << RECORD_PARTNERSHIP | 1u << RECORD_EVENT | 1u << RECORD_NOTICE;

static jv
count(struct query *q, int64_t now_ms, struct err *err)
{
	struct sql *sql = store_sql(q->store);
	jv out = sql_one(sql,
	    "SELECT (SELECT count(*) FROM partnership) AS partnerships,"
	    " (SELECT count(*) FROM partnership WHERE sides >= 2) AS confirmed,"
	    " (SELECT count(*) FROM partnership WHERE status = 'unconfirmed')"
	    " AS one_sided,"
	    " (SELECT count(*) FROM partnership WHERE differs) AS differing,"
	    " (SELECT count(DISTINCT id) FROM (SELECT a AS id FROM partnership"
	    " UNION SELECT b FROM partnership)) AS cities,"
	    " (SELECT count(*) FROM (SELECT a_country AS c FROM partnership"
	    " UNION SELECT b_country FROM partnership) WHERE c <> '') AS"
	    " countries,"
	    " (SELECT count(DISTINCT member) FROM status) AS members,"
	    " (SELECT count(*) FROM event WHERE end_ms >= ?1) AS events_ahead",
	    JV_ARRAY(jv_number((double)now_ms)), err);
	jv months;

	if (!jv_is_valid(out))
		return out;
	months = sql_rows(sql,
	    "SELECT strftime('%Y-%m', at_ms / 1000, 'unixepoch') AS month,"
	    " kind, count(*) AS n FROM notice WHERE at_ms >="
	    " 1000 * unixepoch(?1 / 1000, 'unixepoch', 'start of month',"
	    " '-11 months') GROUP BY month, kind ORDER BY month, kind",
	    JV_ARRAY(jv_number((double)now_ms)), err);
	if (!jv_is_valid(months)) {
		jv_free(out);
		return months;
	}
	json_set(&out, "months", months);
	return out;
}

jv
query_figures(struct query *q, int64_t now_ms, struct err *err)
{
	uint64_t generation = query_generation(q, counted);
	jv out;

	if (jv_get_kind(q->figures) == JV_KIND_OBJECT &&
	    q->figures_of == generation && now_ms - q->figures_ms < KEPT_MS)
		return jv_copy(q->figures);
	out = count(q, now_ms, err);
	if (!jv_is_valid(out))
		return out;
	jv_free(q->figures);
	q->figures = jv_copy(out);
	q->figures_of = generation;
	q->figures_ms = now_ms;
	return out;
}
