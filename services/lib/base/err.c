/* Errors: see err.h. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

int
err_set(struct err *err, enum err_class class, int code, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return -1;
	err->class = class;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return -1;
}

int
err_wrap(struct err *err, const char *fmt, ...)
{
	char context[ERR_MSG_SIZE];
	size_t used, kept;
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(context, sizeof(context), fmt, ap);
	va_end(ap);
	used = strlen(context);
	if (used + 3 > sizeof(err->msg))
		used = sizeof(err->msg) - 3;
	kept = strlen(err->msg);
	if (kept > sizeof(err->msg) - used - 3)
		kept = sizeof(err->msg) - used - 3;
	memmove(err->msg + used + 2, err->msg, kept);
	memcpy(err->msg, context, used);
	memcpy(err->msg + used, ": ", 2);
	err->msg[used + 2 + kept] = '\0';
	return -1;
}
