//! Whether definitions fit together.

use std::collections::BTreeMap;

use rpc::{Error, Reason, Result};

use super::{Definitions, fold};

/// Checks `new` definitions against themselves and the `old` ones they join.
pub fn check(old: &Definitions, new: &Definitions) -> Result<()> {
    aliases(old, new)?;
    for (id, indicator) in &new.indicators {
        let concept = &indicator.concept;
        if !concept.is_empty()
            && !new.concepts.contains_key(concept)
            && !old.concepts.contains_key(concept)
        {
            let message =
                format!("indicators/{id} defines concepts/{concept}, which does not exist");
            return refuse(format!("concepts/{concept}"), message);
        }
        for (how, other) in &indicator.graph {
            if !new.indicators.contains_key(other) && !old.indicators.contains_key(other) {
                let message =
                    format!("indicators/{id} is {how} of indicators/{other}, which does not exist");
                return refuse(format!("indicators/{other}"), message);
            }
            if other == id {
                let name = format!("indicators/{id}");
                let message = format!("{name} is {how} of itself");
                return refuse(name, message);
            }
        }
    }
    Ok(())
}

/// Every spelling of a unit means one unit.
fn aliases(old: &Definitions, new: &Definitions) -> Result<()> {
    let kept = old
        .units
        .iter()
        .filter(|(id, _)| !new.units.contains_key(*id));
    let mut spelled: BTreeMap<String, &str> = BTreeMap::new();
    for (id, unit) in kept.chain(&new.units) {
        let spellings = unit.aliases.iter().map(|alias| fold(alias));
        for spelling in spellings.chain([id.clone()]) {
            let owner = *spelled.entry(spelling.clone()).or_insert(id);
            if owner != id {
                let message = format!("`{spelling}` would mean both units/{owner} and units/{id}");
                return refuse(format!("units/{id}"), message);
            }
        }
    }
    Ok(())
}

fn refuse(name: String, message: String) -> Result<()> {
    Err(Error::about(Reason::DefinitionConflict, name, message))
}
