//! Colours that can be told apart, from the paper and from each other.

use crate::chart::layout::AGES;
use crate::chart::palette::{STYLE, dark, light, print};

type Colour = [f64; 3];

/// The share of light of each channel.
fn light_of(hex: &str) -> Colour {
    let hex = hex.trim_start_matches('#');
    let hex: String = if hex.len() == 3 {
        hex.chars().flat_map(|one| [one, one]).collect()
    } else {
        hex.to_owned()
    };
    let channel = |from: usize| {
        let value = f64::from(u8::from_str_radix(&hex[from..from + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    [channel(0), channel(2), channel(4)]
}

fn luminance(colour: Colour) -> f64 {
    0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]
}

/// The contrast of two colours as WCAG 2 defines it.
fn contrast(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn themes() -> [(&'static str, Vec<(&'static str, &'static str)>); 3] {
    [("light", light()), ("dark", dark()), ("print", print())]
}

fn named(theme: &[(&str, &str)], name: &str) -> Colour {
    light_of(
        theme
            .iter()
            .find(|(one, _)| *one == name)
            .unwrap_or_else(|| panic!("{name}"))
            .1,
    )
}

#[test]
fn marks_and_texts_stand_out_from_the_paper_in_every_theme() {
    for (name, theme) in themes() {
        let paper = named(&theme, "paper");
        // Lines are named in their colours.
        for text in ["ink", "quiet", "c0", "c1", "c2", "c3", "c4", "c5"] {
            let contrast = contrast(named(&theme, text), paper);
            assert!(contrast >= 4.5, "{text} in {name}: {contrast}");
        }
        for mark in ["muted", "bracket"] {
            let contrast = contrast(named(&theme, mark), paper);
            assert!(contrast >= 3.0, "{mark} in {name}: {contrast}");
        }
    }
}

#[test]
fn the_oldest_vintage_is_pale_but_can_be_seen() {
    let shade = |age: usize| {
        let rule = STYLE
            .split_once(&format!("svg .age{age}{{stroke-opacity:"))
            .unwrap()
            .1;
        rule.split_once(';').unwrap().0.parse::<f64>().unwrap()
    };
    for (name, theme) in themes() {
        let [paper, ink] =
            ["paper", "ink"].map(|one| theme.iter().find(|(name, _)| *name == one).unwrap().1);
        let mixed = |opacity: f64| {
            let channel = |hex: &str, from: usize| {
                let hex: String = if hex.len() == 4 {
                    hex[1..].chars().flat_map(|one| [one, one]).collect()
                } else {
                    hex[1..].to_owned()
                };
                f64::from(u8::from_str_radix(&hex[from..from + 2], 16).unwrap())
            };
            let mix = |from| {
                (channel(ink, from) * opacity + channel(paper, from) * (1.0 - opacity)).round()
                    as u8
            };
            light_of(&format!("{:02x}{:02x}{:02x}", mix(0), mix(2), mix(4)))
        };
        let contrasts: Vec<_> = (1..=AGES)
            .map(|age| contrast(mixed(shade(age)), light_of(paper)))
            .collect();
        assert!(contrasts[0] >= 3.0, "{name}: {contrasts:?}");
        assert!(contrasts.is_sorted(), "{name}: {contrasts:?}");
    }
}

/// How colours look to those who lack one kind of cone (Machado, Oliveira, Fernandes 2009).
const SIGHTS: [(&str, [[f64; 3]; 3]); 4] = [
    (
        "all cones",
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    ),
    (
        "no M cones",
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_82, 0.042_94, 0.968_881],
        ],
    ),
    (
        "no L cones",
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
    ),
    (
        "no S cones",
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_9],
        ],
    ),
];

/// Lightness and two opponent colours (CIE 1976 L*a*b*).
fn lab(colour: Colour) -> Colour {
    let [r, g, b] = colour;
    let root = |value: f64| {
        if value > 0.008_856 {
            value.cbrt()
        } else {
            7.787 * value.max(0.0) + 16.0 / 116.0
        }
    };
    let x = root((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505);
    let y = root(0.2126 * r + 0.7152 * g + 0.0722 * b);
    let z = root((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[test]
fn six_lines_can_be_told_apart_whatever_cones_a_reader_has() {
    for (name, theme) in themes() {
        let colours: Vec<_> = (0..6)
            .map(|index| named(&theme, &format!("c{index}")))
            .collect();
        for (sight, matrix) in SIGHTS {
            let seen = |colour: &Colour| {
                lab(matrix.map(|row| (0..3).map(|at| row[at] * colour[at]).sum()))
            };
            for (index, one) in colours.iter().enumerate() {
                for (other, with) in colours.iter().enumerate().skip(index + 1) {
                    let (a, b) = (seen(one), seen(with));
                    let apart = (0..3).map(|at| (a[at] - b[at]).powi(2)).sum::<f64>().sqrt();
                    assert!(
                        apart >= 10.0,
                        "{name}, {sight}: c{index} and c{other} are {apart} apart"
                    );
                }
            }
        }
    }
}
