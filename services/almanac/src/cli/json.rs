//! Messages as text: the protobuf JSON mapping, read from TOML files and written as JSON.

use std::path::Path;
use std::sync::OnceLock;

use anyhow::Context as _;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DeserializeOptions, DynamicMessage, Kind, MessageDescriptor,
    ReflectMessage as _, SerializeOptions,
};
use serde_json::Value;

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

/// A message as JSON with indentation: fields as the contract orders them, keys of maps
/// sorted, so that equal messages are equal texts.
pub fn write<M: Message>(message: &M, name: &str) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(&value(message, name)?)?)
}

/// The same before it becomes a text.
pub fn value<M: Message>(message: &M, name: &str) -> anyhow::Result<Value> {
    let mut dynamic = DynamicMessage::new(descriptor(name)?);
    dynamic.transcode_from(message)?;
    let options = SerializeOptions::new().stringify_64_bit_integers(false);
    let mut json = dynamic.serialize_with_options(serde_json::value::Serializer, &options)?;
    sort_maps(&mut json, &dynamic.descriptor());
    Ok(json)
}

fn sort_maps(json: &mut Value, message: &MessageDescriptor) {
    let Value::Object(fields) = json else {
        return;
    };
    for field in message.fields() {
        let Some(value) = fields.get_mut(field.json_name()) else {
            continue;
        };
        match (field.kind(), value) {
            (Kind::Message(entry), Value::Object(map)) if field.is_map() => {
                map.sort_keys();
                if let Kind::Message(kept) = entry.map_entry_value_field().kind() {
                    map.values_mut().for_each(|one| sort_maps(one, &kept));
                }
            }
            (Kind::Message(one), Value::Array(all)) => {
                all.iter_mut().for_each(|json| sort_maps(json, &one));
            }
            (Kind::Message(one), value) => sort_maps(value, &one),
            _ => {}
        }
    }
}

fn descriptor(name: &str) -> anyhow::Result<MessageDescriptor> {
    contract()?
        .get_message_by_name(name)
        .with_context(|| format!("the contract has no message {name}"))
}

/// The contract, read once.
pub fn contract() -> anyhow::Result<&'static DescriptorPool> {
    static CONTRACT: OnceLock<DescriptorPool> = OnceLock::new();
    if let Some(known) = CONTRACT.get() {
        return Ok(known);
    }
    let read = DescriptorPool::decode(proto::DESCRIPTORS)?;
    Ok(CONTRACT.get_or_init(|| read))
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use proto::metrics::v1::{ApplyDefinitionsRequest, ListSeriesResponse, Series, SeriesKey};
    use proto::registry::v1::Vocabulary;

    use super::{parse_toml, read_toml, write};

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
    fn fields_stand_in_the_order_of_the_contract_and_keys_of_maps_are_sorted() {
        let breakdown = ["sex", "age", "sector"].map(|key| (key.to_owned(), "total".to_owned()));
        let answer = ListSeriesResponse {
            series: vec![Series {
                name: "series/1".to_owned(),
                key: Some(SeriesKey {
                    entity: "entities/china".to_owned(),
                    breakdown: breakdown.into(),
                    ..SeriesKey::default()
                }),
            }],
            ..ListSeriesResponse::default()
        };
        let json =
            write(&answer, "almanac.metrics.v1.ListSeriesResponse").expect("it is in the contract");
        let place = |word: &str| json.find(word).expect(word);
        let words = ["\"name\"", "\"entity\"", "\"age\"", "\"sector\"", "\"sex\""];
        assert!(words.map(place).is_sorted(), "{json}");
    }

    #[test]
    fn the_files_of_the_demo_are_in_the_words_of_the_contract() {
        let demo = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
        let vocabulary: Vocabulary =
            read_toml(&demo.join("vocabulary.toml"), NAME).expect("a vocabulary");
        assert!(!vocabulary.kinds.is_empty());
        let name = "almanac.metrics.v1.ApplyDefinitionsRequest";
        let definitions: ApplyDefinitionsRequest =
            read_toml(&demo.join("definitions.toml"), name).expect("definitions");
        assert!(!definitions.indicators.is_empty());
    }

    #[test]
    fn an_etag_in_a_file_is_a_condition_of_the_write() {
        let text = "[[units]]\nname = \"units/cny\"\netag = \"5\"\n";
        let name = "almanac.metrics.v1.ApplyDefinitionsRequest";
        let request: ApplyDefinitionsRequest = parse_toml(text, name).expect("definitions");
        assert_eq!(request.units[0].etag, "5");
        let vocabulary: Vocabulary = parse_toml("etag = \"7\"\n", NAME).expect("a vocabulary");
        assert_eq!(vocabulary.etag, "7");
    }

    #[test]
    fn an_unknown_key_is_named() {
        let error =
            parse_toml::<Vocabulary>("[[kind]]\nid = \"x\"\n", NAME).expect_err("no such key");
        assert!(format!("{error:#}").contains("kind"), "{error:#}");
    }
}
