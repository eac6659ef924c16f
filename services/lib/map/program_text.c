/*
 * What jq is given to compile: see program_inner.h.
 *
 * A program stands behind a prelude on the same line, so that its own lines
 * keep their numbers and `import` and `include`, which may only come first, are
 * syntax errors.  Each variable costs a microsecond a run, so only those that
 * are named are bound.
 */
#include <string.h>

#include "base/array.h"
#include "base/buf.h"
#include "map/program.h"
#include "map/program_inner.h"

static const char sandbox[] =
    /*
     * What a program must not reach: the environment, files, standard input and
     * error, and the end of the process.
     */
    "def env: {}; def input: error(\"input is not available\"); "
    "def inputs: input; def debug: .; def debug(f): .; def stderr: .; "
    "def input_filename: null; def input_line_number: 0; "
    "def halt: error(\"halt is not available\"); "
    "def halt_error: halt; def halt_error(f): halt; "
    "def get_search_list: []; "
    "def modulemeta: error(\"modules are not available\"); "
    /*
     * Builtins that abort or hang the process in C on values that a record can
     * hold (measured with jq 1.6): instants that gmtime() cannot say, an empty
     * needle, code points out of range, and not-a-number, which breaks slices;
     * ltrimstr() of what is no string leaks.
     */
    "def __time: if type != \"number\" or (. < 9e15 and . > -9e15) "
    "then . else error(\"not an instant\") end; "
    "def __gmtime: gmtime; def gmtime: __time | __gmtime; "
    "def localtime: gmtime; "
    "def __strftime($f): strftime($f); "
    "def strftime($f): __time | __strftime($f); "
    "def strflocaltime($f): strftime($f); "
    "def todateiso8601: strftime(\"%Y-%m-%dT%H:%M:%SZ\"); "
    "def todate: todateiso8601; def date: todateiso8601; "
    "def dateadd(u; n): . + n; def datesub(u; n): . - n; "
    "def __indices($i): indices($i); "
    "def indices($i): if $i == \"\" or $i == [] then [] "
    "else __indices($i) end; "
    "def index($i): indices($i) | .[0]; "
    "def rindex($i): indices($i) | .[-1:][0]; "
    "def __implode: implode; "
    "def implode: if all(.[]; type == \"number\" and . >= 0 and "
    ". <= 1114111 and (. < 55296 or . > 57343)) then __implode "
    "else error(\"not code points\") end; "
    "def __tonumber: tonumber; def tonumber: __tonumber | "
    "if isnan then error(\"not a number\") else . end; "
    "def __ltrimstr($s): ltrimstr($s); def __rtrimstr($s): rtrimstr($s); "
    "def __both($s): type == \"string\" and ($s | type == \"string\"); "
    "def ltrimstr($s): if __both($s) then __ltrimstr($s) else . end; "
    "def rtrimstr($s): if __both($s) then __rtrimstr($s) else . end; ";

static const char *const variables[] = {"config", "row", "type", "topic", "key",
    "marker", "id", "at", "body", "op", "cursor", "status", "record",
    /* jq's own, which is the environment */
    "ENV"};

enum {
	N_VARIABLES = COUNT(variables),
	VARIABLE_ENV = N_VARIABLES - 1,
	VARIABLES_ALL = (1 << N_VARIABLES) - 1
};

int
program_has_variable(const char *name)
{
	for (int i = 0; i < VARIABLE_ENV; i++)
		if (strcmp(variables[i], name) == 0)
			return 1;
	return 0;
}

/* The variables that TEXT may name, as bits. */
static int
named_in(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
	const char *p;
	int named = 0;

	for (p = strchr(text, '$'); p != NULL; p = strchr(p, '$')) {
		size_t size = strspn(++p, letters);

		/* jq lets a name stand apart from its "$". */
		if (size == 0)
			return VARIABLES_ALL;
		for (int i = 0; i < N_VARIABLES; i++)
			if (strlen(variables[i]) == size &&
			    memcmp(variables[i], p, size) == 0)
				named |= 1 << i;
	}
	return named;
}

static void
bind(int named, struct buf *out)
{
	for (int i = 0; i < VARIABLE_ENV; i++)
		if (named >> i & 1)
			buf_printf(
			    out, ".%s as $%s | ", variables[i], variables[i]);
	if (named >> VARIABLE_ENV & 1)
		buf_puts(out, "{} as $ENV | ");
}

void
program_text_one(const char *text, struct buf *out)
{
	buf_puts(out, sandbox);
	bind(named_in(text), out);
	buf_puts(out, ".input | ");
	buf_puts(out, text);
}

/* 1 if no bracket of TEXT can close one around it, as far as a look that knows
 * no strings can tell. */
static int
is_closed(const char *text)
{
	int round = 0, square = 0, curly = 0;

	for (; *text != '\0'; text++) {
		round += (*text == '(') - (*text == ')');
		square += (*text == '[') - (*text == ']');
		curly += (*text == '{') - (*text == '}');
		if (round < 0 || square < 0 || curly < 0)
			return 0;
	}
	return round == 0 && square == 0 && curly == 0;
}

static int
can_join(const struct program_source *s)
{
	size_t size = strlen(s->text);

	if (!is_closed(s->text) || strstr(s->text, "__loc__") != NULL)
		return 0;
	if (!s->is_defs)
		return size > 0 && size <= PROGRAM_TEXT_MAX_BYTES;
	while (size > 0 && strchr(" \n", s->text[size - 1]) != NULL)
		size--;
	return strncmp(s->text, "def ", 4) == 0 && s->text[size - 1] == ';';
}

/* Run the one of programs FROM to TO - 1 that `number` says. */
static void
choose(size_t from, size_t to, struct buf *out)
{
	size_t middle = from + (to - from) / 2;

	if (to - from == 1) {
		buf_printf(out, "__program%zu", from);
		return;
	}
	buf_printf(out, "if .number < %zu then ", middle);
	choose(from, middle, out);
	buf_puts(out, " else ");
	choose(middle, to, out);
	buf_puts(out, " end");
}

int
program_text_all(
    const struct program_source *sources, size_t n, struct buf *out)
{
	const struct program_source *s;
	size_t count = 0;
	int outer = 0;

	for (s = sources; s < sources + n; s++) {
		if (!can_join(s))
			return -1;
		if (s->is_defs)
			outer |= named_in(s->text);
	}
	buf_puts(out, sandbox);
	bind(outer, out);
	for (s = sources; s < sources + n; s++) {
		if (s->is_defs) {
			buf_printf(out, "%s ", s->text);
			continue;
		}
		buf_printf(out, "def __program%zu: ", count++);
		bind(named_in(s->text) & ~outer, out);
		/* The text may end in a comment. */
		buf_printf(out, ".input | (%s\n); ", s->text);
	}
	if (count == 0)
		return -1;
	choose(0, count, out);
	return 0;
}
