//! The changes of one service, however often the connection breaks.

use std::time::Duration;

use futures::stream::{BoxStream, StreamExt as _};
use proto::snapshot::v1::WatchStart;
use proto::snapshot::v1::watch_start::Start;
use proto::{metrics, registry, reporting};
use tonic::{Code, Status};

use super::told::Told;
use crate::cli::connect::Session;
use crate::cli::table::complain;
use crate::role::Role;

/// First and longest pause before a broken watch is opened again.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Services say at least every ten seconds that they are there.
const SILENCE: Duration = Duration::from_secs(40);

/// The changes of one service.
pub struct Feed<'a> {
    session: &'a Session,
    role: Role,
    /// Where the next stream starts.
    start: Option<WatchStart>,
    kinds: Vec<i32>,
    stream: Option<BoxStream<'static, Result<Told, Status>>>,
    pause: Duration,
}

impl<'a> Feed<'a> {
    /// A watch that is not open yet.
    pub fn new(
        session: &'a Session,
        role: Role,
        start: Option<WatchStart>,
        kinds: Vec<i32>,
    ) -> Self {
        Self {
            session,
            role,
            start,
            kinds,
            stream: None,
            pause: FIRST_PAUSE,
        }
    }

    /// The next message. A broken stream is opened again where it broke; an error is one that
    /// trying again does not mend.
    pub async fn next(&mut self) -> Result<Told, Status> {
        loop {
            let heard = tokio::time::timeout(SILENCE, self.message()).await;
            let silent = || Status::unavailable("the service says nothing any more");
            match heard.unwrap_or_else(|_| Err(silent())) {
                Ok(told) => {
                    self.start = Some(WatchStart {
                        start: Some(Start::ResumeToken(told.resume_token.clone())),
                    });
                    self.pause = FIRST_PAUSE;
                    return Ok(told);
                }
                Err(status) if passes(&status) => self.wait(&status).await,
                Err(status) => return Err(status),
            }
        }
    }

    async fn message(&mut self) -> Result<Told, Status> {
        if self.stream.is_none() {
            self.stream = Some(self.open().await?);
        }
        let next = match &mut self.stream {
            Some(stream) => stream.next().await,
            None => None,
        };
        next.unwrap_or_else(|| Err(Status::unavailable("the service ended the watch")))
    }

    async fn wait(&mut self, status: &Status) {
        self.stream = None;
        complain(&format!(
            "{}: {}; trying again in {:.1} s",
            self.role,
            status.message(),
            self.pause.as_secs_f64()
        ));
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    async fn open(&self) -> Result<BoxStream<'static, Result<Told, Status>>, Status> {
        let (start, kinds) = (self.start.clone(), self.kinds.clone());
        Ok(match self.role {
            Role::Registry => {
                let request = registry::v1::WatchChangesRequest { start, kinds };
                let opened = self.session.registry().watch_changes(request).await?;
                told(opened.into_inner())
            }
            Role::Metrics => {
                let request = metrics::v1::WatchChangesRequest { start, kinds };
                let opened = self.session.metrics().watch_changes(request).await?;
                told(opened.into_inner())
            }
            Role::Reporting => {
                let request = reporting::v1::WatchChangesRequest { start, kinds };
                let opened = self.session.reporting().watch_changes(request).await?;
                told(opened.into_inner())
            }
        })
    }
}

fn told<M: Into<Told> + Send + 'static>(
    messages: tonic::Streaming<M>,
) -> BoxStream<'static, Result<Told, Status>> {
    messages.map(|message| message.map(Into::into)).boxed()
}

/// Whether an error may be gone the next time: the service is away or busy, or it was not the
/// service that ended the call.
fn passes(status: &Status) -> bool {
    match status.code() {
        Code::Unavailable | Code::ResourceExhausted => true,
        Code::Unknown | Code::Internal | Code::Cancelled => status.details().is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_tried_again_and_what_the_service_refuses_is_not() {
        let refused = |reason| Status::from(rpc::Error::new(reason, "no"));
        for (status, again) in [
            (refused(rpc::Reason::ShuttingDown), true),
            (refused(rpc::Reason::Overloaded), true),
            (refused(rpc::Reason::DatabaseUnavailable), true),
            (Status::unknown("the connection is gone"), true),
            (refused(rpc::Reason::Internal), false),
            (refused(rpc::Reason::ResumeTokenExpired), false),
            (refused(rpc::Reason::ResumeTokenInvalid), false),
            (Status::unimplemented("no such method"), false),
        ] {
            assert_eq!(passes(&status), again, "{status}");
        }
    }
}
