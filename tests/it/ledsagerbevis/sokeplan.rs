//! How the databases go about a search: along an index, newest card first, without reading all there is.

use meldeport::store::{
    Backend,
    ledsagerbevis::sok::{Gren, Sok, plan},
};

use crate::support::{
    Gate,
    bevis::{nytt, utsted},
};

on_every_database! {
    searches_walk_an_index,
}

fn branch(byte: u8, delvis: bool) -> Gren {
    Gren { merke: [byte; 16], delvis }
}

async fn searches_walk_an_index(t: &mut Gate) {
    utsted(t, &nytt()).await;
    let store = &t.services().store;
    if store.backend() == Backend::Postgres {
        // So many that reading all of them would be the dearer way.
        let cards = "INSERT INTO ledsagerbevis (id, organisasjon_id, antall_ledsagere, utlopsdato, ekstern_id, ekstern_id_indeks, \
                     opprettet) SELECT gen_random_uuid(), organisasjon_id, 1, '2029-01-15', ekstern_id, ekstern_id_indeks, \
                     opprettet FROM ledsagerbevis, generate_series(1, 20000)";
        let marks = "INSERT INTO ledsagerbevissok (merke, bevis_id) SELECT decode(repeat(lpad(to_hex(m), 2, '0'), 16), 'hex'), id \
                     FROM ledsagerbevis, generate_series(1, 3) AS g(m)";
        for statement in [cards, marks, "ANALYZE ledsagerbevis", "ANALYZE ledsagerbevissok"] {
            t.database.execute(statement).await;
        }
    }
    let day = || Some("2027-01-15".to_owned());
    for (what, sok) in [
        ("one digest", Sok { grener: vec![branch(1, false)], ..Sok::default() }),
        ("two digests", Sok { grener: vec![branch(1, false)], ogsaa: vec![[2; 16]], ..Sok::default() }),
        (
            "a digest and a state",
            Sok { grener: vec![branch(1, true)], fra: day(), varig: true, revokert: Some(false), ..Sok::default() },
        ),
        (
            "blocks of a span",
            Sok { grener: vec![branch(1, true), branch(2, false), branch(3, false)], fra: day(), ..Sok::default() },
        ),
        (
            "blocks of a span and a digest",
            Sok { grener: vec![branch(1, true), branch(2, false)], ogsaa: vec![[3; 16]], fra: day(), ..Sok::default() },
        ),
    ] {
        let lines = plan(store, &sok, 20).await.unwrap();
        let whole = lines.join("\n");
        match store.backend() {
            Backend::Sqlite => {
                let mut walks = lines.iter().filter(|line| line.contains("ledsagerbevissok")).peekable();
                assert!(walks.peek().is_some(), "{what}\n{whole}");
                let by_key =
                    |line: &String| line.contains("PRIMARY KEY (merke=?") || line.contains("(bevis_id=? AND merke=?)");
                assert!(walks.all(by_key), "{what}\n{whole}");
                assert!(!whole.contains("SCAN ledsagerbevis"), "{what}\n{whole}");
            }
            Backend::Postgres => {
                assert!(!whole.contains("Seq Scan") && !whole.contains("Hash"), "{what}\n{whole}");
                let walks = whole.matches("Index Only Scan Backward using ledsagerbevissok_pkey").count();
                assert!(walks >= sok.grener.len(), "{what}\n{whole}");
            }
        }
    }
    t.send_sms().await;
}
