//! A figure as it is stored: a number, its upper end, and everything else in one integer.

use figure::{Bound, Decimal, Missing, Quantity, QuantityParts, Trend};
use serde::{Deserialize, Serialize};

/// What a claim says besides period and source series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The figure; nothing in a withdrawal.
    pub quantity: Option<Quantity>,
    /// Kind of statement, as numbered in the contract.
    pub nature: u8,
    /// Role of the period, as numbered in the contract, [`WHOLE`] in most.
    pub role: u8,
    /// The source says "around" of the period.
    pub approximate: bool,
    /// Status codes as a set of bits over [`STATUS_CODES`].
    pub status: u32,
}

/// The role of a period that a figure covers as a whole.
pub const WHOLE: u8 = 1;

/// Status codes of SDMX's CL_OBS_STATUS; the place in the list is the bit.
pub const STATUS_CODES: &str = "ABDEFGHIJKLMNOPQSUVW";

impl Statement {
    /// A withdrawal.
    pub fn withdrawal(nature: u8) -> Self {
        Self {
            quantity: None,
            nature,
            role: WHOLE,
            approximate: false,
            status: 0,
        }
    }

    /// Whether two claims say the same: number, bound and flags. How a number is spelled
    /// does not matter.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let marks = |s: &Self| (s.nature, s.role, s.approximate, s.status);
        match (&self.quantity, &other.quantity) {
            (None, None) => true,
            (Some(a), Some(b)) => a.same_statement(b) && marks(self) == marks(other),
            _ => false,
        }
    }

    /// Whether it takes back what stood before.
    pub fn is_withdrawal(&self) -> bool {
        self.quantity.is_none()
    }
}

const MULTIPLIER: u32 = 6;
const TREND: u32 = 11;
const MISSING: u32 = 14;
const WITHDRAWN: u32 = 17;
const NATURE: u32 = 18;
const ROLE: u32 = 21;
const APPROXIMATE: u32 = 23;
const STATUS: u32 = 24;

/// The integer that a measured, exact number without marks has: most of all rows.
pub const PLAIN: i64 = Bound::Exact as i64 | 1 << NATURE | (WHOLE as i64) << ROLE;

/// The three columns of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Bound, marks and status in one integer.
    pub flags: i64,
    /// The number, spelled as it came.
    pub value: Option<Decimal>,
    /// The upper end of a range.
    pub upper: Option<Decimal>,
}

impl From<&Statement> for Columns {
    fn from(statement: &Statement) -> Self {
        let bit = |on: bool, place: u32| i64::from(on) << place;
        let mut flags = i64::from(statement.nature) << NATURE
            | i64::from(statement.role) << ROLE
            | bit(statement.approximate, APPROXIMATE)
            | i64::from(statement.status) << STATUS;
        let Some(quantity) = &statement.quantity else {
            return Self {
                flags: flags | 1 << WITHDRAWN,
                value: None,
                upper: None,
            };
        };
        flags |= quantity.bound() as i64
            | bit(quantity.lower_exclusive(), 4)
            | bit(quantity.upper_exclusive(), 5)
            | i64::from(quantity.multiplier()) << MULTIPLIER
            | quantity.trend().map_or(0, |t| t as i64) << TREND
            | quantity.missing().map_or(0, |m| m as i64) << MISSING;
        Self {
            flags,
            value: quantity.number(),
            upper: quantity.upper(),
        }
    }
}

impl Columns {
    /// The number, where it is measured, exact and without marks, as most are.
    pub fn plain(&self) -> Option<Decimal> {
        self.value
            .filter(|_| self.flags == PLAIN && self.upper.is_none())
    }

    /// Whether two claims say the same, as [`Statement::says_the_same`] does. Figures in words
    /// never do here: their words are kept elsewhere.
    pub fn says_the_same(&self, other: &Self) -> bool {
        if self.is_worded() || other.is_worded() {
            return false;
        }
        if self.flags == other.flags {
            return self.value == other.value && self.upper == other.upper;
        }
        let (a, b) = (self.statement(None), other.statement(None));
        matches!((a, b), (Ok(a), Ok(b)) if a.says_the_same(&b))
    }

    /// Whether it takes back what stood before.
    pub fn is_withdrawn(&self) -> bool {
        self.flags >> WITHDRAWN & 1 == 1
    }

    /// Whether it is said in words alone, which are kept elsewhere.
    pub fn is_worded(&self) -> bool {
        let otherwise = 7 << TREND | 7 << MISSING | 1 << WITHDRAWN;
        self.value.is_none() && self.flags & otherwise == 0
    }

    /// The statement that these columns hold, with the text as published where it is kept.
    pub fn statement(&self, as_published: Option<String>) -> rpc::Result<Statement> {
        let part = |place: u32, bits: u32| ((self.flags >> place) & ((1 << bits) - 1)) as u8;
        let bit = |place: u32| part(place, 1) == 1;
        let quantity = if bit(WITHDRAWN) {
            None
        } else {
            let bound = Bound::try_from(part(0, 4)).map_err(rpc::Error::internal)?;
            // A figure may be nothing but its printed text, which is kept elsewhere and not
            // at hand everywhere.
            let as_published = as_published.or_else(|| (bound == Bound::None).then(String::new));
            let parts = QuantityParts {
                bound,
                number: self.value,
                upper: self.upper,
                lower_exclusive: bit(4),
                upper_exclusive: bit(5),
                multiplier: part(MULTIPLIER, 5),
                as_published,
                trend: Trend::try_from(part(TREND, 3)).ok(),
                missing: Missing::try_from(part(MISSING, 3)).ok(),
            };
            Some(Quantity::from_parts(parts).map_err(|faults| {
                rpc::Error::internal(anyhow::anyhow!("stored claim cannot be read: {faults:?}"))
            })?)
        };
        Ok(Statement {
            quantity,
            nature: part(NATURE, 3),
            role: part(ROLE, 2),
            approximate: bit(APPROXIMATE),
            status: ((self.flags >> STATUS) & 0xf_ffff) as u32,
        })
    }
}

/// What only figures read by a person have.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Text {
    /// Where the source prints it.
    pub locators: Vec<Locator>,
    /// Remarks.
    pub notes: Vec<Note>,
    /// What it is compared with, in the words of the source.
    pub base: String,
    /// Comparator or scope, an entity.
    pub comparator: String,
    /// Key of the figure it restates.
    pub restates: String,
    /// Key in the material it was read from.
    pub key: String,
    /// The figure as printed.
    pub as_published: String,
}

/// A place in a source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Locator {
    /// Page, table, cell or heading.
    pub place: String,
    /// The words of the source.
    pub quote: String,
    /// The part of the source that has it.
    pub part: String,
}

/// A remark about one part of a claim.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Note {
    /// The field it is about.
    pub path: String,
    /// On what that rests, as numbered in the contract.
    pub basis: i32,
    /// It can be read in more than one way.
    pub ambiguous: bool,
    /// The remark.
    pub text: String,
}

impl Text {
    /// Whether a claim with it would be too large to be answered.
    pub fn is_too_large(&self) -> bool {
        // Tags, lengths and the collection of a name around each text.
        const FRAME: usize = 32;
        const LARGEST: usize = (3 << 20) - 4096;
        let locators = self.locators.iter();
        let locators = locators.map(|at| at.place.len() + at.quote.len() + at.part.len());
        let notes = self.notes.iter();
        let notes = notes.map(|note| note.path.len() + note.text.len());
        let bytes = locators.chain(notes).map(|bytes| bytes + FRAME);
        bytes.sum::<usize>() > LARGEST
    }

    /// Whether there is anything to keep.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
