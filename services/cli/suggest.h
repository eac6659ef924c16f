/** The list of cities as the commands use it. */
#ifndef CLI_SUGGEST_H
#define CLI_SUGGEST_H

#include "base/json.h"

struct cities;
struct err;

/** The list in FILE, or the shared one if it is NULL.  NULL with ERR. */
struct cities *suggest_open(const char *file, struct err *err);
/** New text: the English name of CITY (borrowed) and those in other scripts. */
char *suggest_name(jv city);

#endif
