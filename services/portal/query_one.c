/* Single records with what belongs to them: see query.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "portal/query_inner.h"
#include "portal/store.h"
#include "store/sql.h"

/* Set NAME of *ITEM to the items whose `id` IDS gives, in its order; -1 with
 * ERR. */
static int
attach(struct query *q, jv *item, const char *name, const char *ids,
    jv parameters, struct err *err)
{
	char *sql = mem_printf(
	    "SELECT " QUERY_ITEM " FROM (%s) y" QUERY_RECORDS_OF("y"), ids);
	jv items = query_items(q, sql, parameters, err);

	free(sql);
	if (!jv_is_valid(items))
		return -1;
	json_set(item, name, items);
	return 0;
}

/* ITEM, or jv_invalid() if attaching failed. */
static jv
whole(jv item, int is_whole)
{
	if (is_whole)
		return item;
	jv_free(item);
	return jv_invalid();
}

jv
query_partnership(struct query *q, const char *key, struct err *err)
{
	jv which = JV_ARRAY(jv_string(key));
	jv item = query_first(q,
	    "SELECT " QUERY_ITEM " FROM record r JOIN topic t ON"
	    " t.id = r.topic WHERE t.name = 'tw.partnerships' AND r.key = ?1",
	    jv_copy(which), err);
	int rc = 0;

	if (jv_get_kind(item) == JV_KIND_OBJECT)
		rc = attach(q, &item, "claims",
			 /* Those that are a side's word before any number of
			  * others. */
			 "SELECT x.id FROM partnership p JOIN pair_claim pc ON"
			 " pc.pair = p.id JOIN claim x ON x.key = pc.claim"
			 " WHERE p.key = ?1 ORDER BY x.key NOT IN (SELECT"
			 " json_extract(s.value, '$.claim') FROM partnership o"
			 " JOIN record r ON r.id = o.id, json_each(r.value,"
			 " '$.sides') s WHERE o.key = ?1), x.key LIMIT 200",
			 jv_copy(which), err) != 0 ||
		     attach(q, &item, "events",
			 "SELECT x.id FROM event x WHERE x.id IN (SELECT"
			 " ea.event FROM event_about ea WHERE ea.what = ?1)"
			 " OR x.id IN (SELECT e1.event FROM partnership p JOIN"
			 " event_city e1 ON e1.city = p.a JOIN event_city e2"
			 " ON e2.event = e1.event AND e2.city = p.b WHERE"
			 " p.key = ?1) ORDER BY x.start_ms DESC LIMIT 50",
			 jv_copy(which), err) != 0 ||
		     attach(q, &item, "notices",
			 "SELECT x.id FROM notice x WHERE x.pair = ?1"
			 " ORDER BY x.at_ms DESC, x.id DESC LIMIT 100",
			 jv_copy(which), err) != 0;
	jv_free(which);
	return whole(item, rc == 0);
}

jv
query_event(struct query *q, const char *uid, struct err *err)
{
	jv which = JV_ARRAY(jv_string(uid)), by, past;
	jv item = query_first(q,
	    "SELECT " QUERY_ITEM " FROM record r JOIN topic t ON"
	    " t.id = r.topic WHERE r.key = ?1 AND t.name = 'tw.events.' ||"
	    " substr(?1, instr(?1, '@') + 1)",
	    jv_copy(which), err);
	int rc = 0, is_cut;

	if (jv_get_kind(item) != JV_KIND_OBJECT) {
		jv_free(which);
		return item;
	}
	rc = attach(q, &item, "receipts",
		 "SELECT x.id FROM receipt x WHERE x.about = ?1"
		 " ORDER BY x.member, x.connection LIMIT 200",
		 jv_copy(which), err) != 0 ||
	     attach(q, &item, "partnerships",
		 "SELECT x.id FROM event e JOIN event_about ea ON ea.event ="
		 " e.id JOIN partnership x ON x.key = ea.what WHERE e.uid = ?1"
		 " LIMIT 50",
		 jv_copy(which), err) != 0 ||
	     attach(q, &item, "parts",
		 "SELECT x.id FROM event x WHERE x.super = ?1"
		 " ORDER BY x.start_ms, x.id LIMIT 100",
		 jv_copy(which), err) != 0 ||
	     attach(q, &item, "same",
		 "SELECT x.id FROM event x WHERE x.id IN (SELECT s.event FROM"
		 " event_same s WHERE s.uid = ?1) OR x.uid IN (SELECT s.uid"
		 " FROM event e JOIN event_same s ON s.event = e.id WHERE"
		 " e.uid = ?1) LIMIT 20",
		 jv_copy(which), err) != 0;
	by = rc != 0 ? jv_null()
		     : sql_one(store_sql(q->store),
			   "SELECT min(o.uid) AS uid FROM event e JOIN"
			   " event_same s ON s.event = e.id JOIN event o ON"
			   " o.uid = s.uid WHERE e.uid = ?1 AND (o.uid < e.uid"
			   " OR NOT EXISTS (SELECT 1 FROM event_same back"
			   " WHERE back.event = o.id AND back.uid = e.uid))",
			   jv_copy(which), err);
	past = rc != 0 ? jv_null()
		       : sql_rows_within(store_sql(q->store),
			     "SELECT p.at_ms AS at, p.what AS what_json FROM"
			     " event e JOIN event_past p ON p.event = e.id"
			     " WHERE e.uid = ?1 ORDER BY p.offset",
			     jv_copy(which), QUERY_BYTES_MAX, &is_cut, err);
	if (jv_is_valid(by) && jv_is_valid(past) && rc == 0) {
		json_set(&item, "shown_as", json_get(by, "uid"));
		json_set(&item, "past", jv_copy(past));
	} else {
		rc = -1;
	}
	jv_free(past);
	jv_free(by);
	jv_free(which);
	return whole(item, rc == 0);
}

jv
query_organization(struct query *q, const char *id, struct err *err)
{
	return query_first(q,
	    "SELECT " QUERY_ITEM " FROM organization x" QUERY_RECORD(
		"x.id") " WHERE x.organization = ?1"
			" ORDER BY 'org:' || x.member <> ?1, x.id LIMIT 1",
	    JV_ARRAY(jv_string(id)), err);
}

jv
query_claim(struct query *q, const char *key, struct err *err)
{
	return query_first(q,
	    "SELECT " QUERY_ITEM " FROM record r JOIN topic t ON"
	    " t.id = r.topic WHERE r.key = ?1 AND t.name = 'tw.claims.' ||"
	    " substr(?1, 1, instr(?1, '|') - 1)",
	    JV_ARRAY(jv_string(key)), err);
}
