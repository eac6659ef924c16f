"""deploy/METRICS.md against the code, which is the source of names, types and
meanings (`--write` writes the table); names in deploy/metrics against both."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "deploy/METRICS.md"
BEGIN, END = "<!-- from the code -->\n", "<!-- to here -->\n"
SAID = re.compile(r'"(twinwire_\w+)",\s*"(counter|gauge|histogram)",\s*'
                  r'((?:"(?:[^"\\]|\\.)*"\s*)+)')
OF = {"lib": "all", "connector": "connector", "portal": "portal",
      "reconciler": "reconciler", "watch": "watch"}


def described():
    """{name: (type, help, program)} as the code says it."""
    found = {}
    for path in sorted((ROOT / "services").rglob("*.c")):
        program = OF.get(path.relative_to(ROOT / "services").parts[0])
        for name, kind, text in SAID.findall(path.read_text()):
            text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', text))
            found[name] = (kind, text.replace('\\"', '"').rstrip("."), program)
    return found


def table(metrics):
    order = ["all", "connector", "reconciler", "portal", "watch"]
    lines = []
    for program in order:
        rows = [(n, m) for n, m in metrics.items() if m[2] == program]
        if rows:
            lines += ["", f"### {'Several programs' if program == 'all' else 'twinwire-' + program}",
                      "", "| name | type | what |", "|---|---|---|"]
            lines += [f"| `{n}` | {m[0]} | {m[1]} |" for n, m in sorted(rows)]
    return "\n".join(lines) + "\n\n"


def used(path):
    """Names that a file of deploy/metrics asks for, bare of suffixes."""
    names = set(re.findall(r"\btwinwire_\w+", path.read_text()))
    return {re.sub(r"_(bucket|sum|count)$", "", n) for n in names}


def main():
    metrics = described()
    text = PAGE.read_text()
    head, rest = text.split(BEGIN)
    page = head + BEGIN + table(metrics) + END + rest.split(END)[1]
    if "--write" in sys.argv:
        PAGE.write_text(page)
        return 0
    bad = 0
    if page != text:
        print("deploy/METRICS.md is not what the code says: run "
              "python3 tests/lint/metrics.py --write")
        bad = 1
    for path in sorted((ROOT / "deploy/metrics").rglob("*")):
        if path.suffix not in (".json", ".yml"):
            continue
        for name in sorted(used(path) - set(metrics)):
            print(f"{path.relative_to(ROOT)}: nobody has a metric {name}")
            bad = 1
    return bad


sys.exit(main())
