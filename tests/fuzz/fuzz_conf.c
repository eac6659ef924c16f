/*
 * Configuration from any bytes: it is read or refused with file and line, and
 * what is read has a line for every key and can be checked.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/err.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct conf_key keys[] = {
    {"connection", CONF_STRING, 1, "an id"},
    {"system", CONF_OBJECT, 1, NULL},
    {"system.base_url", CONF_STRING, 1, "a URL"},
    {"system.allow_private", CONF_BOOL, 0, NULL},
    {"limits", CONF_OBJECT, 0, NULL},
    {"limits.in_flight", CONF_INT, 0, NULL},
    {"limits.give_up_after", CONF_DURATION, 0, NULL},
    {"max_change", CONF_ANY, 0, NULL},
    {"max_change.share", CONF_SHARE, 0, NULL},
    {"subscribe", CONF_LIST, 0, NULL},
    {"subscribe[]", CONF_OBJECT, 0, NULL},
    {"subscribe[].topics", CONF_STRINGS, 1, "patterns"},
    {"config", CONF_OBJECT, 0, NULL},
    {"config.*", CONF_ANY, 0, NULL},
};

static void
must(int truth)
{
	if (!truth)
		abort();
}

/* Every error is one line that begins with the file's name and a line. */
static void
check_lines(const char *text, int n)
{
	for (; n > 0; n--) {
		must(strncmp(text, "f:", 2) == 0);
		must(text[2] >= '1' && text[2] <= '9');
		text = strchr(text, '\n');
		must(text != NULL);
		text++;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = {.class = ERR_NONE};
	struct buf out = {0}, canonical = {0};
	struct conf *c = conf_parse("f", (const char *)data, size, &err);
	jv v, again;
	int n;

	if (c == NULL) {
		must(err.class == ERR_REJECT);
		must(strncmp(err.msg, "f:", 2) == 0);
		return 0;
	}
	n = conf_check(c, keys, sizeof(keys) / sizeof(keys[0]), &out);
	if (n > 0 && memchr(data, '\n', size) == NULL)
		check_lines(out.data, 1);
	v = conf_value(c);
	json_canonical(v, &canonical);
	again = json_parse(canonical.data, canonical.size, &err);
	must(jv_equal(v, again));
	buf_free(&canonical);
	buf_free(&out);
	conf_free(c);
	return 0;
}
