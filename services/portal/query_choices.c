/* What a filter may choose from: see query.h. */
#include "base/err.h"
#include "event/members.h"
#include "portal/query_inner.h"
#include "portal/store.h"
#include "store/sql.h"

static int
add_country(void *ctx, const struct sql_row *row)
{
	jv *list = ctx;

	*list = jv_array_append(*list, jv_string(sql_text(row, 0, NULL)));
	return 0;
}

jv
query_choices(struct query *q, struct err *err)
{
	jv countries = jv_array(), members = jv_array(), out = jv_object();

	if (sql_each(store_sql(q->store),
		"SELECT * FROM (SELECT a_country AS c FROM partnership UNION"
		" SELECT b_country FROM partnership) WHERE c <> '' ORDER BY c",
		jv_array(), add_country, &countries, err) != 0) {
		jv_free(countries);
		jv_free(members);
		jv_free(out);
		return jv_invalid();
	}
	for (size_t i = 0; i < members_count(q->members); i++)
		members = jv_array_append(
		    members, jv_string(members_id(q->members, i)));
	json_set(&out, "countries", countries);
	json_set(&out, "members", members);
	return out;
}

jv
query_member_names(struct query *q)
{
	jv out = jv_object();

	for (size_t i = 0; i < members_count(q->members); i++) {
		const char *id = members_id(q->members, i);
		jv row = members_row(q->members, id);

		json_set(&out, id, json_get(row, "names"));
		jv_free(row);
	}
	return out;
}

const char *
query_member_left(const struct query *q, const char *id)
{
	return members_left(q->members, id);
}
