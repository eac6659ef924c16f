/* twinwire resync: have a connection read its topics whole once more. */
#include <stddef.h>

#include "cli/commands.h"
#include "cli/order.h"

int
resync_main(int argc, char **argv)
{
	static const struct order_kind kind = {ORDER_CONNECTION,
	    "Compare all that the wire has with what CONNECTION's system has, "
	    "as its filter,\nlanguage and mapping are now.  Nothing is changed "
	    "yet: the answer says what\nwould be; `plan --all` shows it whole, "
	    "`approve` lets it be carried out.",
	    1, NULL};

	return order_command(argc, argv, &kind);
}
