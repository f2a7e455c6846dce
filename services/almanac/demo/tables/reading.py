"""Reading of the material: tables, names of territories, ids made of names."""

import csv
import json
import re
import unicodedata

# Longest id that an entity may have.
LONGEST = 63


def rows(path):
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def territories(folder, locale):
    with open(folder / f"territories.{locale}.json", encoding="utf-8") as file:
        return json.load(file)["main"][locale]["localeDisplayNames"]["territories"]


def slug(name):
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    whole = re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("&", " and ").replace("'", "")).strip("-")
    if len(whole) <= LONGEST:
        return whole
    # The whole words that fit.
    return whole[: LONGEST + 1].rpartition("-")[0]


def others(names, shown):
    """Names beside the one shown, each once."""
    kept = []
    for name in names:
        if name and name != shown and name not in kept:
            kept.append(name)
    return kept


class Corpus:
    """What the articles name: their entities keep id, kind and display names."""

    def __init__(self, folder):
        self.kinds, self.names = {}, {}
        for row in rows(folder / "seed-corpus" / "entities.csv"):
            self.kinds[row["id"]] = row["kind"]
            names = [row["name_en"], row["name_zh"], *row["aliases"].split(";")]
            self.names[row["id"]] = {name.strip() for name in names}

    def knows(self, entity):
        return entity in self.kinds

    def new(self, entity, names):
        """Those of some names that the articles do not use for the entity."""
        return [name for name in names if name not in self.names.get(entity, ())]
