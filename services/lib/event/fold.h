/**
 * Names folded for comparison: case, accents of Latin letters, ё and е,
 * hyphens, spaces and the words for "city" make no difference.
 */
#ifndef EVENT_FOLD_H
#define EVENT_FOLD_H

struct buf;

/**
 * Append NAME (UTF-8) folded to OUT: letters and digits only, in lower case.
 * "г. Нижний Новгород", "нижний-новгород" -> "нижнийновгород"; "吉林市" ->
 * "吉林"; "Jilin City" -> "jilin".
 */
void fold_name(const char *name, struct buf *out);

#endif
