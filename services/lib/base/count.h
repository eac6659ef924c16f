/** Numbers in sentences. */
#ifndef BASE_COUNT_H
#define BASE_COUNT_H

#include <stdint.h>

/** ONE if N is 1, else MANY: "1 record is", "2 records are". */
const char *count_word(int64_t n, const char *one, const char *many);

#endif
