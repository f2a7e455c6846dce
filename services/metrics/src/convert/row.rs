use std::sync::Arc;

use figure::{Decimal, Period, Quantity};
use proto::figure::v1 as figure_pb;
use proto::metrics::v1 as pb;
use rpc::{Error, Fields, Reason, Result, read_period, read_quantity};

use crate::claim::{Locator, Note, STATUS_CODES, Statement, Text, WHOLE};
use crate::ingest::{Row, SourceSeries};

/// A row as it came in.
pub(crate) enum Input {
    /// A number without marks, from a block.
    Plain {
        /// Which declared source series it belongs to.
        source_series: i32,
        /// Its period.
        period: Period,
        /// The number.
        number: Decimal,
    },
    /// Any other.
    Full(Box<pb::ClaimInput>),
}

impl Input {
    /// Which declared source series it belongs to.
    pub(crate) fn source_series(&self) -> i32 {
        match self {
            Self::Plain { source_series, .. } => *source_series,
            Self::Full(input) => input.source_series,
        }
    }
}

impl From<pb::ClaimInput> for Input {
    fn from(input: pb::ClaimInput) -> Self {
        Self::Full(Box::new(input))
    }
}

/// Reads one row.
pub(crate) fn read(index: usize, input: &Input, source_series: &Arc<SourceSeries>) -> Result<Row> {
    match input {
        Input::Plain { period, number, .. } => plain(index, (*period, *number), source_series),
        Input::Full(input) => full(index, input, source_series),
    }
}

fn plain(
    index: usize,
    (period, number): (Period, Decimal),
    source_series: &Arc<SourceSeries>,
) -> Result<Row> {
    let quantity = Quantity::exact(number);
    let invalid = || {
        Error::field(
            Reason::NumberInvalid,
            "quantity.number",
            "has too many places",
        )
    };
    Ok(Row {
        index,
        source_series: Arc::clone(source_series),
        period,
        statement: Statement {
            quantity: Some(quantity.ok_or_else(invalid)?),
            ..Statement::withdrawal(first_of(source_series.provenance.nature_class))
        },
        text: None,
    })
}

fn full(index: usize, input: &pb::ClaimInput, source_series: &Arc<SourceSeries>) -> Result<Row> {
    let mut fields = Fields::new();
    let wire_period = input.period.clone().unwrap_or_default();
    let period = fields.take("period", read_period("code", &wire_period.code));
    let role = read_role(&mut fields, wire_period.role);
    let nature = fields.take(
        "",
        read_nature(input.nature, source_series.provenance.nature_class),
    );
    let status = fields.take("", read_status(&input.flags));
    let quantity = match (&input.quantity, input.withdrawn) {
        (Some(quantity), false) => fields.take("quantity", read_quantity(quantity)),
        (None, true) => None,
        (Some(_), true) => {
            fields.refuse(
                Reason::QuantityContradictory,
                "quantity",
                "goes not with `withdrawn`",
            );
            None
        }
        (None, false) => {
            fields.refuse(
                Reason::FieldRequired,
                "quantity",
                "is required unless the row is `withdrawn`",
            );
            None
        }
    };
    let text = input
        .text
        .as_ref()
        .filter(|text| **text != pb::ClaimText::default());
    let text = match text {
        None => Some(None),
        Some(text) => fields.take("text", read_text(text)).map(Box::new).map(Some),
    };
    fields.finish()?;
    let (Some(period), Some(nature), Some(status), Some(text)) = (period, nature, status, text)
    else {
        return Err(Error::invalid(Vec::new()));
    };
    let statement = match quantity {
        None => Statement::withdrawal(nature),
        quantity => Statement {
            quantity,
            nature,
            role,
            approximate: wire_period.approximate,
            status,
        },
    };
    Ok(Row {
        index,
        source_series: Arc::clone(source_series),
        period,
        statement,
        text,
    })
}

fn read_role(fields: &mut Fields, role: i32) -> u8 {
    match figure_pb::PeriodRole::try_from(role) {
        Ok(figure_pb::PeriodRole::Unspecified) => WHOLE,
        Ok(known) => known as u8,
        Err(_) => {
            let message = format!("has no value {role}");
            fields.refuse(Reason::FieldInvalid, "period.role", message);
            WHOLE
        }
    }
}

/// The class a nature belongs to.
fn class_of(nature: figure_pb::Nature) -> pb::NatureClass {
    use figure_pb::Nature as N;
    match nature {
        N::Unspecified => pb::NatureClass::Unspecified,
        N::Actual | N::Estimate => pb::NatureClass::Outturn,
        N::Forecast => pb::NatureClass::Forecast,
        N::Target | N::Commitment => pb::NatureClass::Target,
    }
}

/// The first nature of a class: what a row has that names none.
pub(crate) fn first_of(class: i64) -> u8 {
    let nature = match pb::NatureClass::try_from(class as i32) {
        Ok(pb::NatureClass::Forecast) => figure_pb::Nature::Forecast,
        Ok(pb::NatureClass::Target) => figure_pb::Nature::Target,
        _ => figure_pb::Nature::Actual,
    };
    nature as u8
}

pub(crate) fn read_nature(nature: i32, class: i64) -> Result<u8> {
    let refuse = |message: String| Err(Error::field(Reason::FieldInvalid, "nature", message));
    match figure_pb::Nature::try_from(nature) {
        Err(_) => refuse(format!("has no value {nature}")),
        Ok(figure_pb::Nature::Unspecified) => Ok(first_of(class)),
        Ok(known) if i64::from(class_of(known) as i32) == class => Ok(known as u8),
        Ok(known) => refuse(format!(
            "{} does not belong to the class of the source series",
            known.as_str_name()
        )),
    }
}

pub(crate) fn read_status(flags: &[String]) -> Result<u32> {
    let mut status = 0;
    for (i, flag) in flags.iter().enumerate() {
        let bit = match flag.len() {
            1 => STATUS_CODES.find(flag.as_str()),
            _ => None,
        };
        match bit {
            Some(bit) if status >> bit & 1 == 0 => status |= 1 << bit,
            _ => {
                let message = format!(
                    "`{flag}` is not a status code of its own; the codes are {STATUS_CODES}"
                );
                return Err(Error::field(
                    Reason::FieldInvalid,
                    format!("flags[{i}]"),
                    message,
                ));
            }
        }
    }
    Ok(status)
}

fn read_text(text: &pb::ClaimText) -> Result<Text> {
    let mut fields = Fields::new();
    fields.at_most("locators", text.locators.len(), 20);
    fields.at_most("notes", text.notes.len(), 20);
    for (i, locator) in text.locators.iter().enumerate() {
        let path = |field: &str| format!("locators[{i}].{field}");
        fields.text(&path("place"), &locator.place, 200);
        fields.text(&path("quote"), &locator.quote, 300);
        if locator.quote.split_whitespace().count() > 25 {
            fields.refuse(
                Reason::FieldInvalid,
                path("quote"),
                "has more than 25 words; quote less",
            );
        }
        fields.optional_name(&path("part"), "entities", &locator.part);
    }
    for (i, note) in text.notes.iter().enumerate() {
        fields.text(&format!("notes[{i}].path"), &note.path, 100);
        fields.text(&format!("notes[{i}].text"), &note.text, 1000);
        if figure_pb::Basis::try_from(note.basis).is_err() {
            fields.refuse(
                Reason::FieldInvalid,
                format!("notes[{i}].basis"),
                format!("has no value {}", note.basis),
            );
        }
    }
    fields.text("base", &text.base, 300);
    let comparator = fields.optional_name("comparator", "entities", &text.comparator);
    fields.text("restates", &text.restates, 100);
    fields.text("key", &text.key, 100);
    let comparator = comparator.unwrap_or_default().to_owned();
    fields.finish()?;
    Ok(Text {
        locators: text.locators.iter().map(locator).collect(),
        notes: text.notes.iter().map(note).collect(),
        base: text.base.clone(),
        comparator,
        restates: text.restates.clone(),
        key: text.key.clone(),
        as_published: String::new(),
    })
}

fn locator(locator: &pb::Locator) -> Locator {
    Locator {
        place: locator.place.clone(),
        quote: locator.quote.clone(),
        part: locator
            .part
            .strip_prefix("entities/")
            .unwrap_or_default()
            .to_owned(),
    }
}

fn note(note: &figure_pb::Note) -> Note {
    Note {
        path: note.path.clone(),
        basis: note.basis,
        ambiguous: note.ambiguous,
        text: note.text.clone(),
    }
}
