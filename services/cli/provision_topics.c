/* Topics as the design has them (DESIGN section 2): see provision.h. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "bus/admin.h"
#include "cli/provision.h"
#include "event/members.h"

enum { CONTROLLER_MS = 5000 };

/* What a topic needs, by how long it is kept (DESIGN section 2). */
enum kept { KEPT_COMPACTED, KEPT_A_YEAR, KEPT_AS_DEAD };

static jv
settings_of(enum kept kept)
{
	jv s = jv_object();

	json_set_str(&s, "message.timestamp.type", "LogAppendTime");
	/* The broker holds its limit against what it keeps.  Kept as it was
	 * compressed, a message of a few KiB can be GiB at each reader. */
	json_set_str(&s, "compression.type", "uncompressed");
	if (kept == KEPT_COMPACTED) {
		json_set_str(&s, "cleanup.policy", "compact");
		json_set_str(&s, "delete.retention.ms", "15552000000");
		return s;
	}
	json_set_str(&s, "cleanup.policy", "delete");
	if (kept == KEPT_A_YEAR) {
		json_set_str(&s, "retention.ms", "31536000000");
		return s;
	}
	json_set_str(&s, "retention.ms", "7776000000");
	json_set_str(&s, "max.message.bytes", "2097152");
	return s;
}

/* The settings in WANTED that the topic does not have. */
static jv
differing(jv wanted, jv has)
{
	jv out = jv_object();

	jv_object_foreach (wanted, key, value) {
		if (strcmp(json_str(has, jv_string_value(key), ""),
			jv_string_value(value)) != 0)
			out = jv_object_set(out, jv_copy(key), jv_copy(value));
		jv_free(key);
		jv_free(value);
	}
	return out;
}

static void
report_topic(
    struct provision *p, const char *topic, const char *action, jv settings)
{
	jv one = jv_object();

	json_set_str(&one, "topic", topic);
	json_set(&one, "set", settings);
	provision_report(p, &p->topics, one, action);
}

static int
change_topic(struct provision *p, const char *topic, jv wanted, struct err *err)
{
	jv has = admin_config(p->admin, topic, PROVISION_TIMEOUT_MS, err);
	jv set;

	if (!jv_is_valid(has))
		return -1;
	set = differing(wanted, has);
	jv_free(has);
	if (jv_object_length(jv_copy(set)) == 0) {
		report_topic(p, topic, "none", set);
		return 0;
	}
	if (!p->is_plan && admin_configure(p->admin, topic, set,
			       PROVISION_TIMEOUT_MS, err) < 0) {
		jv_free(set);
		return -1;
	}
	report_topic(p, topic, "change", set);
	return 0;
}

static int
one_topic(
    struct provision *p, const char *topic, enum kept kept, struct err *err)
{
	jv wanted = settings_of(kept);
	jv there = json_get(p->there, topic);
	int64_t partitions = json_int(there, "partitions", 0);
	int rc = 0;

	if (jv_is_valid(there) && partitions > 1)
		rc = err_set(err, ERR_REJECT, 0,
		    "%s has %d partitions, but the order of a topic of the "
		    "wire is that of its one",
		    topic, (int)partitions);
	else if (jv_is_valid(there))
		rc = change_topic(p, topic, wanted, err);
	else if (!p->is_plan)
		rc = admin_create(p->admin, topic, p->replicas, wanted,
		    PROVISION_TIMEOUT_MS, err);
	if (rc >= 0 && !jv_is_valid(there))
		report_topic(p, topic, "create", jv_copy(wanted));
	jv_free(there);
	jv_free(wanted);
	return rc < 0 ? -1 : 0;
}

static int
topics_of(struct provision *p, const char *member, struct err *err)
{
	static const struct {
		enum record_type type;
		enum kept kept;
	} all[] = {
	    {RECORD_CLAIM, KEPT_COMPACTED},
	    {RECORD_EVENT, KEPT_COMPACTED},
	    {RECORD_ORGANIZATION, KEPT_COMPACTED},
	    {RECORD_RECEIPT, KEPT_COMPACTED},
	    {RECORD_STATUS, KEPT_COMPACTED},
	    {RECORD_COMMAND, KEPT_A_YEAR},
	};
	char *topic;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < sizeof(all) / sizeof(all[0]); i++) {
		topic = topic_new(all[i].type, member);
		rc = one_topic(p, topic, all[i].kept, err);
		free(topic);
	}
	if (rc < 0)
		return -1;
	topic = mem_printf("tw.dead.%s", member);
	rc = one_topic(p, topic, KEPT_AS_DEAD, err);
	free(topic);
	return rc;
}

int
provision_topics(struct provision *p, const struct members *m, struct err *err)
{
	jv all;
	size_t i;

	p->admin = cli_admin(&p->cli, err);
	if (p->admin == NULL)
		return -1;
	all = admin_list(p->admin, PROVISION_TIMEOUT_MS, err);
	if (!jv_is_valid(all))
		return -1;
	jv_free(p->there);
	p->there = json_get(all, "topics");
	jv_free(all);
	/* Else each order would wait for one until its own time is up. */
	if (admin_controller(p->admin, CONTROLLER_MS, err) < 0)
		return -1;
	for (i = 0; i < members_count(m); i++)
		if (topics_of(p, members_id(m, i), err) < 0)
			return -1;
	if (one_topic(p, "tw.partnerships", KEPT_COMPACTED, err) < 0)
		return -1;
	return one_topic(p, "tw.notices", KEPT_A_YEAR, err);
}
