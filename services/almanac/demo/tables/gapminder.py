"""Indicators of Gapminder's Systema Globalis: whose figures they are, and the figures."""

from tables.reading import rows

COMMIT = "c63631abeb62af6db3910f68be7c2b443beca50b"
DATE = "2026-03-01"
REPOSITORY = "https://github.com/open-numbers/ddf--gapminder--systema_globalis"

# Concept of Gapminder, by indicator.
INDICATORS = {
    "internet-user-share": "internet_users",
    "fixed-broadband-subscriptions": "broadband_subscribers",
    "fixed-broadband-per-100-people": "broadband_subscribers_per_100_people",
    "mobile-subscriptions": "cell_phones_total",
    "mobile-subscriptions-per-100-people": "cell_phones_per_100_people",
    "personal-computers": "personal_computers_total",
    "personal-computers-per-100-people": "personal_computers_per_100_people",
    "patent-applications": "patent_applications_total",
    "patents-granted": "patents_granted_total",
    "patents-in-force": "patents_in_force_total",
    "high-technology-export-share": "high_technology_exports_percent_of_manufactured_exports",
    "exports-share-of-gdp": "exports_percent_of_gdp",
    "services-share-of-gdp": "services_percent_of_gdp",
    "gdp-constant-2015-usd": "total_gdp_us_inflation_adjusted",
    "gdp-per-person-constant-2015-usd": "gdppercapita_us_inflation_adjusted",
}

# Who first published the figures, by the beginning of the address that Gapminder names.
UPSTREAM = {
    "https://data.worldbank.org/": "world-development-indicators",
    "https://www3.wipo.int/": "wipo-ip-statistics",
    "https://data.un.org": "undata",
}

FIELDS = ["indicator", "concept", "title", "originator", "source", "source_url", "url", "date"]


def data_file(concept):
    return f"ddf--datapoints--{concept}--by--geo--time.csv"


def files(folder):
    """The files as they are, by the name they get here."""
    for indicator, concept in INDICATORS.items():
        yield f"gapminder_{indicator}.csv", folder / "gapminder-systema-globalis" / "datapoints" / data_file(concept)


def releases(folder):
    concepts = {row["concept"]: row for row in rows(folder / "gapminder-systema-globalis" / "ddf--concepts.csv")}
    table = []
    for indicator, concept in INDICATORS.items():
        row = concepts[concept]
        originator = next(entity for start, entity in UPSTREAM.items() if row["source_url"].startswith(start))
        table.append({
            "indicator": indicator, "concept": concept, "title": row["name"], "originator": originator, "source": row["source"],
            "source_url": row["source_url"], "url": f"{REPOSITORY}/blob/{COMMIT}/countries-etc-datapoints/{data_file(concept)}", "date": DATE,
        })
    return FIELDS, table
