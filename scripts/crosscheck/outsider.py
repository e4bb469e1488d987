#!/usr/bin/env python3
"""Verifies a log from the pages on its formats alone (docs/record-format.md, docs/file-format.md and
docs/database-format.md), sharing no code with slm-audit.

outsider.py tiles DIRECTORY [VKEY]  an export of tiles: tree, checkpoint, keys, contents; VKEY is the key before
                                    the first entry, where retention took the record that added it
outsider.py files DIRECTORY         a log in files: manifest, lines, tree, all checkpoints, keys, contents
outsider.py export FILE             one file of a whole log: lines, tree, all checkpoints, keys, contents
outsider.py database FILE           a log in SQLite: rows, tree, tiles, all checkpoints, keys, contents

It prints what it has checked, and ends with an AssertionError for what is not right.
"""
import base64
import gzip
import hashlib
import json
import pathlib
import sqlite3
import struct
import subprocess
import sys
import zlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def b64(text):
    return base64.b64decode(text, validate=True)


def bytes_of(value):
    """Of a column as it is, of a member of JSON in base64."""
    return value if isinstance(value, bytes) else b64(value)


# The tree (RFC 6962), the notes (c2sp.org/signed-note)


def root_of(hashes):
    if not hashes:
        return sha()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha(b"\x01", root_of(hashes[:split]), root_of(hashes[split:]))


def signers(note):
    """Text, origin, size, root and the signatures of a checkpoint, by name and key id."""
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    origin, size, root = text.splitlines()[:3]
    found = {}
    for line in signatures.splitlines():
        dash, name, value = line.split(" ")
        assert dash == "\u2014", "no line of a signature"
        raw = b64(value)
        found[name, raw[:4].hex()] = raw[4:]
    return text, origin, int(size), b64(root), found


def key_of(vkey):
    name, key_id, encoded = vkey.split("+", 2)
    key = b64(encoded)
    assert key[0] == 1 and len(key) == 33, "not an Ed25519 key"
    assert sha(name.encode(), b"\n", key)[:4].hex() == key_id, "wrong key id"
    return name, key_id, Ed25519PublicKey.from_public_bytes(key[1:])


def check_checkpoint(note, leaves, added):
    """A checkpoint is of the tree, and signed by the key that counts at its size, and by no other of the log."""
    text, origin, size, root, signatures = signers(note)
    assert size <= len(leaves), "a checkpoint of more records than there are"
    assert root_of(leaves[:size]) == root, "a checkpoint of another tree"
    before = [(at, event) for at, event in added if at < size]
    assert before, "a checkpoint before any key"
    last, event = before[-1]
    due = [event["key"]]
    if size == last + 1 and "replaces" in event:
        due.append(event["replaces"])
    ids = set()
    for vkey in due:
        name, key_id, key = key_of(vkey)
        assert name == origin, "the key of another log"
        assert (name, key_id) in signatures, "not signed by the key that counts"
        key.verify(signatures[name, key_id], text.encode())
        ids.add(key_id)
    others = [key_id for name, key_id in signatures if name == origin and key_id not in ids]
    assert not others, "signed by a key that does not count there"
    return size


def keys_added(records, known=None):
    """The records that add a key, by index; each one but the first replaces the one before."""
    added = [(-1, {"key": known})] if known is not None and records[0] is None else []
    for at, record in enumerate(records):
        if record is not None and record["kind"] == "key.added":
            event = record["event"]
            if added:
                assert event["replaces"] == added[-1][1]["key"], "a key that replaces another one"
            added.append((at, event))
    return added


# Contents


def commitment_of(stored, body_of):
    """Of a part or a whole content, with its bytes where they are there."""
    if "commitment" in stored:
        return bytes_of(stored["commitment"]), None
    salt = bytes_of(stored["salt"])
    body = body_of(stored)
    assert len(salt) == 32, "a salt has 32 bytes"
    return sha(salt, body), body


def joined(bodies, at):
    """The bytes of a content in parts."""
    frame, items = (b"[]", bodies) if at is None else (bodies[0], bodies[1:])
    place = 1 if at is None else at
    return frame[:place] + b",".join(items) + frame[place:]


def check_content(line, committed, body_of):
    if "parts" not in committed:
        commitment, body = commitment_of(line, body_of)
    else:
        found = [commitment_of(part, body_of) for part in line["parts"]]
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


# An export of tiles


def entries_in(directory):
    """The entries of each bundle, by its number."""

    def number(path):
        parts = path.relative_to(directory / "tile/entries").as_posix().split(".p/")[0].split("/")
        return int("".join(part.lstrip("x") for part in parts))

    def entries_of(bundle):
        at = 0
        while at < len(bundle):
            (length,) = struct.unpack_from(">H", bundle, at)
            yield bundle[at + 2 : at + 2 + length]
            at += 2 + length

    paths = [path for path in directory.glob("tile/entries/**/*") if path.is_file()]
    return {number(path): list(entries_of(path.read_bytes())) for path in paths}


def hashes_of_pruned(directory, n):
    """The hashes of a tile of which retention took the entries."""
    groups = ["%03d" % (n // 1000**place % 1000) for place in range(1 + (n >= 1000) + (n >= 10**6))]
    first, *others = groups
    name = "/".join(["x" + group for group in reversed(others)] + [first])
    hashes = (directory / "tile/0" / name).read_bytes()
    assert len(hashes) == 256 * 32, "a tile that is not whole has no entries"
    return [hashes[at : at + 32] for at in range(0, len(hashes), 32)]


def check_tiles(directory, known=None):
    bundles = entries_in(directory)
    leaves, records, gone, pruned = [], [], set(), set()
    for n in range(max(bundles) + 1):
        if n not in bundles:
            gone.add(n)
            leaves += hashes_of_pruned(directory, n)
            records += [None] * 256
            continue
        for entry in bundles[n]:
            record = json.loads(entry)
            assert record["log"]["index"] == len(records), "a record in another place"
            if record["kind"] == "records.pruned" and record["stage"] == "event":
                for first, end in record["event"]["ranges"]:
                    pruned.update(range(first // 256, end // 256))
            leaves.append(sha(b"\x00", entry))
            records.append(record)
    assert gone <= pruned, "entries are gone, and no record of retention says why"
    with open(directory / "checkpoint", encoding="utf-8", newline="") as file:
        size = check_checkpoint(file.read(), leaves, keys_added(records, known))
    assert size == len(leaves), "entries beyond the checkpoint"
    checked = whole = 0
    for path in directory.glob("contents/**/*.jsonl"):
        for text in path.read_text(encoding="utf-8").splitlines():
            line = json.loads(text)
            committed = records[line["index"]]["log"]["contents"][line["name"]]
            whole += check_content(line, committed, lambda stored: b64(stored["body"]))
            checked += 1
    return size, 1, checked, whole


# A log in files


def unpacked(path):
    stored = path.read_bytes()
    if path.suffix == ".gz":
        return stored, gzip.decompress(stored)
    if path.suffix == ".zst":
        return stored, subprocess.run(["zstd", "-dc"], input=stored, stdout=-1, check=True).stdout
    return stored, stored


def body_in_line(stored):
    return stored["text"].encode() if "text" in stored else b64(stored["base64"])


class Files:
    def __init__(self):
        self.leaves, self.records = [], []
        self.checked = self.whole = 0

    def take(self, data):
        """All lines of a file; whether the last says that the file has ended."""
        whole, _, torn = data.rpartition(b"\n")
        for line in whole.split(b"\n") if whole else []:
            fields = json.loads(line)
            if "end" in fields:
                assert fields == {"end": len(self.leaves)}, "another end"
                return True
            if "batch" in fields:
                assert fields["first"] == len(self.leaves), "a batch in another place"
                for facts in fields["batch"]:
                    self.leaves.append(b64(facts["leaf"]))
                    self.records.append(None)
            else:
                self.record(line, fields)
        return False

    def record(self, line, fields):
        header = line[line.index(b',"header":') + 10 : -1]
        leaf = sha(b"\x00", header)
        assert leaf == b64(fields["leaf"]), "another leaf"
        record = json.loads(header)
        assert fields["index"] == record["log"]["index"] == len(self.leaves), "another index"
        committed = record["log"].get("contents", {})
        assert sorted(committed) == sorted(each["name"] for each in fields["contents"])
        for each in fields["contents"]:
            is_there = "parts" in each or "text" in each or "base64" in each
            if is_there:
                self.whole += check_content(each, committed[each["name"]], body_in_line)
                self.checked += 1
        self.leaves.append(leaf)
        self.records.append(record)


def check_files(directory):
    first, *closed = (directory / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(first)["format"] == "slm-audit files 1", "another format"
    log = Files()
    for entry in map(json.loads, closed):
        assert entry["first"] == len(log.leaves), "a file out of order"
        stored, data = unpacked(directory / entry["file"])
        assert len(stored) == entry["bytes"] and hashlib.sha256(stored).hexdigest() == entry["sha256"]
        assert log.take(data) and len(log.leaves) == entry["end"], "a file without its end"
        assert root_of(log.leaves) == b64(entry["root"]), "another root"
    goes_on = True
    while goes_on:
        path = directory / ("records-%012d.jsonl" % len(log.leaves))
        goes_on = path.exists() and log.take(path.read_bytes())
    lines = (directory / "checkpoints.jsonl").read_text(encoding="utf-8").splitlines()
    notes = [(stored["size"], stored["note"]) for stored in map(json.loads, lines) if "note" in stored]
    return len(log.leaves), check_notes(notes, log.leaves, log.records), log.checked, log.whole


def check_notes(notes, leaves, records):
    """All checkpoints, with the sizes that stand beside them; how many there are."""
    added = keys_added(records)
    sizes = [size for size, _ in notes]
    assert sizes == sorted(set(sizes)), "sizes out of order"
    assert sizes == [check_checkpoint(note, leaves, added) for _, note in notes], "another size"
    return len(sizes)


# One file of a whole log


def check_export(path):
    _, data = unpacked(path)
    assert data.endswith(b"\n"), "a file that was cut"
    *lines, last = data[:-1].split(b"\n")
    log = Files()
    notes = []
    for line in lines:
        fields = json.loads(line)
        if "header" in fields:
            assert not notes, "a record behind the checkpoints"
            log.record(line, fields)
        elif "note" in fields:
            notes.append((fields["size"], fields["note"]))
    assert json.loads(last) == {"end": len(log.leaves)}, "another end"
    return len(log.leaves), check_notes(notes, log.leaves, log.records), log.checked, log.whole


# A log in SQLite


def numbers_in(data):
    value = shift = 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            yield value
            value = shift = 0


class Database:
    def __init__(self, path):
        self.connection = sqlite3.connect(path.resolve().as_uri() + "?mode=ro", uri=True)

    def rows(self, sql, *values):
        return self.connection.execute(sql, values).fetchall()

    def parts_of(self, row, data):
        """The rows of `parts` that a content is made of."""
        _, back, *steps = numbers_in(data)
        rows = []
        if back > 0:
            [(begin,)] = self.rows("SELECT list FROM contents WHERE id = ?", row - back)
            rows = self.parts_of(row - back, begin)
        for step in steps:
            before = rows[-1] if rows else 0
            rows.append(before + 1 + (-(step + 1) // 2 if step % 2 else step // 2))
        return rows

    def cold(self, block, row):
        """The value of a row that is in a block."""
        [(rows, data)] = self.rows("SELECT rows, bytes FROM blocks WHERE id = ?", block)
        numbers, data = list(numbers_in(rows)), zlib.decompress(data)
        here, begin = -1, 0
        for step, length in zip(numbers[::2], numbers[1::2]):
            here += step + 1
            if here == row:
                return data[begin : begin + length]
            begin += length
        raise AssertionError("a block without its row")

    def content(self, row, salt, body, data, key, block):
        """A content as lines of files have it; nothing of one that is gone or encrypted."""
        if block is not None:
            body = self.cold(block, row)
        if data is None:
            return None if body is None or key is not None else {"salt": salt, "body": body}
        parts = []
        for part in self.parts_of(row, data):
            [(salt, body, key, block)] = self.rows(
                "SELECT salt, body, key, block FROM parts WHERE id = ?", part
            )
            if block is not None:
                body = self.cold(block, part)
            is_there = body is not None and key is None
            parts.append({"salt": salt, "body": body} if is_there else {"commitment": salt})
        return {"parts": parts}


def check_database(path):
    database = Database(path)
    [(application,)] = database.rows("PRAGMA application_id")
    assert application == 0x736C6D61, "no log"
    leaves, records, checked, whole = [], [], 0, 0
    for at, audit_id, stage, header, block in database.rows(
        "SELECT idx, audit_id, stage, header, block FROM records ORDER BY idx"
    ):
        if block is not None:
            header = database.cold(block, at).decode()
        record = json.loads(header)
        assert at == len(records) == record["log"]["index"], "a record in another place"
        assert (audit_id, stage) == (record["auditId"], record["stage"]), "a record of another call"
        leaves.append(sha(b"\x00", header.encode()))
        records.append(record)
    for row, name, kind, *stored in database.rows(
        "SELECT id, name, type, salt, body, list, key, block FROM contents ORDER BY id"
    ):
        committed = records[row // 64]["log"]["contents"][name]
        assert kind == committed["type"], "another type"
        content = database.content(row, *stored)
        if content is not None:
            whole += check_content(content, committed, lambda each: each["body"])
            checked += 1
    level = leaves
    for at in range(8):
        for n in range(0, (len(level) + 255) // 256):
            [(hashes,)] = database.rows("SELECT hashes FROM tiles WHERE id = ?", n * 8 + at)
            assert hashes == b"".join(level[n * 256 : n * 256 + 256]), "another tile"
        level = [root_of(level[n : n + 256]) for n in range(0, len(level) - 255, 256)]
    notes = database.rows("SELECT size, note FROM checkpoints ORDER BY size")
    return len(leaves), check_notes(notes, leaves, records), checked, whole


checks = {
    "tiles": check_tiles,
    "files": check_files,
    "export": check_export,
    "database": check_database,
}
check = checks[sys.argv[1]]
counts = check(pathlib.Path(sys.argv[2]), *sys.argv[3:])
print("ok records=%d checkpoints=%d contents=%d whole=%d" % counts)
