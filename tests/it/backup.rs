//! A copy of the database that is taken while reports come in, and what one gets back from it.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Output},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::Method;

use crate::support::{Site, answer, id_of};

on_every_database! {
    a_copy_taken_under_load_brings_back_each_report_acknowledged_before_it,
    what_is_no_place_for_a_copy_is_refused,
}

fn backup(t: &Site, to: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_meldeport"));
    command.env("MELDEPORT_DATABASE__URL", t.database.url()).arg("backup").arg(to).output().unwrap()
}

async fn a_copy_taken_under_load_brings_back_each_report_acknowledged_before_it(t: &mut Site) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("kopi.db");
    let mut server = t.serve().await;
    let skole = t.caller(&server, &t.town.skole);
    let mut acknowledged = Vec::new();
    for _ in 0..8 {
        let sent = answer(skole.request(Method::POST, t.send_path()).multipart(t.report().form())).await;
        acknowledged.push(id_of(&sent));
    }
    let enough = Arc::new(AtomicBool::new(false));
    let more = tokio::spawn({
        let (skole, path, enough, report) = (skole.clone(), t.send_path(), enough.clone(), t.report());
        async move {
            let mut sent = 0;
            while !enough.load(Ordering::SeqCst) {
                let key = format!("under-kopiering-{sent}");
                let request = skole.request(Method::POST, &path).header("Idempotency-Key", key);
                assert!(answer(request.multipart(report.form())).await.status < 500);
                sent += 1;
            }
            sent
        }
    });
    let taken = backup(t, &copy);
    enough.store(true, Ordering::SeqCst);
    assert!(more.await.unwrap() > 0);
    server.kill();
    let Some(database) = t.database.settings.file() else {
        assert_eq!(taken.status.code(), Some(1), "PostgreSQL has tools of its own");
        assert!(String::from_utf8_lossy(&taken.stderr).contains("pg_dump"));
        assert!(!copy.exists());
        return;
    };
    assert!(taken.status.success(), "{taken:?}");
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600, "for its owner only");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the copy and nothing beside it");
    for rest in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(database.with_extension(rest));
    }
    fs::rename(&copy, &database).unwrap();
    let server = t.serve().await;
    let (skole, kommune) = (t.caller(&server, &t.town.skole), t.caller(&server, &t.town.kommune));
    for id in acknowledged {
        skole.get(t.status_path(&id)).await.json(200);
        assert_eq!(kommune.get(t.queue(&format!("/{id}/innhold"))).await.status, 200);
    }
}

async fn what_is_no_place_for_a_copy_is_refused(t: &mut Site) {
    if t.database.settings.file().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let there = folder.path().join("finnes.db");
    fs::write(&there, "annet").unwrap();
    let refused = backup(t, &there);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("finnes fra før"));
    assert_eq!(fs::read_to_string(&there).unwrap(), "annet");
    assert_eq!(backup(t, &folder.path().join("ingen-mappe/kopi.db")).status.code(), Some(1));
    // A database whose pages cannot be read gives no copy that looks like one.
    let database = t.database.settings.file().unwrap();
    let mut bytes = fs::read(&database).unwrap();
    let page = 4096;
    for byte in bytes.iter_mut().skip(page * 3).take(page * 8) {
        *byte = 0xA5;
    }
    fs::write(&database, bytes).unwrap();
    for rest in ["db-wal", "db-shm"] {
        let _ = fs::remove_file(database.with_extension(rest));
    }
    let broken = folder.path().join("kopi.db");
    let refused = backup(t, &broken);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("corrupt"), "{refused:?}");
    assert!(!broken.exists());
}
