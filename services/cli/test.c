/* twinwire test: the test cases inside preset files. */
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "map/preset.h"
#include "map/program.h"

static void
print(const char *file, int run, int failed)
{
	if (run == 0)
		printf("%s: no test cases\n", file);
	else if (failed > 0)
		printf("%s: %d of %d cases failed\n", file, failed, run);
	else
		printf("%s: %d cases pass\n", file, run);
}

/* Run the cases in FILE; what it said goes into *RESULTS. */
static int
test_file(const struct cli *c, const char *file, jv *results)
{
	struct buf out = {0};
	struct err err = {0};
	int run = 0, failed = preset_test(file, &run, &out, &err);
	jv one;

	if (c->is_json) {
		one = jv_object();
		json_set_str(&one, "file", file);
		json_set_int(&one, "run", run);
		json_set_int(&one, "failed", failed > 0 ? failed : 0);
		json_set(&one, "is_preset", jv_bool(failed >= 0));
		json_set_str(&one, "said", out.size > 0 ? out.data : "");
		*results = jv_array_append(*results, one);
	} else {
		if (out.size > 0)
			fputs(out.data, stderr);
		if (failed >= 0)
			print(file, run, failed);
	}
	buf_free(&out);
	if (failed < 0)
		return CLI_CONFIG;
	/* A file whose cases went missing has not been tested. */
	return run > 0 && failed == 0 ? CLI_OK : CLI_FAILED;
}

int
test_main(int argc, char **argv)
{
	static const struct cli_usage usage = {
	    .arguments = "FILE...",
	    .summary = "Run the test cases that stand in the files of presets: "
		       "the mapping of records\nto requests and of answers to "
		       "records.  Nothing is sent anywhere.  A file without "
		       "cases fails.",
	    .common = CLI_JSON,
	    .min = 1,
	    .max = -1,
	};
	struct cli c;
	jv results;
	int i, one, code = cli_start(&c, &usage, argc, argv);

	if (code >= 0)
		return code;
	program_sandbox();
	results = jv_array();
	code = CLI_OK;
	for (i = 0; i < c.n_args; i++) {
		one = test_file(&c, c.args[i], &results);
		if (one > code)
			code = one;
	}
	if (c.is_json)
		cli_print_json(results);
	else
		jv_free(results);
	cli_end(&c);
	return code;
}
