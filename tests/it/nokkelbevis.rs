//! The keys that reports are sealed to: which certificates are taken, and the proof that their owner has the private key.

use std::time::Duration;

use jiff::SignedDuration;
use meldeport::{domain::DomainSettings, sandbox::keys::RecipientKey, system::Clock as _};
use openssl::{asn1::Asn1Time, ec::EcKey, hash::MessageDigest, nid::Nid, pkey::PKey, x509::X509Builder};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{
    Gate, Report, Settings, V1, V2, keep_log,
    konfig::{Oppsett, certificate, key, office, office_v1, text},
    log, start_of_tests,
};

on_every_database! {
    a_new_key_is_used_when_its_owner_has_shown_it,
    the_former_key_is_good_for_a_while,
    wrong_answers_are_counted,
    a_challenge_lasts_an_hour,
    a_new_upload_takes_the_former_one_s_place,
    what_is_no_key_for_an_office_is_refused_with_the_reason,
    a_private_key_is_nowhere_to_be_found_afterwards,
    one_key_may_serve_several_offices,
    an_operator_may_do_without_the_proof,
}

/// Uploads a certificate for the first office and gives what is answered.
async fn upload(t: &Gate, pem: &str) -> crate::support::Answer {
    let rest = format!("/bydeler/{}/konto", t.kontor(0).bydel.id);
    let konto =
        json!({ "fagsystem": "VISMA_FAMILIA", "stottetVersjon": "V2", "fiksioKonto": { "offentligNokkel": pem } });
    Oppsett::of(t).put(V2, &rest, &konto).await
}

/// The serial number of the certificate that senders are given for the first office.
async fn given_out(t: &Gate) -> String {
    let keys = t.skole().get(format!("{V2}/mottak/fagsystem/9999/01/krypteringsnokler")).await.json(200);
    text(&keys["fiksIOOffentligNokkel"]["serial"])
}

fn serial(pem: &str) -> String {
    meldeport::crypto::certificate::Certificate::from_pem(pem.as_bytes()).unwrap().serial()
}

async fn a_new_key_is_used_when_its_owner_has_shown_it(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let (pem, former) = (certificate("kommune-a-enc-rsa4096"), given_out(t).await);
    let shown = upload(t, &pem).await.json(200);
    let konto = &shown["konto"];
    assert_eq!(konto["fiksioKonto"]["offentligNokkel"]["serial"], former.as_str(), "the former one until then");
    assert_eq!(konto["nokkelbevis"]["serial"], serial(&pem).as_str());
    assert_eq!(konto["nokkelbevis"]["utloper"], "2027-01-15T13:00:00.000Z");
    assert_eq!(given_out(t).await, former);
    // Version 1 shows the same challenge, and the same upload changes nothing.
    assert_eq!(kommune.get(V1, "/bydel/01").await[0]["konto"]["nokkelbevis"], konto["nokkelbevis"]);
    t.clock.advance(SignedDuration::from_mins(1));
    assert_eq!(upload(t, &pem).await.json(200)["konto"]["nokkelbevis"], konto["nokkelbevis"]);

    let in_use = kommune.prove(&shown, &key("kommune-a-enc-rsa4096")).await.json(200);
    assert_eq!((&in_use["serial"], &in_use["valid"]), (&json!(serial(&pem)), &json!(true)));
    assert_eq!(given_out(t).await, serial(&pem));
    let after = kommune.office(&text(&shown["ressursId"])).await;
    assert!(after["konto"]["nokkelbevis"].is_null());
    assert_eq!(after["konto"]["fiksioKonto"]["offentligNokkel"], in_use);
    // It is done: neither the answer again nor the certificate again changes anything.
    kommune.answer_challenge(&shown, &format!("{}=", "A".repeat(43))).await.problem(404, "NOKKELBEVIS.IKKE_FUNNET");
    assert!(upload(t, &pem).await.json(200)["konto"]["nokkelbevis"].is_null());
    assert_eq!(t.database.count("nokkelbevis", "1 = 1").await, 0);
    assert_eq!(t.database.count("nokkel", "bydelsnummer = '01'").await, 2);
}

async fn the_former_key_is_good_for_a_while(t: &mut Gate) {
    let former = t.report();
    let shown = upload(t, &certificate("kommune-b-enc-rsa2048")).await.json(200);
    Oppsett::of(t).prove(&shown, &key("kommune-b-enc-rsa2048")).await.json(200);
    let pem = certificate("kommune-b-enc-rsa2048");
    let new = meldeport::crypto::certificate::Certificate::from_pem(pem.as_bytes()).unwrap();
    let sealed = |t: &Gate| Report::seal(&new, &t.town.print.certificate, start_of_tests(), &*t.rng);
    assert_eq!(t.post(&former, None).await.status, 201);
    assert_eq!(t.post(&sealed(t), None).await.status, 201);
    t.clock.advance(SignedDuration::from_secs(3600));
    t.post(&t.report(), None).await.problem(422, "KONVOLUTT.FEIL_MOTTAKER");
    assert_eq!(t.post(&sealed(t), None).await.status, 201);
    t.run_jobs().await;
}

async fn wrong_answers_are_counted(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let shown = upload(t, &certificate("kommune-a-enc-rsa2048")).await.json(200);
    for malformed in ["", "A", "*", &"A".repeat(44), "AAAA"] {
        let refused = kommune.answer_challenge(&shown, malformed).await;
        refused.problem(400, "KONFIGURASJON.UGYLDIG");
    }
    let wrong = format!("{}=", "A".repeat(43));
    for left in [4, 3, 2, 1] {
        let refused = kommune.answer_challenge(&shown, &wrong).await.problem(422, "NOKKELBEVIS.FEIL_SVAR");
        assert_eq!(refused["errorJson"], json!({ "forsokIgjen": left }));
    }
    // One who has the wrong key has it still; one who mistyped may go on.
    let other = upload(t, &certificate("kommune-a-enc-rsa2048")).await.json(200);
    assert_eq!(other["konto"]["nokkelbevis"], shown["konto"]["nokkelbevis"], "uploading again gives no more tries");
    kommune.answer_challenge(&shown, &wrong).await.problem(422, "NOKKELBEVIS.FEIL_SVAR");
    kommune.prove(&shown, &key("kommune-a-enc-rsa2048")).await.problem(404, "NOKKELBEVIS.IKKE_FUNNET");
    let anew = upload(t, &certificate("kommune-a-enc-rsa2048")).await.json(200);
    assert_ne!(anew["konto"]["nokkelbevis"]["utfordring"], shown["konto"]["nokkelbevis"]["utfordring"]);
    kommune.prove(&anew, &key("kommune-a-enc-rsa2048")).await.json(200);
}

async fn a_challenge_lasts_an_hour(t: &mut Gate) {
    let shown = upload(t, &certificate("kommune-a-enc-rsa2048")).await.json(200);
    t.clock.advance(SignedDuration::from_hours(1));
    let kommune = Oppsett::of(t);
    kommune.prove(&shown, &key("kommune-a-enc-rsa2048")).await.problem(404, "NOKKELBEVIS.IKKE_FUNNET");
    assert!(kommune.office(&text(&shown["ressursId"])).await["konto"]["nokkelbevis"].is_null());
    let anew = upload(t, &certificate("kommune-a-enc-rsa2048")).await.json(200);
    t.clock.advance(SignedDuration::from_secs(3599));
    Oppsett::of(t).prove(&anew, &key("kommune-a-enc-rsa2048")).await.json(200);
    // One that runs out while it waits does not become a key.
    let short =
        RecipientKey::make("Lillevik", t.clock.now() - SignedDuration::from_secs(2 * 365 * 86400 - 1800), &*t.rng);
    let short = short.unwrap();
    let shown = upload(t, &short.certificate.to_pem()).await.json(200);
    t.clock.advance(SignedDuration::from_secs(1801));
    let late = Oppsett::of(t).prove(&shown, &short.private_key().unwrap()).await;
    late.problem(422, "SERTIFIKAT.UTLOPT");
}

async fn a_new_upload_takes_the_former_one_s_place(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let former = upload(t, &certificate("kommune-a-enc-rsa2048")).await.json(200);
    let newer = upload(t, &certificate("kommune-b-enc-rsa2048")).await.json(200);
    kommune.prove(&former, &key("kommune-a-enc-rsa2048")).await.problem(404, "NOKKELBEVIS.IKKE_FUNNET");
    // Nor is it another office's challenge.
    let mut elsewhere = newer.clone();
    elsewhere["ressursId"] = t.kontor(1).bydel.id.to_string().into();
    kommune.prove(&elsewhere, &key("kommune-b-enc-rsa2048")).await.problem(404, "NOKKELBEVIS.IKKE_FUNNET");
    kommune.prove(&newer, &key("kommune-b-enc-rsa2048")).await.json(200);
    assert_eq!(given_out(t).await, serial(&certificate("kommune-b-enc-rsa2048")));
}

/// A certificate with an elliptic key.
fn elliptic() -> String {
    let group = openssl::ec::EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(2).unwrap();
    builder.set_pubkey(&key).unwrap();
    builder.set_not_before(&Asn1Time::from_unix(1_790_000_000).unwrap()).unwrap();
    builder.set_not_after(&Asn1Time::from_unix(1_890_000_000).unwrap()).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    String::from_utf8(builder.build().to_pem().unwrap()).unwrap()
}

fn private_pem() -> String {
    key("kommune-a-enc-rsa2048").to_pkcs8_pem().unwrap().expose().clone()
}

/// The key without the lines round it.
fn private_base64() -> String {
    private_pem().lines().filter(|line| !line.starts_with("-----")).collect()
}

async fn what_is_no_key_for_an_office_is_refused_with_the_reason(t: &mut Gate) {
    let good = certificate("kommune-a-enc-rsa2048");
    let later = RecipientKey::make("Lillevik", t.clock.now() + SignedDuration::from_secs(60), &*t.rng).unwrap();
    let cases = [
        (" \n".to_owned(), "SERTIFIKAT.TOM"),
        ("hei".to_owned(), "SERTIFIKAT.ULESELIG"),
        (good.replace("MII", "MIJ"), "SERTIFIKAT.ULESELIG"),
        (format!("{good}{good}"), "SERTIFIKAT.FLERE"),
        (private_pem(), "SERTIFIKAT.PRIVAT_NOKKEL"),
        (format!("{good}{}", private_pem()), "SERTIFIKAT.PRIVAT_NOKKEL"),
        (private_base64(), "SERTIFIKAT.PRIVAT_NOKKEL"),
        (elliptic(), "SERTIFIKAT.IKKE_RSA"),
        (certificate("weak-enc-rsa1024"), "SERTIFIKAT.SVAK_NOKKEL"),
        (certificate("kommune-a-enc-expired"), "SERTIFIKAT.UTLOPT"),
        (later.certificate.to_pem(), "SERTIFIKAT.IKKE_GYLDIG_ENNA"),
    ];
    let kommune = Oppsett::of(t);
    for (pem, code) in &cases {
        upload(t, pem).await.problem(422, code);
        let new = kommune.call(Method::POST, V2, "/bydeler", Some(&office("03", pem))).await;
        new.problem(422, code);
        if !pem.trim().is_empty() {
            let new = kommune.call(Method::POST, V1, "/bydeler", Some(&office_v1("03", pem))).await;
            new.problem(422, code);
        }
    }
    assert_eq!(t.database.count("nokkelbevis", "1 = 1").await, 0);
    assert_eq!(t.database.count("bydel", "bydelsnummer = '03'").await, 0);
    // Manual reception needs no key by KS's contract. Here the one that there is stays, and another may be given.
    let rest = format!("/bydeler/{}/konto", t.kontor(0).bydel.id);
    let mut manual = json!({ "fagsystem": "MANUELL_MOTTAK", "manuellMottakKonto": { "varselEposter": [] } });
    let shown = kommune.put(V2, &rest, &manual).await.json(200);
    let town = serial(&t.kontor(0).nokkel.certificate.to_pem());
    assert_eq!(shown["konto"]["manuellMottakKonto"]["offentligNokkel"]["serial"], town.as_str());
    manual["manuellMottakKonto"]["offentligNokkel"] = good.into();
    let shown = kommune.put(V2, &rest, &manual).await.json(200);
    kommune.prove(&shown, &key("kommune-a-enc-rsa2048")).await.json(200);
}

async fn a_private_key_is_nowhere_to_be_found_afterwards(t: &mut Gate) {
    keep_log();
    let secret = private_base64();
    let piece = &secret[600..640];
    for pem in [private_pem(), secret.clone()] {
        let refused = upload(t, &pem).await;
        let body = refused.problem(422, "SERTIFIKAT.PRIVAT_NOKKEL");
        assert!(text(&body["message"]).contains("kjent av andre"), "the caller is told what that means: {body}");
        assert!(!refused.text().contains(piece));
    }
    for line in log().lines() {
        assert!(!line.contains(piece), "{line}");
    }
    for (table, column) in [("nokkel", "pem"), ("nokkelbevis", "pem"), ("revisjon", "tilstand_etter")] {
        let condition = format!("{column} LIKE '%{piece}%' OR {column} LIKE '%PRIVATE%'");
        assert_eq!(t.database.count(table, &condition).await, 0, "{table}");
    }
}

async fn one_key_may_serve_several_offices(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let pem = t.kontor(1).nokkel.certificate.to_pem();
    let shown = upload(t, &pem).await.json(200);
    // It is asked for here as well: who sets this office up may be somebody else.
    kommune.prove(&shown, &t.kontor(1).nokkel.private_key().unwrap()).await.json(200);
    assert_eq!(given_out(t).await, serial(&pem));
    assert_eq!(
        kommune.get(V2, "/bydel/02").await[0]["konto"]["fiksioKonto"]["offentligNokkel"]["serial"],
        serial(&pem)
    );
}

async fn an_operator_may_do_without_the_proof(t: &mut Gate) {
    let kommune = Oppsett::of(t);
    let waiting = kommune.create(&office("03", &certificate("kommune-b-enc-rsa2048"))).await;
    assert!(waiting["konto"]["nokkelbevis"].is_object());
    let domain =
        DomainSettings { nokkelbevis: false, nokkel_overgang: Duration::from_secs(60), ..DomainSettings::default() };
    t.restart_with(Settings { domain, ..Settings::default() }).await;
    let kommune = Oppsett::of(t);
    // As KS's own administration does it, without another step.
    let new = office_v1("04", &certificate("kommune-a-enc-rsa2048"));
    assert_eq!(kommune.call(Method::POST, V1, "/bydeler", Some(&new)).await.status, 201);
    let shown: Value = kommune.get(V1, "/bydel/04").await[0].clone();
    assert!(shown["konto"]["nokkelbevis"].is_null());
    assert_eq!(shown["konto"]["offentligNokkel"]["serial"], serial(&certificate("kommune-a-enc-rsa2048")).as_str());
    kommune.set(&text(&shown["ressursId"]), "aktiver").await;
    // What waited when the operator turned it off is taken by another upload.
    let id = text(&waiting["ressursId"]);
    let konto = office("03", &certificate("kommune-b-enc-rsa2048"))["konto"].clone();
    let now = kommune.put(V2, &format!("/bydeler/{id}/konto"), &konto).await.json(200);
    assert!(now["konto"]["nokkelbevis"].is_null() && now["konto"]["fiksioKonto"]["offentligNokkel"]["valid"] == true);
}
