/* One transaction a turn: see txn.h. */
#include "base/err.h"
#include "store/state.h"
#include "connector/txn.h"

/* A write that failed, and that nobody looked at, may have undone all before
 * it: what comes now would be kept without that. */
static int
check(const struct txn *t, struct err *err)
{
	if (state_is_begun(t->state))
		return 0;
	return err_set(err, ERR_FATAL, 0,
	    "state file: a write failed, and what was written before it is "
	    "lost");
}

int
txn_need(struct txn *t, struct err *err)
{
	if (t->is_open)
		return check(t, err);
	if (state_begin(t->state, err) != 0)
		return -1;
	t->is_open = 1;
	return 0;
}

int
txn_commit(struct txn *t, struct err *err)
{
	if (!t->is_open)
		return 0;
	if (check(t, err) != 0 || state_commit(t->state, err) != 0)
		return -1;
	t->is_open = 0;
	return 1;
}
