//! Which service answers a request.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use proto::server::v1::server_service_server;
use rpc::{Error, Reason};
use tonic::body::Body;
use tonic::codec::CompressionEncoding;
use tonic_health::pb::health_server;
use tonic_reflection::server::Builder;
use tower::ServiceExt as _;

use crate::config::Config;
use crate::health::Health;
use crate::layer;
use crate::role::Role;
use crate::serve::mount::{Mount, Slot};
use crate::server_info::ServerInfo;

/// Services that every process has.
const OWN: [&str; 4] = [
    server_service_server::SERVICE_NAME,
    health_server::SERVICE_NAME,
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// All services of a process by name. Cloning costs a reference count.
#[derive(Debug, Clone)]
pub struct Routes {
    own: tonic::service::Routes,
    slots: Arc<BTreeMap<&'static str, (Role, Slot)>>,
}

impl Routes {
    /// The services of `mounts`, whether they are open yet or not, and those that every
    /// process has.
    pub fn new(
        config: &Config,
        roles: &[Role],
        mounts: &[Mount],
        health: &Health,
    ) -> anyhow::Result<Self> {
        let names = names(roles);
        let (gzip, most) = (CompressionEncoding::Gzip, config.limits.message_bytes);
        let info = ServerInfo::describe(config, roles, &names).service();
        let reflection_v1 = reflection(&names).build_v1()?;
        let reflection_v1alpha = reflection(&names).build_v1alpha()?;
        let own = tonic::service::Routes::new(info.max_decoding_message_size(most))
            .add_service(health.service().max_decoding_message_size(most))
            .add_service(
                reflection_v1
                    .accept_compressed(gzip)
                    .send_compressed(gzip)
                    .max_decoding_message_size(most),
            )
            .add_service(
                reflection_v1alpha
                    .accept_compressed(gzip)
                    .send_compressed(gzip)
                    .max_decoding_message_size(most),
            )
            .prepare();
        let slots = mounts.iter().flat_map(|mount| {
            let services = mount.role().services().iter();
            services.map(|name| (*name, (mount.role(), mount.slot())))
        });
        Ok(Self {
            own,
            slots: Arc::new(slots.collect()),
        })
    }

    /// Lets the service that the path names answer.
    pub async fn answer(self, request: Request<Body>) -> Response<Body> {
        let service = request.uri().path().split('/').nth(1).unwrap_or_default();
        let routes = match self.slots.get(service) {
            None if OWN.contains(&service) => self.own,
            None => return layer::refuse(unknown(service)),
            Some((role, slot)) => match slot.get() {
                Some(routes) => routes.clone(),
                None => return layer::refuse(not_open(*role)),
            },
        };
        match routes.oneshot(request).await {
            Ok(response) => response,
            Err(never) => {
                let never: Infallible = never;
                match never {}
            }
        }
    }
}

/// Full names of all services of a process that plays `roles`.
pub fn names(roles: &[Role]) -> Vec<&'static str> {
    let roles = roles
        .iter()
        .flat_map(|role| role.services().iter().copied());
    roles.chain(OWN).collect()
}

/// The error of a service that this process does not have, whoever else may have it.
fn unknown(service: &str) -> Error {
    let role = Role::ALL
        .into_iter()
        .find(|role| role.services().contains(&service));
    let message = match role {
        Some(role) => format!("{service} is in the role {role}, which this process does not play"),
        None => format!("there is no service `{service}` here; reflection lists those there are"),
    };
    Error::new(Reason::MethodUnknown, message)
}

fn not_open(role: Role) -> Error {
    let message = format!("the database of {role} is away or not migrated; retry in a moment");
    Error::new(Reason::DatabaseUnavailable, message)
}

/// Tells clients about these services and no others, whatever the contract has.
fn reflection<'a>(names: &[&str]) -> Builder<'a> {
    let sets = Builder::configure()
        .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET);
    names
        .iter()
        .fold(sets, |builder, name| builder.with_service_name(*name))
}
