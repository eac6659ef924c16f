/*
 * Runs a fuzz target on every file of the folders, or on the files, named:
 * how `make check` replays the corpus without libFuzzer.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t replayed;

static void
replay_file(const char *path)
{
	char bytes[4096];
	struct buf b = {0};
	uint8_t *exact;
	size_t n;
	FILE *f = fopen(path, "rb");

	if (f == NULL) {
		perror(path);
		exit(1);
	}
	while ((n = fread(bytes, 1, sizeof(bytes), f)) > 0)
		buf_add(&b, bytes, n);
	fclose(f);
	/* A copy without slack, so that a sanitizer sees one byte too far. */
	exact = malloc(b.size > 0 ? b.size : 1);
	if (exact == NULL)
		abort();
	if (b.size > 0)
		memcpy(exact, b.data, b.size);
	LLVMFuzzerTestOneInput(exact, b.size);
	free(exact);
	buf_free(&b);
	replayed++;
}

static void
replay(const char *path)
{
	struct dirent *e;
	struct stat st;
	char *inner;
	DIR *dir;

	if (stat(path, &st) != 0) {
		perror(path);
		exit(1);
	}
	if (!S_ISDIR(st.st_mode)) {
		replay_file(path);
		return;
	}
	dir = opendir(path);
	if (dir == NULL) {
		perror(path);
		exit(1);
	}
	while ((e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		inner = mem_printf("%s/%s", path, e->d_name);
		replay_file(inner);
		free(inner);
	}
	closedir(dir);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		replay(argv[i]);
	if (replayed == 0) {
		fprintf(stderr, "%s: nothing to replay\n", argv[0]);
		return 1;
	}
	printf("%s: %zu inputs\n",
	    strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0],
	    replayed);
	return 0;
}
