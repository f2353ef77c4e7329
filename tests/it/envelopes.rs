//! The check at the door: an envelope that its receiver could not open is refused, and the sender is told how to mend
//! it. The vectors are those of `tests/fixtures`.

use jiff::SignedDuration;
use meldeport::crypto::certificate::Certificate;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::support::{Answer, Gate, Report, Sak, V1, V2, answer, fixture, form, id_of, register};

on_every_database! {
    every_vector_gets_its_verdict,
    the_letter_is_checked_as_well,
    a_former_certificate_is_accepted_for_a_while,
    a_repeated_report_is_recognised_after_a_change_of_certificate,
    an_office_is_sent_no_newer_version_than_it_takes,
}

#[derive(Deserialize)]
struct Vector {
    file: String,
    server_verdict: Option<String>,
    registered_certificate: Option<String>,
}

/// What the sender is told, by the file's name.
const REFUSED: [(&str, &str); 16] = [
    ("neg/ciphertext-not-block-multiple.cms", "KONVOLUTT.BLOKKLENGDE"),
    ("neg/empty.cms", "KONVOLUTT.TOM"),
    ("neg/ks-java-to-expired-cert.cms", "KONVOLUTT.SERTIFIKAT_UTLOPT"),
    ("neg/ks-java-weak-rsa1024.cms", "KONVOLUTT.SVAK_NOKKEL"),
    ("neg/ks-java-wrong-recipient-kommune-b.cms", "KONVOLUTT.FEIL_MOTTAKER"),
    ("neg/nesting-bomb.cms", "KONVOLUTT.NOSTING"),
    ("neg/openssl3-oaep-sha1-default.cms", "KONVOLUTT.OAEP_HASH"),
    ("neg/openssl3-oaep256-3des.cms", "KONVOLUTT.INNHOLDSKRYPTERING"),
    ("neg/openssl3-oaep256-aes128.cms", "KONVOLUTT.INNHOLDSKRYPTERING"),
    ("neg/openssl3-oaep256-aes256gcm-authenveloped.cms", "KONVOLUTT.AUTHENVELOPED"),
    ("neg/openssl3-pkcs1v15-aes256.cms", "KONVOLUTT.NOKKELTRANSPORT"),
    ("neg/pem-instead-of-der.cms", "KONVOLUTT.PEM"),
    ("neg/plain-pdf.cms", "KONVOLUTT.UKRYPTERT"),
    ("neg/trailing-garbage.cms", "KONVOLUTT.EKSTRA_BYTES"),
    ("neg/truncated-in-content.cms", "KONVOLUTT.AVKORTET"),
    ("neg/zero-recipients.cms", "KONVOLUTT.INGEN_MOTTAKER"),
];

async fn send(t: &Gate, letter: &[u8], asice: &[u8]) -> Answer {
    let request = t.skole().request(Method::POST, t.send_path(V2, 0, Sak::Offentlig));
    answer(request.header("Idempotency-Key", t.ids.uuid().to_string()).multipart(form(letter, asice))).await
}

async fn nothing_is_stored(t: &Gate) {
    for table in ["melding", "innhold", "hendelse", "jobb", "idempotens", "duplikatvern"] {
        assert_eq!(t.database.count(table, "1 = 1").await, 0, "{table}");
    }
}

/// The refusal names the certificate that is right, and where it is to be had.
fn names_the_right_certificate(refusal: &serde_json::Value, part: &str, right: &Certificate) {
    let facts = &refusal["errorJson"];
    assert_eq!(facts["del"], part);
    assert_eq!(facts["riktigSertifikat"]["serial"], right.serial());
    assert_eq!(facts["riktigSertifikat"]["subjectDN"], right.subject_dn());
    assert!(refusal["message"].as_str().unwrap().contains(&format!("«{part}»")));
    let address = format!("{V2}/mottak/fagsystem/9999/01/krypteringsnokler");
    assert_eq!(facts["riktigSertifikat"]["hentesFra"], address);
}

async fn every_vector_gets_its_verdict(t: &mut Gate) {
    let vectors: Vec<Vector> = serde_json::from_slice(&fixture("MANIFEST.json")).unwrap();
    let judged = |verdict: &str| {
        let same = |vector: &&Vector| {
            vector.server_verdict.as_deref().is_some_and(|v| (v == "reject") == (verdict == "reject"))
        };
        vectors.iter().filter(same).collect::<Vec<_>>()
    };
    let letter = t.report().letter;
    let (refused, accepted) = (judged("reject"), judged("accept"));
    assert_eq!((refused.len(), accepted.len()), (REFUSED.len(), 35));
    let change = async |vector: &Vector| {
        let pem = fixture(vector.registered_certificate.as_ref().unwrap());
        // Two hours later the certificate before is no longer accepted.
        t.clock.advance(SignedDuration::from_hours(2));
        register(t, Some(0), &pem).await;
        Certificate::from_pem(&pem).unwrap()
    };
    for vector in refused {
        let right = change(vector).await;
        let (_, code) = REFUSED.iter().find(|(file, _)| *file == vector.file).expect("a code for each");
        let refusal = send(t, &letter, &fixture(&vector.file)).await.problem(422, code);
        names_the_right_certificate(&refusal, "asice", &right);
    }
    nothing_is_stored(t).await;
    for vector in accepted {
        let right = change(vector).await;
        let envelope = fixture(&vector.file);
        let id = id_of(&send(t, &letter, &envelope).await);
        t.run_jobs().await;
        let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
        let flag = vector.server_verdict.as_deref() == Some("accept-flag");
        assert_eq!(row["profil"], if flag { "KS_DOTNET" } else { "KS" }, "{}", vector.file);
        assert_eq!(row["mottakerSertifikatSerienummer"], right.serial());
        let content = t.kommune().get(t.queue(format!("/{id}/innhold"))).await;
        assert_eq!(content.body, envelope, "{}", vector.file);
    }
}

async fn the_letter_is_checked_as_well(t: &mut Gate) {
    let report = t.report();
    let print = &t.town.print.certificate;
    for (letter, code) in [
        (report.pdf.clone(), "KONVOLUTT.UKRYPTERT"),
        (report.asice.clone(), "KONVOLUTT.FEIL_MOTTAKER"),
        (Vec::new(), "KONVOLUTT.TOM"),
    ] {
        let refusal = send(t, &letter, &report.asice).await.problem(422, code);
        names_the_right_certificate(&refusal, "bekymringsmelding", print);
    }
    nothing_is_stored(t).await;
    send(t, &report.letter, &report.asice).await.json(201);
    t.run_jobs().await;
}

async fn a_former_certificate_is_accepted_for_a_while(t: &mut Gate) {
    let (former, new) = (&t.kontor(0).nokkel.certificate, &t.kontor(1).nokkel.certificate);
    register(t, Some(0), new.to_pem().as_bytes()).await;
    let keys = t.skole().get(format!("{V1}/mottak/fagsystem/9999/01/krypteringsnokler")).await.json(200);
    assert_eq!(keys["fiksIOOffentligNokkel"]["serial"], new.serial(), "only the new one is given out");
    t.clock.advance(SignedDuration::from_secs(3599));
    let late = t.report();
    let id = id_of(&send(t, &late.letter, &late.asice).await);
    t.run_jobs().await;
    let row = t.kommune().get(t.queue(format!("/{id}"))).await.json(200);
    assert_eq!(row["mottakerSertifikatSerienummer"], former.serial(), "the municipality sees which key opens it");
    t.clock.advance(SignedDuration::from_secs(1));
    let too_late = t.report();
    let refusal = send(t, &too_late.letter, &too_late.asice).await.problem(422, "KONVOLUTT.FEIL_MOTTAKER");
    names_the_right_certificate(&refusal, "asice", new);
    let renewed = Report::seal(new, &t.town.print.certificate, t.kontor(0).nokkel.certificate.valid_from(), &*t.rng);
    send(t, &renewed.letter, &renewed.asice).await.json(201);
    t.run_jobs().await;
}

async fn a_repeated_report_is_recognised_after_a_change_of_certificate(t: &mut Gate) {
    let report = t.report();
    let id = id_of(&send(t, &report.letter, &report.asice).await);
    register(t, Some(0), t.kontor(1).nokkel.certificate.to_pem().as_bytes()).await;
    t.clock.advance(SignedDuration::from_hours(3));
    assert_eq!(id_of(&send(t, &report.letter, &report.asice).await), id, "it is stored, so the sender need not act");
    t.run_jobs().await;
}

async fn an_office_is_sent_no_newer_version_than_it_takes(t: &mut Gate) {
    let report = t.report_to(1);
    let post = async |version| {
        answer(t.skole().request(Method::POST, t.send_path(version, 1, Sak::Offentlig)).multipart(report.form())).await
    };
    let refusal = post(V2).await.problem(422, "BEKYMRINGSMELDING.VERSJON_IKKE_STOTTET");
    assert_eq!(refusal["errorJson"], json!({ "versjon": "V2", "stottetVersjon": "V1" }));
    nothing_is_stored(t).await;
    post(V1).await.json(201);
    t.run_jobs().await;
}
