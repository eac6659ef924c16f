/** Bytes put aside in a temporary file without a name. */
#ifndef CLI_SPOOL_H
#define CLI_SPOOL_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct err;
struct spool;

struct spool_place {
	int64_t at;
	size_t size;
};

/** Empty; NULL with ERR = REJECT: there is no room for such files. */
struct spool *spool_new(struct err *err);
/** Does nothing on NULL; what it held is gone. */
void spool_free(struct spool *s);
/** Put SIZE bytes aside: 0 and *OUT, or -1 with ERR = REJECT. */
int spool_put(struct spool *s, const void *data, size_t size,
    struct spool_place *out, struct err *err);
/** Replace what OUT holds by what lies at P.  -1 with ERR = REJECT. */
int spool_get(struct spool *s, const struct spool_place *p, struct buf *out,
    struct err *err);

#endif
