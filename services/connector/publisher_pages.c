/* Pages that say again, byte for byte, what has been judged: see publisher.h.
 * The same answer to the same question, and nothing changed in between, needs
 * no second look: 2 us a record instead of 60. */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "connector/publisher_inner.h"
#include "rest/http.h"

enum { PAGES_MAX = 2048 };

struct page {
	unsigned char asked[JSON_HASH_SIZE]; /* cursor */
	unsigned char said[JSON_HASH_SIZE];  /* answer */
	jv next;
	int is_last;
	uint64_t *seen; /* what it names, as in publisher.seen */
	size_t n_seen;
};

/* What an answer says about further pages may stand in headers; what changes
 * with every answer must not count. */
static int
is_about_pages(const char *name)
{
	return strncmp(name, "x-", 2) == 0 || strcmp(name, "link") == 0 ||
	       strcmp(name, "content-range") == 0;
}

static void
hash_answer(const struct http_answer *a, unsigned char out[JSON_HASH_SIZE])
{
	unsigned char parts[2][JSON_HASH_SIZE];
	jv headers = jv_object();

	if (jv_get_kind(a->headers) == JV_KIND_OBJECT) {
		jv_object_foreach (a->headers, name, value) {
			if (is_about_pages(jv_string_value(name)))
				headers = jv_object_set(headers, name, value);
			else {
				jv_free(name);
				jv_free(value);
			}
		}
	}
	json_hash(headers, parts[0]);
	jv_free(headers);
	json_hash_bytes(a->body, a->body_size, parts[1]);
	json_hash_bytes(parts, sizeof(parts), out);
}

static struct page *
find(const struct publisher_pages *pages, const unsigned char *asked)
{
	for (size_t i = 0; i < pages->n; i++)
		if (memcmp(pages->list[i].asked, asked, JSON_HASH_SIZE) == 0)
			return &pages->list[i];
	return NULL;
}

int
publisher_pages_known(struct publisher *p, const struct http_answer *a)
{
	struct publisher_pages *pages = &p->pages;
	const struct page *page;

	json_hash(p->cursor, pages->asked);
	hash_answer(a, pages->said);
	pages->seen_from = p->n_seen;
	pages->is_quiet = 1;
	page = find(pages, pages->asked);
	if (page == NULL ||
	    memcmp(page->said, pages->said, JSON_HASH_SIZE) != 0)
		return 0;
	for (size_t i = 0; i < page->n_seen; i++)
		publisher_see(p, page->seen[i]);
	p->counts.unchanged += (int64_t)page->n_seen;
	jv_free(p->next);
	p->next = jv_copy(page->next);
	p->is_last = page->is_last;
	return 1;
}

void
publisher_pages_keep(struct publisher *p)
{
	struct publisher_pages *pages = &p->pages;
	struct page *page = find(pages, pages->asked);

	if (!pages->is_quiet || (page == NULL && pages->n == PAGES_MAX))
		return;
	if (page == NULL) {
		pages->list =
		    mem_grow(pages->list, pages->n + 1, sizeof(*pages->list));
		page = &pages->list[pages->n++];
		*page = (struct page){.next = jv_null()};
	}
	memcpy(page->asked, pages->asked, sizeof(page->asked));
	memcpy(page->said, pages->said, sizeof(page->said));
	jv_free(page->next);
	page->next = jv_copy(p->next);
	page->is_last = p->is_last;
	page->n_seen = p->n_seen - pages->seen_from;
	page->seen =
	    mem_grow(page->seen, page->n_seen + 1, sizeof(*page->seen));
	if (page->n_seen > 0)
		memcpy(page->seen, p->seen + pages->seen_from,
		    page->n_seen * sizeof(*page->seen));
}

void
publisher_pages_forget(struct publisher *p)
{
	struct publisher_pages *pages = &p->pages;

	for (size_t i = 0; i < pages->n; i++) {
		jv_free(pages->list[i].next);
		free(pages->list[i].seen);
	}
	free(pages->list);
	pages->list = NULL;
	pages->n = 0;
	pages->is_quiet = 0;
}
