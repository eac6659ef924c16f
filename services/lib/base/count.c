/* Numbers in sentences: see count.h. */
#include "base/count.h"

const char *
count_word(int64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}
