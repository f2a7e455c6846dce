//! The word that was probably meant.

/// The known word nearest to the one that was typed, if it is near at all.
pub fn nearest<'a>(typed: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|word| (distance(typed, word), word)).min()?;
    let tolerated = 1 + typed.chars().count() / 3;
    (near.0 <= tolerated).then_some(near.1)
}

/// Edits from one word to the other, case ignored.
fn distance(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|word| word.to_lowercase().chars().collect::<Vec<_>>());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_is_seen_and_nothing_is_guessed_from_afar() {
        let known = ["digital-economy-size", "gdp-current-usd"];
        let guess = |typed| nearest(typed, known.into_iter());
        assert_eq!(guess("gdp-curent-usd"), Some("gdp-current-usd"));
        assert_eq!(guess("population"), None);
    }
}
