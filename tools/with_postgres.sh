#!/usr/bin/env bash
# Runs a command with DATABASE_URL set to a private PostgreSQL with PostGIS, and stops it afterwards.
set -euo pipefail
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "没有 PostgreSQL（Debian 包 postgresql、postgresql-15-postgis-3）" >&2; exit 3; }
data=$(mktemp -d); port=${PGPORT:-$((20000 + RANDOM % 20000))}
as() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
[ "$(id -u)" != 0 ] || chown postgres "$data"
stop() { as "$bin/pg_ctl" -D "$data/db" -m immediate stop >/dev/null 2>&1 || true; rm -rf "$data"; }
trap stop EXIT
cd "$data"
as "$bin/initdb" -D "$data/db" -U guotu -A trust -E UTF8 --locale=C.UTF-8 >/dev/null
as "$bin/pg_ctl" -D "$data/db" -w -l "$data/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -k $data -c max_connections=60" start >/dev/null
as "$bin/createdb" -h 127.0.0.1 -p "$port" -U guotu guotu
cd "$OLDPWD"
DATABASE_URL="postgresql://guotu@127.0.0.1:$port/guotu" "$@"
