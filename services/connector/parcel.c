/* Parcels: see parcel.h.  Packed form: numbers as 8 bytes, byte strings as
 * length and bytes, a length of -1 for "none"; all in the machine's order, as
 * the state file never leaves the machine. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "connector/parcel.h"

static void
put_number(struct buf *out, int64_t n)
{
	buf_add(out, &n, sizeof(n));
}

static void
put_bytes(struct buf *out, const void *data, size_t size)
{
	put_number(out, data == NULL ? -1 : (int64_t)size);
	if (data != NULL) {
		buf_add(out, data, size);
		buf_add(out, "", 1); /* strings end in NUL when unpacked */
	}
}

/* What a string takes in packed form beside its bytes. */
enum { STRING_BYTES = sizeof(int64_t) + 1 };

static size_t
packed_size(const struct bus_message *m)
{
	size_t size = 4 * sizeof(int64_t) + 3 * STRING_BYTES +
		      strlen(m->topic) + m->key_size + m->value_size;

	for (size_t i = 0; i < m->n_headers; i++)
		size += 2 * STRING_BYTES + strlen(m->headers[i].name) +
			m->headers[i].size;
	return size;
}

static void
pack(const struct bus_message *m, struct buf *out)
{
	size_t i;

	buf_reserve(out, packed_size(m));
	put_number(out, m->partition);
	put_number(out, m->offset);
	put_number(out, m->timestamp_ms);
	put_bytes(out, m->topic, strlen(m->topic));
	put_bytes(out, m->key, m->key_size);
	put_bytes(out, m->value, m->value_size);
	put_number(out, (int64_t)m->n_headers);
	for (i = 0; i < m->n_headers; i++) {
		put_bytes(out, m->headers[i].name, strlen(m->headers[i].name));
		put_bytes(out, m->headers[i].value, m->headers[i].size);
	}
}

struct cursor {
	char *at, *end;
	int is_bad;
};

static int64_t
get_number(struct cursor *c)
{
	int64_t n;

	if (c->end - c->at < (ptrdiff_t)sizeof(n)) {
		c->is_bad = 1;
		return 0;
	}
	memcpy(&n, c->at, sizeof(n));
	c->at += sizeof(n);
	return n;
}

static char *
get_bytes(struct cursor *c, size_t *out_size)
{
	int64_t size = get_number(c);
	char *data = c->at;

	*out_size = 0;
	if (c->is_bad || size < 0)
		return NULL;
	if (size >= c->end - c->at || c->at[size] != '\0') {
		c->is_bad = 1;
		return NULL;
	}
	c->at += size + 1;
	*out_size = (size_t)size;
	return data;
}

/* Take over BLOCK; 0, or -1 if it is not a packed message. */
static int
unpack(struct parcel *p, char *block, size_t size)
{
	struct cursor c = {block, block + size, 0};
	struct bus_message m = {0};
	size_t i, ignored;
	int64_t n;

	m.partition = (int32_t)get_number(&c);
	m.offset = get_number(&c);
	m.timestamp_ms = get_number(&c);
	m.topic = get_bytes(&c, &ignored);
	m.key = get_bytes(&c, &m.key_size);
	m.value = get_bytes(&c, &m.value_size);
	n = get_number(&c);
	*p = (struct parcel){.block = block, .size = size};
	if (c.is_bad || m.topic == NULL || n < 0 || n > BUS_HEADERS_MAX)
		return -1;
	p->headers = mem_new((size_t)n, sizeof(*p->headers));
	for (i = 0; i < (size_t)n; i++) {
		p->headers[i].name = get_bytes(&c, &ignored);
		p->headers[i].value = get_bytes(&c, &p->headers[i].size);
		if (p->headers[i].name == NULL)
			return -1;
	}
	m.headers = p->headers;
	m.n_headers = (size_t)n;
	p->m = m;
	return c.is_bad ? -1 : 0;
}

void
parcel_copy(struct parcel *p, const struct bus_message *m)
{
	struct buf b = {0};
	struct bus_message kept = *m;
	size_t size;

	if (kept.n_headers > BUS_HEADERS_MAX)
		kept.n_headers = BUS_HEADERS_MAX;
	pack(&kept, &b);
	size = b.size;
	if (unpack(p, buf_take(&b), size) != 0)
		abort(); /* we packed it ourselves */
}

void
parcel_fini(struct parcel *p)
{
	free(p->headers);
	free(p->block);
	*p = (struct parcel){0};
}

void
parcel_pack(const struct parcel *p, struct buf *out)
{
	buf_add(out, p->block, p->size);
}

int
parcel_unpack(struct parcel *p, const void *data, size_t size, struct err *err)
{
	struct parcel made;

	if (data == NULL || unpack(&made, mem_dup_n(data, size), size) != 0) {
		if (data != NULL)
			parcel_fini(&made);
		return err_set(err, ERR_REJECT, 0,
		    "the state file holds a message that cannot be read");
	}
	*p = made;
	return 0;
}
