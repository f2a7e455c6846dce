//! Messages as text: the protobuf JSON mapping, read from TOML files and written as JSON.

use std::path::Path;

use anyhow::Context as _;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, MessageDescriptor, SerializeOptions,
};

/// Reads a TOML file as the message `name`; a key the message does not have is an error.
pub fn read_toml<M: Message + Default>(path: &Path, name: &str) -> anyhow::Result<M> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse_toml(&text, name).with_context(|| format!("{} is not a {}", path.display(), short(name)))
}

fn parse_toml<M: Message + Default>(text: &str, name: &str) -> anyhow::Result<M> {
    let value = toml::Deserializer::parse(text)?;
    let options = DeserializeOptions::new().deny_unknown_fields(true);
    let message = DynamicMessage::deserialize_with_options(descriptor(name)?, value, &options)?;
    Ok(message.transcode_to()?)
}

/// A message as JSON with indentation.
pub fn write<M: Message>(message: &M, name: &str) -> anyhow::Result<String> {
    let mut dynamic = DynamicMessage::new(descriptor(name)?);
    dynamic.transcode_from(message)?;
    let mut out = Vec::new();
    let options = SerializeOptions::new().stringify_64_bit_integers(false);
    dynamic.serialize_with_options(&mut serde_json::Serializer::pretty(&mut out), &options)?;
    Ok(String::from_utf8(out)?)
}

fn descriptor(name: &str) -> anyhow::Result<MessageDescriptor> {
    let pool = DescriptorPool::decode(proto::DESCRIPTORS)?;
    pool.get_message_by_name(name)
        .with_context(|| format!("the contract has no message {name}"))
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use proto::registry::v1::Vocabulary;

    use super::parse_toml;

    const NAME: &str = "almanac.registry.v1.Vocabulary";

    #[test]
    fn enums_and_lists_are_read_by_name() {
        let text =
            "[[schemes]]\nid = \"x\"\nvalidator = \"IDENTIFIER_VALIDATOR_ALPHA2\"\nunique = true\n";
        let vocabulary: Vocabulary = parse_toml(text, NAME).expect("a vocabulary");
        assert_eq!(vocabulary.schemes[0].validator, 1);
        assert!(vocabulary.schemes[0].unique);
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error =
            parse_toml::<Vocabulary>("[[kind]]\nid = \"x\"\n", NAME).expect_err("no such key");
        assert!(format!("{error:#}").contains("kind"), "{error:#}");
    }
}
