"""Schemas may only grow, and say the same of one name everywhere.

Topics are compacted and kept for ever, so any version may meet any other:
each schema is compared with every earlier version of its file in git's
history, both ways.  Fields are only added, at the end, with a default; none
is removed, renamed, moved or retyped.  Without git (an unpacked archive) only
the rules for the files themselves are checked.

    schema-compat.py [OLD.avsc NEW.avsc]    two files instead of the history
"""

import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).parents[2]
NAMED = ("record", "enum", "fixed")


def fullname(schema, namespace):
    name = schema["name"]
    if "." in name:
        return name
    return f"{namespace}.{name}" if namespace else name


def expand(schema, names, namespace=""):
    """SCHEMA with full names and every reference replaced by what it names."""
    if isinstance(schema, list):
        return [expand(s, names, namespace) for s in schema]
    if isinstance(schema, str):
        full = schema if "." in schema else f"{namespace}.{schema}"
        return names.get(full, schema)
    out = dict(schema)
    kind = schema["type"]
    if kind in NAMED:
        out["name"] = fullname(schema, schema.get("namespace", namespace))
        namespace = out["name"].rpartition(".")[0]
        out.pop("namespace", None)
        names[out["name"]] = out
    if kind == "record":
        out["fields"] = [dict(f, type=expand(f["type"], names, namespace))
                         for f in schema["fields"]]
    elif kind in ("array", "map"):
        inner = "items" if kind == "array" else "values"
        out[inner] = expand(schema[inner], names, namespace)
    elif kind not in NAMED and len(schema) == 1:
        return expand(kind, names, namespace)
    return out


def kind_of(schema):
    return schema["type"] if isinstance(schema, dict) else schema


def compare(old, new, where):
    """Problems of NEW in the eyes of readers and writers of OLD."""
    if isinstance(old, list) or isinstance(new, list):
        if not (isinstance(old, list) and isinstance(new, list)
                and len(old) == len(new)):
            return [f"{where}: a union has changed"]
        return [p for i, pair in enumerate(zip(old, new))
                for p in compare(*pair, f"{where}<{i}>")]
    if kind_of(old) != kind_of(new):
        return [f"{where}: was {kind_of(old)}, is {kind_of(new)}"]
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return []
    problems = [f"{where}: {key} was {old.get(key)}, is {new.get(key)}"
                for key in ("name", "symbols", "size")
                if old.get(key) != new.get(key)]
    for key in ("items", "values"):
        if key in old:
            problems += compare(old[key], new[key], f"{where}[]")
    if kind_of(old) == "record":
        problems += compare_fields(old["fields"], new["fields"], where)
    return problems


def compare_fields(old, new, where):
    problems = []
    for i, field in enumerate(old):
        name = field["name"]
        if i >= len(new) or new[i]["name"] != name:
            problems.append(f"{where}.{name}: removed, renamed or moved")
            continue
        if "default" in field and "default" not in new[i]:
            problems.append(f"{where}.{name}: has lost its default")
        problems += compare(field["type"], new[i]["type"], f"{where}.{name}")
    problems += [f"{where}.{f['name']}: a new field without default"
                 for f in new[len(old):] if "default" not in f]
    return problems


def strip_docs(schema):
    if isinstance(schema, dict):
        return {k: strip_docs(v) for k, v in schema.items() if k != "doc"}
    if isinstance(schema, list):
        return [strip_docs(s) for s in schema]
    return schema


def undocumented(names):
    for name, schema in names.items():
        for field in schema.get("fields", []):
            if not field.get("doc"):
                yield f"{name}.{field['name']}: no doc"
        if not schema.get("doc"):
            yield f"{name}: no doc"


def check_files(files):
    """Each file for itself, and copies of one type against each other."""
    problems, seen = [], {}
    for path in files:
        names = {}
        top = expand(json.loads(path.read_text(encoding="utf-8")), names)
        if top["name"] != f"org.twinwire.v1.{path.stem}":
            problems.append(f"{path.name}: defines {top['name']}")
        problems += undocumented(names)
        for name, schema in names.items():
            first, before = seen.setdefault(name, (path.name, schema))
            if before != schema:
                problems.append(f"{name}: {path.name} and {first} differ")
    return problems


def git(*args):
    done = subprocess.run(["git", "-C", str(ROOT), *args], check=False,
                          capture_output=True, text=True, encoding="utf-8")
    return done.stdout if done.returncode == 0 else ""


def versions(path):
    """(commit, text) of each version of PATH, the newest first; an older one
    that was removed and came back counts, too."""
    name = path.relative_to(ROOT).as_posix()
    for commit in git("log", "--format=%h", "--", name).split():
        text = git("show", f"{commit}:{name}")
        if text:
            yield commit, text


def check_history(files):
    problems = []
    for path in files:
        new = expand(json.loads(path.read_text(encoding="utf-8")), {})
        for commit, text in versions(path):
            old = expand(json.loads(text), {})
            problems += [f"{path.name}, against {commit}: {p}"
                         for p in compare(old, new, new["name"])]
    names = {p.name for p in files}
    for gone in git("log", "--diff-filter=D", "--name-only", "--format=",
                    "--", "schemas/*.avsc").split():
        if pathlib.Path(gone).name not in names:
            problems.append(f"{gone}: removed")
    return problems


def main(args):
    if args:
        old, new = (expand(json.loads(pathlib.Path(a).read_text("utf-8")), {})
                    for a in args)
        problems = compare(old, new, new["name"])
    else:
        files = sorted((ROOT / "schemas").glob("*.avsc"))
        problems = check_files(files) + check_history(files)
    for p in problems:
        print(f"schema-compat: {p}", file=sys.stderr)
    return 1 if problems else 0


sys.exit(main(sys.argv[1:]))
