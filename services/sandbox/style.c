/* Looks: see style.h. */
#include <stddef.h>

#include "base/buf.h"
#include "sandbox/style.h"

static const char *const css[] = {
    /* colours; the accent is the site's own */
    ":root{color-scheme:light dark;--link:var(--accent);--ground:#f6f4ef;"
    "--paper:#fff;--ink:#22252b;--text:#43464c;--soft:#67645d;"
    "--line:#e6e0d4;--edge:#cfc7b6;--green:#dff0e4;--green-ink:#256b40;"
    "--amber:#fbeed5;--amber-ink:#8a5a12;--red:#f7dfda;--red-ink:#92301f}"
    "@media(prefers-color-scheme:dark){:root{"
    "--link:color-mix(in srgb,var(--accent) 45%,#fff);--ground:#17191d;"
    "--paper:#1f2227;--ink:#e8e6e1;--text:#cfccc5;--soft:#a19d94;"
    "--line:#33373d;--edge:#4b5058;--green:#1d3a28;--green-ink:#9fd8b2;"
    "--amber:#42331a;--amber-ink:#ecc98a;--red:#472620;"
    "--red-ink:#f0b3a6}}",
    /* ground */
    "*{box-sizing:border-box}"
    "html{scroll-behavior:smooth}"
    "body{margin:0;background:var(--ground);color:var(--ink);"
    "font:17px/1.55 'Source Sans 3','Noto Sans','Noto Sans CJK SC',"
    "'Segoe UI',Helvetica,Arial,sans-serif;"
    "-webkit-font-smoothing:antialiased}"
    "h1,h2,h3{font-family:'Source Serif 4','Noto Serif','Noto Serif CJK "
    "SC',"
    "Georgia,'Times New Roman',serif;font-weight:600;line-height:1.25;"
    "margin:0}"
    "a,summary{color:var(--link)}"
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
    ".lamp{background:var(--paper);border-bottom:1px solid var(--line)}"
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
    ".lamp .right{margin-left:auto;color:var(--soft);font-size:.85rem}"
    ".note{background:var(--amber);border-bottom:1px solid var(--edge);"
    "padding:.8rem 0}",
    /* body */
    "main.wide{padding-top:2.4rem;padding-bottom:1rem}"
    "section{margin-bottom:3rem}"
    ".title{display:flex;align-items:baseline;gap:.8rem;"
    "margin-bottom:1.1rem;border-bottom:2px solid var(--accent);"
    "padding-bottom:.45rem}"
    "h2{font-size:1.45rem}.count{color:var(--soft)}"
    ".card{display:flex;gap:1.3rem;background:var(--paper);border:1px solid "
    "var(--line);"
    "border-radius:.55rem;padding:1.1rem 1.3rem;margin-bottom:.8rem;"
    "box-shadow:0 1px 2px rgba(40,30,10,.04)}"
    ".card.own{border-left:.3rem solid var(--accent)}"
    ".date{flex:none;width:4.6rem;text-align:center;color:var(--soft);"
    "font-size:.82rem;line-height:1.2;padding-top:.1rem}"
    ".date b{display:block;font:600 2rem/1.05 Georgia,'Noto Serif',serif;"
    "color:var(--link)}"
    ".body{flex:1;min-width:0}"
    "h3{font-size:1.16rem}"
    ".off h3{text-decoration:line-through;color:var(--soft)}"
    ".alt{color:var(--soft);margin:.1rem 0 0}"
    ".meta{margin:.35rem 0 0;color:var(--text);font-size:.95rem}"
    ".by{margin:.3rem 0 0;font-size:.9rem;color:var(--soft)}"
    ".text{margin:.5rem 0 0}",
    /* badges, tables */
    ".badge{display:inline-block;font-size:.78rem;font-weight:600;"
    "padding:.08rem .6rem;border-radius:1rem;background:var(--line);"
    "color:var(--text);vertical-align:.12em;white-space:nowrap}"
    ".badge.good{background:var(--green);color:var(--green-ink)}"
    ".badge.waits{background:var(--amber);color:var(--amber-ink)}"
    ".badge.bad{background:var(--red);color:var(--red-ink)}"
    "table{width:100%;border-collapse:collapse;background:var(--paper);"
    "border:1px solid var(--line);border-radius:.55rem;overflow:hidden;"
    "font-size:.96rem}"
    "th{text-align:left;font-size:.8rem;font-weight:600;color:var(--soft);"
    "padding:.6rem .9rem;background:var(--ground)}"
    "td{padding:.55rem .9rem;border-top:1px solid var(--line);"
    "vertical-align:top}"
    "td.pair{font-weight:600}td:nth-child(2){white-space:nowrap}td.says{font-"
    "size:.84rem;color:var(--soft)}td "
    ".alt{font-weight:400;font-size:.87rem}"
    "tr:hover td{background:var(--ground)}"
    ".scroll{overflow-x:auto}.refusal{margin:.5rem 0 0;padding:.45rem "
    ".8rem;border-radius:.35rem;background:var(--red);"
    "color:var(--red-ink);font-size:.92rem;overflow-wrap:anywhere}"
    "td,h3,.text,.alt,.meta{overflow-wrap:anywhere}"
    "td.do{white-space:nowrap;text-align:right}"
    ".empty{color:var(--soft);background:var(--paper);border:1px dashed "
    "var(--line);"
    "border-radius:.55rem;padding:1rem 1.3rem}",
    /* forms */
    "form.line{display:inline}"
    "button,.button{font:inherit;font-size:.86rem;cursor:pointer;"
    "border:1px solid var(--edge);background:var(--paper);color:var(--text);"
    "border-radius:.35rem;padding:.12rem .65rem;text-decoration:none;"
    "display:inline-block;line-height:1.5}"
    "button:hover,.button:hover{border-color:var(--accent);"
    "color:var(--accent)}"
    "button.main{background:var(--accent);border-color:var(--accent);"
    "color:#fff;font-size:1rem;padding:.4rem 1.3rem}"
    "button.main:hover{filter:brightness(1.1);color:#fff}"
    ".actions{margin-top:.65rem;display:flex;gap:.4rem;flex-wrap:wrap}"
    "details{margin-top:.9rem}"
    "summary{cursor:pointer;font-weight:600}"
    ".sheet{background:var(--paper);border:1px solid "
    "var(--line);border-radius:.55rem;"
    "padding:1.4rem;margin-top:.8rem;display:grid;gap:.9rem 1.2rem;"
    "grid-template-columns:repeat(6,1fr)}"
    ".sheet label{grid-column:span 3;font-size:.86rem;color:var(--text)}"
    ".sheet .all{grid-column:1/-1}.sheet .two{grid-column:span 2}"
    ".sheet input,.sheet select,.sheet textarea{display:block;width:100%;"
    "margin-top:.2rem;font:inherit;font-size:1rem;padding:.42rem "
    ".6rem;color:inherit;"
    "border:1px solid var(--edge);border-radius:.35rem;background:var(--paper)}"
    ".sheet input[type=checkbox]{display:inline;width:auto;"
    "margin-right:.4rem}"
    "input:focus,select:focus,textarea:focus{outline:2px solid "
    "var(--accent);outline-offset:1px}",
    /* foot */
    "footer{border-top:1px solid var(--line);margin-top:2rem;"
    "padding:1.6rem 0 3rem;color:var(--soft);font-size:.92rem}"
    ".switches{display:flex;flex-wrap:wrap;gap:.6rem;align-items:center;"
    "margin:.6rem 0 1rem}"
    ".switch{display:flex;align-items:center;gap:.55rem;"
    "border-radius:2rem;padding:.3rem .95rem;font-size:.95rem}"
    ".switch i{width:2rem;height:1.1rem;border-radius:1rem;"
    "background:var(--edge);position:relative;flex:none}"
    ".switch i:after{content:'';position:absolute;left:.15rem;top:.15rem;"
    "width:.8rem;height:.8rem;border-radius:50%;background:#fff}"
    ".switch.on{border-color:#b3402e;color:var(--red-ink);background:var(--red)"
    "}"
    ".switch.on i{background:#b3402e}.switch.on i:after{left:1.05rem}"
    "@media(max-width:44rem){.sheet label,.sheet .two{grid-column:1/-1}"
    "h1{font-size:1.5rem}.wide{padding:0 1.1rem}.card{gap:.9rem;padding:1rem}"
    ".date{width:3.4rem}header{padding:1.6rem 0 1.1rem}"
    "nav{flex-wrap:nowrap;overflow-x:auto;scrollbar-width:none}"
    "td.none{display:none}"
    "nav a{white-space:nowrap;max-width:14rem;overflow:hidden;"
    "text-overflow:ellipsis;flex:none}"
    ".lamp .right:empty{display:none}"
    "table,tbody,tr,td{display:block}tr:first-child{display:none}"
    "tr{padding:.7rem .9rem;border-top:1px solid var(--line)}"
    "td,td:nth-child(2){border:0;padding:.1rem 0;white-space:normal}"
    "td.do{text-align:left;white-space:normal;padding-top:.4rem}"
    "td.do .button,td.do button{margin:.15rem .15rem .15rem 0}}",
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
