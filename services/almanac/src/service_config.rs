//! The gRPC service config that is published beside the contract: which calls a client may
//! repeat by itself. It follows from the contract, so it is computed and compared.

use std::path::Path;

use prost::Message as _;
use prost_types::method_options::IdempotencyLevel;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};
use serde_json::{Value, json};

/// Where it is published.
const FILE: &str = "../../proto/service_config.json";
/// Set, it writes the file instead of comparing with it.
const WRITE: &str = "WRITE_SERVICE_CONFIG";

/// Retries of single reads; a stream may be half read, and a write may have happened.
fn computed() -> Value {
    let contract = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("it is compiled");
    let mut names = Vec::new();
    for file in &contract.file {
        for service in &file.service {
            let full = format!("{}.{}", file.package(), service.name());
            let reads = service
                .method
                .iter()
                .filter(|method| is_single_read(method));
            names.extend(reads.map(|method| json!({ "service": full, "method": method.name() })));
        }
    }
    json!({
        "methodConfig": [{
            "name": names,
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }],
    })
}

fn is_single_read(method: &MethodDescriptorProto) -> bool {
    let options = method.options.as_ref();
    let level = options.map(|options| options.idempotency_level());
    let streams = method.client_streaming() || method.server_streaming();
    level == Some(IdempotencyLevel::NoSideEffects) && !streams
}

#[test]
fn the_published_service_config_retries_single_reads_and_nothing_else() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let computed = computed();
    if std::env::var_os(WRITE).is_some() {
        let text = serde_json::to_string_pretty(&computed).expect("it is JSON");
        std::fs::write(&path, format!("{text}\n")).expect("it can be written");
    }
    let published = std::fs::read_to_string(&path).expect("it is published");
    let published: Value = serde_json::from_str(&published).expect("it is JSON");
    assert_eq!(published, computed, "`make service-config` writes it anew");
    let retried = published.to_string();
    for (method, retries) in [
        ("GetEntity", true),
        ("GetServerInfo", true),
        ("Calculate", true),
        ("WatchChanges", false),
        ("StreamSeries", false),
        ("WriteClaims", false),
        ("DeleteEntity", false),
    ] {
        let quoted = format!("\"{method}\"");
        assert_eq!(retried.contains(&quoted), retries, "{method}");
    }
}
