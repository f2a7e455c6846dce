#!/usr/bin/env python3
"""Makes data/ from the material it was taken from.

Usage: convert.py FOLDER, where FOLDER holds `seed-corpus`, `worldbank-gdp-vintages`,
`country-codes` and `cldr-territories` as README.md describes them. Files that need no
change are only compressed; countries.csv is derived here. Same input, same bytes.
"""

import csv
import gzip
import io
import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

OUT = Path(__file__).parent / "data"

# Entities that the corpus has already: they gain codes and names and keep their ids.
CORPUS = {"CHN": "china", "USA": "united-states", "GBR": "united-kingdom", "SGP": "singapore", "KWT": "kuwait", "MYS": "malaysia"}

# Ids where the short name alone does not make a good one.
IDS = {
    "BIH": "bosnia-and-herzegovina", "CIV": "cote-d-ivoire", "COD": "democratic-republic-of-the-congo",
    "COG": "republic-of-the-congo", "HKG": "hong-kong", "MAC": "macao", "MMR": "myanmar", "PSE": "palestine",
    "UMI": "united-states-minor-outlying-islands", "VIR": "united-states-virgin-islands",
}

# Codes in the files of the World Bank that are not ISO 3166-1: id, English, Chinese.
GROUPS = {
    "AFE": ("africa-eastern-and-southern", "Africa Eastern and Southern", "非洲东部和南部"),
    "AFW": ("africa-western-and-central", "Africa Western and Central", "非洲西部和中部"),
    "ARB": ("arab-world", "Arab World", "阿拉伯世界"),
    "CEB": ("central-europe-and-the-baltics", "Central Europe and the Baltics", "中欧和波罗的海地区"),
    "CHI": ("channel-islands", "Channel Islands", "海峡群岛"),
    "CSS": ("caribbean-small-states", "Caribbean small states", "加勒比小国"),
    "EAP": ("east-asia-and-pacific-excluding-high-income", "East Asia & Pacific (excluding high income)", "东亚与太平洋地区（不包括高收入国家）"),
    "EAR": ("early-demographic-dividend", "Early-demographic dividend", "早期人口红利国家"),
    "EAS": ("east-asia-and-pacific", "East Asia & Pacific", "东亚与太平洋地区"),
    "ECA": ("europe-and-central-asia-excluding-high-income", "Europe & Central Asia (excluding high income)", "欧洲与中亚地区（不包括高收入国家）"),
    "ECS": ("europe-and-central-asia", "Europe & Central Asia", "欧洲与中亚地区"),
    "EMU": ("euro-area", "Euro area", "欧元区"),
    "EUU": ("european-union", "European Union", "欧洲联盟"),
    "FCS": ("fragile-and-conflict-affected-situations", "Fragile and conflict affected situations", "脆弱和受冲突影响地区"),
    "HIC": ("high-income", "High income", "高收入国家"),
    "HPC": ("heavily-indebted-poor-countries", "Heavily indebted poor countries (HIPC)", "重债穷国"),
    "IBD": ("ibrd-only", "IBRD only", "仅国际复兴开发银行借款国"),
    "IBT": ("ida-and-ibrd-total", "IDA & IBRD total", "国际开发协会与国际复兴开发银行借款国合计"),
    "IDA": ("ida-total", "IDA total", "国际开发协会借款国合计"),
    "IDB": ("ida-blend", "IDA blend", "国际开发协会混合借款国"),
    "IDX": ("ida-only", "IDA only", "仅国际开发协会借款国"),
    "LAC": ("latin-america-and-caribbean-excluding-high-income", "Latin America & Caribbean (excluding high income)", "拉丁美洲与加勒比地区（不包括高收入国家）"),
    "LCN": ("latin-america-and-caribbean", "Latin America & Caribbean", "拉丁美洲与加勒比地区"),
    "LDC": ("least-developed-countries", "Least developed countries: UN classification", "最不发达国家（联合国分类）"),
    "LIC": ("low-income", "Low income", "低收入国家"),
    "LMC": ("lower-middle-income", "Lower middle income", "中低收入国家"),
    "LMY": ("low-and-middle-income", "Low & middle income", "低收入和中等收入国家"),
    "LTE": ("late-demographic-dividend", "Late-demographic dividend", "晚期人口红利国家"),
    "MEA": ("middle-east-and-north-africa", "Middle East & North Africa", "中东与北非地区"),
    "MIC": ("middle-income", "Middle income", "中等收入国家"),
    "MNA": ("middle-east-and-north-africa-excluding-high-income", "Middle East & North Africa (excluding high income)", "中东与北非地区（不包括高收入国家）"),
    "NAC": ("north-america", "North America", "北美"),
    "NOC": ("high-income-non-oecd", "High income: nonOECD", "高收入非经合组织国家"),
    "OEC": ("high-income-oecd", "High income: OECD", "高收入经合组织国家"),
    "OED": ("oecd-members", "OECD members", "经合组织成员国"),
    "OSS": ("other-small-states", "Other small states", "其他小国"),
    "PRE": ("pre-demographic-dividend", "Pre-demographic dividend", "人口红利前期国家"),
    "PSS": ("pacific-island-small-states", "Pacific island small states", "太平洋岛屿小国"),
    "PST": ("post-demographic-dividend", "Post-demographic dividend", "人口红利后期国家"),
    "SAS": ("south-asia", "South Asia", "南亚"),
    "SSA": ("sub-saharan-africa-excluding-high-income", "Sub-Saharan Africa (excluding high income)", "撒哈拉以南非洲地区（不包括高收入国家）"),
    "SSF": ("sub-saharan-africa", "Sub-Saharan Africa", "撒哈拉以南非洲地区"),
    "SST": ("small-states", "Small states", "小国"),
    "TEA": ("east-asia-and-pacific-ida-and-ibrd", "East Asia & Pacific (IDA & IBRD countries)", "东亚与太平洋地区（国际开发协会与国际复兴开发银行借款国）"),
    "TEC": ("europe-and-central-asia-ida-and-ibrd", "Europe & Central Asia (IDA & IBRD countries)", "欧洲与中亚地区（国际开发协会与国际复兴开发银行借款国）"),
    "TLA": ("latin-america-and-caribbean-ida-and-ibrd", "Latin America & the Caribbean (IDA & IBRD countries)", "拉丁美洲与加勒比地区（国际开发协会与国际复兴开发银行借款国）"),
    "TMN": ("middle-east-and-north-africa-ida-and-ibrd", "Middle East & North Africa (IDA & IBRD countries)", "中东与北非地区（国际开发协会与国际复兴开发银行借款国）"),
    "TSA": ("south-asia-ida-and-ibrd", "South Asia (IDA & IBRD)", "南亚（国际开发协会与国际复兴开发银行借款国）"),
    "TSS": ("sub-saharan-africa-ida-and-ibrd", "Sub-Saharan Africa (IDA & IBRD countries)", "撒哈拉以南非洲地区（国际开发协会与国际复兴开发银行借款国）"),
    "UMC": ("upper-middle-income", "Upper middle income", "中高收入国家"),
}

# One place under three keys of the World Bank. Kept apart, because the figures of the
# three overlap in years and nothing says that they are one series.
KOSOVO = [
    ("kosovo", "Kosovo", "科索沃", "XKX", ""),
    ("kosovo-ksv", "Kosovo (code KSV)", "科索沃（代码 KSV）", "KSV",
     "The World Bank's code for Kosovo until 2013; later vintages use XKX. Kept apart from it."),
    ("kosovo-uncoded", "Kosovo (without code)", "科索沃（无代码）", "",
     "The vintage of 2015 prints Kosovo without any code. Kept apart from KSV and XKX."),
]

FIELDS = ["id", "kind", "subkind", "name_en", "official_en", "aliases_en", "name_zh", "official_zh", "aliases_zh",
          "alpha2", "alpha3", "numeric", "world_bank", "world_bank_names", "wikidata", "note"]


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def territories(folder, locale):
    with open(folder / f"territories.{locale}.json", encoding="utf-8") as file:
        return json.load(file)["main"][locale]["localeDisplayNames"]["territories"]


def slug(name):
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower().replace("&", " and ").replace(".", "")).strip("-")


def formal(text):
    """`the French Republic *` as `French Republic`."""
    return re.sub(r"^the ", "", text.replace("*", "").strip(), flags=re.IGNORECASE)


def others(names, shown):
    kept = []
    for name in names:
        if name and name != shown and name not in kept:
            kept.append(name)
    return kept


def printed_names(folder):
    """Names that the World Bank prints, by code, in order of first appearance."""
    names = {}
    for path in sorted(folder.glob("gdp_*.csv")):
        for row in rows(path):
            printed = names.setdefault(row["Country Code"], [])
            if row["Country Name"] not in printed:
                printed.append(row["Country Name"])
    return names


def countries(folder):
    english, chinese = (territories(folder / "cldr-territories", locale) for locale in ("en", "zh"))
    printed = printed_names(folder / "worldbank-gdp-vintages")
    table = []
    for row in rows(folder / "country-codes" / "country-codes.csv"):
        alpha2, alpha3 = row["ISO3166-1-Alpha-2"], row["ISO3166-1-Alpha-3"]
        name, name_zh = english[alpha2], chinese[alpha2]
        official = formal(row["UNTERM English Formal"])
        aliases = [english.get(f"{alpha2}-alt-{kind}") for kind in ("short", "variant")] + [row["official_name_en"]]
        aliases_zh = [chinese.get(f"{alpha2}-alt-short"), row["official_name_cn"]]
        official_zh = row["UNTERM Chinese Formal"].replace("*", "").strip()
        table.append({
            "id": CORPUS.get(alpha3) or IDS.get(alpha3) or slug(name),
            "kind": "region",
            "subkind": "" if alpha3 in CORPUS else "country-or-area",
            "name_en": name,
            "official_en": official if official != name else "",
            "aliases_en": "|".join(alias for alias in others(aliases, name) if alias != official),
            "name_zh": name_zh,
            "official_zh": official_zh if official_zh != name_zh else "",
            "aliases_zh": "|".join(alias for alias in others(aliases_zh, name_zh) if alias != official_zh),
            "alpha2": alpha2,
            "alpha3": alpha3,
            "numeric": row["ISO3166-1-numeric"].zfill(3),
            "world_bank": alpha3 if alpha3 in printed else "",
            "world_bank_names": "|".join(others(printed.get(alpha3, []), name)),
            "wikidata": row["wikidata_id"].rsplit("/", 1)[-1],
        })
    for code, (entity, name, name_zh) in GROUPS.items():
        table.append({"id": entity, "kind": "country-group", "subkind": "statistical-aggregate", "name_en": name, "name_zh": name_zh,
                      "world_bank": code, "world_bank_names": "|".join(others(printed[code], name))})
    table.append({"id": "world", "kind": "region", "name_en": "World", "name_zh": "世界", "world_bank": "WLD"})
    for entity, name, name_zh, code, note in KOSOVO:
        table.append({"id": entity, "kind": "region", "subkind": "country-or-area", "name_en": name, "name_zh": name_zh, "world_bank": code,
                      "world_bank_names": "|".join(others(printed[code], name)), "note": note})
    known = {row["world_bank"] for row in table}
    assert set(printed) <= known, sorted(set(printed) - known)
    assert len({row["id"] for row in table}) == len(table), "two rows have one id"
    return table


def text(table):
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue().encode()


def pack_gzip(name, content):
    with open(OUT / f"{name}.gz", "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(content)


def pack_zstd(name, path):
    target = OUT / f"{name}.zst"
    subprocess.run(["zstd", "-19", "-q", "-f", "--no-progress", str(path), "-o", str(target)], check=True)


def main():
    folder = Path(sys.argv[1])
    OUT.mkdir(exist_ok=True)
    for name in ("sources", "entities", "relations", "observations"):
        pack_gzip(f"{name}.csv", (folder / "seed-corpus" / f"{name}.csv").read_bytes())
    pack_gzip("countries.csv", text(countries(folder)))
    for path in sorted((folder / "worldbank-gdp-vintages").glob("gdp_*.csv")):
        pack_zstd(path.name, path)


if __name__ == "__main__":
    main()
