//! Colours of the lines of a drawing: an entity has one through the whole document.

use proto::reporting::v1 as pb;
use render::Tone;

use super::Composer;

/// More lines than this need one to be brought out.
const MANY: usize = 5;
/// Colours there are.
const COLOURS: usize = 6;

impl Composer<'_> {
    /// The colour of each line. Lines that differ in nothing but the indicator are told by
    /// their place, as their entity is one.
    pub(super) fn tones_of(&mut self, lines: &[pb::ChartLine]) -> Vec<Tone> {
        let entities: Vec<_> = lines.iter().map(|line| self.field(&line.entity)).collect();
        let distinct = |index: usize| !entities[..index].contains(&entities[index]);
        let by_entity = lines.len() > 1 && (0..entities.len()).all(distinct);
        let focused = focused(lines);
        let mut taken = Vec::new();
        let mut tones = Vec::new();
        for (index, entity) in entities.iter().enumerate() {
            if focused.as_ref().is_some_and(|focused| !focused[index]) {
                tones.push(Tone::Grey);
            } else if by_entity {
                let next = self.tones.len();
                let own = *self.tones.entry(entity.clone()).or_insert(next) % COLOURS;
                // Of more entities than colours two may have one: not in one drawing.
                let free = (own..own + COLOURS).find(|one| !taken.contains(&(one % COLOURS)));
                let tone = free.map_or(own, |one| one % COLOURS);
                taken.push(tone);
                tones.push(Tone::Of(tone));
            } else {
                tones.push(Tone::Own);
            }
        }
        tones
    }
}

/// Which lines a drawing is about; nothing where it is about all of them alike.
fn focused(lines: &[pb::ChartLine]) -> Option<Vec<bool>> {
    let stated: Vec<_> = lines.iter().map(|line| line.focus).collect();
    let subject = || {
        lines
            .iter()
            .map(|line| line.entity.contains("${"))
            .collect()
    };
    let chosen: Vec<bool> = match stated.contains(&true) {
        true => stated,
        false if lines.len() > MANY => subject(),
        false => return None,
    };
    let some = chosen.contains(&true) && chosen.contains(&false);
    some.then_some(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(entity: &str, focus: bool) -> pb::ChartLine {
        pb::ChartLine {
            entity: entity.to_owned(),
            focus,
            ..Default::default()
        }
    }

    #[test]
    fn a_drawing_of_many_is_about_the_subject_of_the_report_unless_it_says_otherwise() {
        let few: Vec<_> = ["${country}", "b", "c"]
            .map(|one| line(one, false))
            .to_vec();
        assert_eq!(focused(&few), None);
        let many: Vec<_> = ["${country}", "b", "c", "d", "e", "f"]
            .map(|one| line(one, false))
            .to_vec();
        let about = [true, false, false, false, false, false];
        assert_eq!(focused(&many).as_deref(), Some(about.as_slice()));
        let mut stated = many;
        stated[1].focus = true;
        assert_eq!(
            focused(&stated).map(|all| all[..2].to_vec()),
            Some(vec![false, true])
        );
        let nobody: Vec<_> = ["a", "b", "c", "d", "e", "f"]
            .map(|one| line(one, false))
            .to_vec();
        assert_eq!(focused(&nobody), None);
    }
}
