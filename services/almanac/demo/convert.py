#!/usr/bin/env python3
"""Makes data/ from the material it was taken from.

Usage: convert.py FOLDER, where FOLDER holds the material as README.md describes it. Files
that need no change are only compressed; the others are derived by the modules in tables/.
Same input, same bytes.
"""

import csv
import gzip
import io
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from tables import china, countries, gapminder, ror, unicorns  # noqa: E402

OUT = Path(__file__).parent / "data"


def text(fields, table):
    out = io.StringIO()
    writer = csv.DictWriter(out, fields, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue().encode()


def pack_gzip(name, content):
    with open(OUT / f"{name}.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)


def pack_zstd(name, path):
    target = OUT / f"{name}.zst"
    subprocess.run(["zstd", "-19", "-q", "-f", "--no-progress", str(path), "-o", str(target)], check=True)
    target.chmod(0o644)


def pack_table(name, fields, table):
    pack_gzip(f"{name}.csv", text(fields, table))
    print(f"{name}: {len(table)} rows")


def main():
    folder = Path(sys.argv[1])
    OUT.mkdir(exist_ok=True)
    for name in ("sources", "entities", "relations", "observations"):
        pack_gzip(f"{name}.csv", (folder / "seed-corpus" / f"{name}.csv").read_bytes())
    for path in sorted((folder / "worldbank-gdp-vintages").glob("gdp_*.csv")):
        pack_zstd(path.name, path)
    for name, path in gapminder.files(folder):
        pack_zstd(name, path)
    pack_table("countries", *countries.countries(folder))
    pack_table("divisions", *china.divisions(folder))
    pack_table("province-gdp", *china.province_gdp(folder))
    pack_table("gapminder-releases", *gapminder.releases(folder))
    pack_table("organisations", *ror.organisations(folder))
    *table, dangling = ror.relations(folder)
    pack_table("organisation-relations", *table)
    print(f"relationships left out, as one end is elsewhere: {dangling}")
    pack_table("unicorns", *unicorns.companies(folder))
    pack_table("unicorn-counts", *unicorns.counts(folder))
    pack_table("investments", *unicorns.investments(folder))


if __name__ == "__main__":
    main()
