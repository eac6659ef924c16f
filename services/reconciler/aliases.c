/* What an id of a city stands for: see aliases.h. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "reconciler/aliases.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "event/keys.h"

struct alias {
	char *from, *to; /* owned */
	int line;
	UT_hash_handle hh;
};

struct aliases {
	struct alias *by_from;
};

struct aliases *
aliases_new(void)
{
	return mem_new(1, sizeof(struct aliases));
}

void
aliases_free(struct aliases *a)
{
	struct alias *one, *next;

	if (a == NULL)
		return;
	HASH_ITER (hh, a->by_from, one, next) {
		HASH_DEL(a->by_from, one);
		free(one->from);
		free(one->to);
		free(one);
	}
	free(a);
}

static struct alias *
find(const struct aliases *a, const char *id)
{
	struct alias *found;

	HASH_FIND_STR(a->by_from, id, found);
	return found;
}

const char *
aliases_resolve(const struct aliases *a, const char *id)
{
	struct alias *one;

	for (int i = 0; i < ALIASES_STEPS_MAX; i++) {
		one = find(a, id);
		if (one == NULL)
			break;
		id = one->to;
	}
	return id;
}

/* Take one LINE (changed); a static sentence if it is not fit, else NULL. */
static const char *
take_line(struct aliases *a, char *line, int number)
{
	char *tab = strchr(line, '\t'), *from = line, *to;
	struct alias *one;
	size_t size;

	if (tab == NULL)
		return "expected two ids with a tab between them";
	*tab = '\0';
	to = tab + 1;
	size = strlen(to);
	while (size > 0 && strchr(" \t\r", to[size - 1]) != NULL)
		to[--size] = '\0';
	if (*from == '\0' || strlen(from) > KEY_MAX_BYTES)
		return "the first id is empty or too long";
	if (!key_is_city(to))
		return "the second id must look like wd:Q914 or gn:472757";
	if (find(a, from) != NULL)
		return "this id has a line already";
	if (HASH_COUNT(a->by_from) >= ALIASES_MAX)
		return "too many lines";
	one = mem_new(1, sizeof(*one));
	one->from = mem_dup(from);
	one->to = mem_dup(to);
	one->line = number;
	HASH_ADD_KEYPTR(
	    hh, a->by_from, one->from, (unsigned)strlen(one->from), one);
	return NULL;
}

static int
is_circle(const struct aliases *a, const struct alias *start)
{
	const struct alias *one = start;

	for (int i = 0; one != NULL && i < ALIASES_STEPS_MAX; i++)
		one = find(a, one->to);
	return one != NULL;
}

static void
complain(struct buf *out, const char *name, int line, const char *why)
{
	buf_printf(out, "%s:%d: %s\n", name, line, why);
}

struct aliases *
aliases_parse(
    const char *name, const char *text, struct buf *out, struct err *err)
{
	struct aliases *a = aliases_new();
	struct buf lines = {0};
	char *copy = mem_dup(text), *at = copy, *line;
	const char *why;
	struct alias *one, *next;

	for (int n = 1; (line = strsep(&at, "\n")) != NULL; n++) {
		if (*line == '\0' || *line == '#' || *line == '\r')
			continue;
		why = take_line(a, line, n);
		if (why != NULL)
			complain(&lines, name, n, why);
	}
	HASH_ITER (hh, a->by_from, one, next) {
		if (is_circle(a, one))
			complain(&lines, name, one->line,
			    "leads over too many lines, or in a circle");
	}
	free(copy);
	if (lines.size > 0) {
		if (out != NULL)
			buf_puts(out, lines.data);
		err_set(err, ERR_REJECT, 0, "%.*s",
		    (int)strcspn(lines.data, "\n"), lines.data);
		buf_free(&lines);
		aliases_free(a);
		return NULL;
	}
	return a;
}

struct aliases *
aliases_load(const char *file, struct buf *out, struct err *err)
{
	struct buf text = {0};
	struct aliases *a = NULL;
	char part[4096];
	size_t size;
	FILE *f = fopen(file, "re");

	if (f == NULL) {
		err_set(
		    err, ERR_REJECT, errno, "%s: %s", file, strerror(errno));
		if (out != NULL)
			buf_printf(out, "%s: %s\n", file, strerror(errno));
		return NULL;
	}
	while ((size = fread(part, 1, sizeof(part), f)) > 0)
		buf_add(&text, part, size);
	fclose(f);
	a = aliases_parse(file, text.data == NULL ? "" : text.data, out, err);
	buf_free(&text);
	return a;
}
