//! A disk that is nearly full: new reports are refused before they take the room that receipts need.

use meldeport::store::Backend;

use crate::support::Gate;

on_every_database! {
    receipts_have_room_that_reports_may_not_take,
}

async fn receipts_have_room_that_reports_may_not_take(t: &mut Gate) {
    let (first, _) = t.deliver().await;
    let kept = t.database.settings.reserve;
    // As if nearly nothing were left.
    t.database.settings.reserve = u64::MAX / 2;
    t.restart().await;
    let sqlite = t.services().store.backend() == Backend::Sqlite;
    let answer = t.post(&t.report(), None).await;
    if sqlite {
        answer.problem(507, "SERVER.LAGRING_FULL");
    } else {
        answer.json(201);
    }
    t.kommune().post(t.queue(format!("/{first}/mottatt"))).await.json(200);
    assert_eq!(t.states(&first).await.last().unwrap(), "LEVERT");
    assert_eq!(t.database.count("melding", "1 = 1").await, if sqlite { 1 } else { 2 });
    t.database.settings.reserve = kept;
    t.restart().await;
    t.send(&t.report()).await;
    t.run_jobs().await;
}
