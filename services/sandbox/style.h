/** How the sites look, and the few lines that keep a page fresh. */
#ifndef SANDBOX_STYLE_H
#define SANDBOX_STYLE_H

struct buf;

/** Append the style sheet with ACCENT as the site's colour. */
void style_css(struct buf *out, const char *accent);
/** Append the script; pages work without it. */
void style_script(struct buf *out);

#endif
