/* twinwire pause: let a connection rest. */
#include <stddef.h>

#include "cli/commands.h"
#include "cli/order.h"

int
pause_main(int argc, char **argv)
{
	static const struct order_kind kind = {ORDER_CONNECTION,
	    "Let a connection rest: it begins nothing new in either direction "
	    "until `resume`,\nalso over restarts.  Nothing is lost meanwhile.",
	    1, NULL};

	return order_command(argc, argv, &kind);
}
