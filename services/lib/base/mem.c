/* Memory: see mem.h. */
#include <link.h>
#include <malloc.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mem.h"

static void *
there(void *p)
{
	if (p == NULL) {
		fputs("out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
mem_new(size_t n, size_t size)
{
	return there(calloc(n == 0 ? 1 : n, size == 0 ? 1 : size));
}

void *
mem_grow(void *old, size_t n, size_t size)
{
	return there(reallocarray(old, n == 0 ? 1 : n, size == 0 ? 1 : size));
}

char *
mem_dup(const char *s)
{
	return s == NULL ? NULL : mem_dup_n(s, strlen(s));
}

char *
mem_dup_n(const void *data, size_t size)
{
	char *copy;

	if (data == NULL)
		return NULL;
	copy = there(malloc(size + 1));
	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	return copy;
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	s = mem_vprintf(fmt, ap);
	va_end(ap);
	return s;
}

char *
mem_vprintf(const char *fmt, va_list ap)
{
	char *s;

	return there(vasprintf(&s, fmt, ap) < 0 ? NULL : s);
}

/* Unmap the code of one object.  Code is mapped read-only from its file, so
 * nothing of ours is in those pages. */
static int
drop_code(struct dl_phdr_info *object, size_t size, void *ctx)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from, to;
	int i;

	(void)size;
	(void)ctx;
	for (i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &object->dlpi_phdr[i];

		if (p->p_type != PT_LOAD || (p->p_flags & PF_X) == 0 ||
		    (p->p_flags & PF_W) != 0)
			continue;
		from = (object->dlpi_addr + p->p_vaddr) & ~(page - 1);
		to = object->dlpi_addr + p->p_vaddr + p->p_memsz;
		/* Best effort: without it the pages merely stay. */
		(void)madvise((void *)from, to - from, MADV_DONTNEED);
	}
	return 0;
}

void
mem_return_large(void)
{
	enum { LARGE_BYTES = 128 * 1024 };

	/* It is the library's own value, which grows unless it is set. */
	mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
}

void
mem_give_back(void)
{
	malloc_trim(0);
	dl_iterate_phdr(drop_code, NULL);
}
