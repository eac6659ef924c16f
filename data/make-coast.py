#!/usr/bin/env python3
"""Write the portal's coast lines, services/portal/static/coast.path (for the
map) and coast-small.path (for the small maps inside pages), from land-50m.json
and land-110m.json of the npm package world-atlas, which are Natural Earth's.

    make-coast.py FOLDER_OF_WORLD_ATLAS

A file is one SVG path: x and y are Patterson's projection, x = 20 a degree of
longitude, y on the same scale and downwards (services/portal/chart.h). Land
and water, nothing else: no borders, no names.
"""

import json
import math
import sys
from pathlib import Path

OUT = Path(__file__).parent.parent / "services/portal/static"
UNITS = 20  # a degree of longitude


def project(lon, lat):
    """Patterson 2014, https://doi.org/10.14714/CP78.1270."""
    p = math.radians(lat)
    y = p * (1.0148 + p**4 * (0.23185 + p**2 * (-0.14499 + p**2 * 0.02406)))
    return lon * UNITS, -math.degrees(y) * UNITS


def rings(topology):
    """All rings of the land, as lists of (lon, lat)."""
    sx, sy = topology["transform"]["scale"]
    tx, ty = topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * sx + tx, y * sy + ty))
        arcs.append(line)
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"]
        if geometry["type"] == "Polygon":
            polygons = [polygons]
        for polygon in polygons:
            for ring in polygon:
                out = []
                for i in ring:
                    line = arcs[i] if i >= 0 else arcs[~i][::-1]
                    out += line if not out else line[1:]
                yield unwrap(out)


def unwrap(ring):
    """A ring that goes over the 180th meridian, in one piece; one that goes
    round a pole is closed along it."""
    out = [ring[0]]
    for lon, lat in ring[1:]:
        last = out[-1][0]
        lon += 360 * round((last - lon) / 360)
        out.append((lon, lat))
    if abs(out[-1][0] - out[0][0]) > 180:
        pole = -90 if out[0][1] < 0 else 90
        out += [(out[-1][0], pole), (out[0][0], pole), out[0]]
    middle = (min(p[0] for p in out) + max(p[0] for p in out)) / 2
    turn = 360 * round(middle / 360)
    return [(lon - turn, lat) for lon, lat in out]


def simplify(points, tolerance):
    """Douglas and Peucker, without recursion."""
    keep = {0, len(points) - 1}
    todo = [(0, len(points) - 1)]
    while todo:
        first, last = todo.pop()
        (ax, ay), (bx, by) = points[first], points[last]
        length = math.hypot(bx - ax, by - ay)
        worst, at = 0, None
        for i in range(first + 1, last):
            x, y = points[i]
            far = (abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
                   if length else math.hypot(x - ax, y - ay))
            if far > worst:
                worst, at = far, i
        if worst > tolerance:
            keep.add(at)
            todo += [(first, at), (at, last)]
    return [points[i] for i in sorted(keep)]


def area(points):
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by)
                   in zip(points, points[1:] + points[:1]))) / 2


def path(topology, tolerance, area_min):
    parts = []
    for ring in rings(topology):
        points = [project(*p) for p in ring]
        if area(points) < area_min:
            continue
        points = [(round(x), round(y)) for x, y in simplify(points, tolerance)]
        x, y = points[0]
        part = [f"M{x} {y}l"]
        steps = []
        for nx, ny in points[1:-1]:
            if (nx, ny) != (x, y):
                steps.append(f"{nx - x} {ny - y}")
            x, y = nx, ny
        if len(steps) > 2:
            parts.append(part[0] + " ".join(steps).replace(" -", "-") + "z")
    return "\n".join(parts) + "\n"


def main(folder):
    for name, source, tolerance, area_min in (
            ("coast.path", "land-50m.json", 1.0, 12),
            ("coast-small.path", "land-110m.json", 8.0, 900)):
        topology = json.loads((Path(folder) / source).read_text())
        (OUT / name).write_text(path(topology, tolerance, area_min))


main(sys.argv[1])
