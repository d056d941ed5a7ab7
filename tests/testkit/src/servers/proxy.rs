//! A TCP proxy that stands between a client and a server and does what bad networks do.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::mpsc as answers;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use url::Url;
use uuid::Uuid;

/// What passes at a time where nothing slows it down.
const BUFFER: usize = 16 * 1024;

/// A way to a server that the test can close, slow down and cut. It begins healthy.
///
/// Each method returns when what it asked for holds. A connection that one side resets or closes is
/// reset or closed on the other side too.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    orders: mpsc::UnboundedSender<(Order, answers::Sender<()>)>,
    runtime: Option<Runtime>,
}

#[derive(Debug, Clone, Copy)]
enum Order {
    Become(Network),
    ResetAll,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Network {
    Healthy,
    BlackHole,
    Slow { bytes_per_second: NonZeroU32 },
    Refusing,
}

impl Proxy {
    /// A proxy in front of a server, on a port of its own.
    pub fn to(server: SocketAddr) -> Self {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).enable_all().build().expect("a thread");
        let listener = free_port();
        let address = listener.local_addr().expect("it is bound");
        let (orders, received) = mpsc::unbounded_channel();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).expect("it does not block");
            let front = Front {
                address,
                server,
                listener: Some(listener),
                network: watch::Sender::new(Network::Healthy),
                connections: JoinSet::new(),
            };
            front.serve(received).await;
        });
        Self { address, orders, runtime: Some(runtime) }
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the server by way of this proxy.
    pub fn url(&self, server: &str) -> String {
        let mut url = Url::parse(server).expect("the URL of a server");
        url.set_ip_host(self.address.ip()).expect("a URL with a host");
        url.set_port(Some(self.address.port())).expect("a URL with a host");
        url.into()
    }

    /// Nothing gets through, in either direction, and nobody is told: connections stay open, new
    /// ones are accepted and then met with silence. What is sent waits until `heal`.
    pub fn black_hole(&self) {
        self.order(Order::Become(Network::BlackHole));
    }

    /// Lets so many bytes a second through, in each direction of each connection.
    pub fn throttle(&self, bytes_per_second: u32) {
        let bytes_per_second = NonZeroU32::new(bytes_per_second).expect("one byte at least");
        self.order(Order::Become(Network::Slow { bytes_per_second }));
    }

    /// New connections are refused; those there go on.
    pub fn refuse(&self) {
        self.order(Order::Become(Network::Refusing));
    }

    /// Everything gets through again.
    pub fn heal(&self) {
        self.order(Order::Become(Network::Healthy));
    }

    /// Resets all connections (RST) on both sides, with what was on its way in them.
    pub fn reset_all(&self) {
        self.order(Order::ResetAll);
    }

    fn order(&self, order: Order) {
        let (done, obeyed) = answers::channel();
        self.orders.send((order, done)).expect("the proxy runs as long as its value");
        obeyed.recv().expect("the proxy obeys");
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background(); // a test may be asynchronous, and may not wait here
        }
    }
}

/// A listener below the ports that outgoing connections take, so that the port is still free when a
/// proxy that has refused for a while heals.
fn free_port() -> std::net::TcpListener {
    let bound = (0..100).find_map(|_| {
        let port = 20_000 + (Uuid::now_v7().as_u128() % 12_000) as u16;
        std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).ok()
    });
    let listener = bound.expect("a free port");
    listener.set_nonblocking(true).expect("it need not block");
    listener
}

/// The side of the proxy that clients see.
struct Front {
    address: SocketAddr,
    server: SocketAddr,
    /// None while connections are refused.
    listener: Option<TcpListener>,
    network: watch::Sender<Network>,
    connections: JoinSet<()>,
}

impl Front {
    async fn serve(mut self, mut orders: mpsc::UnboundedReceiver<(Order, answers::Sender<()>)>) {
        loop {
            tokio::select! {
                order = orders.recv() => {
                    let Some((order, done)) = order else { return };
                    self.obey(order).await;
                    let _ = done.send(());
                }
                client = accept(self.listener.as_ref()) => {
                    let connection = connect(client, self.server, self.network.subscribe());
                    self.connections.spawn(async { drop(connection.await) });
                }
                Some(_) = self.connections.join_next() => {}
            }
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::ResetAll => self.connections.shutdown().await,
            Order::Become(network) => {
                self.network.send_replace(network);
                if network == Network::Refusing {
                    self.listener = None;
                } else if self.listener.is_none() {
                    let listener = TcpListener::bind(self.address).await;
                    self.listener = Some(listener.expect("the proxy's port is still free"));
                }
            }
        }
    }
}

async fn accept(listener: Option<&TcpListener>) -> TcpStream {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        if let Ok((client, _)) = listener.accept().await {
            return client;
        }
    }
}

/// Connects a client with the server, both ways. Without lingering, a connection that is dropped
/// before both sides have closed it is reset.
async fn connect(
    mut client: TcpStream,
    server: SocketAddr,
    mut network: watch::Receiver<Network>,
) -> io::Result<()> {
    client.set_zero_linger()?;
    pass(0, &mut network).await;
    let mut server = TcpStream::connect(server).await?;
    server.set_zero_linger()?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    let there = pump(from_client, to_server, network.clone());
    let back = pump(from_server, to_client, network);
    tokio::try_join!(there, back)?;
    Ok(())
}

/// Carries what one side sends to the other until it closes its side.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    mut network: watch::Receiver<Network>,
) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let most = portion(*network.borrow());
        let read = from.read(&mut buffer[..most]).await?;
        pass(read, &mut network).await;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}

/// How much is carried at a time: what a slow network carries in a twentieth of a second.
fn portion(network: Network) -> usize {
    match network {
        Network::Slow { bytes_per_second } => {
            (bytes_per_second.get() as usize / 20).clamp(1, BUFFER)
        }
        _ => BUFFER,
    }
}

/// Waits for as long as the network takes to carry so many bytes.
async fn pass(bytes: usize, network: &mut watch::Receiver<Network>) {
    loop {
        let now = *network.borrow_and_update();
        match now {
            Network::Healthy | Network::Refusing => return,
            // where the proxy goes, this task goes with it
            Network::BlackHole => drop(network.changed().await),
            Network::Slow { bytes_per_second } => {
                let time =
                    Duration::from_secs_f64(bytes as f64 / f64::from(bytes_per_second.get()));
                if tokio::time::timeout(time, network.changed()).await.is_err() {
                    return;
                }
            }
        }
    }
}
