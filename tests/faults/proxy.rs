//! What stands between gateways and database servers where there are several, and may lead elsewhere from one moment to
//! the next.

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

pub struct Proxy {
    pub port: u16,
    target: watch::Sender<u16>,
    dead: watch::Sender<()>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    pub async fn start(target: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (target, now) = watch::channel(target);
        let (dead, died) = watch::channel(());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(forward(client, now.clone(), died.clone()));
            }
        });
        Self { port, target, dead, accepting }
    }

    /// Leads elsewhere; whoever is connected is cut off.
    pub fn switch(&self, target: u16) {
        self.target.send_replace(target);
    }

    /// The cable is out for whoever is connected: nothing comes through any more, and neither end is told. New connections are
    /// good.
    pub fn lose(&self) {
        self.dead.send_replace(());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(mut client: TcpStream, mut target: watch::Receiver<u16>, mut died: watch::Receiver<()>) {
    died.mark_unchanged();
    let port = *target.borrow_and_update();
    let Ok(mut server) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => {}
        _ = target.changed() => {}
        Ok(()) = died.changed() => std::future::pending().await,
    }
}
