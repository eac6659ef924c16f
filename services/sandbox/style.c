/* Looks: see style.h. */
#include <stddef.h>

#include "base/buf.h"
#include "sandbox/style.h"

static const char *const css[] = {
    /* ground */
    "*{box-sizing:border-box}"
    "html{scroll-behavior:smooth}"
    "body{margin:0;background:#f6f4ef;color:#22252b;"
    "font:17px/1.55 'Source Sans 3','Noto Sans','Noto Sans CJK SC',"
    "'Segoe UI',Helvetica,Arial,sans-serif;"
    "-webkit-font-smoothing:antialiased}"
    "h1,h2,h3{font-family:'Source Serif 4','Noto Serif','Noto Serif CJK "
    "SC',"
    "Georgia,'Times New Roman',serif;font-weight:600;line-height:1.25;"
    "margin:0}"
    "a{color:var(--accent)}"
    ".wide{max-width:68rem;margin:0 auto;padding:0 1.75rem}",
    /* head */
    "header{background:var(--accent);color:#fff;padding:2.6rem 0 1.5rem;"
    "background-image:linear-gradient(165deg,rgba(255,255,255,.10),"
    "rgba(0,0,0,.18))}"
    ".eyebrow{margin:0 0 .6rem;font-size:.8rem;letter-spacing:.09em;"
    "text-transform:uppercase;opacity:.8}"
    "h1{font-size:2.15rem;max-width:52rem;text-wrap:balance}"
    ".sub{margin:.35rem 0 1.6rem;opacity:.85;max-width:52rem}"
    "nav{display:flex;flex-wrap:wrap;gap:.35rem .5rem;font-size:.86rem}"
    "nav a{color:#fff;text-decoration:none;padding:.18rem .7rem;"
    "border-radius:1rem;background:rgba(255,255,255,.14)}"
    "nav a:hover{background:rgba(255,255,255,.28)}"
    "nav a.here{background:#fff;color:var(--accent);font-weight:600}",
    /* lamp */
    ".lamp{background:#fff;border-bottom:1px solid #e3ddd0}"
    ".lamp .wide{display:flex;align-items:center;gap:.7rem;"
    "padding-top:.7rem;padding-bottom:.7rem;font-size:.95rem}"
    ".dot{width:.8rem;height:.8rem;border-radius:50%;flex:none;"
    "background:#9aa0a6;box-shadow:0 0 0 .22rem rgba(154,160,166,.2)}"
    ".good .dot{background:#3f8f5b;box-shadow:0 0 0 .22rem "
    "rgba(63,143,91,.2)}"
    ".waits .dot{background:#d9902f;box-shadow:0 0 0 .22rem "
    "rgba(217,144,47,.22)}"
    ".bad .dot{background:#b3402e;box-shadow:0 0 0 .22rem "
    "rgba(179,64,46,.2)}"
    ".lamp .right{margin-left:auto;color:#6d6a63;font-size:.85rem}"
    ".note{background:#fbeed5;border-bottom:1px solid #ecd6a5;"
    "padding:.8rem 0}",
    /* body */
    "main.wide{padding-top:2.4rem;padding-bottom:1rem}"
    "section{margin-bottom:3rem}"
    ".title{display:flex;align-items:baseline;gap:.8rem;"
    "margin-bottom:1.1rem;border-bottom:2px solid var(--accent);"
    "padding-bottom:.45rem}"
    "h2{font-size:1.45rem}.count{color:#6d6a63}"
    ".card{display:flex;gap:1.3rem;background:#fff;border:1px solid "
    "#e6e0d4;"
    "border-radius:.55rem;padding:1.1rem 1.3rem;margin-bottom:.8rem;"
    "box-shadow:0 1px 2px rgba(40,30,10,.04)}"
    ".card.own{border-left:.3rem solid var(--accent)}"
    ".date{flex:none;width:4.6rem;text-align:center;color:#6d6a63;"
    "font-size:.82rem;line-height:1.2;padding-top:.1rem}"
    ".date b{display:block;font:600 2rem/1.05 Georgia,'Noto Serif',serif;"
    "color:var(--accent)}"
    ".body{flex:1;min-width:0}"
    "h3{font-size:1.16rem}"
    ".off h3{text-decoration:line-through;color:#7c7870}"
    ".alt{color:#6d6a63;margin:.1rem 0 0}"
    ".meta{margin:.35rem 0 0;color:#43464c;font-size:.95rem}"
    ".by{margin:.3rem 0 0;font-size:.9rem;color:#6d6a63}"
    ".text{margin:.5rem 0 0}",
    /* badges, tables */
    ".badge{display:inline-block;font-size:.78rem;font-weight:600;"
    "padding:.08rem .6rem;border-radius:1rem;background:#ece8df;"
    "color:#55524b;vertical-align:.12em;white-space:nowrap}"
    ".badge.good{background:#dff0e4;color:#256b40}"
    ".badge.waits{background:#fbeed5;color:#8a5a12}"
    ".badge.bad{background:#f7dfda;color:#92301f}"
    "table{width:100%;border-collapse:collapse;background:#fff;"
    "border:1px solid #e6e0d4;border-radius:.55rem;overflow:hidden;"
    "font-size:.96rem}"
    "th{text-align:left;font-size:.8rem;font-weight:600;color:#6d6a63;"
    "padding:.6rem .9rem;background:#faf8f4}"
    "td{padding:.55rem .9rem;border-top:1px solid #efeae0;"
    "vertical-align:top}"
    "td.pair{font-weight:600}td:nth-child(2){white-space:nowrap}td.says{font-"
    "size:.84rem;color:#6d6a63}td "
    ".alt{font-weight:400;font-size:.87rem}"
    "tr:hover td{background:#fdfcf9}"
    "td.do{white-space:nowrap;text-align:right}"
    ".empty{color:#6d6a63;background:#fff;border:1px dashed #d8d1c2;"
    "border-radius:.55rem;padding:1rem 1.3rem}",
    /* forms */
    "form.line{display:inline}"
    "button,.button{font:inherit;font-size:.86rem;cursor:pointer;"
    "border:1px solid #d4ccbb;background:#fff;color:#43464c;"
    "border-radius:.35rem;padding:.12rem .65rem;text-decoration:none;"
    "display:inline-block;line-height:1.5}"
    "button:hover,.button:hover{border-color:var(--accent);"
    "color:var(--accent)}"
    "button.main{background:var(--accent);border-color:var(--accent);"
    "color:#fff;font-size:1rem;padding:.4rem 1.3rem}"
    "button.main:hover{filter:brightness(1.1);color:#fff}"
    ".actions{margin-top:.65rem;display:flex;gap:.4rem;flex-wrap:wrap}"
    "details{margin-top:.9rem}"
    "summary{cursor:pointer;color:var(--accent);font-weight:600}"
    ".sheet{background:#fff;border:1px solid #e6e0d4;border-radius:.55rem;"
    "padding:1.4rem;margin-top:.8rem;display:grid;gap:.9rem 1.2rem;"
    "grid-template-columns:repeat(6,1fr)}"
    ".sheet label{grid-column:span 3;font-size:.86rem;color:#55524b}"
    ".sheet .all{grid-column:1/-1}.sheet .two{grid-column:span 2}"
    ".sheet input,.sheet select,.sheet textarea{display:block;width:100%;"
    "margin-top:.2rem;font:inherit;font-size:1rem;padding:.42rem .6rem;"
    "border:1px solid #cfc7b6;border-radius:.35rem;background:#fffefb}"
    ".sheet input[type=checkbox]{display:inline;width:auto;"
    "margin-right:.4rem}"
    "input:focus,select:focus,textarea:focus{outline:2px solid "
    "var(--accent);outline-offset:1px}",
    /* foot */
    "footer{border-top:1px solid #e3ddd0;margin-top:2rem;"
    "padding:1.6rem 0 3rem;color:#6d6a63;font-size:.92rem}"
    ".switches{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;"
    "margin:.6rem 0 1rem}"
    ".switch{display:flex;align-items:center;gap:.55rem;"
    "border-radius:2rem;padding:.3rem .95rem;font-size:.95rem}"
    ".switch i{width:2rem;height:1.1rem;border-radius:1rem;"
    "background:#cfc9bc;position:relative;flex:none}"
    ".switch i:after{content:'';position:absolute;left:.15rem;top:.15rem;"
    "width:.8rem;height:.8rem;border-radius:50%;background:#fff}"
    ".switch.on{border-color:#b3402e;color:#92301f;background:#fdf3f0}"
    ".switch.on i{background:#b3402e}.switch.on i:after{left:1.05rem}"
    "@media(max-width:44rem){.sheet label,.sheet .two{grid-column:1/-1}"
    "h1{font-size:1.6rem}.card{gap:.9rem;padding:1rem}.hide{display:none}}",
};

/*
 * Fetches the page again when something changed, unless somebody has a form
 * open; open boxes stay open.
 */
static const char script[] =
    "let seen=null;async function look(){try{"
    "const v=await(await fetch('/pulse')).text();"
    "if(seen!==null&&v!==seen){"
    "if(document.querySelector('main>section>.sheet,details[open] .sheet'))"
    "return;const f=document.activeElement;"
    "if(f&&/^(INPUT|SELECT|TEXTAREA)$/.test(f.tagName))return;"
    "const d=new DOMParser().parseFromString("
    "await(await fetch(location.href)).text(),'text/html');"
    "for(const o of document.querySelectorAll('details[open]')){"
    "const n=d.getElementById(o.id);if(n)n.open=true}"
    "document.getElementById('live').replaceWith("
    "d.getElementById('live'))}seen=v}catch(e){}}"
    "setInterval(look,1000);look();";

void
style_css(struct buf *out, const char *accent)
{
	size_t i;

	buf_printf(out, ":root{--accent:%s}", accent);
	for (i = 0; i < sizeof(css) / sizeof(css[0]); i++)
		buf_puts(out, css[i]);
}

void
style_script(struct buf *out)
{
	buf_puts(out, script);
}
