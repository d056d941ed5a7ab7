//! One connection to the broker with one channel, and its end.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::fd::AsFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lapin::tcp::{AsyncTcpStream, TLSConfig};
use lapin::uri::{AMQPScheme, AMQPUri};
use lapin::{Channel, Connection, ConnectionProperties, ConnectionStatus};

use super::standing::Trouble;

/// How long the broker may take to let us in, or to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it may take to let us go.
const CLOSE_PATIENCE: Duration = Duration::from_millis(500);

/// One connection with one channel; it is gone when this is dropped.
pub(super) struct Link {
    connection: Connection,
    pub(super) channel: Channel,
    /// Last, so that the socket is cut when the rest has been dropped.
    _cut: CutOnDrop,
}

impl Link {
    /// Connects; `name` is what the broker shows of us.
    pub(super) async fn open(uri: &AMQPUri, name: String) -> Result<Self, Trouble> {
        let cut = CutOnDrop(Socket::default());
        let opening = async {
            let connection = connect(uri, name, cut.0.clone()).await?;
            let channel = connection.create_channel().await?;
            Ok::<_, lapin::Error>((connection, channel))
        };
        let opened = tokio::time::timeout(PATIENCE, opening).await;
        let (connection, channel) = opened.map_err(|_| Trouble::silent())??;
        Ok(Self { connection, channel, _cut: cut })
    }

    pub(super) fn status(&self) -> &ConnectionStatus {
        self.connection.status()
    }

    pub(super) fn is_alive(&self) -> bool {
        self.status().connected() && self.channel.status().connected()
    }

    /// Asks the broker for something that it does at once, or not at all.
    pub(super) async fn ask(
        &self,
        question: impl Future<Output = Result<(), Trouble>>,
    ) -> Result<(), Trouble> {
        let answered = tokio::time::timeout(PATIENCE, question).await;
        answered.unwrap_or_else(|_| Err(Trouble::silent()))
    }

    /// Takes leave of the broker.
    pub(super) async fn close(self) {
        // Where it does not hear us, the socket is cut anyway.
        let closing = self.connection.close(200, "stopped".into());
        let _ = tokio::time::timeout(CLOSE_PATIENCE, closing).await;
    }
}

async fn connect(uri: &AMQPUri, name: String, socket: Socket) -> lapin::Result<Connection> {
    let properties = ConnectionProperties::default().with_connection_name(name.into());
    let runtime = lapin::runtime::default_runtime()?;
    // The client dials on a thread of its own, which would wait for ever for a peer that says
    // nothing: hence the limit, and the hand on the socket.
    Connection::connector(
        uri.clone(),
        runtime,
        async move |uri, runtime| {
            let dialling = async {
                let host = uri.authority.host.as_str();
                let addresses = tokio::net::lookup_host((host, uri.authority.port)).await?;
                let addresses: Vec<SocketAddr> = addresses.collect();
                let stream = AsyncTcpStream::connect(&runtime, addresses).await?;
                if let AsyncTcpStream::Plain(plain) = &stream {
                    socket.hold(plain.get_ref().as_fd().try_clone_to_owned()?.into())?;
                }
                match uri.scheme {
                    AMQPScheme::AMQP => Ok(stream),
                    AMQPScheme::AMQPS => stream.into_tls(host, TLSConfig::default()).await,
                }
            };
            let dialled = tokio::time::timeout(PATIENCE, dialling).await;
            Ok(dialled.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?)
        },
        properties,
    )
    .await
}

/// A hand on the socket under a connection. A broker that is blocked or behind a dead line hears
/// no goodbye; the client's thread ends when its socket does.
#[derive(Clone, Default)]
struct Socket(Arc<Mutex<Held>>);

#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    Open(TcpStream),
    Cut,
}

impl Socket {
    /// Takes hold; an error when the connection was given up meanwhile.
    fn hold(&self, stream: TcpStream) -> io::Result<()> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*held, Held::Cut) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        *held = Held::Open(stream);
        Ok(())
    }
}

struct CutOnDrop(Socket);

impl Drop for CutOnDrop {
    fn drop(&mut self) {
        let mut held = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Held::Open(stream) = std::mem::replace(&mut *held, Held::Cut) {
            // One that the other side has closed is not open any more.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}
