/** The parts of `twinwire provision`; for provision*.c only. */
#ifndef CLI_PROVISION_H
#define CLI_PROVISION_H

#include "base/json.h"
#include "cli/cli.h"

struct admin;
struct err;
struct members;

enum { PROVISION_TIMEOUT_MS = 30000 };

struct provision {
	struct cli cli;
	struct admin *admin;
	jv there; /* topics of the cluster */
	int is_plan;
	int replicas;	     /* of new topics; 0: the broker's default */
	const char *secrets; /* folder of the users' passwords; NULL: none are
			      * made */
	int owner;	     /* uid of the passwords' files; -1: whoever asks */
	const char *rotate;  /* the user who gets another password; or NULL */
	/* What was or would be done, an array of objects each; `action` "none"
	 * for what is as it should be. */
	jv topics;  /* {topic, action, set} */
	jv schemas; /* {subject, action, id} */
	jv rights;  /* {right, action}; "volgograd may read tw.claims.*" */
	jv users;   /* {user, action} */
	int n_changes;
};

/**
 * Bring the topics of all members and the shared ones into form; register the
 * schemas; grant what M grants and revoke what it does not; make users and
 * their passwords.  With is_plan they only look.  0, or -1 with ERR: what was
 * done until then stands in P.
 */
int provision_topics(
    struct provision *p, const struct members *m, struct err *err);
int provision_schemas(struct provision *p, struct err *err);
int provision_rights(
    struct provision *p, const struct members *m, struct err *err);
int provision_users(
    struct provision *p, const struct members *m, struct err *err);

/** Add ONE (consumed) to *LIST with ACTION, and count it unless that is "none".
 */
void provision_report(
    struct provision *p, jv *list, jv one, const char *action);

#endif
