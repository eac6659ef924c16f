/*
 * Users of Kafka and their passwords: see provision.h.
 *
 * The file comes first, then the user: a crash in between leaves a password
 * that the next run gives to the user.  A user whose file is missing is not
 * touched, for somebody uses the password that only he knows.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/mem.h"
#include "bus/users.h"
#include "cli/password.h"
#include "cli/provision.h"
#include "cli/rights.h"
#include "cli/secret.h"

static void
report(struct provision *p, const char *user, const char *action)
{
	jv one = jv_object();

	json_set_str(&one, "user", user);
	provision_report(p, &p->users, one, action);
}

/* The password in FILE, or a new one that then stands in it. */
static int
take_password(struct provision *p, const char *file, int is_new,
    struct buf *out, struct err *err)
{
	char password[PASSWORD_SIZE];
	int rc;

	if (!is_new)
		return conf_secret(file, out, err);
	if (password_new(password, err) < 0)
		return -1;
	rc = secret_write(file, password, p->owner, err);
	if (rc == 0)
		buf_puts(out, password);
	explicit_bzero(password, sizeof(password));
	return rc;
}

static int
set_user(struct provision *p, const char *user, const char *file, int is_new,
    struct err *err)
{
	struct buf password = {0};
	int rc = take_password(p, file, is_new, &password, err);

	if (rc == 0 && users_can())
		rc = users_set(
		    p->admin, user, password.data, PROVISION_TIMEOUT_MS, err);
	buf_wipe(&password);
	return rc;
}

static int
one_user(struct provision *p, const char *user, jv there, struct err *err)
{
	char *file = mem_printf("%s/%s.password", p->secrets, user);
	int has_file = access(file, F_OK) == 0;
	int is_there = json_bool(there, user, 0);
	int is_rotated = p->rotate != NULL && strcmp(p->rotate, user) == 0;
	const char *action = is_rotated	 ? "new password"
			     : !is_there ? "create"
			     : !has_file ? "unknown password"
					 : "none";
	int rc = 0;

	if (!users_can() && has_file && !is_rotated)
		action = "none";
	if (is_there && !has_file && !is_rotated)
		cli_say(&p->cli, 0,
		    "user %s is there, but %s is not: left alone; --rotate %s "
		    "gives it a new password",
		    user, file, user);
	else if (!p->is_plan && strcmp(action, "none") != 0)
		rc = set_user(p, user, file, is_rotated || !has_file, err);
	if (rc == 0)
		report(p, user, action);
	free(file);
	return rc;
}

/* Where librdkafka is too old to make users, what makes them is said. */
static void
say_by_hand(struct provision *p)
{
	if (!users_can() && p->n_changes > 0)
		cli_say(&p->cli, 0,
		    "the passwords stand in %s; this librdkafka cannot make "
		    "users, so make each with\n  kafka-configs.sh "
		    "--bootstrap-server ... --alter --entity-type users "
		    "--entity-name NAME --add-config-file FILE\n"
		    "where FILE says SCRAM-SHA-512=[password=...]",
		    p->secrets);
}

int
provision_users(struct provision *p, const struct members *m, struct err *err)
{
	jv there = jv_object(), wanted = rights_users(m);
	int rc = 0, is_known = p->rotate == NULL;

	if (p->secrets == NULL)
		goto out;
	if (users_can()) {
		jv_free(there);
		there = jv_invalid();
		rc = users_list(p->admin, PROVISION_TIMEOUT_MS, &there, err);
	}
	jv_array_foreach (wanted, i, user) {
		is_known |= p->rotate != NULL &&
			    strcmp(jv_string_value(user), p->rotate) == 0;
		if (rc == 0)
			rc = one_user(p, jv_string_value(user), there, err);
		jv_free(user);
	}
	if (rc == 0 && !is_known)
		rc = err_set(err, ERR_REJECT, 0,
		    "--rotate %s: neither a member nor a program", p->rotate);
	if (rc == 0)
		say_by_hand(p);
out:
	jv_free(there);
	jv_free(wanted);
	return rc;
}
