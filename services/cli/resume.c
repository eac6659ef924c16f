/* twinwire resume: let a paused connection go on. */
#include <stddef.h>

#include "cli/commands.h"
#include "cli/order.h"

int
resume_main(int argc, char **argv)
{
	static const struct order_kind kind = {ORDER_CONNECTION,
	    "Let a connection that was paused go on where it was.", 1, NULL};

	return order_command(argc, argv, &kind);
}
