#!/usr/bin/env python3
"""Checks the contents of an export of tiles, from docs/record-format.md alone, with nothing but Python.

contents.py DIRECTORY       prints how many contents are what their records commit to
"""
import base64
import hashlib
import json
import pathlib
import struct
import sys


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def commitment_of(stored):
    """Of a part or a whole content, with its bytes where they are there."""
    if "commitment" in stored:
        return base64.b64decode(stored["commitment"], validate=True), None
    salt = base64.b64decode(stored["salt"], validate=True)
    body = base64.b64decode(stored["body"], validate=True)
    assert len(salt) == 32, "a salt has 32 bytes"
    return sha(salt, body), body


def joined(bodies, at):
    """The bytes of a content in parts."""
    frame, items = (b"[]", bodies) if at is None else (bodies[0], bodies[1:])
    place = 1 if at is None else at
    return frame[:place] + b",".join(items) + frame[place:]


def check(line, committed):
    if "parts" not in committed:
        commitment, body = commitment_of(line)
    else:
        found = [commitment_of(part) for part in line["parts"]]
        assert len(found) == committed["parts"], "another number of parts"
        commitment = bytes(32)
        for each, _ in found:
            commitment = sha(b"\x02", commitment, each)
        bodies = [body for _, body in found]
        body = None if None in bodies else joined(bodies, committed.get("at"))
    assert commitment.hex() == committed["commitment"], "another commitment"
    if body is not None:
        assert len(body) == committed["bytes"], "another length"
        if committed["type"] == "application/json":
            json.loads(body)
    return body is not None


def records_in(directory):
    records = {}
    for path in directory.glob("tile/entries/**/*"):
        if not path.is_file():
            continue
        bundle = path.read_bytes()
        at = 0
        while at < len(bundle):
            (length,) = struct.unpack_from(">H", bundle, at)
            record = json.loads(bundle[at + 2 : at + 2 + length])
            records[record["log"]["index"]] = record
            at += 2 + length
    return records


directory = pathlib.Path(sys.argv[1])
records = records_in(directory)
checked = whole = 0
for path in directory.glob("contents/**/*.jsonl"):
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        whole += check(line, records[line["index"]]["log"]["contents"][line["name"]])
        checked += 1
print("ok contents=%d whole=%d" % (checked, whole))
