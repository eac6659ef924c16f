/* twinwire purge: have a connection take down what it wrote. */
#include <stddef.h>

#include "cli/commands.h"
#include "cli/order.h"

int
purge_main(int argc, char **argv)
{
	static const struct order_kind kind = {ORDER_CONNECTION,
	    "Remove from CONNECTION's system all that Twinwire wrote there; "
	    "what its clerks entered\nstays.  Nothing is changed yet: the "
	    "answer says how many there are; `plan --all`\nshows them, "
	    "`approve` lets it be carried out.  Then the connection rests, and "
	    "takes\nnothing until a `resync` is approved.",
	    1, NULL};

	return order_command(argc, argv, &kind);
}
