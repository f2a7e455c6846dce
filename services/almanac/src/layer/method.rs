//! The methods of the contract, by path.

use std::collections::HashMap;
use std::sync::Arc;

use http::Request;
use prost::Message as _;
use prost_types::{FileDescriptorSet, MethodDescriptorProto};

/// Services that answer while the server is full: they tell why it does not answer.
const EXEMPT: [&str; 4] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "almanac.server.v1.ServerService",
];

/// What layers need to know about a method.
#[derive(Debug)]
pub struct Method {
    /// Full name of its service.
    pub service: Arc<str>,
    /// Its own name.
    pub name: Arc<str>,
    /// Requests or answers come as a stream.
    pub streaming: bool,
    /// It answers with a stream that is idle until something happens.
    pub watch: bool,
    /// It answers while the server is full.
    pub exempt: bool,
}

/// All methods that the server can have.
#[derive(Debug)]
pub struct Table(HashMap<String, Arc<Method>>);

impl Table {
    /// Reads the compiled contract.
    pub fn new() -> anyhow::Result<Self> {
        let mut methods = HashMap::new();
        for set in [
            proto::DESCRIPTORS,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ] {
            for file in FileDescriptorSet::decode(set)?.file {
                for service in &file.service {
                    let full: Arc<str> = format!("{}.{}", file.package(), service.name()).into();
                    let described = service.method.iter().map(|method| Method {
                        service: full.clone(),
                        name: method.name().into(),
                        streaming: method.client_streaming() || method.server_streaming(),
                        watch: is_watch(method),
                        exempt: EXEMPT.contains(&full.as_ref()),
                    });
                    methods.extend(described.map(|m| (format!("/{full}/{}", m.name), Arc::new(m))));
                }
            }
        }
        Ok(Self(methods))
    }

    /// The method behind the path of a request, if the contract has it.
    pub fn find(&self, path: &str) -> Option<Arc<Method>> {
        self.0.get(path).cloned()
    }
}

/// By its name, which the contract gives to such streams and to nothing else.
fn is_watch(method: &MethodDescriptorProto) -> bool {
    method.server_streaming() && method.name().starts_with("Watch")
}

/// The method that a layer further out has found.
pub fn of<B>(request: &Request<B>) -> Option<&Method> {
    request.extensions().get::<Arc<Method>>().map(AsRef::as_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_and_exempt_services_are_known() {
        let table = Table::new().unwrap();
        let find = |path| table.find(path).unwrap();
        assert!(find("/almanac.metrics.v1.MetricsService/IngestClaims").streaming);
        assert!(!find("/almanac.metrics.v1.MetricsService/GetClaimSet").streaming);
        assert!(find("/almanac.registry.v1.RegistryService/WatchChanges").watch);
        assert!(!find("/almanac.metrics.v1.MetricsService/IngestClaims").watch);
        assert!(!find("/almanac.metrics.v1.MetricsService/StreamSeries").watch);
        assert!(find("/grpc.health.v1.Health/Watch").exempt);
        assert!(find("/almanac.server.v1.ServerService/GetServerInfo").exempt);
        assert!(
            table
                .find("/almanac.registry.v1.RegistryService/Nothing")
                .is_none()
        );
        assert!(
            EXEMPT
                .iter()
                .all(|name| table.0.values().any(|m| *m.service == **name))
        );
    }
}
