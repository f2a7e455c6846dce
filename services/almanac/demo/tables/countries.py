"""Countries and groups of countries: codes, names in six languages, regions."""

import re

from tables.reading import others, rows, slug, territories

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

# Languages beside English and Chinese that every place has a name in.
LANGUAGES = ["fr", "es", "ar", "ru"]

# Places that Gapminder keeps without a code of ISO 3166-1, by the code of the World Bank.
GAPMINDER = {"kos": "XKX", "chanisl": "CHI"}

# Regions of M49 whose plain id something else has, or whose short name says too little.
REGIONS = {"202": "sub-saharan-africa-m49", "419": "latin-america-and-the-caribbean", "053": "australia-and-new-zealand"}
SOUTHEAST_ASIA = "southeast-asia"

FIELDS = ["id", "kind", "subkind", "name_en", "official_en", "aliases_en", "name_zh", "official_zh", "aliases_zh",
          *(f"name_{language}" for language in LANGUAGES),
          "alpha2", "alpha3", "m49", "world_bank", "world_bank_names", "wikidata", "gapminder", "part_of", "note"]


def formal(text):
    """`the French Republic *` as `French Republic`."""
    return re.sub(r"^the ", "", text.replace("*", "").strip(), flags=re.IGNORECASE)


def printed_names(folder):
    """Names that the World Bank prints, by code, in order of first appearance."""
    names = {}
    for path in sorted(folder.glob("gdp_*.csv")):
        for row in rows(path):
            printed = names.setdefault(row["Country Code"], [])
            if row["Country Name"] not in printed:
                printed.append(row["Country Name"])
    return names


def gapminder_codes(folder):
    """Gapminder's code of a place, by ISO 3166-1 alpha-3."""
    places = rows(folder / "ddf--entities--geo--country.csv")
    codes = {row["iso3166_1_alpha3"]: row["country"] for row in places if row["iso3166_1_alpha3"]}
    return codes | {code: place for place, code in GAPMINDER.items()}


class Countries:
    """The table while it is made."""

    def __init__(self, folder):
        locales = ["en", "zh", *LANGUAGES]
        self.cldr = {locale: territories(folder / "cldr-territories", locale) for locale in locales}
        self.printed = printed_names(folder / "worldbank-gdp-vintages")
        self.gapminder = gapminder_codes(folder / "gapminder-systema-globalis")
        self.codes = rows(folder / "country-codes" / "country-codes.csv")

    def localized(self, code):
        """Names of a territory in the languages beside English and Chinese."""
        return {f"name_{language}": self.cldr[language][code] for language in LANGUAGES}

    def country(self, row):
        english, chinese = self.cldr["en"], self.cldr["zh"]
        alpha2, alpha3 = row["ISO3166-1-Alpha-2"], row["ISO3166-1-Alpha-3"]
        name, name_zh = english[alpha2], chinese[alpha2]
        official = formal(row["UNTERM English Formal"])
        aliases = [english.get(f"{alpha2}-alt-{kind}") for kind in ("short", "variant")] + [row["official_name_en"]]
        aliases_zh = [chinese.get(f"{alpha2}-alt-short"), row["official_name_cn"]]
        official_zh = row["UNTERM Chinese Formal"].replace("*", "").strip()
        return {
            "id": country_id(row, english),
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
            "m49": m49(row, "ISO3166-1-numeric"),
            "world_bank": alpha3 if alpha3 in self.printed else "",
            "world_bank_names": "|".join(others(self.printed.get(alpha3, []), name)),
            "wikidata": row["wikidata_id"].rsplit("/", 1)[-1],
            "gapminder": self.gapminder.get(alpha3, ""),
            "part_of": self.region_id(m49(row, "Sub-region Code")),
            **self.localized(alpha2),
        }

    def region_id(self, code):
        if not code:
            return ""
        return REGIONS.get(code) or slug(self.cldr["en"][code])

    def regions(self):
        """Regions of M49 and what they are part of, as the countries have them."""
        found = {}
        for row in self.codes:
            sub_region, region = m49(row, "Sub-region Code"), m49(row, "Region Code")
            if region:
                found[region] = ("m49-region", row["Region Name"], "world")
                found[sub_region] = ("m49-sub-region", row["Sub-region Name"], self.region_id(region))
        for code, (subkind, alias, part_of) in sorted(found.items()):
            entity, name = self.region_id(code), self.cldr["en"][code]
            is_known = entity == SOUTHEAST_ASIA
            yield {"id": entity, "kind": "region" if is_known else "country-group", "subkind": "" if is_known else subkind,
                   "name_en": name, "aliases_en": alias if alias != name else "", "name_zh": self.cldr["zh"][code],
                   "m49": code, "part_of": part_of, **self.localized(code)}

    def table(self):
        table = [self.country(row) for row in self.codes] + list(self.regions())
        for code, (entity, name, name_zh) in GROUPS.items():
            table.append({"id": entity, "kind": "country-group", "subkind": "statistical-aggregate", "name_en": name, "name_zh": name_zh,
                          "world_bank": code, "world_bank_names": "|".join(others(self.printed[code], name)),
                          "gapminder": self.gapminder.get(code, "")})
        table.append({"id": "world", "kind": "region", "m49": "001", "world_bank": "WLD", **self.localized("001")})
        for entity, name, name_zh, code, note in KOSOVO:
            table.append({"id": entity, "kind": "region", "subkind": "country-or-area", "name_en": name, "name_zh": name_zh,
                          "world_bank": code, "world_bank_names": "|".join(others(self.printed[code], name)),
                          "gapminder": self.gapminder.get(code, ""), "note": note, **(self.localized("XK") if code == "XKX" else {})})
        known = {row.get("world_bank") for row in table}
        assert set(self.printed) <= known, sorted(set(self.printed) - known)
        assert len({row["id"] for row in table}) == len(table), "two rows have one id"
        return table


def m49(row, column):
    return row[column].zfill(3) if row[column] else ""


def country_id(row, english):
    alpha3 = row["ISO3166-1-Alpha-3"]
    return CORPUS.get(alpha3) or IDS.get(alpha3) or slug(english[row["ISO3166-1-Alpha-2"]])


def countries(folder):
    return FIELDS, Countries(folder).table()
