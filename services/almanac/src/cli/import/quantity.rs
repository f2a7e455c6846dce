//! Quantities from rows: a mapping gives their parts apart, the contract takes one of a
//! number, a range, a trend and a reason.

use figure::{Bound, Fault, FaultKind, Missing, QuantityDraft, Trend};
use proto::figure::v1::quantity::Value;
use proto::figure::v1::{self as pb, Quantity};

use super::reader::{Reader, no_value};
use super::section::Section;

/// The fields of a mapping that a quantity is read from.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    bound: &'static str,
    number: &'static str,
    upper: &'static str,
}

/// The figure of a claim.
pub const FIGURE: Fields = Fields {
    bound: "bound",
    number: "number",
    upper: "upper",
};

/// The share of a relation.
pub const SHARE: Fields = Fields {
    bound: "share_bound",
    number: "share",
    upper: "share_upper",
};

/// A bound as a mapping writes it.
pub fn word(bound: Bound) -> &'static str {
    match bound {
        Bound::Exact => "exact",
        Bound::About => "about",
        Bound::Nearly => "nearly",
        Bound::GreaterThan => "greater-than",
        Bound::AtLeast => "at-least",
        Bound::LessThan => "less-than",
        Bound::AtMost => "at-most",
        Bound::Between => "between",
        Bound::None => "none",
    }
}

/// Bounds as a mapping writes them: `exact` where a person reads "exactly".
pub fn as_mapped(message: &str) -> String {
    Bound::ALL
        .iter()
        .fold(message.to_owned(), |message, bound| {
            let word = word(*bound);
            message.replace(&format!("\"{}\"", bound.words()), &format!("`{word}`"))
        })
}

/// Reads a quantity; what contradicts itself in it is refused.
pub fn build(reader: &mut Reader, section: &Section, fields: Fields) -> Quantity {
    let before = reader.refusals();
    let draft = draft(reader, section, fields);
    if reader.refusals() > before {
        return Quantity::default();
    }
    if is_plain(&draft) {
        // The most common of all, which the server checks.
        return Quantity {
            bound: draft.bound.map_or(0, |bound| i32::from(bound as u8)),
            value: Some(Value::Number(draft.number)),
            multiplier: draft.multiplier,
            as_published: draft.as_published,
        };
    }
    if let Some((reason, message)) = misused(&draft) {
        reader.refuse_field(section, fields.upper, reason, message);
        return Quantity::default();
    }
    match draft.build() {
        Ok(quantity) => rpc::write_quantity(&quantity),
        Err(faults) => {
            for fault in &faults {
                refuse(reader, section, (fields, fault));
            }
            Quantity::default()
        }
    }
}

fn draft(reader: &mut Reader, section: &Section, fields: Fields) -> QuantityDraft {
    let trend = |word: &str| pb::Trend::from_str_name(word).map(|code| code as i32);
    let missing = |word: &str| pb::MissingReason::from_str_name(word).map(|code| code as i32);
    let bound = bound(reader, section, fields.bound);
    let trend = reader.code(section, "trend", "TREND_", trend);
    let missing = reader.code(section, "missing", "MISSING_REASON_", missing);
    QuantityDraft {
        bound,
        number: reader.text(section, fields.number),
        upper: reader.text(section, fields.upper),
        lower_exclusive: reader.truth(section, "lower_exclusive"),
        upper_exclusive: reader.truth(section, "upper_exclusive"),
        multiplier: reader.number(section, "multiplier"),
        as_published: reader.text(section, "as_published"),
        trend: coded(trend).and_then(|code| Trend::try_from(code).ok()),
        missing: coded(missing).and_then(|code| Missing::try_from(code).ok()),
    }
}

fn bound(reader: &mut Reader, section: &Section, field: &str) -> Option<Bound> {
    let text = reader.text(section, field);
    if text.is_empty() {
        return None;
    }
    let written = text.to_lowercase().replace(['_', ' '], "-");
    let written = written.strip_prefix("bound-").unwrap_or(&written);
    let mut bounds = Bound::ALL.iter().copied();
    let found = bounds.find(|bound| word(*bound) == written);
    if found.is_none() {
        let words: Vec<_> = Bound::ALL.iter().map(|bound| word(*bound)).collect();
        let message = no_value(&text, field, &words);
        reader.refuse_field(section, field, "FIELD_INVALID", message);
    }
    found
}

/// The code of a value that is set.
fn coded(number: i32) -> Option<u8> {
    u8::try_from(number).ok().filter(|code| *code > 0)
}

/// Whether it is a number and nothing else.
fn is_plain(draft: &QuantityDraft) -> bool {
    let ranged = matches!(draft.bound, Some(Bound::Between | Bound::None))
        || !draft.upper.is_empty()
        || draft.lower_exclusive
        || draft.upper_exclusive;
    !draft.number.is_empty() && !ranged && draft.trend.is_none() && draft.missing.is_none()
}

/// What is said best in the words of the file.
fn misused(draft: &QuantityDraft) -> Option<(&'static str, String)> {
    let (lower, upper) = (&draft.number, &draft.upper);
    if upper.is_empty() {
        return None;
    }
    if draft.bound != Some(Bound::Between) {
        let message = format!("`upper` is {upper}, so `bound` must be `between`");
        return Some(("QUANTITY_CONTRADICTORY", message));
    }
    let ends = [lower, upper].map(|number| number.parse::<figure::Decimal>().ok());
    match ends {
        [Some(low), Some(high)] if high < low => {
            let message = format!("upper {upper} is below lower {lower}");
            Some(("BOUNDS_REVERSED", message))
        }
        _ => None,
    }
}

fn refuse(reader: &mut Reader, section: &Section, (fields, fault): (Fields, &Fault)) {
    let reason = match fault.kind {
        FaultKind::NumberInvalid => "NUMBER_INVALID",
        FaultKind::BoundsReversed => "BOUNDS_REVERSED",
        FaultKind::Contradictory => "QUANTITY_CONTRADICTORY",
        FaultKind::OutOfRange => "FIELD_INVALID",
    };
    let field = match fault.field {
        "number" => fields.number,
        "upper" => fields.upper,
        "bound" => fields.bound,
        field => field,
    };
    // What is missing may have no rule; then its neighbours are shown.
    let fields = [field, fields.number, fields.bound, "as_published"];
    let ruled = fields
        .into_iter()
        .find(|field| section.rule(field).is_some());
    let message = as_mapped(&fault.message);
    reader.refuse_field(section, ruled.unwrap_or(field), reason, message);
}

#[cfg(test)]
mod tests {
    use super::super::mapping::tests::claim_of;
    use super::*;

    const MAPPING: &str = r#"
[[claims]]
release = "r"
indicator = "i"
entity = "e"
period = "2018"
unit = "usd"
bound = "{bound}"
number = "{number}"
upper = "{upper}"
multiplier = "{power}"
as_published = "{printed}"
trend = "{trend}"
missing = "{missing}"
lower_exclusive = "{above}"
withdrawn = "{gone}"
"#;

    const COLUMNS: [&str; 9] = [
        "bound", "number", "upper", "power", "printed", "trend", "missing", "above", "gone",
    ];

    /// The figure of a row of which these columns are filled, or the reasons of its refusal.
    fn read(filled: &[(&'static str, &'static str)]) -> Result<Option<Quantity>, Vec<String>> {
        let cell = |column: &'static str| {
            let found = filled.iter().find(|(name, _)| *name == column);
            (column, found.map_or("", |(_, cell)| *cell))
        };
        let stated = claim_of(MAPPING, &COLUMNS.map(cell));
        let reason = |refusal: super::super::reader::Refusal| refusal.reason;
        match stated {
            Ok(stated) => Ok(stated.input.quantity),
            Err(refusals) => Err(refusals.into_iter().map(reason).collect()),
        }
    }

    fn value(filled: &[(&'static str, &'static str)]) -> Option<Value> {
        read(filled)
            .expect("it is good")
            .and_then(|read| read.value)
    }

    #[test]
    fn a_figure_is_a_number_a_range_a_trend_or_a_reason() {
        let number = read(&[("bound", "at-least"), ("number", "5.0"), ("power", "6")]);
        let number = number.expect("it is good").expect("a figure");
        assert_eq!(number.bound(), pb::Bound::AtLeast);
        assert_eq!(number.value, Some(Value::Number("5.0".to_owned())));
        assert_eq!(number.multiplier, 6);
        let range = [
            ("bound", "between"),
            ("number", "2"),
            ("upper", "3.50"),
            ("above", "yes"),
        ];
        let ends = pb::Range {
            lower: "2".to_owned(),
            upper: "3.50".to_owned(),
            lower_exclusive: true,
            upper_exclusive: false,
        };
        assert_eq!(value(&range), Some(Value::Range(ends)));
        let trend = value(&[("trend", "higher")]);
        assert_eq!(trend, Some(Value::Trend(pb::Trend::Higher as i32)));
        let missing = value(&[("bound", "none"), ("missing", "suppressed")]);
        let suppressed = pb::MissingReason::Suppressed as i32;
        assert_eq!(missing, Some(Value::Missing(suppressed)));
        assert_eq!(value(&[("bound", "none"), ("printed", "some")]), None);
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_a_reason() {
        let contradictory = "QUANTITY_CONTRADICTORY";
        let cases: [(&[(&str, &str)], &str); 7] = [
            (&[("number", "1"), ("upper", "2")], contradictory),
            (&[("number", "1"), ("trend", "higher")], contradictory),
            (
                &[("trend", "higher"), ("missing", "suppressed")],
                contradictory,
            ),
            (&[("number", "1"), ("above", "yes")], contradictory),
            (
                &[("bound", "between"), ("number", "2"), ("upper", "1")],
                "BOUNDS_REVERSED",
            ),
            (&[("bound", "about")], "NUMBER_INVALID"),
            (&[("bound", "exactly"), ("number", "1")], "FIELD_INVALID"),
        ];
        for (filled, reason) in cases {
            assert_eq!(read(filled), Err(vec![reason.to_owned()]), "{filled:?}");
        }
    }

    #[test]
    fn a_withdrawn_figure_needs_no_number() {
        assert_eq!(read(&[("gone", "yes"), ("bound", "about")]), Ok(None));
    }

    #[test]
    fn bounds_are_told_as_a_mapping_writes_them() {
        assert_eq!(
            as_mapped("needs the bound \"between\", not \"more than\""),
            "needs the bound `between`, not `greater-than`"
        );
    }
}
