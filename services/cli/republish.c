/* twinwire republish: have a connection write its records once more. */
#include <stddef.h>

#include "cli/commands.h"
#include "cli/order.h"

int
republish_main(int argc, char **argv)
{
	static const struct order_kind kind = {ORDER_CONNECTION,
	    "Have CONNECTION write every record that it has on the wire there "
	    "once more,\nunchanged: after a topic or the cluster was made "
	    "anew.",
	    1, NULL};

	return order_command(argc, argv, &kind);
}
