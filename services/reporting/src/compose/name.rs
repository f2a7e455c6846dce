//! Names of entities, indicators and units as they are printed.

use proto::metrics::v1 as metrics;
use proto::registry::v1 as registry;
use render::Name;
use rpc::Result;

use super::Composer;
use crate::print::Unit;

/// Text that is nobody's name.
pub(super) fn plain(text: &str) -> Name {
    Name {
        text: text.to_owned(),
        ..Name::default()
    }
}

/// The display name of an entity with its Chinese one beside it.
pub(super) fn of(entity: &registry::Entity) -> Name {
    let shown = entity
        .names
        .iter()
        .find(|name| name.text == entity.display_name);
    let language = shown.map(|name| name.language.clone()).unwrap_or_default();
    let chinese = |name: &&registry::Name| {
        name.language.starts_with("zh")
            && matches!(
                name.r#type(),
                registry::NameType::Display | registry::NameType::Official
            )
    };
    let other = entity
        .names
        .iter()
        .find(chinese)
        .filter(|name| name.text != entity.display_name);
    Name {
        text: entity.display_name.clone(),
        language,
        other: other.map(|name| (name.text.clone(), name.language.clone())),
    }
}

/// The label of something that has several: the English one, else the first.
pub(super) fn label(labels: &[metrics::Label], name: &str) -> String {
    let english = labels.iter().find(|label| label.language.starts_with("en"));
    english
        .or(labels.first())
        .map_or_else(|| id(name), |label| label.text.clone())
}

/// The same for labels of the registry.
pub(super) fn registry_label(labels: &[registry::Label], name: &str) -> String {
    let english = labels.iter().find(|label| label.language.starts_with("en"));
    english
        .or(labels.first())
        .map_or_else(|| id(name), |label| label.text.clone())
}

/// The id of a resource name.
pub(super) fn id(name: &str) -> String {
    name.rsplit_once('/').map_or(name, |(_, id)| id).to_owned()
}

impl Composer<'_> {
    /// The name of an entity; its id where the registry does not know it.
    pub(super) async fn name(&mut self, entity: &str) -> Result<Name> {
        let found = self.pinned.entity(entity).await?;
        Ok(found.map_or_else(|| plain(&id(entity)), |entity| of(&entity)))
    }

    /// The label of an indicator.
    pub(super) async fn indicator_label(&mut self, indicator: &str) -> Result<String> {
        let found = self.pinned.indicator(indicator).await?;
        Ok(found.map_or_else(
            || id(indicator),
            |(found, _)| label(&found.labels, indicator),
        ))
    }

    /// How to print a unit.
    pub(super) async fn unit(&mut self, name: &str) -> Result<Unit> {
        let unit = self.pinned.unit(name).await?;
        Ok(printed_unit(&unit))
    }
}

/// A unit as it is printed: by its symbol, else by its label. What is counted or ranked is
/// named by the indicator, so that a unit without symbol adds nothing there.
fn printed_unit(unit: &metrics::Unit) -> Unit {
    let label = label(&unit.labels, &unit.name);
    let named = matches!(unit.dimension.as_str(), "count" | "rank");
    let silent = named && unit.symbol.is_empty() || unit.name.is_empty();
    let sign = if silent {
        String::new()
    } else if unit.symbol.is_empty() {
        label
    } else {
        unit.symbol.clone()
    };
    let labels = unit.labels.iter().map(|label| label.text.clone());
    Unit {
        sign,
        spellings: labels.chain(unit.aliases.iter().cloned()).collect(),
        dimension: unit.dimension.clone(),
    }
}
