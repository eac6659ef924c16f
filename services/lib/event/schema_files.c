/*
 * The schemas of this build: every schemas/NAME.avsc, each ended by a zero
 * byte, laid end to end by the Makefile and taken in whole by the assembler.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "event/schema.h"
#include "event/schema_node.h"

enum { BUILTINS_MAX = 32 };

extern const char schema_files_text[], schema_files_end[];
__asm__(".section .rodata\n"
	".global schema_files_text\n"
	".global schema_files_end\n"
	"schema_files_text:\n"
	".incbin \"schemas.bin\"\n"
	"schema_files_end:\n"
	".byte 0\n"
	".text\n");

static struct schema *builtins[BUILTINS_MAX];
static size_t builtin_count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* A built-in schema that does not parse is a broken build, found by the tests
 * before anyone else can meet it. */
static void
parse_all(void)
{
	const char *text = schema_files_text;
	struct err err = {.class = ERR_NONE};
	struct schema *s;

	for (; text < schema_files_end; text += strlen(text) + 1) {
		s = schema_parse(text, strlen(text), &err);
		if (s == NULL || builtin_count == BUILTINS_MAX) {
			fprintf(stderr, "built-in %s\n", err.msg);
			abort();
		}
		schema_keep(s);
		builtins[builtin_count++] = s;
	}
}

const struct schema *
schema_builtin_at(size_t i)
{
	pthread_once(&once, parse_all);
	return i < builtin_count ? builtins[i] : NULL;
}

const struct schema *
schema_builtin(const char *name)
{
	const struct schema *s;
	const char *full, *dot;

	for (size_t i = 0; (s = schema_builtin_at(i)) != NULL; i++) {
		full = schema_name(s);
		dot = strrchr(full, '.');
		if (strcmp(full, name) == 0 ||
		    (dot != NULL && strcmp(dot + 1, name) == 0))
			return s;
	}
	return NULL;
}
