/* Text for the full-text index: see search.h. */
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "portal/search.h"

static int
is_in(uint32_t c, uint32_t from, uint32_t to)
{
	return c >= from && c <= to;
}

/* Written without spaces between words. */
static int
is_ideograph(uint32_t c)
{
	return is_in(c, 0x3040, 0x30FF) || is_in(c, 0x3400, 0x4DBF) ||
	       is_in(c, 0x4E00, 0x9FFF) || is_in(c, 0xF900, 0xFAFF) ||
	       is_in(c, 0x20000, 0x3FFFF);
}

static int
is_letter(uint32_t c)
{
	if (c < 0x80)
		return is_in(c, 'a', 'z') || is_in(c, 'A', 'Z') ||
		       is_in(c, '0', '9');
	return c >= 0xC0 && c != 0xD7 && c != 0xF7 &&
	       !is_in(c, 0x2000, 0x2BFF) && !is_in(c, 0x3000, 0x303F) &&
	       c != 0x30FB && !is_in(c, 0xFE10, 0xFE6F) &&
	       !is_in(c, 0xFF00, 0xFF0F) && c != 0xFEFF;
}

static void
put(struct buf *out, uint32_t c)
{
	char part[4];

	if (c == 0x401 || c == 0x451) /* yo */
		c = 0x435;
	buf_add(out, part, utf8_put(part, c));
}

/*
 * The next word of *AT into WORD: 1, or 0 at the end.  A run of ideographs is
 * one, with spaces inside.
 */
static int
next_word(const char **at, const char *end, struct buf *word, int *out_is_run)
{
	uint32_t c;
	size_t used;

	buf_clear(word);
	while (*at < end) {
		used = utf8_next(*at, (size_t)(end - *at), &c);
		if (used == 0) {
			(*at)++;
			c = ' ';
		}
		if (!is_letter(c)) {
			*at += used;
			if (word->size > 0)
				return 1;
			continue;
		}
		if (word->size > 0 && is_ideograph(c) != *out_is_run)
			return 1;
		*out_is_run = is_ideograph(c);
		if (word->size > 0 && *out_is_run)
			buf_add(word, " ", 1);
		put(word, c);
		*at += used;
	}
	return word->size > 0;
}

void
search_words(const char *text, struct buf *out)
{
	const char *end = text + strlen(text);
	struct buf word = {0};
	int is_run = 0;

	while (next_word(&text, end, &word, &is_run) &&
	       buf_add(out, word.data, word.size) == 0 &&
	       buf_add(out, " ", 1) == 0)
		;
	buf_free(&word);
}

static int
is_for_city(const char *word)
{
	static const char *const words[] = {"г", "г.", "город", "Г", "Город",
	    "city", "City", "of", "gorod", "市", "шаары", "қаласы"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(words[i], word) == 0)
			return 1;
	return 0;
}

static jv
terms(const char *text, int with_all)
{
	size_t size = strlen(text);
	const char *end =
	    text +
	    (size > SEARCH_TEXT_MAX_BYTES ? SEARCH_TEXT_MAX_BYTES : size);
	struct buf word = {0};
	jv list = jv_array();
	int is_run = 0;

	while (jv_array_length(jv_copy(list)) < SEARCH_WORDS_MAX &&
	       next_word(&text, end, &word, &is_run)) {
		if (!with_all && is_for_city(word.data))
			continue;
		/* Letters and digits only: nothing that could end a string. */
		list = jv_array_append(list,
		    jv_string_fmt("\"%s\"%s", word.data, is_run ? "" : "*"));
	}
	buf_free(&word);
	return list;
}

jv
search_terms(const char *text)
{
	jv list = terms(text, 0);

	if (jv_array_length(jv_copy(list)) > 0)
		return list;
	jv_free(list);
	return terms(text, 1);
}
