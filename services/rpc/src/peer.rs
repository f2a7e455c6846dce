use opentelemetry::propagation::Injector;
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::again::Again;
use crate::{Error, Reason, Work};

/// A connection to another service of the installation. Clients generated from the
/// contract are built on it, in one process as across machines.
pub type Peer = InterceptedService<Again, Propagate>;

/// Sends the trace of the work that a call is made for along with it.
#[derive(Debug, Clone, Copy)]
pub struct Propagate;

impl Propagate {
    /// A peer behind `channel`.
    pub fn over(channel: Channel) -> Peer {
        InterceptedService::new(Again::over(channel), Self)
    }
}

impl Interceptor for Propagate {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        Work::current(|work| {
            opentelemetry::global::get_text_map_propagator(|propagator| {
                let to = &mut Metadata(request.metadata_mut());
                propagator.inject_context(work.context(), to);
            });
        });
        Ok(request)
    }
}

struct Metadata<'a>(&'a mut MetadataMap);

impl Injector for Metadata<'_> {
    fn set(&mut self, key: &str, value: String) {
        let key = MetadataKey::from_bytes(key.as_bytes());
        if let (Ok(key), Ok(value)) = (key, MetadataValue::try_from(value)) {
            self.0.insert(key, value);
        }
    }
}

/// What a failed call to a peer means to our own caller when the fault is not in what our
/// caller asked: the peer is away, or broke its promise. Codes that the caller can do
/// something about are translated where the call is made, on purpose.
pub fn peer_error(service: &str, status: &Status) -> Error {
    use tonic::Code;
    match status.code() {
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::ResourceExhausted
        | Code::Unknown => {
            tracing::warn!(service, %status, "peer unavailable");
            Error::new(
                Reason::PeerUnavailable,
                format!("the {service} service cannot be reached; retry in a moment"),
            )
        }
        _ => Error::internal(anyhow::anyhow!("{service} answered {status}")),
    }
}
