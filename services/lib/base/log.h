/**
 * One line an event on stderr: time, level, program, message, key=value pairs
 * (logfmt), or one JSON object.  Control characters, broken UTF-8 and bidi
 * overrides in values are escaped, so a line is a line.  Libraries return
 * errors and do not log.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_LOGFMT, LOG_JSON };

/**
 * Name the program and set what is shown.  Call once, before other threads
 * start.  NAME is borrowed for the life of the process.
 */
void log_init(const char *name, enum log_level level, enum log_format format);
/**
 * Write one line: MSG is a constant sentence, then pairs of key and value
 * strings, ended by NULL: log_write(LOG_INFO, "ready", "port", "80", NULL).
 * A NULL value leaves its pair out.
 */
void log_write(enum log_level level, const char *msg, ...)
    __attribute__((sentinel));

#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__, NULL)
#define log_warn(...) log_write(LOG_WARN, __VA_ARGS__, NULL)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__, NULL)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__, NULL)

#endif
