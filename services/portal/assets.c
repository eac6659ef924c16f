/*
 * Files compiled in: see assets.h.  The Makefile lays them end to end, each as
 * its name and its text, both ended by a zero byte.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "portal/assets.h"

extern const char assets_text[], assets_end[];
__asm__(".section .rodata\n"
	".global assets_text\n"
	".global assets_end\n"
	"assets_text:\n"
	".incbin \"portal.bin\"\n"
	"assets_end:\n"
	".byte 0\n"
	".text\n");

static struct asset all[ASSETS_MAX];
static size_t count;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
find_all(void)
{
	for (const char *at = assets_text; at < assets_end;) {
		struct asset *a = &all[count++];
		unsigned char hash[JSON_HASH_SIZE];

		if (count > ASSETS_MAX)
			abort();
		a->name = at;
		a->text = at + strlen(at) + 1;
		a->size = strlen(a->text);
		at = a->text + a->size + 1;
		json_hash_bytes(a->text, a->size, hash);
		hex_text(hash, sizeof(hash), a->tag);
	}
}

const struct asset *
assets_at(size_t i)
{
	pthread_once(&once, find_all);
	return i < count ? &all[i] : NULL;
}

const struct asset *
assets_find(const char *name)
{
	const struct asset *a;

	for (size_t i = 0; (a = assets_at(i)) != NULL; i++)
		if (strcmp(a->name, name) == 0)
			return a;
	return NULL;
}
