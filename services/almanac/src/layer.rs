//! What every request passes on its way in, and every answer on its way out; the same for
//! all services.
//!
//! A layer is one async function that gets a request and what comes [`Next`]. It cannot
//! fail: a refusal is a response like any other, made by [`refuse`], so that it carries
//! code, reason and details as an error of a service does.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, Response};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service, ServiceBuilder};

use crate::config::Limits;

mod admission;
mod body;
mod deadline;
mod method;
mod panic;
mod record;
mod size;
mod status;
mod trace;

pub use body::Held;

/// The rest of the way. Cloning costs a reference count.
#[derive(Clone)]
pub struct Next(Arc<dyn Fn(Request<Body>) -> BoxFuture<'static, Response<Body>> + Send + Sync>);

impl Next {
    /// A step made of a function.
    pub fn new<F, A>(step: F) -> Self
    where
        F: Fn(Request<Body>) -> A + Send + Sync + 'static,
        A: Future<Output = Response<Body>> + Send + 'static,
    {
        Self(Arc::new(move |request| step(request).boxed()))
    }

    /// Goes it.
    pub fn run(&self, request: Request<Body>) -> BoxFuture<'static, Response<Body>> {
        (self.0)(request)
    }
}

impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Next")
    }
}

impl Service<Request<Body>> for Next {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.run(request).map(Ok).boxed()
    }
}

/// Puts all layers around the services, outermost first. Calls of this process to itself
/// wear `badge`. When `cut` is cancelled, what is still in flight ends as SHUTTING_DOWN.
pub fn around(
    services: Next,
    limits: &Limits,
    badge: &str,
    cut: CancellationToken,
) -> anyhow::Result<Next> {
    let methods = Arc::new(method::Table::new()?);
    let deadlines = deadline::Deadlines {
        unary: Duration::from_secs(limits.unary_timeout_secs.into()),
        cut,
    };
    let admission = admission::Admission::new(limits, badge);
    let message_bytes = limits.message_bytes;
    Ok(ServiceBuilder::new()
        .layer(step(move |request, next| {
            record::run(methods.clone(), request, next)
        }))
        .layer(step(move |request, next| {
            deadline::run(deadlines.clone(), request, next)
        }))
        .layer(step(move |request, next| {
            admission::run(admission.clone(), request, next)
        }))
        .layer(step(move |request, next| {
            size::run(message_bytes, request, next)
        }))
        .layer(step(move |request, next| {
            status::run(message_bytes, request, next)
        }))
        .layer(step(panic::run))
        .service(services))
}

/// Puts around services outside of the limits only what gives their errors their form.
pub fn form_errors(services: Next, limits: &Limits) -> Next {
    let message_bytes = limits.message_bytes;
    step(move |request, next| status::run(message_bytes, request, next)).layer(services)
}

/// A tower layer made of an async function.
fn step<F, A>(function: F) -> impl Layer<Next, Service = Next>
where
    F: Fn(Request<Body>, Next) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    tower::layer::layer_fn(move |next: Next| {
        let function = function.clone();
        Next::new(move |request| function(request, next.clone()))
    })
}

/// An error as a response.
pub fn refuse(error: rpc::Error) -> Response<Body> {
    Status::from(error).into_http()
}
