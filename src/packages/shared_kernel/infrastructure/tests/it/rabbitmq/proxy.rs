//! A line to a server that can be bad: silent, cut, or slow.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a line that is to bring nothing waits before it looks again.
const LOOK: Duration = Duration::from_millis(5);

#[derive(Default)]
struct Weather {
    /// Nothing passes, nobody is told.
    silent: AtomicBool,
    /// Bytes per second and direction; 0 is no limit.
    rate: AtomicU64,
    open: Mutex<Vec<TcpStream>>,
}

/// A port of this machine behind which a server is, as far as the line lets it.
pub(crate) struct Proxy {
    address: SocketAddr,
    weather: Arc<Weather>,
}

impl Proxy {
    /// A line to the server of a URL `scheme://user:password@host:port/…`.
    pub(crate) fn to(url: &str) -> Self {
        let server: SocketAddr = authority(url).parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let weather = Arc::new(Weather::default());
        let lines = Arc::clone(&weather);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                let Ok(server) = TcpStream::connect(server) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let weather = Arc::clone(&lines);
                    std::thread::spawn(move || weather.carry(from, to));
                }
                lines.open.lock().unwrap().extend([client, server]);
            }
        });
        Self { address, weather }
    }

    /// The URL of the server through this line.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replace(authority(url), &self.address.to_string())
    }

    /// From now on nothing passes, and nobody is told.
    pub(crate) fn fall_silent(&self) {
        self.weather.silent.store(true, Ordering::SeqCst);
    }

    /// It passes again; what was said in the silence is gone with its connections.
    pub(crate) fn speak_again(&self) {
        self.cut();
        self.weather.silent.store(false, Ordering::SeqCst);
    }

    /// From now on at most so many bytes a second pass in each direction.
    pub(crate) fn slow_down(&self, rate: u64) {
        self.weather.rate.store(rate, Ordering::SeqCst);
    }

    /// Ends every connection.
    pub(crate) fn cut(&self) {
        for stream in self.weather.open.lock().unwrap().drain(..) {
            // The other end may have closed it.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn authority(url: &str) -> &str {
    let behind_user = url.split_once('@').unwrap().1;
    behind_user.split('/').next().unwrap()
}

impl Weather {
    fn carry(&self, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = [0; 16 * 1024];
        loop {
            let rate = self.rate.load(Ordering::SeqCst);
            let at_once = if rate == 0 { buffer.len() } else { 1 };
            let read = from.read(&mut buffer[..at_once]).unwrap_or(0);
            if read == 0 {
                let _ = to.shutdown(Shutdown::Both);
                return;
            }
            if rate != 0 {
                std::thread::sleep(Duration::from_secs(1) / rate as u32);
            }
            while self.silent.load(Ordering::SeqCst) {
                std::thread::sleep(LOOK);
            }
            if to.write_all(&buffer[..read]).is_err() {
                let _ = from.shutdown(Shutdown::Both);
                return;
            }
        }
    }
}
