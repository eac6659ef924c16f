"""Seeds of tests/fuzz/corpus/fuzz_codec, from tests/data/codec (run by hand).

One byte names the schema by its place among schemas/*.avsc; an input that
starts with "{" brings its own, ended by a zero byte.
"""

import pathlib

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT / "tests/data/codec"
OUT = ROOT / "tests/fuzz/corpus/fuzz_codec"

ALL_TYPES = (
    b'{"type":"record","name":"R","fields":[{"name":"a","type":["null",'
    b'"boolean","int","long","float","double","bytes","string",'
    b'{"type":"enum","name":"E","symbols":["x","y"]},'
    b'{"type":"fixed","name":"F","size":2},{"type":"array","items":"null"},'
    b'{"type":"map","values":{"type":"record","name":"S","namespace":"n",'
    b'"fields":[{"name":"b","type":"int","default":3}]}}]}]}')
RECURSIVE = (b'{"type":"record","name":"R","fields":'
             b'[{"name":"next","type":["null","R"]}]}')
NULLS = (b'{"type":"record","name":"R","fields":[{"name":"a","type":'
         b'{"type":"array","items":{"type":"array","items":"null"}}}]}')


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for i, path in enumerate(sorted((ROOT / "schemas").glob("*.avsc"))):
        golden = (DATA / f"{path.stem}.avro").read_bytes()
        (OUT / f"seed-{path.stem}").write_bytes(bytes([i]) + golden)
    for name in ("Zoo", "Event-older", "Event-newer"):
        schema = (DATA / f"{name}.avsc").read_bytes()
        golden = (DATA / f"{name}.avro").read_bytes()
        (OUT / f"seed-{name}").write_bytes(schema.lstrip() + b"\0" + golden)
    for i in range(12):
        (OUT / f"seed-type-{i}").write_bytes(
            ALL_TYPES + b"\0" + bytes([i * 2]) + b"\2\2x\2\0\0\0\0\0"[:9 - i % 4])
    (OUT / "seed-recursive").write_bytes(RECURSIVE + b"\0" + b"\2" * 50000)
    (OUT / "seed-long-string").write_bytes(b"\1\x80\xa8\xd6\xb9\7x")
    (OUT / "seed-nulls").write_bytes(
        NULLS + b"\0\x28" + b"\xa0\x9c\1\0" * 20 + b"\0")


main()
