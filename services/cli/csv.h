/**
 * Tables as spreadsheets save them: RFC 4180, with `,` `;` or a tab between
 * cells (whichever the first row has most of) and any line end.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stddef.h>

struct csv;
struct err;

enum { CSV_CELLS_MAX = 256 };

/** Over SIZE bytes of UTF-8 TEXT, borrowed for its life. */
struct csv *csv_new(const char *text, size_t size);
/** Does nothing on NULL. */
void csv_free(struct csv *c);
/**
 * Read the next row that is not empty: 1, 0 at the end, -1 with ERR = REJECT
 * (a quotation mark that does not close, text behind one, too many cells); the
 * rest of the text is lost then.
 */
int csv_next(struct csv *c, struct err *err);
/** Number of the row as a spreadsheet shows it, from 1; 0 before the first. */
size_t csv_row(const struct csv *c);
size_t csv_cells(const struct csv *c);
/**
 * Cell I without the blanks around it, "" past the last; borrowed until the
 * next csv_next().
 */
const char *csv_cell(const struct csv *c, size_t i);

#endif
