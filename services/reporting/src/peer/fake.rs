//! A registry and a metrics that answer as a test says, over a real connection.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use http_body_util::{BodyExt as _, Full};
use prost::Message;
use proto::metrics::v1::metrics_service_server::MetricsServiceServer;
use proto::registry::v1::registry_service_server::RegistryServiceServer;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::body::Body;
use tonic::codegen::http::{HeaderMap, Request, Response};
use tonic::codegen::{BoxFuture, Bytes, Service};
use tonic::server::NamedService;
use tonic::transport::{Endpoint, Server};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Length and flag before every message.
const FRAME: usize = 5;

/// What a call is answered with: messages, and how it ends.
type Said = (Vec<Vec<u8>>, Result<(), Status>);
type Answer = Box<dyn Fn(&[u8]) -> Said + Send + Sync>;

/// Answers by method, and which methods were called.
#[derive(Default)]
pub(crate) struct Fake {
    answers: BTreeMap<&'static str, Answer>,
    called: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    /// Answers a method, named as `registry.GetEntity`.
    pub(crate) fn on<Q: Message + Default, R: Message>(
        self,
        method: &'static str,
        answer: impl Fn(Q) -> Result<R, Status> + Send + Sync + 'static,
    ) -> Self {
        self.stream(method, move |request: Q| match answer(request) {
            Ok(message) => (vec![message], Ok(())),
            Err(status) => (Vec::new(), Err(status)),
        })
    }

    /// Answers a method with some messages and with how it ends.
    pub(crate) fn stream<Q: Message + Default, R: Message>(
        mut self,
        method: &'static str,
        answer: impl Fn(Q) -> (Vec<R>, Result<(), Status>) + Send + Sync + 'static,
    ) -> Self {
        let answer = move |request: &[u8]| {
            let (messages, end) = answer(Q::decode(request).unwrap());
            (messages.iter().map(R::encode_to_vec).collect(), end)
        };
        self.answers.insert(method, Box::new(answer));
        self
    }

    /// Which methods were called, in order.
    pub(crate) fn called(&self) -> Arc<Mutex<Vec<String>>> {
        Arc::clone(&self.called)
    }

    /// Serves until the test ends; connections to the registry and to metrics.
    pub(crate) async fn serve(self) -> [rpc::Peer; 2] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let fake = Arc::new(self);
        let serving = Server::builder()
            .add_service(Mounted::<RegistryServiceServer<()>>::new(&fake))
            .add_service(Mounted::<MetricsServiceServer<()>>::new(&fake))
            .serve_with_incoming(TcpListenerStream::new(listener));
        tokio::spawn(serving);
        let peer = || {
            let endpoint = Endpoint::from_shared(address.clone()).unwrap();
            rpc::Propagate::over(endpoint.connect_lazy())
        };
        [peer(), peer()]
    }

    fn answer(&self, path: &str, request: &[u8]) -> Said {
        // almanac.registry.v1.RegistryService/GetEntity
        let service = path.split('.').nth(1).unwrap_or_default();
        let method = path.rsplit('/').next().unwrap_or_default();
        let method = format!("{service}.{method}");
        let answer = self.answers.get(method.as_str());
        self.called.lock().unwrap().push(method);
        match answer {
            Some(answer) => answer(request),
            None => (Vec::new(), Err(Status::unimplemented(path))),
        }
    }
}

/// The error of a peer with this reason, about a field if one is named.
pub(crate) fn refused(code: Code, reason: &str, field: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(
        reason,
        proto::ERROR_DOMAIN,
        std::collections::HashMap::new(),
    );
    if !field.is_empty() {
        details.add_bad_request_violation(field, "is refused by the test");
    }
    Status::with_error_details(code, "refused by the test", details)
}

/// One of the two services.
struct Mounted<N> {
    fake: Arc<Fake>,
    named: PhantomData<fn() -> N>,
}

impl<N> Mounted<N> {
    fn new(fake: &Arc<Fake>) -> Self {
        Self {
            fake: Arc::clone(fake),
            named: PhantomData,
        }
    }
}

impl<N> Clone for Mounted<N> {
    fn clone(&self) -> Self {
        Self::new(&self.fake)
    }
}

impl<N: NamedService> NamedService for Mounted<N> {
    const NAME: &'static str = N::NAME;
}

impl<N> Service<Request<Body>> for Mounted<N> {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let fake = Arc::clone(&self.fake);
        Box::pin(async move {
            let path = request.uri().path().to_owned();
            let body = request.into_body().collect().await.unwrap().to_bytes();
            let (messages, end) = fake.answer(&path, &body[FRAME..]);
            Ok(response(messages, end))
        })
    }
}

fn response(messages: Vec<Vec<u8>>, end: Result<(), Status>) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    let status = end.err().unwrap_or_else(|| Status::ok(""));
    status.add_header(&mut trailers).unwrap();
    let framed = messages.into_iter().flat_map(|message| {
        let length = (message.len() as u32).to_be_bytes();
        [&[0], length.as_slice(), &message].concat()
    });
    let framed = Full::new(framed.collect::<Bytes>());
    let ended = framed.with_trailers(std::future::ready(Some(Ok(trailers))));
    let mut response = Response::new(Body::new(ended));
    let headers = response.headers_mut();
    headers.insert("content-type", "application/grpc".parse().unwrap());
    response
}
