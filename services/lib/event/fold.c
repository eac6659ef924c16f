/* Names folded for comparison: see fold.h. */
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "event/fold.h"

/* Latin letters without their accents; "." = none (then the letter stays). */
/* clang-format off */
static const char latin[] = /* U+00C0 to U+024F */
	"aaaaaaaceeeeiiiidnooooo.ouuuuytsaaaaaaaceeeeiiiidnooooo.ouuuuyty"
	"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
	"lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs"
	"...............a.........k......oo.............uu..............."
	"....dddlllnnnaaiioouuuuuuuuuu.aaaa....ggkkoooo..jdddgg..nnaa...."
	"aaaaeeeeiiiioooorrrruuuusstt..hh......aaeeooooooooyy............"
	"................";
static const char latin_more[] = /* U+1E00 to U+1EFF */
	"aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmm"
	"mmmmnnnnnnnnoooooooopppprrrrrrrrssssssssssttttttttuuuuuuuuuuvvvv"
	"wwwwwwwwwwxxxxyyzzzzzzhtwyas....aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeee"
	"eeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy......";
/* clang-format on */

static int
is_in(uint32_t c, uint32_t from, uint32_t to)
{
	return c >= from && c <= to;
}

/* C in lower case and without accents; 0 if it is no letter and no digit. */
static uint32_t
fold(uint32_t c)
{
	char base = '.';

	if (is_in(c, 0xFF01, 0xFF5E)) /* full width */
		c -= 0xFEE0;
	if (is_in(c, 'A', 'Z'))
		return c + 32;
	if (c < 0x80)
		return is_in(c, 'a', 'z') || is_in(c, '0', '9') ? c : 0;
	if (is_in(c, 0xC0, 0x24F))
		base = latin[c - 0xC0];
	else if (is_in(c, 0x1E00, 0x1EFF))
		base = latin_more[c - 0x1E00];
	if (base != '.')
		return (unsigned char)base;
	if (c < 0xC0 || c == 0xD7 || c == 0xF7 ||
	    is_in(c, 0x2B0, 0x36F) ||	/* modifiers, combining accents */
	    is_in(c, 0x2000, 0x206F) || /* spaces, hyphens, quotes */
	    is_in(c, 0x3000, 0x3003) || c == 0x30FB || c == 0xFEFF)
		return 0;
	if (is_in(c, 0x391, 0x3A9)) /* Greek */
		return c + 32;
	if (c == 0x401 || c == 0x451) /* yo */
		return 0x435;
	if (is_in(c, 0x400, 0x40F)) /* Cyrillic */
		return c + 80;
	if (is_in(c, 0x410, 0x42F))
		return c + 32;
	if (is_in(c, 0x460, 0x481) || is_in(c, 0x48A, 0x4BF) ||
	    is_in(c, 0x4D0, 0x52F))
		return c | 1;
	if (is_in(c, 0x4C1, 0x4CE))
		return c % 2 == 1 ? c + 1 : c;
	if (is_in(c, 0x531, 0x556)) /* Armenian */
		return c + 48;
	return c;
}

/* Cut AFFIX off the end of what OUT holds from FROM on, but never all. */
static void
cut_end(struct buf *out, size_t from, const char *affix)
{
	size_t size = strlen(affix);

	if (out->size - from > size &&
	    memcmp(out->data + out->size - size, affix, size) == 0) {
		out->size -= size;
		out->data[out->size] = '\0';
	}
}

/* Past a leading word for "city", if there is a name behind it. */
static const char *
skip_prefix(const char *name)
{
	static const char *const prefixes[] = {"г. ", "г.", "город ", "Г. ",
	    "Город ", "city of ", "City of ", "gorod "};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		size_t size = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], size) == 0 && name[size] != '\0')
			return name + size;
	}
	return name;
}

void
fold_name(const char *name, struct buf *out)
{
	static const char *const words[] = {" city", " City", " shi", " Shi",
	    " qalasy", " шаары", " қаласы", " shaary"};
	const char *end;
	size_t from = out->size, used;
	uint32_t c;
	char part[4];

	name = skip_prefix(name);
	end = name + strlen(name);
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t size = strlen(words[i]);

		if ((size_t)(end - name) > size &&
		    memcmp(end - size, words[i], size) == 0) {
			end -= size;
			break;
		}
	}
	while (name < end) {
		used = utf8_next(name, (size_t)(end - name), &c);
		if (used == 0) {
			name++;
			continue;
		}
		name += used;
		c = fold(c);
		if (c != 0)
			buf_add(out, part, utf8_put(part, c));
	}
	if (out->size > from) {
		cut_end(out, from, "市");
		cut_end(out, from, "시");
	}
}
