/** Arrays. */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

/** How many items A has, an array and no pointer. */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
