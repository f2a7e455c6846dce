"""Research organisations of Beijing from the Research Organization Registry."""

import gzip
import json
import re

from tables.reading import Corpus, others, slug

CITY = "Beijing"

# Organisations that the articles name too.
CORPUS = {
    "0385nmy68": "miit",
    "01xp57w77": "beijing-municipal-government",
    "034k14f91": "beijing-municipal-science-and-technology-commission",
    "049wsmj07": "sensetime",
}

# Relationship of ROR: predicate, and whether the organisation itself is the subject.
PREDICATES = {"parent": ("subordinate-to", True), "child": ("subordinate-to", False), "related": ("related-to", True)}

# Chinese names of a record that are not those of the organisation: of an institute of it, of
# its web page, of another body at the same address.
STRANGE = ["中国水产科学研究院东海水产研究所", "三菱电机（中国）官方网站", "中国科学技术发展战略研究院"]
# Names that it had before.
FORMER = ["中华人民共和国环境保护部"]
# Names in traditional characters.
TRADITIONAL = ["中國船級社"]

FIELDS = ["id", "kind", "name", "name_language", "name_zh", "former_zh", "traditional_zh", "aliases_en", "aliases_zh", "aliases", "acronyms", "zh",
          "ror", "wikidata", "website", "domains", "types", "established", "status"]
RELATION_FIELDS = ["subject", "predicate", "object"]


def records(folder):
    """Those of the city, in order of their ids."""
    with gzip.open(folder / "ror-sample" / "ror_records_v2.jsonl.gz", "rt", encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    places = lambda record: [place["geonames_details"]["name"] for place in record["locations"]]
    return [record for record in found if CITY in places(record)]


def bare(ror):
    return ror.rsplit("/", 1)[-1]


def shown(record):
    """The name that ROR shows, without the country it adds to names of companies."""
    name = next(name for name in record["names"] if "ror_display" in name["types"])
    return name["value"], re.sub(r" \(China\)$", "", name["value"]), name["lang"] or ""


def entity_id(record):
    return CORPUS.get(bare(record["id"])) or slug(shown(record)[1])


def names_in(record, language, sort=None):
    names = [name for name in record["names"] if (name["lang"] or "").split("-")[0] == language]
    return [name["value"] for name in names if sort is None or sort in name["types"]]


def chinese_tag(names):
    """ROR says `zh`; what fits into GB 2312 is written in simplified characters."""
    try:
        "".join(names).encode("gb2312")
    except UnicodeEncodeError:
        return "zh"
    return "zh-Hans"


def organisation(corpus, record):
    entity = entity_id(record)
    whole, name, language = shown(record)
    is_company = "company" in record["types"]
    known = corpus.knows(entity)
    acronyms = [one["value"] for one in record["names"] if "acronym" in one["types"]]
    set_apart = [*STRANGE, *FORMER, *TRADITIONAL]
    chinese = [one for one in names_in(record, "zh") if one not in acronyms and one not in set_apart]
    display_zh = next((one for one in names_in(record, "zh", "label") if one not in set_apart), "")
    among = lambda listed: "|".join(one for one in names_in(record, "zh") if one in listed)
    wikidata = [one["preferred"] or one["all"][0] for one in record["external_ids"] if one["type"] == "wikidata"]
    keep = lambda names: "|".join(corpus.new(entity, [one for one in others(names, name) if one not in acronyms]))
    rest = [one["value"] for one in record["names"] if (one["lang"] or "") not in ("en", "zh") and one["value"] != whole]
    return {
        "id": entity, "kind": corpus.kinds.get(entity) or ("company" if is_company else "research-organisation"),
        "name": "" if known else name, "name_language": language or "en", "name_zh": "" if known else display_zh,
        "former_zh": among(FORMER), "traditional_zh": among(TRADITIONAL),
        "aliases_en": keep([*names_in(record, "en"), whole]), "aliases_zh": "|".join(corpus.new(entity, others(chinese, "" if known else display_zh))),
        "aliases": keep(rest), "acronyms": "|".join(corpus.new(entity, others(acronyms, ""))), "zh": chinese_tag(chinese),
        "ror": bare(record["id"]), "wikidata": wikidata[0] if wikidata else "",
        "website": next((link["value"] for link in record["links"] if link["type"] == "website"), ""),
        "domains": "|".join(record["domains"]), "types": "|".join(record["types"]),
        "established": record["established"] or "", "status": record["status"],
    }


def organisations(folder):
    corpus = Corpus(folder)
    table = [organisation(corpus, record) for record in records(folder)]
    assert len({row["id"] for row in table}) == len(table), "two organisations have one id"
    return FIELDS, table


def relations(folder):
    """Relationships with both ends here, each once, and how many have an end elsewhere."""
    found = records(folder)
    ids = {record["id"]: entity_id(record) for record in found}
    kept, dangling = set(), 0
    for record in found:
        for link in record["relationships"]:
            if link["id"] not in ids:
                dangling += 1
                continue
            predicate, is_subject = PREDICATES[link["type"]]
            ends = [ids[record["id"]], ids[link["id"]]]
            if predicate == "related-to":
                ends.sort()
            elif not is_subject:
                ends.reverse()
            kept.add((ends[0], predicate, ends[1]))
    table = [dict(zip(RELATION_FIELDS, relation, strict=True)) for relation in sorted(kept)]
    return RELATION_FIELDS, table, dangling
