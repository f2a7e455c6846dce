//! What stands at the steps of a value axis.

use figure::Decimal;

use super::scale::{Tenths, ValueScale};
use super::text::width;

/// The steps of an axis with their labels.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Axis {
    pub(super) ticks: Vec<(String, Tenths)>,
    /// What the labels are to be multiplied by: "×10⁹"; empty for nothing.
    pub(super) power: String,
}

impl Axis {
    /// Labels in units of a power of ten. Where one is wider than `room`, all are divided by
    /// the power of a thousand that makes them shortest, and the axis says so.
    pub(super) fn new(scale: &ValueScale, multiplier: u8, room: Tenths) -> Self {
        let ticks = scale.ticks();
        let labelled = |power: i32| {
            let label = |value: &Decimal| label(value, i32::from(multiplier) + power);
            ticks.iter().map(label).collect::<Vec<_>>()
        };
        let widest = |power: &i32| labelled(*power).iter().map(|text| width(text)).max();
        let powers = (-40..=60).map(|count| 3 * count);
        let power = match widest(&0) {
            Some(wide) if wide > room => powers.min_by_key(widest).unwrap_or_default(),
            _ => 0,
        };
        let places = ticks.iter().map(|value| scale.at(value));
        Self {
            ticks: labelled(power).into_iter().zip(places).collect(),
            power: if power == 0 {
                String::new()
            } else {
                format!("×10{}", raised(power))
            },
        }
    }

    /// Width of the widest label.
    pub(super) fn width(&self) -> Tenths {
        let labels = self.ticks.iter().map(|(text, _)| width(text));
        labels.max().unwrap_or_default()
    }
}

fn label(value: &Decimal, power: i32) -> String {
    let value = value.shift(-power).normalized();
    value.grouped(',').replace('-', "−")
}

fn raised(power: i32) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let sign = if power < 0 { "⁻" } else { "" };
    let raise = |digit: u8| digits[usize::from(digit - b'0') % 10];
    let raised: String = power
        .unsigned_abs()
        .to_string()
        .bytes()
        .map(raise)
        .collect();
    format!("{sign}{raised}")
}
