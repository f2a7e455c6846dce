//! Names of entities, indicators and units as they are printed.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use proto::figure::v1::Label;
use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use render::{Name, Remark, Span};
use rpc::Result;

use super::Composer;
use crate::print::Unit;
use crate::word::{Language, Words};

/// Text that is nobody's name.
pub(super) fn plain(text: &str) -> Name {
    Name {
        text: text.to_owned(),
        ..Name::default()
    }
}

/// From so many languages on with a name to show, everybody has one for the entity.
const KNOWN_EVERYWHERE: usize = 3;

/// The name of an entity in a language, with the one in its own or another language beside
/// it. A country or the like, which every reader has a name for, has none beside.
pub(super) fn of(entity: &registry::Entity, language: Language) -> Name {
    let own = entity
        .names
        .iter()
        .find(|name| name.text == entity.display_name);
    let shown = in_language(entity, language).or(own);
    let text = shown.map_or(&entity.display_name, |name| &name.text);
    let others = Language::ALL
        .iter()
        .filter(|other| **other != language)
        .filter_map(|other| in_language(entity, *other));
    let other = own
        .into_iter()
        .chain(others)
        .find(|name| name.text != *text);
    Name {
        text: text.clone(),
        language: shown.map(|name| name.language.clone()).unwrap_or_default(),
        other: other
            .filter(|_| languages(entity) < KNOWN_EVERYWHERE)
            .map(|name| (name.text.clone(), name.language.clone())),
    }
}

/// The name to show in a language: the one marked so, else the formal one.
fn in_language(entity: &registry::Entity, language: Language) -> Option<&registry::Name> {
    use registry::NameType::{Display, Official};
    let of_type = |wanted| {
        entity
            .names
            .iter()
            .find(|name| language.speaks(&name.language) && name.r#type() == wanted)
    };
    of_type(Display).or_else(|| of_type(Official))
}

fn languages(entity: &registry::Entity) -> usize {
    let shown = |name: &&registry::Name| name.r#type() == registry::NameType::Display;
    let names = entity.names.iter().filter(shown);
    let tags: BTreeSet<_> = names.map(|name| name.language.as_str()).collect();
    tags.len()
}

/// The label of something that has several: the one in a language, else the English one,
/// else the first.
pub(super) fn label(labels: &[Label], name: &str, language: Language) -> String {
    let within = |language: Language| labels.iter().find(|one| language.speaks(&one.language));
    within(language)
        .or_else(|| within(Language::English))
        .or(labels.first())
        .map_or_else(|| id(name), |label| label.text.clone())
}

/// What is meant by something: in a language, else as it was written first, which is in the
/// language of the first label, else in English, else in whatever there is.
pub(super) fn meant(own: &str, labels: &[Label], others: &[Label], language: Language) -> Remark {
    let first = labels.first().map_or("", |label| label.language.as_str());
    let own = Some((own, first)).filter(|(text, _)| !text.is_empty());
    let others = others
        .iter()
        .map(|other| (other.text.as_str(), other.language.as_str()));
    let all: Vec<_> = own.into_iter().chain(others).collect();
    let within = |language: Language| all.iter().find(|(_, tag)| language.speaks(tag)).copied();
    let found = within(language)
        .or(own)
        .or_else(|| within(Language::English))
        .or_else(|| all.first().copied());
    let Some((text, tag)) = found else {
        return Remark::default();
    };
    Remark {
        text: text.to_owned(),
        language: match language.speaks(tag) {
            true => String::new(),
            false => tag.to_owned(),
        },
    }
}

/// What whoever recorded something remarked, in a document of a language. Nothing says which
/// language a remark is in, so its script does: that of most of its words.
pub(super) fn remark(text: &str, language: Language) -> Remark {
    const IDEOGRAPHS: std::ops::RangeInclusive<char> = '\u{4e00}'..='\u{9fff}';
    let is_ideograph = |c: char| IDEOGRAPHS.contains(&c);
    let ideographs = text.chars().filter(|c| is_ideograph(*c)).count();
    let pieces = text.split(|c: char| is_ideograph(c) || !c.is_alphabetic());
    let words = pieces.filter(|piece| !piece.is_empty()).count();
    let written = match ideographs.cmp(&words) {
        Ordering::Greater => Language::Chinese,
        Ordering::Less => Language::English,
        Ordering::Equal => language,
    };
    Remark {
        text: text.to_owned(),
        language: match written == language {
            true => String::new(),
            false => written.tag().to_owned(),
        },
    }
}

/// The id of a resource name.
pub(super) fn id(name: &str) -> String {
    name.rsplit_once('/').map_or(name, |(_, id)| id).to_owned()
}

impl Composer<'_> {
    /// The name of an entity; its id where the registry does not know it.
    pub(super) async fn name(&mut self, entity: &str) -> Result<Name> {
        let found = self.pinned.entity(entity).await?;
        Ok(found.map_or_else(
            || plain(&id(entity)),
            |entity| of(&entity, self.words.language),
        ))
    }

    /// The name of an entity where it is read: with its second form the first time only.
    pub(super) async fn mention(&mut self, entity: &str) -> Result<Span> {
        let name = self.name(entity).await?;
        Ok(Span::Name(self.introduce(name)))
    }

    /// The name without its second form where the reader has seen that.
    pub(super) fn introduce(&mut self, name: Name) -> Name {
        if name.other.is_none() || self.introduced.insert(name.text.clone()) {
            return name;
        }
        Name {
            other: None,
            ..name
        }
    }

    /// The label of an indicator.
    pub(super) async fn indicator_label(&mut self, indicator: &str) -> Result<String> {
        self.indicator_label_in(indicator, self.words.language)
            .await
    }

    /// The label of an indicator that orders it among others, the same for every language.
    pub(super) async fn sort_label(&mut self, indicator: &str) -> Result<String> {
        self.indicator_label_in(indicator, Language::default())
            .await
    }

    async fn indicator_label_in(&mut self, indicator: &str, language: Language) -> Result<String> {
        let found = self.pinned.indicator(indicator).await?;
        Ok(found.map_or_else(
            || id(indicator),
            |found| label(&found.labels, indicator, language),
        ))
    }

    /// How to print a unit.
    pub(super) async fn unit(&mut self, name: &str) -> Result<Unit> {
        let unit = self.pinned.unit(name).await?;
        Ok(printed_unit(&unit, self.words))
    }
}

/// A unit as it is printed: by its symbol, else by its label. What is counted or ranked is
/// named by the indicator, so that a unit without symbol adds nothing there.
fn printed_unit(unit: &metrics::Unit, words: &Words) -> Unit {
    let label_of = each(label(&unit.labels, &unit.name, words.language));
    let named = matches!(unit.dimension.as_str(), "count" | "rank");
    let silent = named && unit.symbol.is_empty() || unit.name.is_empty();
    let sign = if silent {
        String::new()
    } else if unit.dimension == "percentage-points" {
        words.number.percentage_points.to_owned()
    } else if unit.symbol.is_empty() || is_word(unit, words) {
        label_of.clone()
    } else {
        unit.symbol.clone()
    };
    let labels = unit.labels.iter().map(|label| label.text.clone());
    // Over a column Chinese names what is counted.
    let head = match silent && unit.dimension == "count" && words.language != Language::English {
        true => label_of,
        false => String::new(),
    };
    Unit {
        sign,
        head,
        counted: unit.counted && unit.dimension == "count",
        spellings: labels.chain(unit.aliases.iter().cloned()).collect(),
        dimension: unit.dimension.clone(),
    }
}

/// A unit that counts by something says so with a word rather than with a stroke.
fn each(label: String) -> String {
    match label.strip_prefix('/') {
        Some(by) => format!("每{by}"),
        None => label,
    }
}

/// Whether the symbol of a unit is a word of another language than this, or the code of a
/// currency, which only English writes behind an amount.
fn is_word(unit: &metrics::Unit, words: &Words) -> bool {
    let spelled = || unit.labels.iter().any(|label| label.text == unit.symbol);
    words.language != Language::English && (unit.dimension == "money" || spelled())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str, language: &str) -> Label {
        Label {
            text: text.to_owned(),
            language: language.to_owned(),
        }
    }

    #[test]
    fn what_is_meant_is_said_in_the_language_or_marked_with_its_own() {
        let (english, chinese) = ([label("size", "en")], [label("规模", "zh-Hans")]);
        let said = |own: &str, labels: &[Label], others: &[Label], language| {
            let meant = meant(own, labels, others, language);
            (meant.text, meant.language)
        };
        let pair = |text: &str, language: &str| (text.to_owned(), language.to_owned());
        let others = [label("是什么", "zh-Hans"), label("ce que c’est", "fr")];
        for (own, labels, others, language, text, tag) in [
            (
                "what it is",
                &english[..],
                &others[..],
                Language::English,
                "what it is",
                "",
            ),
            (
                "what it is",
                &english,
                &others,
                Language::Chinese,
                "是什么",
                "",
            ),
            (
                "what it is",
                &english,
                &[],
                Language::Chinese,
                "what it is",
                "en",
            ),
            (
                "是什么",
                &chinese,
                &[],
                Language::English,
                "是什么",
                "zh-Hans",
            ),
            ("what it is", &[], &[], Language::Chinese, "what it is", ""),
            (
                "",
                &english,
                &others[1..],
                Language::Chinese,
                "ce que c’est",
                "fr",
            ),
            ("", &english, &[], Language::English, "", ""),
        ] {
            assert_eq!(said(own, labels, others, language), pair(text, tag));
        }
    }

    #[test]
    fn a_remark_is_in_the_script_of_most_of_its_words() {
        for (text, english, chinese) in [
            ("Inferred from the date.", "", "en"),
            ("据发布日期推断", "zh-Hans", ""),
            ("按 SaaS 市场计", "zh-Hans", ""),
            ("the original says 元 only", "", "en"),
            ("2018", "", ""),
        ] {
            assert_eq!(remark(text, Language::English).language, english, "{text}");
            assert_eq!(remark(text, Language::Chinese).language, chinese, "{text}");
        }
    }
}
