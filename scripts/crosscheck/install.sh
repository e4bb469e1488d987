#!/usr/bin/env bash
# Installs the programs that check our logs with other people's code; does nothing when they are there.
set -euo pipefail

packages=()
command -v go >/dev/null || packages+=(golang-go)
[ -d /usr/share/gocode/src/golang.org/x/mod/sumdb ] || packages+=(golang-golang-x-mod-dev)
for program in age zstd gzip; do
  command -v "$program" >/dev/null || packages+=("$program")
done
command -v openssl >/dev/null || packages+=(openssl)
command -v python3 >/dev/null || packages+=(python3)
python3 -c 'import cryptography' 2>/dev/null || packages+=(python3-cryptography)
command -v strace >/dev/null || packages+=(strace)
command -v protoc >/dev/null || packages+=(protobuf-compiler)
[ -x /usr/sbin/pgbouncer ] || packages+=(pgbouncer)
command -v chromium >/dev/null || packages+=(chromium)
[ ${#packages[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >/dev/null
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${packages[@]}" >/dev/null
