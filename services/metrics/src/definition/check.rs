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
            return refuse(format!(
                "indicators/{id} defines concepts/{concept}, which does not exist"
            ));
        }
        for (how, other) in &indicator.graph {
            if !new.indicators.contains_key(other) && !old.indicators.contains_key(other) {
                return refuse(format!(
                    "indicators/{id} is {how} of indicators/{other}, which does not exist"
                ));
            }
            if other == id {
                return refuse(format!("indicators/{id} is {how} of itself"));
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
                return refuse(format!(
                    "`{spelling}` would mean both units/{owner} and units/{id}"
                ));
            }
        }
    }
    Ok(())
}

fn refuse(message: String) -> Result<()> {
    Err(Error::new(Reason::DefinitionConflict, message))
}
