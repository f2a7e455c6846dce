//! What a mapping may say of each kind of record: the one list of its keys.

/// Fields and groups of a record.
#[derive(Debug)]
pub struct Shape {
    /// Keys that are rules.
    pub fields: &'static [&'static str],
    /// Keys that are records of their own, any number of each.
    pub groups: &'static [(&'static str, &'static Shape)],
    /// The field that `split` splits, and without which the record is left out.
    pub main: &'static str,
}

/// An entity.
pub const ENTITY: Shape = Shape {
    fields: &["id", "kind", "placeholder", "record_status"],
    groups: &[
        ("names", &NAME),
        ("identifiers", &IDENTIFIER),
        ("attributes", &ATTRIBUTE),
        ("lifecycle", &LIFECYCLE),
        ("sources", &SOURCE),
        ("notes", &NOTE),
    ],
    main: "",
};

const NAME: Shape = leaf("text", &["text", "language", "type", "source", "period"]);
const IDENTIFIER: Shape = leaf("value", &["scheme", "value", "source"]);
const ATTRIBUTE: Shape = leaf("value", &["key", "value", "source", "period"]);
const LIFECYCLE: Shape = leaf(
    "state",
    &["state", "since", "until", "attested", "event", "source"],
);
const SOURCE: Shape = leaf("source", &["source", "locator", "quote"]);
const NOTE: Shape = leaf("text", &["path", "basis", "ambiguous", "text"]);
const BREAKDOWN: Shape = leaf("code", &["id", "code"]);
const LOCATOR: Shape = leaf("", &["place", "quote", "part"]);

/// A relation.
pub const RELATION: Shape = Shape {
    fields: &[
        "id",
        "subject",
        "predicate",
        "object",
        "role",
        "since",
        "until",
        "since_approximate",
        "as_of",
        "share",
        "share_bound",
        "share_upper",
        "basis",
        "source",
        "locator",
        "quote",
    ],
    groups: &[("notes", &NOTE)],
    main: "",
};

/// A release.
pub const RELEASE: Shape = leaf(
    "",
    &[
        "id",
        "source",
        "title",
        "publisher",
        "authors",
        "url",
        "published",
        "published_basis",
        "reference",
        "reference_basis",
        "licence",
        "retrieved",
        "digest",
        "interest",
        "language",
        "coverage",
        "scope",
        "note",
    ],
);

/// A claim.
pub const CLAIM: Shape = Shape {
    fields: &[
        "release",
        "indicator",
        "entity",
        "counterpart",
        "period",
        "role",
        "approximate",
        "unit",
        "originator",
        "nature",
        "bound",
        "number",
        "upper",
        "lower_exclusive",
        "upper_exclusive",
        "multiplier",
        "as_published",
        "trend",
        "missing",
        "flags",
        "withdrawn",
        "base",
        "comparator",
        "restates",
        "key",
    ],
    groups: &[
        ("breakdown", &BREAKDOWN),
        ("locators", &LOCATOR),
        ("notes", &NOTE),
    ],
    main: "",
};

const fn leaf(main: &'static str, fields: &'static [&'static str]) -> Shape {
    Shape {
        fields,
        groups: &[],
        main,
    }
}
