//! A wire that can be cut.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Passes connections on to a server, until it is cut and after it is mended.
pub struct Proxy {
    address: SocketAddr,
    to: Arc<Mutex<SocketAddr>>,
    whole: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// A whole wire to a server.
    pub async fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let (to, whole) = (Arc::new(Mutex::new(server)), watch::Sender::new(true));
        let (target, state) = (Arc::clone(&to), whole.subscribe());
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = *target.lock().expect("nobody panics with the lock");
                tokio::spawn(pass(stream, server, state.clone()));
            }
        });
        Self {
            address,
            to,
            whole,
            accepting,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends all connections, and new ones at once.
    pub fn cut(&self) {
        self.whole.send_replace(false);
    }

    /// Passes on again, to a server that may be another one.
    pub fn mend(&self, server: SocketAddr) {
        *self.to.lock().expect("nobody panics with the lock") = server;
        self.whole.send_replace(true);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn pass(mut stream: TcpStream, server: SocketAddr, mut whole: watch::Receiver<bool>) {
    if !*whole.borrow() {
        return;
    }
    let Ok(mut upstream) = TcpStream::connect(server).await else {
        return;
    };
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut stream, &mut upstream) => {}
        _ = whole.wait_for(|whole| !whole) => {}
    }
}
