//! A disk of a few megabytes that runs full under load, twice: whoever sends is told, nothing is half-written, and the
//! gateway goes on by itself when there is room again. Needs the right to mount a tmpfs.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tokio::time::sleep;

use crate::{
    Options, Outcome,
    load::Load,
    support::{Database, Node, Site, Start as _, free_address},
};

const SENDERS: usize = 16;
const MEGABYTES: usize = 24;

struct Disk {
    folder: TempDir,
}

impl Disk {
    fn mount() -> Result<Self, String> {
        let folder = TempDir::new().map_err(|error| error.to_string())?;
        let options = format!("size={MEGABYTES}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Ok(Self { folder }),
            Ok(output) => {
                Err(format!("a small disk cannot be mounted here: {}", String::from_utf8_lossy(&output.stderr).trim()))
            }
            Err(error) => Err(format!("a small disk cannot be mounted here: {error}")),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("something-else");
        let mut file = File::create(&path).unwrap();
        for size in [64 * 1024, 4096, 512] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.folder.path()).status();
    }
}

pub async fn run(options: &Options) -> Outcome {
    let disk = match Disk::mount() {
        Ok(disk) => disk,
        Err(why) => return Outcome::Skipped(why),
    };
    let file = disk.path().join("meldeport.db");
    let site = Site::start(Database::at(format!("sqlite://{}", file.display()))).await;
    let address = free_address();
    let node = Node { address: &address, database_timeout: 5, filter: "warn,meldeport=info", ..Node::default() };
    let mut server = site.start_node(&node).await;
    let load = Load::new(site, vec![format!("http://{address}")], options.seed, 20_000);
    let parties = load.start(SENDERS);
    let rounds = if options.long { 20 } else { 3 };
    let full = || load.times("507 SERVER.LAGRING_FULL") + load.times("503 SERVER.UTILGJENGELIG");
    for _ in 0..rounds {
        load.works(20).await;
        let (before, begun) = (full(), Instant::now());
        let filler = disk.fill();
        while full() < before + SENDERS {
            assert!(begun.elapsed() < Duration::from_secs(60), "nobody was told: {}", load.told());
            // What the municipality's receipts free is taken, too.
            let _ = disk_write(&filler);
            sleep(Duration::from_millis(50)).await;
        }
        fs::remove_file(&filler).unwrap();
    }
    load.works(20).await;
    load.stop(parties).await;
    let figures = load.audit(true).await;
    let whole = load.site.database.rows("PRAGMA integrity_check").await;
    assert_eq!(whole[0].try_get_by_index::<String>(0).unwrap(), "ok");
    assert!(server.is_running(), "the gateway lives on");
    assert!(load.times("507 SERVER.LAGRING_FULL") > 0, "told what it is: {}", load.told());
    assert_eq!(load.times("answer"), 0, "everyone is answered; told: {}", load.told());
    drop(server);
    load.finish().await;
    drop(disk);
    Outcome::Survived(format!("{rounds} times full; {}", figures.hold()))
}

/// More of what takes the room.
fn disk_write(path: &Path) -> std::io::Result<()> {
    let mut file = File::options().append(true).open(path)?;
    for size in [64 * 1024, 4096, 512] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
    Ok(())
}
