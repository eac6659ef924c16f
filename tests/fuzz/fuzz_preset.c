/*
 * What the shipped presets' programs make of any answer of a system and of any
 * record: a result of the right form, or an error; never an abort inside jq.
 * The first two bytes choose preset and operation, the rest is JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "map/preset.h"
#include "map/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const names[] = {"rest", "rest-post", "wordpress"};
enum { PRESETS = sizeof(names) / sizeof(names[0]) };
static struct preset *presets[PRESETS];

static void
unload(void)
{
	for (size_t i = 0; i < PRESETS; i++)
		preset_free(presets[i]);
}

static void
load(void)
{
	struct buf out = {0};
	size_t i;

	program_sandbox();
	atexit(unload);
	for (i = 0; i < PRESETS; i++) {
		presets[i] =
		    preset_load("deploy/connectors", names[i], NULL, &out);
		if (presets[i] == NULL)
			abort();
	}
	buf_free(&out);
}

static jv
variables(uint8_t choice)
{
	static const char *const types[] = {
	    "event", "partnership", "notice", "claim"};
	static const char *const ops[] = {"find", "create", "update", "read"};
	jv vars = jv_object(), row = jv_object();

	json_set_str(&vars, "type", types[choice / 4 % 4]);
	json_set_str(&vars, "op", ops[choice / 16 % 4]);
	json_set_str(&vars, "marker", "c/k");
	json_set_str(&row, "local_id", "7");
	json_set(&vars, "row", row);
	return vars;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = {.class = ERR_NONE};
	enum preset_op op;
	jv input, out;

	if (presets[0] == NULL)
		load();
	if (size < 2)
		return 0;
	op = (enum preset_op)(data[1] % PRESET_OPS);
	input = json_parse((const char *)data + 2, size - 2, NULL);
	if (!jv_is_valid(input))
		return 0;
	if (preset_run(presets[data[0] % 4 % PRESETS], op, input,
		variables(data[0]), &out, &err) == 0)
		jv_free(out);
	else if (err.class != ERR_REJECT)
		abort();
	return 0;
}
