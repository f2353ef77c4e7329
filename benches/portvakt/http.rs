//! The load: connections that ask, wait for the answer, and ask again. Written by hand over TCP, for it shares its cores with
//! the gateway that is measured, and whatever a client does besides asking is taken from that.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::report::quantile;

/// Not counted: connections are opened, caches and buffers filled.
pub const WARM_UP: Duration = Duration::from_millis(300);

static STOPPED: AtomicBool = AtomicBool::new(false);

pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// The first Ctrl-C lets what is under way end.
pub fn stop_at_ctrl_c() {
    tokio::spawn(async {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stopping; here is what there is:");
            STOPPED.store(true, Ordering::Relaxed);
        }
    });
}

/// The bytes of the n-th request, in as many pieces as are handy; `None` when there is nothing left to ask.
pub type Source = Arc<dyn Fn(u64) -> Option<Vec<Bytes>> + Send + Sync>;

/// What came of a load.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub per_second: f64,
    /// Milliseconds.
    pub p50: f64,
    pub p99: f64,
    pub done: usize,
    /// Calls that were answered with 503: the database could not keep up.
    pub busy: usize,
}

impl Outcome {
    /// From the milliseconds that each took, and the seconds that all took together.
    pub fn of(mut times: Vec<f64>, busy: usize, seconds: f64) -> Self {
        Self {
            per_second: times.len() as f64 / seconds,
            p50: quantile(&mut times, 0.5),
            p99: quantile(&mut times, 0.99),
            done: times.len(),
            busy,
        }
    }
}

/// Asks over so many connections, spread over the addresses, for so long.
pub async fn load(
    addresses: &[String],
    connections: usize,
    time: Duration,
    expected: u16,
    source: &Source,
    next: &Arc<AtomicU64>,
) -> Outcome {
    let from = Instant::now() + WARM_UP;
    let until = from + time;
    let tasks = (0..connections).map(|n| {
        let (address, source, next) = (addresses[n % addresses.len()].clone(), source.clone(), next.clone());
        tokio::spawn(async move {
            let mut connection = Connection::open(&address).await;
            let (mut times, mut busy) = (Vec::new(), 0);
            let mut last = Instant::now();
            while last < until && !stopped() {
                let Some(request) = source(next.fetch_add(1, Ordering::Relaxed)) else { break };
                let start = Instant::now();
                let done = connection.ask(&request, expected).await;
                last = Instant::now();
                busy += usize::from(!done);
                // Whatever ends within the time counts, or a rate would lack those that take long.
                if done && last >= from && last <= until {
                    times.push((last - start).as_secs_f64() * 1000.0);
                }
            }
            (times, busy, last)
        })
    });
    let (mut times, mut busy, mut last) = (Vec::new(), 0, from);
    for task in join_all(tasks).await {
        let (some, refused, ended) = task.unwrap();
        times.extend(some);
        busy += refused;
        last = last.max(ended);
    }
    Outcome::of(times, busy, (last.min(until) - from).as_secs_f64())
}

/// One connection, kept open.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, buffer: Vec::with_capacity(64 * 1024) }
    }

    /// Asks, and reads the whole answer. False when that was 503: the gateway, or its database, is too busy.
    pub async fn ask(&mut self, request: &[Bytes], expected: u16) -> bool {
        for piece in request {
            self.stream.write_all(piece).await.unwrap();
        }
        self.buffer.clear();
        let head = loop {
            let read = self.stream.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "the gateway closed the connection");
            if let Some(at) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let text = String::from_utf8_lossy(&self.buffer[..head]).to_ascii_lowercase();
        let status: u16 = text.get(9..12).and_then(|status| status.parse().ok()).unwrap();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize =
            length.unwrap_or_else(|| panic!("an answer without a length: {text}")).trim().parse().unwrap();
        let mut left = (head + length).saturating_sub(self.buffer.len());
        if status != expected || length < 1024 * 1024 {
            while left > 0 {
                left -= self.stream.read_buf(&mut self.buffer).await.unwrap();
            }
        }
        while left > 0 {
            self.buffer.clear();
            left -= self.stream.read_buf(&mut self.buffer).await.unwrap();
        }
        if status != expected && status != 503 {
            panic!("{status} instead of {expected}: {}", String::from_utf8_lossy(&self.buffer));
        }
        status == expected
    }

    /// The body of the last answer, if it had less than a megabyte.
    pub fn body(&self) -> &[u8] {
        let head = self.buffer.windows(4).position(|window| window == b"\r\n\r\n");
        head.map_or(&[], |at| &self.buffer[at + 4..])
    }
}
