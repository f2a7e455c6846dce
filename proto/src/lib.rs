//! The contract: what `proto/almanac/**` says, generated, and nothing else.
//!
//! There is no logic here. Every service, method, message and field is documented in the
//! `.proto` files; start with `registry/v1/registry_service.proto`.
#![expect(clippy::large_enum_variant, reason = "generated code")]

/// The compiled contract as an encoded `FileDescriptorSet`, for reflection and checks.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

/// Domain of every `google.rpc.ErrorInfo`.
pub const ERROR_DOMAIN: &str = "almanac.dev";

pub use almanac::{figure, metrics, registry, reporting, server};
pub use google::longrunning;

/// The packages, nested as their names are, because the generated paths rely on it.
pub mod almanac {
    /// Value types that all services share: `almanac.figure.v1`.
    pub mod figure {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/almanac.figure.v1.rs"));
        }
    }
    /// Who said how much: `almanac.metrics.v1`.
    pub mod metrics {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/almanac.metrics.v1.rs"));
        }
    }
    /// Who is who: `almanac.registry.v1`.
    pub mod registry {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/almanac.registry.v1.rs"));
        }
    }
    /// Documents, every number cited: `almanac.reporting.v1`.
    pub mod reporting {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/almanac.reporting.v1.rs"));
        }
    }
    /// What this server is, and the closed list of error reasons: `almanac.server.v1`.
    pub mod server {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/almanac.server.v1.rs"));
        }
    }
}

/// Packages of others that the contract uses.
pub mod google {
    /// Long-running operations.
    pub mod longrunning {
        include!(concat!(env!("OUT_DIR"), "/google.longrunning.rs"));
    }
}
