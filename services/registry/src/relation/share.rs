use figure::{Bound, Missing, Quantity, QuantityDraft, Trend};
use serde::{Deserialize, Serialize};

/// The share held, with bounds, as a percentage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) struct Share(pub Quantity);

/// A quantity in a stored record; codes are those of the model, 0 for none.
#[derive(Serialize, Deserialize)]
struct Stored {
    bound: u8,
    number: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    upper: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    lower_exclusive: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    upper_exclusive: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    multiplier: u8,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    as_published: String,
    #[serde(default, skip_serializing_if = "is_zero")]
    trend: u8,
    #[serde(default, skip_serializing_if = "is_zero")]
    missing: u8,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

impl From<Share> for Stored {
    fn from(Share(quantity): Share) -> Self {
        let text =
            |number: Option<figure::Decimal>| number.map(|n| n.to_string()).unwrap_or_default();
        Self {
            bound: quantity.bound() as u8,
            number: text(quantity.number()),
            upper: text(quantity.upper()),
            lower_exclusive: quantity.lower_exclusive(),
            upper_exclusive: quantity.upper_exclusive(),
            multiplier: quantity.multiplier(),
            as_published: quantity.as_published().unwrap_or_default().to_owned(),
            trend: quantity.trend().map_or(0, |trend| trend as u8),
            missing: quantity.missing().map_or(0, |missing| missing as u8),
        }
    }
}

impl TryFrom<Stored> for Share {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Self, String> {
        let draft = QuantityDraft {
            bound: Bound::try_from(stored.bound).ok(),
            number: stored.number,
            upper: stored.upper,
            lower_exclusive: stored.lower_exclusive,
            upper_exclusive: stored.upper_exclusive,
            multiplier: i32::from(stored.multiplier),
            as_published: stored.as_published,
            trend: Trend::try_from(stored.trend).ok(),
            missing: Missing::try_from(stored.missing).ok(),
        };
        let faults = |faults: Vec<figure::Fault>| {
            let texts: Vec<_> = faults.iter().map(ToString::to_string).collect();
            texts.join("; ")
        };
        draft.build().map(Self).map_err(faults)
    }
}
