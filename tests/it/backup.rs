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
    a_dump_of_postgres_taken_under_load_brings_back_each_report_acknowledged_before_it,
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

/// A program of PostgreSQL's own, as `docs/operations.md` tells to use it.
fn postgres(program: &str) -> Command {
    let folders = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let found = folders.map(|version| version.path().join("bin").join(program)).find(|path| path.exists());
    Command::new(found.unwrap_or_else(|| program.into()))
}

async fn a_dump_of_postgres_taken_under_load_brings_back_each_report_acknowledged_before_it(t: &mut Site) {
    let Some(schema) = t.database.settings.schema.clone() else { return };
    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("meldeport.dump");
    let mut server = t.serve().await;
    let skole = t.caller(&server, &t.town.skole);
    let mut acknowledged = Vec::new();
    for _ in 0..8 {
        let report = t.report();
        let sent = answer(skole.request(Method::POST, t.send_path()).multipart(report.form())).await;
        acknowledged.push((id_of(&sent), report));
    }
    let enough = Arc::new(AtomicBool::new(false));
    let more = tokio::spawn({
        let (skole, path, enough) = (skole.clone(), t.send_path(), enough.clone());
        let reports: Vec<_> = (0..60).map(|_| t.report()).collect();
        async move {
            let mut sent = 0;
            for report in reports {
                if enough.load(Ordering::SeqCst) {
                    break;
                }
                id_of(&answer(skole.request(Method::POST, &path).multipart(report.form())).await);
                sent += 1;
            }
            sent
        }
    });
    let former = t.database.settings.url.clone();
    let mut taking = postgres("pg_dump");
    taking.args(["--format=custom", "--schema", &schema, "--file"]).arg(&dump).arg(&former);
    let taken = tokio::task::spawn_blocking(move || taking.output().unwrap()).await.unwrap();
    enough.store(true, Ordering::SeqCst);
    assert!(more.await.unwrap() > 0, "reports came in meanwhile");
    assert!(taken.status.success(), "{taken:?}");
    server.kill();

    let restored = format!("restored_{schema}");
    t.database.execute(&format!("CREATE DATABASE {restored}")).await;
    let (address, query) = former.split_once('?').unwrap_or((&former, ""));
    let (base, _) = address.rsplit_once('/').unwrap();
    let target = format!("{base}/{restored}");
    let mut restoring = postgres("pg_restore");
    restoring.args(["--exit-on-error", "--single-transaction", "--no-owner", "--dbname", &target]).arg(&dump);
    let done = tokio::task::spawn_blocking(move || restoring.output().unwrap()).await.unwrap();
    assert!(done.status.success(), "{done:?}");

    t.database.settings.url = if query.is_empty() { target } else { format!("{target}?{query}") };
    let mut server = t.serve().await;
    let (skole, kommune) = (t.caller(&server, &t.town.skole), t.caller(&server, &t.town.kommune));
    for (id, report) in &acknowledged {
        skole.get(t.status_path(id)).await.json(200);
        let content = kommune.get(t.queue(&format!("/{id}/innhold"))).await;
        assert!(content.body == report.asice, "whole, byte for byte");
    }
    // It takes new ones, and knows one that was sent before.
    let (id, report) = &acknowledged[0];
    assert_eq!(&id_of(&answer(skole.request(Method::POST, t.send_path()).multipart(report.form())).await), id);
    let new = t.report();
    id_of(&answer(skole.request(Method::POST, t.send_path()).multipart(new.form())).await);
    assert_eq!(server.stop(), Some(0));
    t.database.settings.url = former;
    t.database.execute(&format!("DROP DATABASE {restored} WITH (FORCE)")).await;
}
