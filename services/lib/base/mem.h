/**
 * Memory that is there or the process is not: out of memory aborts.  Every
 * record is redelivered after a restart, so hundreds of branches that no test
 * reaches fall away.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

/** New, zeroed; never NULL.  The caller frees with free(). */
void *mem_new(size_t n, size_t size) __attribute__((malloc));
/** As realloc() to N items of SIZE bytes; aborts on overflow; never NULL. */
void *mem_grow(void *old, size_t n, size_t size);
/** New copy of S, or NULL for NULL; the caller frees. */
char *mem_dup(const char *s);
/** New zero-terminated copy of SIZE bytes at DATA; NULL for NULL DATA. */
char *mem_dup_n(const void *data, size_t size);
/** New formatted string; the caller frees. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *fmt, va_list ap)
    __attribute__((format(printf, 1, 0)));

/**
 * From now on a large block, such as what Kafka answers a fetch with, goes back
 * to the system when it is freed, and not into a heap that stays as large.
 */
void mem_return_large(void);
/**
 * Give back to the system what an idle process does not need: free heap, and
 * code that only start-up or a burst ran.  Code stays in the page cache and
 * comes back by itself when it is called.
 */
void mem_give_back(void);

#endif
