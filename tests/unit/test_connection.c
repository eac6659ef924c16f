/* Connections: one file, files against each other, and what passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "map/connection.h"
#include "map/preset.h"
#include "map/program.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static char folder[] = "/tmp/test_connection.XXXXXX";

static void
write_file(const char *name, const char *text)
{
	char *path = mem_printf("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fchmod(fileno(f), 0600), 0); /* some are secrets */
	fputs(text, f);
	fclose(f);
	free(path);
}

/* Load TEXTS as files 0.yaml, 1.yaml...; the number of errors. */
static size_t
load(const char *const *texts, size_t n, struct connections *list,
    struct buf *out)
{
	char *files[4];
	size_t i, errors;

	for (i = 0; i < n; i++) {
		char *name = mem_printf("%zu.yaml", i);

		write_file(name, texts[i]);
		files[i] = mem_printf("%s/%s", folder, name);
		free(name);
	}
	buf_clear(out);
	buf_puts(out, "");
	errors = connections_load(
	    (const char *const *)files, n, "deploy/connectors", list, out);
	for (i = 0; i < n; i++)
		free(files[i]);
	return errors;
}

#define HEAD                                                \
	"connection: site\nmember: volgograd\nuses: rest\n" \
	"system: {base_url: 'https://www.example.org/api/'}\n"
#define EVENTS "subscribe: [{topics: 'tw.events.*'}]\n"

static void
reads_a_connection_with_its_defaults(void **state)
{
	const char *text =
	    HEAD EVENTS "publish: [{into: claims, namespace: register}]\n";
	struct connections list;
	struct buf out = {0};
	struct connection *c;

	(void)state;
	if (load(&text, 1, &list, &out) != 0)
		fail_msg("%s", out.data);
	c = &list.list[0];
	assert_string_equal(c->id, "site");
	assert_string_equal(c->base_url, "https://www.example.org/api");
	assert_null(c->username);
	assert_null(c->signature_files);
	assert_int_equal(c->in_flight, 16);
	assert_int_equal(c->rate_per_s, 20);
	assert_int_equal(c->dead_kib_per_s, 256);
	assert_int_equal(c->timeout_ms, 30000);
	assert_int_equal(c->give_up_after_ms, 2592000000);
	assert_true(c->max_change_share > 0.19 && c->max_change_share < 0.21);
	assert_int_equal(c->max_change_at_least, 5);
	assert_false(c->first_run_go);
	assert_string_equal(c->subscribe[0].topics[0], "tw.events.*");
	assert_null(c->subscribe[0].topics[1]);
	assert_string_equal(c->subscribe[0].from, "now");
	assert_int_equal(c->publish[0].into, RECORD_CLAIM);
	assert_string_equal(c->publish[0].ns, "register");
	assert_int_equal(c->publish[0].every_ms, 60000);
	assert_string_equal(json_str(c->config, "member", ""), "volgograd");
	connections_fini(&list);
	buf_free(&out);
}

static void
reads_everything_that_can_be_said(void **state)
{
	const char *text =
	    "connection: site\nmember: volgograd\nuses: rest\n"
	    "system:\n  base_url: http://127.0.0.1:8080\n"
	    "  auth:\n    basic: {username: u, password_file: secret}\n"
	    "    signature: {scheme: standard-webhooks,\n"
	    "      secret_files: [secret, next]}\n"
	    "  allow_private: true\n  insecure_http: true\n"
	    "limits: {in_flight: 4, rate_per_s: 0, timeout_s: 5,\n"
	    "  give_up_after: 2h, dead_kib_per_s: 0}\n"
	    "max_change: off\nfirst_run: go\nforeign_edits: keep\n"
	    "on_gone: recreate\npersonal_data: strip\n"
	    "config: {collections: {event: agenda}}\n"
	    "subscribe:\n  - topics: [tw.events.*, tw.claims.cpaffc]\n"
	    "    from: 2022-10-31T10:00:00Z\n    cities: wd:Q914\n"
	    "    where: '.attendance != \"online\"'\n    on_leave: keep\n"
	    "    language: ru\n    arrive_as: draft\n"
	    "  - topics: tw.partnerships\n    as: columns\n"
	    "    from: 2026-11-01\n    send_unconfirmed: true\n"
	    "publish: [{into: events, namespace: web, from: beginning,\n"
	    "  every: 1s}]\n";
	struct connections list;
	struct buf out = {0};
	struct connection *c;
	jv language;

	(void)state;
	write_file("secret", "abcd\n");
	write_file("next", "efgh\n");
	if (load(&text, 1, &list, &out) != 0)
		fail_msg("%s", out.data);
	c = &list.list[0];
	assert_string_equal(c->username, "u");
	assert_non_null(strstr(c->password_file, "/secret"));
	assert_non_null(strstr(c->signature_files[0], "/secret"));
	assert_string_equal(c->signature_files[1] + strlen(folder), "/next");
	assert_null(c->signature_files[2]);
	assert_int_equal(c->rate_per_s, 0);
	assert_int_equal(c->dead_kib_per_s, 0);
	assert_true(c->max_change_share < 0);
	assert_true(
	    c->first_run_go && c->on_gone_recreate && c->personal_data_strip);
	assert_int_equal(c->n_subscribe, 2);
	assert_non_null(c->subscribe[0].where);
	assert_true(c->subscribe[0].on_leave_keep);
	assert_true(c->subscribe[1].as_columns);
	assert_true(c->subscribe[1].send_unconfirmed);
	assert_string_equal(c->subscribe[1].from, "2026-11-01T00:00:00.000Z");
	assert_int_equal(c->publish[0].every_ms, 1000);
	assert_string_equal(json_str(c->config, "arrive_as", ""), "draft");
	language = json_get(c->config, "language");
	assert_int_equal(jv_array_length(language), 1);
	connections_fini(&list);
	buf_free(&out);
}

static void
limits_go_before_the_preset(void **state)
{
	static const struct {
		const char *text;
		int64_t give_up_after_ms;
	} cases[] = {
	    {HEAD EVENTS, 2592000000},
	    {HEAD EVENTS "give_up_after: 76h\n", 273600000},
	    {HEAD EVENTS "give_up_after: 76h\nlimits: {give_up_after: 1h}\n",
		3600000},
	};
	struct connections list;
	struct buf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		if (load(&cases[i].text, 1, &list, &out) != 0)
			fail_msg("%s", out.data);
		assert_int_equal(
		    list.list[0].give_up_after_ms, cases[i].give_up_after_ms);
		connections_fini(&list);
	}
	buf_free(&out);
}

static void
complains_about_mistakes(void **state)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
	    {"a: 1\n", "0.yaml:1: connection: missing"},
	    {"connection: cli\n",
		"0.yaml:1: connection: cli stands for the command line"},
	    {HEAD "pubish: []\n", "0.yaml:5: pubish: unknown key"},
	    {HEAD, "0.yaml:1: expected subscribe, publish or both"},
	    {HEAD "subscribe: [{topics: tw.dead.x}]\n", "tw.dead.x is"},
	    {HEAD "subscribe: [{topics: '*'}]\n", "* is none of"},
	    {HEAD "subscribe: [{topics: tw.control.x}]\n", "is none of"},
	    {HEAD "subscribe: [{topics: []}]\n", "expected at least"},
	    {HEAD "subscribe:\n  - topics: tw.notices\n    where: '.a |'\n",
		"0.yaml:7: subscribe[0].where: line 1: syntax error"},
	    {HEAD "subscribe: [{topics: tw.notices, cities: []}]\n",
		"lets nothing pass"},
	    {HEAD "subscribe: [{topics: tw.notices, from: today}]\n",
		"subscribe[0].from: expected beginning, now"},
	    {HEAD "subscribe: [{topics: tw.notices, from: 2026-11-31}]\n",
		"a day such as 2022-10-31 (its start in UTC)"},
	    {HEAD "subscribe: [{topics: tw.notices, on_leave: drop}]\n",
		"subscribe[0].on_leave: expected remove or keep"},
	    {HEAD "subscribe: [{topics: 'tw.events.*', as: columns}]\n",
		"as: columns is for tw.partnerships"},
	    {HEAD "subscribe: [{topics: 'tw.events.*', arrive_as: x}]\n",
		"expected publish or draft"},
	    {HEAD "subscribe: [{topics: tw.notices, language: ru}, "
		  "{topics: 'tw.events.*', language: en}]\n",
		"differs from another entry's"},
	    {HEAD "publish: [{into: notices, namespace: a}]\n",
		"expected events, claims or organizations"},
	    {HEAD "publish: [{into: events, namespace: A_b}]\n",
		"namespace: expected an id"},
	    {HEAD EVENTS "limits: {in_flight: 0}\n", "at least 1"},
	    {HEAD EVENTS "limits: {in_flight: 9999}\n",
		"limits.in_flight: expected a number from 0 to 1024"},
	    {HEAD EVENTS "max_change: none\n", "max_change: expected off"},
	    {HEAD EVENTS "first_run: yes\n",
		"0.yaml:6: first_run: expected plan or go"},
	    {HEAD EVENTS "foreign_edits: restore\n",
		"0.yaml:6: foreign_edits: expected keep; restore is not"},
	    {HEAD EVENTS "errors: '{'\n", "errors: line 1: syntax error"},
	    {"connection: Site\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'https://u@x/'}\n" EVENTS,
		"connection: expected an id"},
	    {"connection: s\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'https://u:p@x/'}\n" EVENTS,
		"system.base_url: expected https://host/path"},
	    {"connection: s\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'ftp://x/'}\n" EVENTS,
		"system.base_url: expected"},
	    {"connection: s\nmember: volgograd\nuses: ../rest\n"
	     "system: {base_url: 'https://x'}\n" EVENTS,
		"uses: expected the name of a preset"},
	    {"connection: s\nmember: volgograd\nuses: nosuch\n"
	     "system: {base_url: 'https://x'}\n" EVENTS,
		":3: uses: there is no preset \"nosuch\": "},
	    {"connection: s\nmember: volgograd\n"
	     "system: {base_url: 'https://x'}\n" EVENTS,
		"subscribe[0]: the preset has no `create`"},
	    {"connection: s\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'https://x', auth: {bearer_file: "
	     "/no}}\n" EVENTS,
		"system.auth.bearer_file: /no: No such file"},
	    {"connection: s\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'https://x', auth: {signature: "
	     "{scheme: standard-webhooks, secret_files: /no}}}\n" EVENTS,
		"system.auth.signature.secret_files: /no: No such file"},
	    {"connection: s\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'https://x', auth: {signature: "
	     "{scheme: md5, secret_files: []}}}\n" EVENTS,
		"system.auth.signature.scheme: expected standard-webhooks"},
	    {"connection: s\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'https://x', auth: {signature: "
	     "{scheme: standard-webhooks, secret_files: []}}}\n" EVENTS,
		"system.auth.signature.secret_files: expected at least one"},
	};
	struct connections list;
	struct buf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		assert_true(load(&cases[i].text, 1, &list, &out) > 0);
		if (strstr(out.data, cases[i].error) == NULL)
			fail_msg("%s: %s", cases[i].error, out.data);
	}
	buf_free(&out);
}

static void
refuses_connections_that_collide(void **state)
{
	static const struct {
		const char *second, *error;
	} cases[] = {
	    {HEAD "publish: [{into: claims, namespace: y}]\n",
		"connection: site is also in"},
	    {"connection: b\nmember: volgograd\nuses: rest\n"
	     "system: {base_url: 'https://b'}\n"
	     "publish: [{into: events, namespace: web}]\n",
		"publishes under the same namespace"},
	    {"connection: b\nmember: mag\nuses: rest\n"
	     "system: {base_url: 'https://www.example.org/api'}\n"
	     "subscribe: [{topics: tw.events.cpaffc}]\n",
		"writes the same topics"},
	    {"connection: b\nmember: mag\nuses: rest\n"
	     "system: {base_url: 'https://www.example.org/api'}\n"
	     "config: {collections: {event: x}}\n"
	     "subscribe: [{topics: tw.events.cpaffc}]\n"
	     "publish: [{into: events, namespace: web}]\n",
		NULL},
	    {"connection: b\nmember: mag\nuses: rest\n"
	     "system: {base_url: 'https://www.example.org/api'}\n"
	     "config: {path: /elsewhere}\n"
	     "subscribe: [{topics: tw.events.cpaffc}]\n",
		NULL},
	};
	const char *texts[2] = {
	    HEAD EVENTS "publish: [{into: events, namespace: web}]\n"};
	struct connections list;
	struct buf out = {0};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		texts[1] = cases[i].second;
		if (load(texts, 2, &list, &out) == 0) {
			assert_null(cases[i].error);
			connections_fini(&list);
		} else if (cases[i].error == NULL ||
			   strstr(out.data, cases[i].error) == NULL) {
			fail_msg("%s", out.data);
		}
	}
	buf_free(&out);
}

#define PANEL                                                                 \
	"{\"publisher\":\"volgograd\",\"kind\":\"panel\","                    \
	"\"status\":\"confirmed\",\"places\":[{\"city\":{\"id\":\"wd:Q914\"," \
	"\"country\":\"RU\"}}],\"about\":[\"wd:Q1+wd:Q2\",\"wd:Q3\"],"        \
	"\"attendance\":\"online\"}"
#define CLAIM                                                                \
	"{\"registrar\":\"mag\",\"status\":\"proposed\",\"a\":{\"id\":"      \
	"\"wd:Q1\",\"country\":\"RU\"},\"b\":{\"id\":\"wd:Q2\",\"country\":" \
	"\"CN\"},\"agreements\":[{\"kind\":\"twin\"}]}"
#define PAIR                                                                 \
	"{\"status\":\"active\",\"kind\":\"twin\",\"a\":{\"id\":\"wd:Q1\"}," \
	"\"b\":{\"id\":\"wd:Q2\"},\"sides\":[{\"registrar\":\"cpaffc\"}]}"
#define NOTICE                                                             \
	"{\"kind\":\"suspended\",\"by\":\"mag\",\"a\":null,\"b\":{\"id\":" \
	"\"wd:Q2\"},\"after\":{\"status\":\"suspended\"}}"

static void
passes_what_the_filter_names(void **state)
{
	static const struct {
		const char *filter;
		enum record_type type;
		const char *record;
		int passes;
	} cases[] = {
	    {"", RECORD_EVENT, PANEL, 1},
	    {", cities: wd:Q914", RECORD_EVENT, PANEL, 1},
	    {", cities: [wd:Q9, wd:Q2]", RECORD_EVENT, PANEL, 1},
	    {", cities: wd:Q3", RECORD_EVENT, PANEL, 1},
	    {", cities: wd:Q91", RECORD_EVENT, PANEL, 0},
	    {", countries: [RU]", RECORD_EVENT, PANEL, 1},
	    {", countries: [CN]", RECORD_EVENT, PANEL, 0},
	    {", members: volgograd", RECORD_EVENT, PANEL, 1},
	    {", members: mag", RECORD_EVENT, PANEL, 0},
	    {", kinds: [panel, forum]", RECORD_EVENT, PANEL, 1},
	    {", statuses: cancelled", RECORD_EVENT, PANEL, 0},
	    {", cities: wd:Q914, kinds: forum", RECORD_EVENT, PANEL, 0},
	    {", where: '.attendance == \"online\"'", RECORD_EVENT, PANEL, 1},
	    {", where: '.attendance != \"online\"'", RECORD_EVENT, PANEL, 0},
	    {", where: '$type == \"event\" and $topic == \"t\"'", RECORD_EVENT,
		PANEL, 1},
	    {", where: 'empty'", RECORD_EVENT, PANEL, 0},
	    {", where: '.kind.x'", RECORD_EVENT, PANEL, -1},
	    {"", RECORD_CLAIM, CLAIM, 0},
	    {", send_unconfirmed: true", RECORD_CLAIM, CLAIM, 1},
	    {", send_unconfirmed: true, cities: wd:Q2", RECORD_CLAIM, CLAIM, 1},
	    {", send_unconfirmed: true, countries: CN", RECORD_CLAIM, CLAIM, 1},
	    {", send_unconfirmed: true, kinds: twin", RECORD_CLAIM, CLAIM, 1},
	    {", send_unconfirmed: true, members: cpaffc", RECORD_CLAIM, CLAIM,
		0},
	    {", cities: wd:Q2", RECORD_PARTNERSHIP, PAIR, 1},
	    {", members: cpaffc", RECORD_PARTNERSHIP, PAIR, 1},
	    {", kinds: friendship", RECORD_PARTNERSHIP, PAIR, 0},
	    {", statuses: suspended", RECORD_NOTICE, NOTICE, 1},
	    {", kinds: suspended", RECORD_NOTICE, NOTICE, 1},
	    {", members: mag", RECORD_NOTICE, NOTICE, 1},
	    {", cities: wd:Q2", RECORD_NOTICE, NOTICE, 1},
	    {", cities: wd:Q2", RECORD_EVENT,
		"{\"places\":5,\"about\":[7,null],\"status\":null}", 0},
	    {", countries: KG", RECORD_ORGANIZATION, "{\"country\":\"KG\"}", 1},
	};
	struct connections list;
	struct buf out = {0};
	struct err err;
	char *text;
	size_t i;
	jv record;
	int rc;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		text = mem_printf("%ssubscribe: [{topics: 'tw.events.*'%s}]\n",
		    HEAD, cases[i].filter);
		if (load((const char *const *)&text, 1, &list, &out) != 0)
			fail_msg("%s", out.data);
		record = jv_parse(cases[i].record);
		assert_true(jv_is_valid(record));
		rc = connection_passes(&list.list[0].subscribe[0],
		    cases[i].type, "t", record, &err);
		if (rc != cases[i].passes)
			fail_msg("%zu: %s", i, cases[i].filter);
		jv_free(record);
		connections_fini(&list);
		free(text);
	}
	buf_free(&out);
}

static int
set_up(void **state)
{
	(void)state;
	return mkdtemp(folder) == NULL;
}

static int
tear_down(void **state)
{
	static const char *const names[] = {
	    "0.yaml", "1.yaml", "secret", "next"};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		char *path = mem_printf("%s/%s", folder, names[i]);

		unlink(path);
		free(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_a_connection_with_its_defaults),
	    cmocka_unit_test(reads_everything_that_can_be_said),
	    cmocka_unit_test(limits_go_before_the_preset),
	    cmocka_unit_test(complains_about_mistakes),
	    cmocka_unit_test(refuses_connections_that_collide),
	    cmocka_unit_test(passes_what_the_filter_names),
	};

	program_sandbox();
	return cmocka_run_group_tests_name(
	    "connection", tests, set_up, tear_down);
}
