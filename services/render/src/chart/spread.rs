//! Moving labels apart on a line, as little as it takes.

use super::scale::Tenths;

/// New places for wanted ones, in the same order from the top, at least `gap` apart and
/// between `top` and `bottom` where there is room for all.
pub(super) fn spread(wanted: &[Tenths], gap: Tenths, [top, bottom]: [Tenths; 2]) -> Vec<Tenths> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| (wanted[*index], *index));
    // Without the gaps, places need only not fall; runs that would are put at their mean.
    let mut runs: Vec<(Tenths, Tenths)> = Vec::new();
    for (place, index) in (0..).zip(&order) {
        let mut run = (wanted[*index] - place * gap, 1);
        while let Some(before) = runs.pop_if(|before| before.0 * run.1 > run.0 * before.1) {
            run = (before.0 + run.0, before.1 + run.1);
        }
        runs.push(run);
    }
    let count = Tenths::try_from(wanted.len()).unwrap_or_default();
    let last = (bottom - (count - 1) * gap).max(top);
    let places = runs.iter().flat_map(|(sum, count)| {
        let mean = (sum / count).clamp(top, last);
        (0..*count).map(move |_| mean)
    });
    let mut moved = vec![0; wanted.len()];
    for ((place, at), index) in (0..).zip(places).zip(&order) {
        moved[*index] = at + place * gap;
    }
    moved
}
