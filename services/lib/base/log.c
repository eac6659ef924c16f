/* Logging: see log.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"

enum { LOG_VALUE_MAX_BYTES = 1024 };

static const char *log_name = "twinwire";
static enum log_level log_max = LOG_INFO;
static enum log_format log_fmt = LOG_LOGFMT;

void
log_init(const char *name, enum log_level level, enum log_format format)
{
	log_name = name;
	log_max = level;
	log_fmt = format;
}

static int
is_plain(const char *s)
{
	if (*s == '\0')
		return 0;
	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s == '"' || *s == '=' || *s == '\\' ||
		    (unsigned char)*s >= 0x7f)
			return 0;
	return 1;
}

/* Bidi controls can make a line read as another one; they are shown as code. */
static int
is_shown_as_code(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	       (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

static void
add_quoted(struct buf *b, const char *s)
{
	size_t size = strlen(s), at = 0, used;
	uint32_t c;

	buf_puts(b, "\"");
	while (at < size && at < LOG_VALUE_MAX_BYTES) {
		used = utf8_next(s + at, size - at, &c);
		if (used == 0) {
			buf_puts(b, "\\ufffd");
			used = 1;
		} else if (c == '"' || c == '\\') {
			buf_printf(b, "\\%c", (int)c);
		} else if (is_shown_as_code(c)) {
			buf_printf(b, "\\u%04x", (unsigned)c);
		} else {
			buf_add(b, s + at, used);
		}
		at += used;
	}
	buf_puts(b, at < size ? "...\"" : "\"");
}

static void
add_pair(struct buf *b, const char *key, const char *value)
{
	if (log_fmt == LOG_JSON) {
		buf_printf(b, "%s\"%s\":", b->size > 1 ? "," : "", key);
		add_quoted(b, value);
		return;
	}
	buf_printf(b, "%s%s=", b->size > 0 ? " " : "", key);
	if (is_plain(value) && strlen(value) < LOG_VALUE_MAX_BYTES)
		buf_puts(b, value);
	else
		add_quoted(b, value);
}

void
log_write(enum log_level level, const char *msg, ...)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};
	struct buf b = {0};
	char at[CLOCK_TEXT_SIZE];
	const char *key, *value;
	ssize_t written;
	va_list ap;

	if (level > log_max)
		return;
	if (log_fmt == LOG_JSON)
		buf_puts(&b, "{");
	add_pair(&b, "time", clock_text(clock_wall_ms(), at));
	add_pair(&b, "level", names[level]);
	add_pair(&b, "program", log_name);
	add_pair(&b, "msg", msg);
	va_start(ap, msg);
	while ((key = va_arg(ap, const char *)) != NULL) {
		value = va_arg(ap, const char *);
		if (value != NULL)
			add_pair(&b, key, value);
	}
	va_end(ap);
	buf_puts(&b, log_fmt == LOG_JSON ? "}\n" : "\n");
	/* One write, so that lines of several processes do not mix. */
	written = write(STDERR_FILENO, b.data, b.size);
	(void)written; /* nowhere left to say so */
	buf_free(&b);
}
