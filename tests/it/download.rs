//! The sealed content over HTTP: exact bytes, with all that a careful client needs to check and to go on.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use openssl::sha::sha256;
use reqwest::Method;

use crate::support::{Answer, Gate, answer};

on_every_database! {
    the_file_has_its_name_and_digests,
    an_interrupted_download_goes_on,
    a_download_that_the_caller_has_is_not_sent_again,
    a_range_outside_of_the_file_is_refused,
}

async fn download(t: &Gate, id: &str, headers: &[(&str, &str)]) -> Answer {
    let request = t.kommune().request(Method::GET, t.queue(format!("/{id}/innhold")));
    answer(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
}

fn digest(bytes: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256(bytes)))
}

async fn the_file_has_its_name_and_digests(t: &mut Gate) {
    let (id, report) = t.deliver().await;
    let whole = download(t, &id, &[]).await;
    assert_eq!(whole.status, 200);
    assert_eq!(whole.body, report.asice);
    let mottaker = t.town.kommune.organisasjon.id;
    let name = format!("attachment; filename=\"FiksIO_encrypted_{mottaker}_01.zip\"");
    let expected = digest(&report.asice);
    for (header, value) in [
        ("content-disposition", name.as_str()),
        ("content-type", "application/octet-stream"),
        ("content-digest", &expected),
        ("repr-digest", &expected),
        ("accept-ranges", "bytes"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(whole.header(header), Some(value), "{header}");
    }
    assert_eq!(whole.header("content-length"), Some(report.asice.len().to_string().as_str()));
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    assert_eq!(row["sha256"], hex::encode(sha256(&report.asice)).as_str());
    assert_eq!(row["storrelse"], report.asice.len());
    assert!(name.contains(row["filnavn"].as_str().unwrap()));
    let office = &t.kontor(0).nokkel.certificate;
    assert_eq!(row["mottakerSertifikatSerienummer"], office.serial().as_str());
}

async fn an_interrupted_download_goes_on(t: &mut Gate) {
    let (id, report) = t.deliver().await;
    let total = report.asice.len();
    let etag = download(t, &id, &[]).await.header("etag").unwrap().to_owned();
    let rest = format!("bytes 100-{}/{total}", total - 1);
    for (range, expected, content_range) in [
        ("bytes=100-", &report.asice[100..], rest.as_str()),
        ("bytes=0-9", &report.asice[..10], &format!("bytes 0-9/{total}")),
        ("bytes=-10", &report.asice[total - 10..], &format!("bytes {}-{}/{total}", total - 10, total - 1)),
        ("bytes=100-999999", &report.asice[100..], &rest),
    ] {
        let part = download(t, &id, &[("range", range), ("if-range", &etag)]).await;
        assert_eq!((part.status, part.header("content-range")), (206, Some(content_range)), "{range}");
        assert_eq!(part.body, expected, "{range}");
        assert_eq!(part.header("content-digest"), Some(digest(expected).as_str()), "of what was sent");
        assert_eq!(part.header("repr-digest"), Some(digest(&report.asice).as_str()), "of the whole");
        assert_eq!(part.header("etag"), Some(etag.as_str()));
    }
    // Of another file than the caller has the beginning of, all is sent; so it is for several ranges.
    for headers in [&[("range", "bytes=100-"), ("if-range", "\"other\"")][..], &[("range", "bytes=0-1,5-6")]] {
        let whole = download(t, &id, headers).await;
        assert_eq!((whole.status, whole.body.len()), (200, total), "{headers:?}");
    }
}

async fn a_download_that_the_caller_has_is_not_sent_again(t: &mut Gate) {
    let (id, _) = t.deliver().await;
    let etag = download(t, &id, &[]).await.header("etag").unwrap().to_owned();
    let known = download(t, &id, &[("if-none-match", &etag)]).await;
    assert_eq!((known.status, known.body.len(), known.header("etag")), (304, 0, Some(etag.as_str())));
    assert_eq!(download(t, &id, &[("if-none-match", "\"other\"")]).await.status, 200);
}

async fn a_range_outside_of_the_file_is_refused(t: &mut Gate) {
    let (id, report) = t.deliver().await;
    let total = report.asice.len();
    let refused = download(t, &id, &[("range", "bytes=999999-")]).await;
    let body = refused.problem(416, "FORESPORSEL.REKKEVIDDE");
    assert_eq!(body["errorJson"]["storrelse"], total);
    // The text of the error says so, and RFC 9110 §15.5.17 asks for it.
    assert_eq!(refused.header("content-range"), Some(format!("bytes */{total}").as_str()));
}
