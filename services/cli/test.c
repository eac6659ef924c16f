/* twinwire test: the test cases inside preset files. */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "map/preset.h"
#include "map/program.h"

/* 1 if all cases in FILE pass. */
static int
test_file(const char *file, int *out_is_bad)
{
	struct buf out = {0};
	struct err err = {0};
	int run = 0, failed = preset_test(file, &run, &out, &err);

	if (out.size > 0)
		fputs(out.data, stderr);
	buf_free(&out);
	*out_is_bad |= failed < 0;
	if (failed < 0)
		return 0;
	if (run == 0)
		printf("%s: no test cases\n", file);
	else if (failed > 0)
		printf("%s: %d of %d cases failed\n", file, failed, run);
	else
		printf("%s: %d cases pass\n", file, run);
	return failed == 0;
}

int
test_main(int argc, char **argv)
{
	static const struct cli_usage usage = {
	    .arguments = "FILE...",
	    .summary = "Run the test cases that stand in the files of presets: "
		       "the mapping of records\nto requests and of answers to "
		       "records.  Nothing is sent anywhere.",
	    .min = 1,
	    .max = -1,
	};
	struct cli c;
	int i, ok = 1, is_bad = 0, code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	program_sandbox();
	for (i = 0; i < c.n_args; i++)
		ok &= test_file(c.args[i], &is_bad);
	cli_end(&c);
	return ok ? CLI_OK : is_bad ? CLI_CONFIG : CLI_FAILED;
}
