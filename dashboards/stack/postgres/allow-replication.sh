#!/bin/bash
# Runs once, when the primary's data folder is made: a role for the replica, and its way in.
set -euo pipefail

psql --set=ON_ERROR_STOP=1 --set=password="$REPLICATION_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE replicator WITH REPLICATION LOGIN PASSWORD :'password';
SELECT pg_create_physical_replication_slot('replica');
SQL

echo "host replication replicator samenet scram-sha-256" >> "$PGDATA/pg_hba.conf"
