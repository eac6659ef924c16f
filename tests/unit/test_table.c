/* links: services/cli/table.c */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/table.h"

static const char *const titles[] = {"NAME", "N", NULL};

static char *
printed_within(const struct table *t, int columns)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	table_print_within(t, out, "Nothing.", columns);
	fclose(out);
	return text;
}

/* No terminal: as wide as it is. */
static char *
printed(const struct table *t)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	table_print(t, out, "Nothing.");
	fclose(out);
	return text;
}

static void
an_empty_table_is_a_sentence(void **state)
{
	struct table *t = table_new(titles);
	char *text = printed(t);

	(void)state;
	assert_string_equal(text, "Nothing.\n");
	free(text);
	table_free(t);
	table_free(NULL);
}

static void
columns_line_up_in_all_scripts(void **state)
{
	struct table *t = table_new(titles);
	char *text;

	(void)state;
	table_add(t, "Волгоград");
	table_add_int(t, 1);
	table_add(t, "吉林");
	table_add_int(t, -22);
	text = printed(t);
	assert_string_equal(text, "NAME       N\n"
				  "Волгоград  1\n"
				  "吉林       -22\n");
	free(text);
	table_free(t);
}

static void
a_cell_cannot_break_a_line_or_steer_the_terminal(void **state)
{
	struct table *t = table_new(titles);
	char *text;

	(void)state;
	table_add(t, "a\nb\x1b[2Jc\xff\xc2\x9b\xe2\x80\xae");
	table_add(t, NULL);
	text = printed(t);
	assert_null(strchr(text, '\x1b'));
	assert_non_null(strstr(text, "a?b?[2Jc??? "));
	assert_int_equal(strchr(strchr(text, '\n') + 1, '\n')[1], '\0');
	free(text);
	table_free(t);
}

static void
times_are_to_the_second_and_in_utc(void **state)
{
	struct table *t = table_new(titles);
	char *text;

	(void)state;
	table_add_time(t, 1667214000123);
	table_add_time(t, -1);
	text = printed(t);
	assert_non_null(strstr(text, "2022-10-31 11:00:00Z  \n"));
	free(text);
	table_free(t);
}

static void
a_narrow_terminal_folds_long_cells(void **state)
{
	static const char *const five[] = {
	    "NAME", "NOT DELIVERED", "REASON", "WHAT TO DO", "DETAIL", NULL};
	struct table *t = table_new(five);
	char *text;

	(void)state;
	table_add(t, "twin-cities-website");
	table_add_int(t, 1);
	table_add(t, "");
	table_add(t, "Somebody paused it. Let it go on.");
	table_add(t, "");
	table_add(t, "Волгоград");
	table_add_int(t, 22);
	table_add(t, "");
	table_add(t, "Wait");
	table_add(t, "");
	/* What no row has is left out first. */
	text = printed_within(t, 76);
	assert_string_equal(text, "NAME                 NOT        WHAT TO DO\n"
				  "                     DELIVERED  \n"
				  "twin-cities-website  1          Somebody "
				  "paused it. Let it go on.\n"
				  "Волгоград            22         Wait\n");
	free(text);
	text = printed_within(t, 46);
	assert_string_equal(text,
	    "NAME              NOT        WHAT TO DO\n"
	    "                  DELIVERED  \n"
	    "twin-cities-      1          Somebody paused\n"
	    "website                      it. Let it go on.\n"
	    "Волгоград         22         Wait\n");
	free(text);
	/* Too narrow for that: a line a cell. */
	text = printed_within(t, 30);
	assert_string_equal(text,
	    "NAME           twin-cities-website\n"
	    "NOT DELIVERED  1\n"
	    "WHAT TO DO     Somebody paused it. Let it go on.\n"
	    "\n"
	    "NAME           Волгоград\n"
	    "NOT DELIVERED  22\n"
	    "WHAT TO DO     Wait\n");
	free(text);
	table_free(t);
}

static void
what_has_no_blank_is_cut_where_it_must(void **state)
{
	struct table *t = table_new(titles);
	char *text;

	(void)state;
	table_add(t, "吉林吉林吉林吉林吉林");
	table_add_int(t, 7);
	text = printed_within(t, 18);
	assert_string_equal(text, "NAME             N\n"
				  "吉林吉林吉林吉   7\n"
				  "林吉林           \n");
	free(text);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_empty_table_is_a_sentence),
	    cmocka_unit_test(columns_line_up_in_all_scripts),
	    cmocka_unit_test(a_cell_cannot_break_a_line_or_steer_the_terminal),
	    cmocka_unit_test(a_narrow_terminal_folds_long_cells),
	    cmocka_unit_test(what_has_no_blank_is_cut_where_it_must),
	    cmocka_unit_test(times_are_to_the_second_and_in_utc),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
