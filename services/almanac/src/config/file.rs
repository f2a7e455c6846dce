//! Settings whose value stands in a file that the environment names: secrets that are
//! mounted, and neither in the environment of the process nor in the settings file.

use std::ffi::OsString;
use std::path::Path;

use ::config::ConfigBuilder;
use ::config::builder::DefaultState;

use super::{Invalid, unreadable};

const PREFIX: &str = "ALMANAC_FILE__";
/// The same key, set directly.
const DIRECT: &str = "ALMANAC__";

/// Adds the values of all variables `ALMANAC_FILE__KEY=PATH` among `environment`.
pub fn values(
    environment: impl Iterator<Item = (OsString, OsString)>,
    mut layers: ConfigBuilder<DefaultState>,
) -> Result<ConfigBuilder<DefaultState>, Invalid> {
    let variables: Vec<_> = environment
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .collect();
    for (name, path) in &variables {
        let Some(key) = name.strip_prefix(PREFIX) else {
            continue;
        };
        let direct = format!("{DIRECT}{key}");
        if variables.iter().any(|(other, _)| *other == direct) {
            return Err(Invalid::new(name, format!("{direct} is set too")));
        }
        let key = key.to_ascii_lowercase().replace("__", ".");
        let value = read(name, Path::new(path))?;
        layers = layers.set_override(key, value).map_err(unreadable)?;
    }
    Ok(layers)
}

/// The text of a file without the line break that most editors put at its end.
fn read(name: &str, path: &Path) -> Result<String, Invalid> {
    let text = std::fs::read_to_string(path)
        .map_err(|cause| Invalid::new(name, format!("{}: {cause}", path.display())))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
