"""Provinces of China, the cities that companies of the demo are in, and provincial GDP."""

import json
import re

from tables.reading import Corpus, rows, slug

# What UN/LOCODE writes of the kind of a division, after or within its name.
SORTS = r" (Sheng|Shi|SAR|Zhuangzu Zizhiqu|Huizu Zizhiqu|Uygur Zizhiqu|Zizhiqu)$"
# English names that differ from the romanised ones.
ENGLISH = {"Nei Mongol": "Inner Mongolia", "Xizang": "Tibet"}
# Places that have a code of their own in ISO 3166-1, by their code in ISO 3166-2.
PLACES = {"CN-HK": ("hong-kong", "香港特别行政区"), "CN-MO": ("macao", "澳门特别行政区"), "CN-TW": ("taiwan", "台湾省")}
# Cities that companies of the list of unicorns name, by code; two cities are called Suzhou.
CITIES = {
    "Changsha": "4301", "Changzhou": "3204", "Chengdu": "5101", "Dongguan": "4419", "Guangzhou": "4401", "Guiyang": "5201",
    "Hangzhou": "3301", "Hefei": "3401", "Luohe": "4111", "Nanjing": "3201", "Qingdao": "3702", "Shenzhen": "4403",
    "Suzhou": "3205", "Wuhan": "4201", "Wuxi": "3202", "Zhuhai": "4404",
}
MUNICIPALITIES = ["11", "12", "31", "50"]

FIELDS = ["id", "kind", "subkind", "name_en", "name_zh", "aliases_en", "printed_zh", "code", "iso3166_2", "part_of", "source"]


def english_names(folder):
    """English name of a province by its Chinese one, from the two headers of one table."""
    headers = []
    for language in ("En", "Zh"):
        with open(folder / f"Chinas GDP in Province {language}.csv", encoding="utf-8-sig") as file:
            header = next(file).strip().replace('"Guangxi,"', "Guangxi")
        headers.append(header.split(",")[1:])
    return dict(zip(headers[1], headers[0], strict=True))


def iso_codes(folder):
    """Code of ISO 3166-2 and romanised name by English name."""
    codes = {}
    for row in rows(folder / "unlocode-subdivisions" / "subdivision-codes.csv"):
        if row["SUCountry"] == "CN":
            plain = re.sub(SORTS, "", row["SUName"])
            codes[ENGLISH.get(plain, plain)] = (f"CN-{row['SUCode']}", row["SUName"])
    return codes


def province(corpus, code, name, name_zh, iso):
    entity = slug(name)
    known = corpus.knows(entity)
    sort = "municipality" if code in MUNICIPALITIES else "autonomous-region" if name_zh.endswith("自治区") else "province"
    return {
        "id": entity, "kind": "region", "subkind": "" if known else sort, "name_en": "" if known else name,
        "name_zh": name_zh, "aliases_en": "|".join(corpus.new(entity, [iso[1]])), "code": code, "iso3166_2": iso[0], "part_of": "china",
        "source": "china-divisions",
    }


def divisions(folder):
    corpus = Corpus(folder)
    english = english_names(folder / "china-province-gdp")
    iso = iso_codes(folder)
    provinces = {row["code"]: row["name"] for row in rows(folder / "china-divisions" / "provinces.csv")}
    table = [province(corpus, code, english[name], name, iso[english[name]]) for code, name in provinces.items()]
    with open(folder / "china-divisions" / "HK-MO-TW.json", encoding="utf-8") as file:
        listed = json.load(file)
    romanised = {code: name for code, name in iso.values()}
    for code, (entity, name_zh) in PLACES.items():
        assert name_zh in listed
        table.append({"id": entity, "kind": "region", "printed_zh": name_zh, "aliases_en": romanised[code],
                      "iso3166_2": code, "part_of": "china", "source": "china-divisions"})
    cities = {row["code"]: row for row in rows(folder / "china-divisions" / "cities.csv")}
    for name, code in CITIES.items():
        entity, row = slug(name), cities[code]
        known = corpus.knows(entity)
        table.append({"id": entity, "kind": "region", "subkind": "" if known else "city", "name_en": "" if known else name,
                      "name_zh": row["name"], "code": code,
                      "part_of": slug(english[provinces[row["provinceCode"]]]), "source": "china-divisions"})
    return FIELDS, table




def province_gdp(folder):
    """One row a province, one column a year, digits as published."""
    codes = {row["name"]: row["code"] for row in rows(folder / "china-divisions" / "provinces.csv")}
    years = rows(folder / "china-province-gdp" / "Chinas GDP in Province Zh.csv")
    years.sort(key=lambda row: row[""])
    table = [{"code": code, "name": name, **{row[""]: row[name] for row in years}} for name, code in codes.items()]
    return ["code", "name", *(row[""] for row in years)], table
