#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "event/members.h"

static struct members *
load_text(const char *text, struct buf *out, struct err *err)
{
	char path[] = "/tmp/twinwire-members-XXXXXX";
	int fd = mkstemp(path);
	struct members *m;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (int)strlen(text));
	close(fd);
	m = members_load(path, out, err);
	unlink(path);
	return m;
}

static void
the_nine_members_load(void **state)
{
	struct err err = {0};
	struct members *m = members_load("deploy/members.yaml", NULL, &err);
	jv row;

	(void)state;
	assert_string_equal(err.msg, "");
	assert_non_null(m);
	assert_int_equal(members_count(m), 9);
	assert_string_equal(members_id(m, 0), "volgograd");
	assert_true(members_speaks_for(m, "volgograd", "wd:Q914", "RU"));
	assert_false(members_speaks_for(m, "volgograd", "wd:Q649", "RU"));
	assert_true(
	    members_speaks_for(m, "union-russian-cities", "wd:Q649", "RU"));
	assert_false(members_speaks_for(m, "cpaffc", "wd:Q649", "RU"));
	assert_false(members_speaks_for(m, "twin-cities", "wd:Q649", "RU"));
	assert_false(members_speaks_for(m, "nobody", "wd:Q649", "RU"));
	assert_true(members_rank(m, "volgograd") <
		    members_rank(m, "union-russian-cities"));
	assert_int_equal(members_rank(m, "nobody"), -1);
	row = members_row(m, "kg-lsg");
	assert_string_equal(json_str(row, "id", ""), "kg-lsg");
	jv_free(row);
	assert_int_equal(jv_get_kind(members_row(m, "nobody")), JV_KIND_NULL);
	members_free(m);
}

static void
all_faults_are_named_at_once(void **state)
{
	static const char text[] =
	    "members:\n"
	    "  - id: Bad\n"
	    "    names: { en: X }\n"
	    "    speaks_for: { cities: [Q914], countries: XX }\n"
	    "    reads: [control]\n"
	    "  - id: twice\n"
	    "    names: { en: X }\n"
	    "  - id: twice\n"
	    "    names: { en: X }\n"
	    "    color: red\n";
	static const char *const wanted[] = {"members[0].id",
	    "members[0].speaks_for.cities", "members[0].speaks_for.countries",
	    "members[0].reads", "members[2].id", "members[2].color"};
	struct buf out = {0};
	struct err err = {0};

	(void)state;
	assert_null(load_text(text, &out, &err));
	assert_int_equal(err.class, ERR_REJECT);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		if (strstr(out.data, wanted[i]) == NULL)
			fail_msg("%s is not in:\n%s", wanted[i], out.data);
	buf_free(&out);
	assert_null(members_load("no/such/file", NULL, &err));
	assert_null(load_text("[]", NULL, &err));
	assert_null(load_text("members: 7", NULL, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_nine_members_load),
	    cmocka_unit_test(all_faults_are_named_at_once),
	};

	return cmocka_run_group_tests_name("members", tests, NULL, NULL);
}
