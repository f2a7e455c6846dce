//! A registry that knows every entity but those that are said to be missing.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};

use futures::Stream;
use futures::future::BoxFuture;
use http::{Request, Response};
use proto::registry::v1 as pb;
use proto::snapshot::v1::watch_start::Start;
use rpc::{Consistency, Error, Newest, Part, Peer, Propagate, Reason, Sealer, Token};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Status;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService};
use tonic::transport::{Endpoint, Server};
use tonic_prost::ProstCodec;
use tower::{Service, service_fn};

pub const INSTALLATION: [u8; 16] = [7; 16];

/// What the registry is at.
#[derive(Debug)]
pub struct State {
    pub sealer: Sealer,
    pub commit: i64,
    pub missing: BTreeSet<String>,
    /// Starts of the watches that were asked for.
    pub starts: Vec<Option<Start>>,
    /// The only resume token that has not expired.
    pub resume_token: String,
}

/// The registry. Cloning costs a reference count.
#[derive(Clone)]
pub struct Registry {
    state: Arc<Mutex<State>>,
    moved: Arc<Notify>,
}

impl Registry {
    /// One at work, and the way to it.
    pub async fn start() -> (Self, Peer) {
        let registry = Self {
            state: Arc::new(Mutex::new(State {
                sealer: sealer(1),
                commit: 3,
                missing: BTreeSet::new(),
                starts: Vec::new(),
                resume_token: "first".to_owned(),
            })),
            moved: Arc::default(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = Server::builder().add_service(registry.clone());
        tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
        let channel = Endpoint::from_shared(format!("http://{address}")).unwrap();
        (registry, Propagate::over(channel.connect_lazy()))
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Changes what it is at, and tells who watches.
    pub fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.moved.notify_waiters();
    }

    /// The token of its newest snapshot.
    pub fn token(&self) -> Token {
        let state = self.state();
        let stamp = state.sealer.stamp(INSTALLATION, state.commit);
        Token::of(INSTALLATION, Part::Registry, stamp)
    }

    fn batch_get(&self, request: &pb::BatchGetEntitiesRequest) -> pb::BatchGetEntitiesResponse {
        let missing = &self.state().missing.clone();
        let missing = request.names.iter().filter(|name| missing.contains(*name));
        pb::BatchGetEntitiesResponse {
            missing: missing.cloned().collect(),
            snapshot: self.token().encode(),
            ..Default::default()
        }
    }

    fn snapshot(&self, request: &pb::GetSnapshotRequest) -> rpc::Result<pb::GetSnapshotResponse> {
        let asked = Consistency::read(request.consistency.as_ref())?;
        let token = self.token();
        let state = self.state();
        asked.check(Newest {
            installation: INSTALLATION,
            commit: state.commit,
            sealer: &state.sealer,
        })?;
        Ok(pb::GetSnapshotResponse {
            snapshot: token.encode(),
        })
    }

    fn watch(
        self,
        request: pb::WatchChangesRequest,
    ) -> rpc::Result<impl Stream<Item = Result<pb::WatchChangesResponse, Status>>> {
        let start = request.start.and_then(|start| start.start);
        {
            let mut state = self.state();
            if let Some(Start::ResumeToken(token)) = &start
                && *token != state.resume_token
            {
                return Err(Error::new(Reason::ResumeTokenExpired, "expired"));
            }
            state.starts.push(start);
        }
        Ok(async_stream::stream! {
            loop {
                let moved = self.moved.notified();
                let resume_token = self.state().resume_token.clone();
                yield Ok(pb::WatchChangesResponse {
                    resume_token,
                    is_checkpoint: true,
                    snapshot: self.token().encode(),
                    ..Default::default()
                });
                moved.await;
            }
        })
    }
}

/// What seals its tokens in a life of its database.
pub fn sealer(epoch: i64) -> Sealer {
    Sealer::new(Part::Registry, b"the registry's", epoch)
}

impl NamedService for Registry {
    const NAME: &'static str = "almanac.registry.v1.RegistryService";
}

type Messages<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

impl Service<Request<Body>> for Registry {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let registry = self.clone();
        Box::pin(async move {
            let method = request.uri().path().rsplit('/').next().map(str::to_owned);
            Ok(match method.as_deref() {
                Some("BatchGetEntities") => {
                    let answer = service_fn(move |asked: tonic::Request<_>| {
                        let answer = registry.batch_get(asked.get_ref());
                        async move { Ok::<_, Status>(tonic::Response::new(answer)) }
                    });
                    Grpc::new(ProstCodec::default())
                        .unary(answer, request)
                        .await
                }
                Some("GetSnapshot") => {
                    let answer = service_fn(move |asked: tonic::Request<_>| {
                        let answer = registry.snapshot(asked.get_ref());
                        async move { Ok::<_, Status>(tonic::Response::new(answer?)) }
                    });
                    Grpc::new(ProstCodec::default())
                        .unary(answer, request)
                        .await
                }
                Some("WatchChanges") => {
                    let answer = service_fn(move |asked: tonic::Request<_>| {
                        let messages = registry.clone().watch(asked.into_inner());
                        async move {
                            let messages: Messages<_> = Box::pin(messages?);
                            Ok::<_, Status>(tonic::Response::new(messages))
                        }
                    });
                    Grpc::new(ProstCodec::default())
                        .server_streaming(answer, request)
                        .await
                }
                _ => Status::unimplemented("not in these tests").into_http(),
            })
        })
    }
}
