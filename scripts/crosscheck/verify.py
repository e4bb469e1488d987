#!/usr/bin/env python3
"""Checks a log with Python and its `cryptography`, sharing no code with slm-audit.

verify.py tiles DIRECTORY VKEY        recomputes the root from the entries, checks the signature;
                                      of tiles that retention took, from the hashes that it leaves
verify.py proof PROOF RECORD VKEY     checks a .tlog-proof
"""
import base64
import hashlib
import json
import os
import struct
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def root_of(hashes):
    if not hashes:
        return sha()
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return sha(b"\x01", root_of(hashes[:split]), root_of(hashes[split:]))


def open_note(note, vkey):
    """The size and root of a checkpoint that the key has signed."""
    name, key_id, encoded = vkey.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    assert key[0] == 1 and len(key) == 33, "not an Ed25519 key"
    assert sha(name.encode(), b"\n", key)[:4].hex() == key_id, "wrong key id"
    text, _, signatures = note.rpartition("\n\n")
    text += "\n"
    for line in signatures.splitlines():
        dash, who, value = line.split(" ")
        raw = base64.b64decode(value, validate=True)
        if dash == "\u2014" and who == name and raw[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(raw[4:], text.encode())
            origin, size, root = text.splitlines()[:3]
            assert origin == name, "origin is not the key's name"
            return int(size), base64.b64decode(root, validate=True)
    raise AssertionError("not signed by the key")


def bundle_path(n, width):
    groups = []
    rest = n
    while True:
        groups.insert(0, "%03d" % (rest % 1000))
        rest //= 1000
        if rest == 0:
            break
    path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return "tile/entries/" + path + ("" if width == 256 else ".p/%d" % width)


def entries_of(bundle):
    at = 0
    while at < len(bundle):
        (length,) = struct.unpack_from(">H", bundle, at)
        yield bundle[at + 2 : at + 2 + length]
        at += 2 + length


def tiles_pruned(entries):
    """The numbers of the tiles that records of retention say they took."""
    found = set()
    for entry in map(json.loads, entries):
        if entry["stage"] == "event" and entry["kind"] == "records.pruned":
            for first, end in entry["event"]["ranges"]:
                found.update(range(first // 256, end // 256))
    return found


def check_tiles(directory, vkey):
    with open(os.path.join(directory, "checkpoint"), encoding="utf-8", newline="") as file:
        size, root = open_note(file.read(), vkey)
    leaves, entries, gone = [], [], []
    for n in range((size + 255) // 256):
        path = os.path.join(directory, bundle_path(n, min(256, size - n * 256)))
        if os.path.exists(path):
            with open(path, "rb") as file:
                found = list(entries_of(file.read()))
            entries += found
            leaves += [sha(b"\x00", entry) for entry in found]
        else:
            # Retention leaves the hashes of a tile.
            with open(path.replace("tile/entries/", "tile/0/"), "rb") as file:
                hashes = file.read()
            leaves += [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
            gone.append(n)
    assert len(leaves) == size, "entries do not match the size"
    assert root_of(leaves) == root, "the root is another"
    if gone:
        assert tiles_pruned(entries).issuperset(gone), "entries are gone, and no record says why"
    pruned = " pruned=%d" % len(gone) if gone else ""
    print("ok size=%d root=%s%s" % (size, root.hex(), pruned))


def climb(index, size, leaf, path):
    if size == 1:
        assert not path, "the proof is too long"
        return leaf
    split = 1 << ((size - 1).bit_length() - 1)
    if index < split:
        return sha(b"\x01", climb(index, split, leaf, path[:-1]), path[-1])
    return sha(b"\x01", path[-1], climb(index - split, size - split, leaf, path[:-1]))


def check_proof(proof, record, vkey):
    with open(proof, encoding="utf-8", newline="") as file:
        head, _, note = file.read().partition("\n\n")
    lines = head.splitlines()
    assert lines[0] == "c2sp.org/tlog-proof@v1", "not a proof"
    index = int(lines[1].split(" ")[1])
    path = [base64.b64decode(line, validate=True) for line in lines[2:]]
    size, root = open_note(note, vkey)
    with open(record, "rb") as file:
        leaf = sha(b"\x00", file.read())
    assert index < size and climb(index, size, leaf, path) == root, "the proof does not hold"
    print("ok index=%d size=%d" % (index, size))


if sys.argv[1] == "tiles":
    check_tiles(*sys.argv[2:])
else:
    check_proof(*sys.argv[2:])
