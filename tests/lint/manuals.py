"""Manual pages and completion against the tables of the code: options of
commands, keys of configuration files. `--write` brings the pages into form:
what stands between `.\\" from the code: WHAT` and `.\\" to here` is made anew."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "services"
TEXT = r'(?:"(?:[^"\\]|\\.)*"\s*)+'
OPTION = re.compile(r'\{"([a-z-]+)",\s*(NULL|' + TEXT + r'),\s*(' + TEXT
                    + r'),\s*(?:&[\w.>-]+|NULL),\s*(?:&[\w.>-]+|NULL)\s*\}')
KEY = re.compile(r'\{\s*"([^"]*)",\s*CONF_([A-Z]+),\s*([01]),\s*(NULL|'
                 + TEXT + r')\s*\}')
TYPES = {"STRING": "text", "INT": "a number", "BOOL": "true or false",
         "DURATION": "a duration like 30s, 5m, 2h, 30d",
         "SHARE": "a share like 20%", "OBJECT": "an object", "LIST": "a list",
         "STRINGS": "a text or a list of texts", "ANY": "anything"}
COMMON = [("KAFKA|CLI_REGISTRY", "brokers"), ("KAFKA|CLI_REGISTRY", "registry"),
          ("KAFKA|CLI_REGISTRY", "conf"), ("JSON", "json")]


def text(c):
    """The value of C string literals."""
    if c == "NULL":
        return ""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', c)
    return "".join(parts).replace('\\"', '"').replace("\\n", " ")


def options(source):
    return [(n, text(v), text(h)) for n, v, h in OPTION.findall(source)]


def commands():
    """[(name, summary, arguments, options)] as `twinwire` has them."""
    cli = {p.name: p.read_text() for p in sorted((SRC / "cli").glob("*.c"))}
    shared = {n: (n, v, h) for n, v, h in options(cli["cli.c"])}
    table = re.findall(r'\{"([a-z]+)",\s*(\w+_main),\s*(' + TEXT + r')\}',
                       cli["main.c"])
    found = []
    for name, main, summary in table:
        [source] = [t for t in cli.values()
                    if re.search(rf"^{main}\(int argc", t, re.M)]
        own, common = options(source), source
        if "order_command(" in source:
            own, common = own + options(cli["order.c"]), cli["order.c"]
        said = " ".join(re.findall(r"\.common =([^,]*),", common))
        own += [shared[o] for key, o in COMMON
                if any(f"CLI_{k}" in said or k in said
                       for k in re.findall(r"[A-Z]{3,}", key)
                       if k != "CLI")
                and o not in [n for n, _, _ in own]]
        found.append((name, text(summary), own))
    return found


def keys(path, table="keys"):
    """[(key, type, required, expected)] of a table of keys in PATH."""
    source = (SRC / path).read_text()
    body = re.search(rf"struct conf_key {table}\[\] = \{{(.*?)\n\}};", source,
                     re.S).group(1)
    access = (SRC / "lib/wire/access.h").read_text()
    access = re.search(r"#define ACCESS_KEYS(.*?)\n\n", access, re.S).group(1)
    body = body.replace("ACCESS_KEYS", access.replace("\\\n", "\n"))
    return [(k, TYPES[t], r == "1", text(e)) for k, t, r, e in
            KEY.findall(body)]


def roff(words):
    """WORDS as one line of text that no macro takes for its own."""
    words = words.replace("\\", "\\e")
    return "\\&" + words if words[:1] in (".", "'") else words


def key_list(rows):
    out = [".Bl -tag -width Ds"]
    for key, kind, required, expected in rows:
        what = expected if expected and expected not in kind else kind
        kind = f" ({kind})" if what != kind else ""
        out += [f".It Cm {key}",
                roff(f"{what}{kind}{'; required' if required else ''}.")]
    return out + [".El"]


def option_list():
    out = []
    for name, summary, rows in commands():
        out += [f".It Cm {name}", roff(summary + ".")]
        if rows:
            out.append(".Bl -tag -width Ds -compact")
            for option, value, help_ in rows:
                value = f" Ar {value}" if value else ""
                out += [f".It Fl -{option}{value}", roff(help_ + ".")]
            out.append(".El")
    return [".Bl -tag -width Ds"] + out + [".El"]


BLOCKS = {
    "options": option_list,
    "connector": lambda: key_list(keys("connector/settings.c")),
    "reconciler": lambda: key_list(keys("reconciler/settings.c")),
    "portal": lambda: key_list(keys("portal/settings.c")),
    "watch": lambda: key_list(keys("watch/settings.c")),
    "connection": lambda: key_list(keys("lib/map/connection.c")),
    "preset": lambda: key_list(keys("lib/map/preset.c") +
                               keys("lib/map/preset.c", "file_keys")),
    "members": lambda: key_list(keys("lib/event/members.c")),
}


def page(old):
    def made(match):
        return "\n".join([f'.\\" from the code: {match.group(1)}',
                          *BLOCKS[match.group(1)](), '.\\" to here'])
    return re.sub(r'\.\\" from the code: (\w+)\n.*?\.\\" to here', made, old,
                  flags=re.S)


def completion():
    names = commands()
    files = sorted({f"--{o}" for _, _, rows in names for o, v, _ in rows
                    if v in ("FILE", "DIR")})
    cases = "\n".join(
        f"\t{n}) words='" + " ".join(f"--{o}" for o, _, _ in rows) + "' ;;"
        for n, _, rows in names)
    daemons = sorted(p.parent.name for p in SRC.glob("*/main.c")
                     if p.parent.name not in ("cli", "sandbox"))
    return f"""# bash completion for twinwire; made by tests/lint/manuals.py --write.
_twinwire() {{
	local cur=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words=
	if [ "$COMP_CWORD" = 1 ]; then
		COMPREPLY=($(compgen -W '{" ".join(n for n, _, _ in names)} --help --version' -- "$cur"))
		return
	fi
	case ${{COMP_WORDS[1]}} in
{cases}
	esac
	case $before in
	{"|".join(files)}) COMPREPLY=($(compgen -f -- "$cur")) ;;
	*)
		case $cur in
		-*) COMPREPLY=($(compgen -W "$words --help" -- "$cur")) ;;
		*) COMPREPLY=($(compgen -f -- "$cur")) ;;
		esac
		;;
	esac
}}
complete -o filenames -F _twinwire twinwire

_twinwire_daemon() {{
	local cur=${{COMP_WORDS[COMP_CWORD]}}
	case $cur in
	-*) COMPREPLY=($(compgen -W '-f -n -v -V -h --log' -- "$cur")) ;;
	*) COMPREPLY=($(compgen -f -- "$cur")) ;;
	esac
}}
complete -o filenames -F _twinwire_daemon {" ".join(f"twinwire-{d}" for d in daemons)}
"""


def pages():
    return sorted([*SRC.glob("*/*.[158]"), *(ROOT / "deploy/manual").glob(
        "*.5")])


def main():
    bad = 0
    want = {p: page(p.read_text()) for p in pages()}
    want[ROOT / "deploy/completion/twinwire"] = completion()
    for path, made in want.items():
        if "--write" in sys.argv:
            path.write_text(made)
        elif not path.exists() or path.read_text() != made:
            print(f"{path.relative_to(ROOT)} is not what the code says: run "
                  "python3 tests/lint/manuals.py --write")
            bad = 1
    for folder in sorted(p.parent for p in SRC.glob("*/main.c")):
        if not list(folder.glob("*.[18]")):
            print(f"{folder.relative_to(ROOT)} has no manual page")
            bad = 1
    whole = (SRC / "cli/twinwire.1").read_text()
    for name, _, rows in commands():
        if not re.search(rf"^\.It Cm {name}\b", whole, re.M):
            print(f"twinwire.1 does not tell of `{name}`")
            bad = 1
    for path in want:
        if path.suffix and "--quick" not in sys.argv and subprocess.run(
                ["sh", "-c", "command -v groff >/dev/null"]).returncode == 0:
            out = subprocess.run(["groff", "-mdoc", "-Tutf8", "-ww", "-z",
                                  str(path)], capture_output=True, text=True)
            if out.stderr:
                print(f"{path.relative_to(ROOT)}: {out.stderr.strip()}")
                bad = 1
    return bad


sys.exit(main())
