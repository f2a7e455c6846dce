"""Unicorns of China and who invested in them, from the list that CB Insights compiles."""

import re
from collections import Counter

from tables.reading import Corpus, rows, slug

COUNTRY = "China"

# Companies that the articles, or the registry of research organisations, name too.
COMPANIES = {"ByteDance": "bytedance", "MEGVII": "megvii", "Aibee": "aibee"}

# Investors that are an entity already, under what the list calls them.
INVESTORS = {"Alibaba Group": "alibaba-group", "Ant Financial Services Group": "ant-group", "Baidu": "baidu"}

# What the list prints in more than one way, or with a slip: as printed, and the name.
# Only what differs in spelling; names that may be two companies stay two.
SPELLINGS = {
    "and Sequoia Capital China": "Sequoia Capital China",
    "Bright Venture Capita": "Bright Venture Capital",
    "Group GSR Ventures": "GSR Ventures",
    "Lenovo Capital and Incubator": "Lenovo Capital and Incubator Group",
    "Longfor Capitalm": "Longfor Capital",
    "QiMing Venture Partners": "Qiming Venture Partners",
    "QiMing Venture Partnersl": "Qiming Venture Partners",
    "Softbank Group": "SoftBank Group",
    "Temasek Holdings Ltd.": "Temasek Holdings",
    "Tencent Holdings": "Tencent",
    "Tiantu Capital Co.": "Tiantu Capital",
    "Tiger Global management": "Tiger Global Management",
    "Warbug Pincus": "Warburg Pincus",
}
NOBODY = ["", "N/A"]

COUNT_FIELDS = ["place", "city", "count"]
COMPANY_FIELDS = ["id", "name", "printed", "valuation", "as_published", "joined", "city", "place", "industry"]
INVESTMENT_FIELDS = ["company", "investor", "kind", "name", "printed"]


def listed(folder):
    table = rows(folder / "unicorns" / "World_Wide-Unicorn-Company-List.csv")
    table = [{column: text.strip() for column, text in row.items()} for row in table]
    return [row for row in table if row["Country"] == COUNTRY]


def company_id(name):
    return COMPANIES.get(name) or slug(name.replace("+", " plus"))


def date(text):
    month, day, year = (int(part) for part in text.split("/"))
    return f"{year:04}-{month:02}-{day:02}"


def companies(folder):
    table = []
    for row in listed(folder):
        name, printed = row["Company"], row["Valuation ($B)"]
        known = name in COMPANIES
        table.append({
            "id": company_id(name), "name": "" if known else name, "printed": name if known else "",
            "valuation": re.fullmatch(r"\$(\d+(?:\.\d+)?)", printed)[1], "as_published": printed, "joined": date(row["Date Joined"]),
            "city": row["City"], "place": slug(row["City"]), "industry": slug(row["Industry"]),
        })
    assert len({row["id"] for row in table}) == len(table), "two companies have one id"
    return COMPANY_FIELDS, table


def counts(folder):
    """How many companies of the list are in each city."""
    cities = Counter(row["City"] for row in listed(folder))
    table = [{"place": slug(city), "city": city, "count": count} for city, count in sorted(cities.items())]
    return COUNT_FIELDS, table


def investor(corpus, printed):
    name = SPELLINGS.get(printed, printed)
    known = INVESTORS.get(name)
    return {
        "investor": known or slug(name), "kind": "company" if known else "investor", "name": "" if known else name,
        "printed": "|".join(corpus.new(known, [printed])) if known else printed if printed != name else "",
    }


def investments(folder):
    corpus = Corpus(folder)
    table, seen = [], set()
    for row in listed(folder):
        for printed in (part.strip() for part in row["Select Investors"].split(",")):
            if printed in NOBODY:
                continue
            one = {"company": company_id(row["Company"]), **investor(corpus, printed)}
            if (one["company"], one["investor"]) not in seen:
                seen.add((one["company"], one["investor"]))
                table.append(one)
    ids = {row["investor"]: row["kind"] for row in table}
    taken = {company_id(row["Company"]) for row in listed(folder)} | set(corpus.kinds)
    assert not [entity for entity, kind in ids.items() if kind == "investor" and entity in taken], "an investor has the id of another entity"
    return INVESTMENT_FIELDS, table
