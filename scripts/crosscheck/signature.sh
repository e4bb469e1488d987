#!/usr/bin/env bash
# signature.sh CHECKPOINT VKEY: checks the Ed25519 signature of a checkpoint with openssl alone.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
name=${2%%+*}
key=$(cut -d+ -f3- <<<"$2")

# DER of an Ed25519 public key (RFC 8410): a fixed head and the 32 bytes.
{ printf '\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00'; base64 -d <<<"$key" | tail -c 32; } >"$work/key.der"
# The text of a checkpoint is its first three lines; a signature is what follows the four bytes of the key id.
head -n 3 "$1" >"$work/text"
id=$(cut -d+ -f2 <<<"$2")
while read -r _ who value; do
  [ "$who" = "$name" ] || continue
  base64 -d <<<"$value" >"$work/value"
  [ "$(head -c 4 "$work/value" | od -An -tx1 | tr -d ' \n')" = "$id" ] || continue
  tail -c 64 "$work/value" >"$work/signature"
done < <(tail -n +5 "$1")
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/key.der" -rawin -in "$work/text" -sigfile "$work/signature"
