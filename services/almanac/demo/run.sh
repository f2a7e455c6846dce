#!/usr/bin/env bash
# Imports the demo pack, makes a report of it and shows what to look at. Run again it finds
# nothing new and makes the same report. SERVE=1 leaves the services running at the end.
set -euo pipefail

cd "$(dirname "$0")/../../.."
demo=services/almanac/demo
almanac=${ALMANAC:-target/debug/almanac}
data_dir=${ALMANAC_DATA_DIR:-out/demo/data}
report=${ALMANAC_REPORT:-out/demo/report.html}
base=${report%.html}
export ALMANAC_DATA_DIR=$data_dir
unset ALMANAC_SERVER

load() {
  local mapping=$1
  shift
  "$almanac" import "$demo/mappings/$mapping.toml" "$@"
}

mkdir -p "$(dirname "$report")"
"$almanac" apply vocabulary "$demo/vocabulary.toml"
"$almanac" apply definitions "$demo/definitions.toml"
load datasets "$demo/data/datasets.csv"
load sources "$demo/data/sources.csv.gz"
load entities "$demo/data/entities.csv.gz"
load countries "$demo/data/countries.csv.gz"
load divisions "$demo/data/divisions.csv.gz"
load organisations "$demo/data/organisations.csv.gz"
load organisation-relations "$demo/data/organisation-relations.csv.gz"
load unicorns "$demo/data/unicorns.csv.gz"
load unicorn-counts "$demo/data/unicorn-counts.csv.gz"
load investments "$demo/data/investments.csv.gz"
load names "$demo/data/names.csv"
load relations "$demo/data/relations.csv.gz"
load observations "$demo/data/observations.csv.gz"
# The names begin with the date of the vintage, so this is from the oldest to the newest.
load gdp "$demo"/data/gdp_*.csv.zst
load province-gdp "$demo/data/province-gdp.csv.gz"
load gapminder-releases "$demo/data/gapminder-releases.csv.gz"
load gapminder "$demo"/data/gapminder_*.csv.zst

"$almanac" template "$demo/template.toml"
template=$(sed -n 's|^name = "\(templates/\)\{0,1\}\([a-z0-9-]*\)"$|\2|p' "$demo/template.toml" | head -n 1)
"$almanac" report "$template" --out "$report" --out "$base.pdf"
"$almanac" report "$template" --language zh-Hans --out "$base.zh.html" --out "$base.zh.pdf"

# The files belong to the server while it runs: then it is asked, and not the files.
address=127.0.0.1:7430
if [[ -n ${SERVE:-} ]]; then
  where="--server http://$address"
  from="from another terminal, here"
else
  where="--data-dir $data_dir"
  from=here
fi
cat <<END

The report is $report: open it in a browser. $base.pdf is the same to print;
$base.zh.html and $base.zh.pdf are the Chinese edition. Then try, $from:

  $almanac $where claims digital-economy-size china 2021
  $almanac $where claims gdp-current-usd china 2010 --vintages
  $almanac $where search 北京
END

if [[ -n ${SERVE:-} ]]; then
  grpcurl=grpcurl
  command -v grpcurl >/dev/null || grpcurl=.tools/bin/grpcurl
  cat <<END

The services run at $address until Ctrl-C. From another terminal, here (make tools
installs grpcurl into .tools/bin):

  $grpcurl -plaintext $address list
  $grpcurl -plaintext -d '{"query": "数字"}' $address almanac.registry.v1.RegistryService/SearchEntities
  $grpcurl -plaintext -d '{"series_key": {"indicator": "indicators/digital-economy-size", "entity": "entities/china"}, "period": "2021"}' $address almanac.metrics.v1.MetricsService/GetClaimSet
  $grpcurl -plaintext -d '{"filter": "template = \\"templates/$template\\""}' $address almanac.reporting.v1.ReportingService/ListReports

END
  ALMANAC__LISTEN=$address exec "$almanac" serve
fi
