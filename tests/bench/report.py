#!/usr/bin/env python3
"""Writes the table and the plot of the last `make bench` (build/bench.json) into
tests/bench/README.md and tests/bench/cost.svg. What stands in the README from
KEPT on is people's."""

import json
import platform
import os
from pathlib import Path

from bench import ROWS

HERE = Path(__file__).resolve().parent
GROWING = {"members": "members' topics", "in-flight": "requests in flight",
           "size": "bytes of an event", "rows": "rows in the state file"}
WIDTH, HEIGHT, LEFT, BOTTOM = 240, 180, 44, 34

HEAD = """# Cost

`make bench` writes `build/bench.json`; `tests/bench/report.py` makes this page of
it. One run, everything on (guard, rules, lanes, state file, receipts), broker,
target and program on the same {cpus} cores ({machine}), over loopback, without
TLS; events of 1.3 KB. CPU seconds are for 100,000 requests, megabytes resident.
Peers: `make bench PEERS="rpconnect node"`.

| | {columns} | aim |
|---|{rules}|---|
"""
KEPT = "## Aims, and what misses them"
COLUMNS = [("events_per_s", "events/s"), ("cpu_s_per_100k", "CPU s"),
           ("peak_mb", "peak MB"), ("idle_mb", "idle MB"),
           ("mb_each", "MB each"), ("old_version", "left old"),
           ("p50_ms", "p50 ms"), ("p99_ms", "p99 ms"), ("per_s", "records/s"),
           ("first_per_s", "first/s"), ("unchanged_per_s", "unchanged/s"),
           ("cpu_percent", "% CPU"), ("rebuild_s", "rebuild s"),
           ("seconds", "s")]


def number(value):
    return "" if value is None else f"{value:,}"


def table(rows):
    aims = {name: aim for name, _, aim, _ in ROWS}
    used = [c for c in COLUMNS if any(c[0] in r for r in rows.values())]
    text = HEAD.format(
        cpus=os.cpu_count(), machine=platform.machine(),
        columns=" | ".join(name for _, name in used),
        rules="|".join("---:" for _ in used))
    for name, figures in rows.items():
        text += f"| {name} | " + " | ".join(
            number(figures.get(key)) for key, _ in used) + \
            f" | {aims.get(name, '')} |\n"
    return text


def points(figures):
    """[(what grows, CPU us an event)]"""
    return [(int(k.rsplit(" ", 1)[1]), v) for k, v in figures.items()]


def chart(title, at, series):
    """One plot: bars, as what grows does so by leaps."""
    top = max(y for _, y in series)
    step = (WIDTH - LEFT) / len(series)
    out = [f'<g transform="translate({at},0)">',
           f'<text x="{LEFT}" y="14" font-weight="bold">{title}</text>',
           f'<text x="{LEFT - 6}" y="34" text-anchor="end">{top:,}</text>',
           f'<text x="{LEFT - 6}" y="{HEIGHT - BOTTOM}" '
           'text-anchor="end">0</text>']
    for i, (x, y) in enumerate(series):
        height = (HEIGHT - BOTTOM - 28) * y / top
        left = LEFT + i * step
        out += [f'<rect x="{left:.0f}" y="{HEIGHT - BOTTOM - height:.0f}" '
                f'width="{step * .7:.0f}" height="{height:.0f}" '
                'fill="#4a7ba6"/>',
                f'<text x="{left + step * .35:.0f}" y="{HEIGHT - 18}" '
                f'text-anchor="middle">{x:,}</text>']
    return "\n".join(out + ["</g>"])


def plot(results):
    shown = [(title, points(results[name])) for name, title in GROWING.items()
             if name in results and "wrong" not in results[name]]
    charts = [chart(f"us an event by {title}", i * (WIDTH + 20), series)
              for i, (title, series) in enumerate(shown)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" '
            f'width="{len(shown) * (WIDTH + 20)}" height="{HEIGHT}" '
            'font-family="sans-serif" font-size="11">\n'
            + "\n".join(charts) + "\n</svg>\n")


def main():
    results = json.loads((HERE.parents[1] / "build/bench.json").read_text())
    rows = {name: figures for name, figures in results.items()
            if name not in GROWING}
    text = table(rows) + "\n## Cost against work\n\n![CPU of an event](cost.svg)\n"
    page = HERE / "README.md"
    old = page.read_text() if page.exists() else ""
    if KEPT in old:
        text += "\n" + old[old.index(KEPT):]
    page.write_text(text)
    (HERE / "cost.svg").write_text(plot(results))


if __name__ == "__main__":
    main()
