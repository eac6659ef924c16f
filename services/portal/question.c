/* A question put together: see question.h. */
#include "portal/question.h"

void
question_begin(struct question *q)
{
	*q = (struct question){.parameters = jv_array()};
}

void
question_fini(struct question *q)
{
	buf_free(&q->where);
	jv_free(q->parameters);
}

void
question_and(struct question *q, const char *text, jv v)
{
	buf_puts(&q->where, q->where.size == 0 ? " WHERE " : " AND ");
	q->parameters = jv_array_append(q->parameters, v);
	q->n++;
	for (; *text != '\0'; text++) {
		if (*text == '?')
			buf_printf(&q->where, "?%d", q->n);
		else
			buf_add(&q->where, text, 1);
	}
}

void
question_any(struct question *q, const char *text, jv v)
{
	if (jv_get_kind(v) == JV_KIND_ARRAY && jv_array_length(jv_copy(v)) > 0)
		question_and(q, text, jv_copy(v));
}
