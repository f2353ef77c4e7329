//! What a process that dies or stops leaves behind. That no acknowledged report is ever lost to a kill shows `tests/faults`,
//! which kills for as long as one likes.

use reqwest::Method;

use crate::support::Site;

on_every_database! {
    a_gateway_that_is_killed_leaves_its_jobs_to_the_next,
    a_worker_beside_the_gateway_delivers_and_stops_in_good_order,
    a_gateway_that_is_stopped_the_moment_it_is_ready_stops_in_good_order,
}

async fn a_gateway_that_is_killed_leaves_its_jobs_to_the_next(t: &mut Site) {
    let mut first = t.serve().await;
    let request = t.caller(&first, &t.town.skole).request(Method::POST, t.send_path());
    let id = crate::support::id_of(&crate::support::answer(request.multipart(t.report().form())).await);
    // It may have delivered, hold the lease, or not have got to it.
    first.kill();
    t.run_jobs_later().await;
    let second = t.serve().await;
    let page = t.caller(&second, &t.town.kommune).get(t.queue("")).await.json(200);
    assert_eq!(crate::support::ids_of(&page), [id]);
}

async fn a_worker_beside_the_gateway_delivers_and_stops_in_good_order(t: &mut Site) {
    let mut gateway = t.serve_only().await;
    let request = t.caller(&gateway, &t.town.skole).request(Method::POST, t.send_path());
    let id = crate::support::id_of(&crate::support::answer(request.multipart(t.report().form())).await);
    let kommune = t.caller(&gateway, &t.town.kommune);
    assert_eq!(kommune.get(t.queue("")).await.json(200), serde_json::json!({ "meldinger": [] }));
    let mut worker = t.work().await;
    let page = kommune.get(t.queue("?vent=60")).await.json(200);
    assert_eq!(crate::support::ids_of(&page), [id]);
    assert_eq!(worker.stop(), Some(0));
    assert!(worker.log.lock().unwrap().contains("\"stopped\""), "and says so");
    drop(kommune);
    assert_eq!(gateway.stop(), Some(0));
}

async fn a_gateway_that_is_stopped_the_moment_it_is_ready_stops_in_good_order(t: &mut Site) {
    for _ in 0..3 {
        assert_eq!(t.serve().await.stop(), Some(0));
    }
}
