#!/bin/sh
# Run once by the image of PostgreSQL, when its data directory is made: a role that owns the
# tables, and one that `almanac migrate --grant-to` lets read and write them.
set -eu
# On lines of their own, so that a secret that is missing ends the script.
owner=$(cat /run/secrets/owner_password)
app=$(cat /run/secrets/app_password)
psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 \
  --username "${POSTGRES_USER:-postgres}" --dbname "$POSTGRES_DB" \
  --set owner="$owner" --set app="$app" --set database="$POSTGRES_DB" <<'END'
CREATE ROLE almanac_owner LOGIN PASSWORD :'owner';
CREATE ROLE almanac_app LOGIN PASSWORD :'app';
ALTER DATABASE :"database" OWNER TO almanac_owner;
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO almanac_app;
END
