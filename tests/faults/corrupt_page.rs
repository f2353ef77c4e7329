//! A disk that gives back something else than what was written. SQLite sees it when a page makes no sense, and not when it
//! is the inside of a report that has changed: that the gateway must see by itself.

use std::{
    collections::HashMap,
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use meldeport::system::{Rng as _, SeededRng};
use reqwest::Method;

use crate::{
    Options, Outcome,
    sealer::{Envelopes, Sealer},
    support::{Database, Node, Site, Start as _, answer, answer_as_it_is, form, id_of, ids_of},
};

const REPORTS: usize = 20;

/// A database with reports that wait, at rest, with its file and what was sent.
async fn at_rest(padding: usize) -> (Site, PathBuf, HashMap<String, Envelopes>) {
    let site = Site::start(Database::sqlite()).await;
    let sealer = Sealer::new(&site, padding);
    let mut server = site.serve().await;
    let skole = site.caller(&server, &site.town.skole);
    let mut sent = HashMap::new();
    for _ in 0..REPORTS {
        let sealed = sealer.seal();
        let request = skole.request(Method::POST, site.send_path()).multipart(form(&sealed.letter, &sealed.asice));
        sent.insert(id_of(&answer(request).await), sealed);
    }
    while site.database.count("melding", "tilstand = 'AKSEPTERT'").await > 0 {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    drop(skole);
    assert_eq!(server.stop(), Some(0));
    let file = site.database.settings.file().unwrap();
    (site, file, sent)
}

/// Overwrites a page from its beginning.
fn spoil(file: &Path, page: u64, size: u64, seed: u64) {
    let mut noise = vec![0; usize::try_from(size).unwrap()];
    SeededRng::new(seed).fill(&mut noise);
    File::options().write(true).open(file).unwrap().write_all_at(&noise, (page - 1) * size).unwrap();
}

/// What the gateway makes of every question: how many answers were right, and how many said that something is wrong.
async fn ask_all(site: &Site, sent: &HashMap<String, Envelopes>) -> (usize, usize, String) {
    let mut server = site.start_node(&Node { filter: "warn,meldeport=info", ..Node::default() }).await;
    let (skole, kommune) = (site.caller(&server, &site.town.skole), site.caller(&server, &site.town.kommune));
    let (mut right, mut said) = (0, 0);
    let mut judge = |answer: &crate::support::Answer, is_right: bool| {
        if answer.status == 200 {
            assert!(is_right, "something else was served");
            right += 1;
        } else {
            let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!((answer.status, body["errorCode"].as_str()), (500, Some("SERVER.INTERN")), "{body}");
            said += 1;
        }
    };
    let list = answer_as_it_is(kommune.request(Method::GET, site.queue("?antall=100"))).await;
    let all = list.status != 200 || ids_of(&list.json(200)).len() == sent.len();
    judge(&list, all);
    for (id, sealed) in sent {
        let content = answer_as_it_is(kommune.request(Method::GET, site.queue(&format!("/{id}/innhold")))).await;
        judge(&content, content.body == sealed.asice);
        let status = answer_as_it_is(skole.request(Method::GET, site.status_path(id))).await;
        let states = status.status != 200 || status.json(200).as_array().unwrap().len() == 2;
        judge(&status, states);
    }
    drop((skole, kommune));
    server.kill();
    let log = server.log.lock().unwrap().clone();
    (right, said, log)
}

/// The root of each table that a report is in, one after the other, and the first page of the file.
pub async fn structure(options: &Options) -> Outcome {
    let (site, file, sent) = at_rest(0).await;
    let whole = std::fs::read(&file).unwrap();
    let size: i64 = site.database.rows("PRAGMA page_size").await[0].try_get_by_index::<i32>(0).unwrap().into();
    let size = u64::try_from(size).unwrap();
    let (mut right_in_all, mut said_in_all, mut spoilt) = (0, 0, 0);
    for table in ["melding", "hendelse", "innhold"] {
        let sql = format!("SELECT rootpage FROM sqlite_master WHERE type = 'table' AND name = '{table}'");
        let page = site.database.rows(&sql).await[0].try_get_by_index::<i32>(0).unwrap();
        spoil(&file, u64::try_from(page).unwrap(), size, options.seed);
        let (right, said, log) = ask_all(&site, &sent).await;
        assert!(said > 0, "{table}: it is noticed");
        assert!(log.contains("database corrupt"), "{table}: and named: {log}");
        spoilt += 1;
        right_in_all += right;
        said_in_all += said;
        restore(&file, &whole);
    }
    let (right, said, _) = ask_all(&site, &sent).await;
    assert_eq!((right, said), (1 + 2 * REPORTS, 0), "and with the pages as they were all is well");
    // Without its first page it is no database at all, and nothing is started on it.
    spoil(&file, 1, size, options.seed);
    let (mut server, ready) = site.spawn(&Node { filter: "warn,meldeport=info", ..Node::default() });
    assert!(ready.await.is_err(), "it does not start");
    assert_ne!(server.ended(), Some(0));
    let log = server.log.lock().unwrap().clone();
    assert!(log.contains("database corrupt"), "and says why: {log}");
    restore(&file, &whole);
    site.finish().await;
    Outcome::Survived(format!(
        "{spoilt} pages spoilt: {said_in_all} answers said so, {right_in_all} were right, none was wrong; without the first page \
         it does not start, and says why"
    ))
}

fn restore(file: &Path, whole: &[u8]) {
    for beside in ["-wal", "-shm"] {
        let mut path = file.to_owned();
        path.as_mut_os_string().push(beside);
        let _ = std::fs::remove_file(path);
    }
    std::fs::write(file, whole).unwrap();
}

/// One bit of a report.
pub async fn content(_: &Options) -> Outcome {
    let (site, file, sent) = at_rest(30_000).await;
    let mut bytes = std::fs::read(&file).unwrap();
    let (id, sealed) = sent.iter().next().unwrap();
    // From the middle, where the row goes on in pages that hold nothing else.
    let middle = &sealed.asice[sealed.asice.len() / 2..][..32];
    let at = bytes.windows(middle.len()).position(|window| window == middle).expect("it lies there byte for byte");
    bytes[at] ^= 1;
    restore(&file, &bytes);
    let (right, said, log) = ask_all(&site, &sent).await;
    assert_eq!((right, said), (2 * REPORTS, 1), "one answer is refused, and no other");
    assert!(log.contains("database corrupt"), "it is named: {log}");
    // It can be fetched from nowhere, so nobody may have it erased by a receipt without knowing.
    assert_eq!(site.database.count("innhold", "1 = 1").await, i64::try_from(REPORTS).unwrap(), "{id}");
    site.finish().await;
    Outcome::Survived(format!(
        "one bit of one report of {REPORTS} changed: 1 answer said so, {right} were right, none was wrong"
    ))
}
