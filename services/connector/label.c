/* What people call a record: see label.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "connector/label.h"

/* The text at NAME of V (borrowed), in any language; NULL: none. */
static char *
text_at(jv v, const char *name)
{
	jv text = json_get(v, name);
	char *found = NULL;

	if (jv_get_kind(text) == JV_KIND_STRING)
		found = mem_dup(jv_string_value(text));
	if (jv_get_kind(text) == JV_KIND_OBJECT) {
		jv_object_foreach (text, language, one) {
			if (found == NULL && jv_get_kind(one) == JV_KIND_STRING)
				found = mem_dup(jv_string_value(one));
			jv_free(language);
			jv_free(one);
		}
	}
	jv_free(text);
	return found;
}

/* What a partnership is known by: its two cities.  NULL: V is none. */
static char *
pair_in(jv v)
{
	jv a = json_get(v, "a"), b = json_get(v, "b");
	char *one = text_at(a, "names"), *other = text_at(b, "names");
	char *pair = one != NULL && other != NULL
			 ? mem_printf("%s - %s", one, other)
			 : NULL;

	free(one);
	free(other);
	jv_free(a);
	jv_free(b);
	return pair;
}

char *
label_of(jv v)
{
	static const char *const names[] = {"title", "names", "name"};
	char *label = NULL;

	for (size_t n = 0;
	     label == NULL && n < sizeof(names) / sizeof(names[0]); n++)
		label = text_at(v, names[n]);
	if (label == NULL)
		label = pair_in(v);
	return label != NULL ? label : mem_dup("");
}
