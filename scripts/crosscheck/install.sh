#!/usr/bin/env bash
# Installs the programs that check our logs with other people's code; does nothing when they are there.
set -euo pipefail

# ClickHouse's engine, on which the copies in ClickHouse are tried: 550 MB, and so no dependency.
chdb=${XDG_CACHE_HOME:-$HOME/.cache}/slm-audit/chdb
[ -d "$chdb/node_modules/chdb" ] || npm install --prefix "$chdb" --no-audit --no-fund --silent chdb@3.4.0

# DuckDB, which slm-audit query loads where it is installed: 70 MB.
duckdb=${XDG_CACHE_HOME:-$HOME/.cache}/slm-audit/duckdb
[ -d "$duckdb/node_modules/@duckdb/node-api" ] || npm install --prefix "$duckdb" --no-audit --no-fund --silent @duckdb/node-api@1.5.6-r.1

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
