//! A cable between a client and a server that a test can cut.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// Forwards connections to a server until it is cut.
pub(super) struct Cable {
    end: SocketAddr,
    server: SocketAddr,
    state: Arc<Mutex<State>>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    cut: bool,
    /// How much more goes to the server before the cable breaks.
    breaks: Option<(usize, Break)>,
    open: Vec<TcpStream>,
}

/// What breaks.
#[derive(Clone, Copy)]
pub(super) enum Break {
    /// The connections, as when a server is busy; new ones can be made.
    Connections,
    /// All, as when a server dies.
    Everything,
}

impl Cable {
    /// A cable to `server`.
    pub(super) fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let end = listener.local_addr().unwrap();
        let mut cable = Self { end, server, state: Arc::default(), accepting: None };
        cable.accept(listener);
        cable
    }

    /// Where the client connects.
    pub(super) fn end(&self) -> SocketAddr {
        self.end
    }

    /// Lets the cable break once so many bytes more have gone to the server.
    pub(super) fn break_after(&self, bytes: usize, what: Break) {
        self.state.lock().unwrap().breaks = Some((bytes, what));
    }

    /// Whether it broke as it was told to.
    pub(super) fn broke(&self) -> bool {
        self.state.lock().unwrap().breaks.is_none()
    }

    /// Makes a cut cable whole.
    pub(super) fn mend(&mut self) {
        self.accepting.take().unwrap().join().unwrap();
        self.state.lock().unwrap().cut = false;
        self.accept(TcpListener::bind(self.end).unwrap());
    }

    /// Takes connections until the cable is cut; the listener ends with that, so that the next
    /// client is refused.
    fn accept(&mut self, listener: TcpListener) {
        let (server, end, state) = (self.server, self.end, Arc::clone(&self.state));
        self.accepting = Some(std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let Some(server) = state.lock().unwrap().connect(&client, server) else { return };
                let (from, to) = (copy(&client), copy(&server));
                let state = Arc::clone(&state);
                std::thread::spawn(move || {
                    forward(from, to, |bytes| State::sent(&state, bytes, end));
                });
                std::thread::spawn(move || forward(server, client, |_| ()));
            }
        }));
    }
}

impl State {
    /// Joins a client with the server, unless the cable is cut.
    fn connect(&mut self, client: &TcpStream, server: SocketAddr) -> Option<TcpStream> {
        if self.cut {
            return None;
        }
        let server = TcpStream::connect(server).unwrap();
        self.open.extend([copy(client), copy(&server)]);
        Some(server)
    }

    fn sent(state: &Mutex<Self>, bytes: usize, end: SocketAddr) {
        let mut state = state.lock().unwrap();
        let Some((left, what)) = state.breaks else { return };
        state.breaks = (bytes < left).then(|| (left - bytes, what));
        if bytes < left {
            return;
        }
        for stream in state.open.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if matches!(what, Break::Everything) {
            state.cut = true;
            // Wakes the thread that accepts, so that it ends.
            let _ = TcpStream::connect(end);
        }
    }
}

/// Another hold on the same connection.
fn copy(stream: &TcpStream) -> TcpStream {
    stream.try_clone().unwrap()
}

fn forward(mut from: TcpStream, mut to: TcpStream, sent: impl Fn(usize)) {
    let mut piece = vec![0; 1 << 16];
    loop {
        let length = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        sent(length);
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
