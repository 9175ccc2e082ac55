#!/bin/bash
# Copies the primary at the first start, then follows it as a hot standby.
set -euo pipefail

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  mkdir -p "$PGDATA"
  chown postgres:postgres "$PGDATA"
  chmod 0700 "$PGDATA"
  PGPASSWORD="$REPLICATION_PASSWORD" gosu postgres pg_basebackup \
    --host=postgres --username=replicator --pgdata="$PGDATA" \
    --write-recovery-conf --slot=replica --wal-method=stream
fi

exec gosu postgres postgres
