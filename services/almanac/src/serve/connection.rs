//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tonic::body::Body;
use uuid::Uuid;

use crate::config::Limits;
use crate::layer::{Held, Next};
use crate::serve::foreign;

const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(30);
const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(10);
const HEADER_LIST: u32 = 16 << 10;
/// What a client of HTTP/2 says first.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The frame header of the settings that follow the preface.
const FRAME_HEADER: usize = 9;
const PEEK_PAUSE: Duration = Duration::from_millis(10);
/// A client that was asked to leave and has nothing in flight for so long is not waited for.
const IDLE: Duration = Duration::from_secs(1);

/// How connections are served. Cloning costs reference counts.
#[derive(Debug, Clone)]
pub struct Connections {
    http: http2::Builder<TokioExecutor>,
    services: Next,
    handshake: Duration,
    age: Duration,
}

impl Connections {
    /// Connections on which `services` answer.
    pub fn new(services: Next, limits: &Limits) -> Self {
        let mut http = http2::Builder::new(TokioExecutor::new());
        http.timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams_per_connection)
            .max_header_list_size(HEADER_LIST)
            .keep_alive_interval(KEEPALIVE_INTERVAL)
            .keep_alive_timeout(KEEPALIVE_TIMEOUT);
        Self {
            http,
            services,
            handshake: Duration::from_secs(limits.handshake_timeout_secs),
            age: Duration::from_secs(limits.connection_age_secs),
        }
    }

    /// Serves one until it ends. When it is old, or `stopping` is cancelled, the client is
    /// asked to leave, and requests in flight end undisturbed.
    pub async fn serve(self, stream: TcpStream, stopping: CancellationToken) {
        let spoken = tokio::time::timeout(self.handshake, spoken(&stream));
        match stopping.run_until_cancelled(spoken).await {
            Some(Ok(Ok(Spoken::Http1))) => {
                return foreign::answer_http1(stream, self.handshake).await;
            }
            Some(Ok(Ok(Spoken::Http2))) => {}
            _ => return,
        }
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%cause, "cannot set TCP_NODELAY");
        }
        let (services, busy) = (self.services, Busy::default());
        let counted = busy.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let (services, one) = (services.clone(), counted.begin());
            async move {
                let response = match foreign::refusal(&request) {
                    Some(refusal) => refusal,
                    None => services.run(request.map(Body::new)).await,
                };
                Ok::<_, Infallible>(response.map(|body| Held::until_end_of(body, one)))
            }
        });
        let mut connection = pin!(self.http.serve_connection(TokioIo::new(stream), service));
        tokio::select! {
            _ = &mut connection => return,
            () = stopping.cancelled() => {}
            () = tokio::time::sleep(jittered(self.age)) => {}
        }
        connection.as_mut().graceful_shutdown();
        tokio::select! {
            _ = &mut connection => {}
            () = busy.idle() => {}
        }
    }
}

/// How a client begins.
enum Spoken {
    /// As HTTP/2 begins, or like nothing, which HTTP/2 then refuses.
    Http2,
    /// By a word in capitals, as requests of HTTP/1 do.
    Http1,
}

/// Waits until the client has sent what every client of HTTP/2 sends first, or something
/// else.
async fn spoken(stream: &TcpStream) -> std::io::Result<Spoken> {
    let mut start = [0; PREFACE.len() + FRAME_HEADER];
    loop {
        let length = stream.peek(&mut start).await?;
        let preface = length.min(PREFACE.len());
        if start[..preface] != PREFACE[..preface] && start[0].is_ascii_uppercase() {
            return Ok(Spoken::Http1);
        }
        if length == 0 || length == start.len() || start[..preface] != PREFACE[..preface] {
            return Ok(Spoken::Http2);
        }
        // The socket stays readable, so that only time can pass until there is more.
        tokio::time::sleep(PEEK_PAUSE).await;
    }
}

/// The age, up to a tenth more or less, so that clients that came together leave apart.
fn jittered(age: Duration) -> Duration {
    let random = u32::from(Uuid::new_v4().as_bytes()[0]);
    age * 9 / 10 + age / 5 * random / 255
}

/// Requests in flight on one connection.
#[derive(Debug, Clone, Default)]
struct Busy(Arc<AtomicUsize>);

impl Busy {
    fn begin(&self) -> One {
        self.0.fetch_add(1, Ordering::SeqCst);
        One(self.clone())
    }

    async fn idle(&self) {
        loop {
            tokio::time::sleep(IDLE).await;
            if self.0.load(Ordering::SeqCst) == 0 {
                return;
            }
        }
    }
}

/// One request in flight.
#[derive(Debug)]
struct One(Busy);

impl Drop for One {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}
