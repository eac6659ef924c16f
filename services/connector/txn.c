/* One transaction a turn: see txn.h. */
#include "store/state.h"
#include "connector/txn.h"

int
txn_need(struct txn *t, struct err *err)
{
	if (t->is_open)
		return 0;
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
	if (state_commit(t->state, err) != 0)
		return -1;
	t->is_open = 0;
	return 1;
}
