//! The bare yardstick: a tonic server that does nothing but answer, as a process of its own.

use std::convert::Infallible;
use std::env;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Context as _;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::uri::PathAndQuery;
use tokio::net::TcpListener;
use tonic::body::Body;
use tonic::codec::Codec;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Server};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;

use crate::load::{self, Rate};
use crate::usage;

/// The argument that makes this program the echo server.
pub const FLAG: &str = "--echo";

/// As much as a series of 60 figures takes, packed.
const ANSWER_BYTES: usize = 392;
const REQUEST_BYTES: usize = 40;
const PATH: &str = "/bench.Echo/Echo";

/// Serves until the process is killed; says on standard output where it listens.
pub async fn serve() -> anyhow::Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    writeln!(io::stdout(), "{address}")?;
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    let server = Server::builder().add_service(Answering);
    server.serve_with_incoming(incoming).await?;
    Ok(())
}

/// The service, without generated code.
#[derive(Clone)]
struct Answering;

impl NamedService for Answering {
    const NAME: &'static str = "bench.Echo";
}

impl UnaryService<Bytes> for Answering {
    type Response = Bytes;
    type Future = std::future::Ready<Result<Response<Bytes>, Status>>;

    fn call(&mut self, _request: Request<Bytes>) -> Self::Future {
        static ANSWER: [u8; ANSWER_BYTES] = [7; ANSWER_BYTES];
        std::future::ready(Ok(Response::new(Bytes::from_static(&ANSWER))))
    }
}

impl tower::Service<http::Request<Body>> for Answering {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = Grpc::new(codec());
            Ok(grpc.unary(Answering, request).await)
        })
    }
}

fn codec() -> impl Codec<Encode = Bytes, Decode = Bytes> {
    ProstCodec::<Bytes, Bytes>::default()
}

/// The running echo server. Killed when dropped.
pub struct Echo {
    child: Child,
    channels: Vec<Channel>,
}

impl Echo {
    /// Starts this same program anew as the server.
    pub async fn start() -> anyhow::Result<Self> {
        let program = env::current_exe()?;
        let mut command = Command::new(program);
        command
            .arg(FLAG)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut child = command.spawn().context("start the echo server")?;
        let stdout = child
            .stdout
            .take()
            .context("the echo server has no output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address: SocketAddr = line
            .trim()
            .parse()
            .context("the address of the echo server")?;
        let channels = load::channels(address, load::CHANNELS).await?;
        Ok(Self { child, channels })
    }

    /// Calls a second, at the usual load.
    pub async fn rate(&self, length: Duration) -> anyhow::Result<Rate> {
        load::drive(&self.channels, length, |channel, _| async move {
            let mut client = tonic::client::Grpc::new(channel);
            client
                .ready()
                .await
                .map_err(|cause| Status::unavailable(cause.to_string()))?;
            let request = Request::new(Bytes::from_static(&[1; REQUEST_BYTES]));
            let path = PathAndQuery::from_static(PATH);
            let answer: Response<Bytes> = client.unary(request, path, codec()).await?;
            match answer.into_inner().len() {
                ANSWER_BYTES => Ok(()),
                _ => Err(Status::data_loss("the echo is not as long as it should be")),
            }
        })
        .await
    }

    /// Its memory after start, which is as little as a server of this kind takes.
    pub fn memory(&self) -> anyhow::Result<f64> {
        Ok(usage::memory(self.child.id())?.now_mb)
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        // It may have ended already.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
