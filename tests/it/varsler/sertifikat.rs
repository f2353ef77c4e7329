//! Certificates that run out.

use meldeport::{domain::oppsett::Oppsett, model::nokkel::NokkelEier, sandbox::keys::RecipientKey};

use super::*;

on_every_database! {
    each_threshold_of_a_certificate_is_told_of_once,
    a_replaced_certificate_is_nobody_s_worry,
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// To the office, and to the operator about the print supplier's.
fn told(sent: &[Epost]) -> [Vec<&str>; 2] {
    [SENTRUM, DRIFT].map(|address| subjects(sent, address))
}

async fn once_at(t: &Gate, time: Timestamp) -> Vec<Epost> {
    t.clock.set(time);
    let sent = tick(t).await;
    assert!(tick(t).await.is_empty(), "once");
    sent
}

async fn each_threshold_of_a_certificate_is_told_of_once(t: &mut Gate) {
    let certificate = &t.kontor(0).nokkel.certificate;
    let end = certificate.valid_to();
    assert_eq!(end, t.town.print.certificate.valid_to(), "one time serves for both");
    t.clock.set(end - 90 * DAY - SignedDuration::from_secs(1));
    assert!(tick(t).await.is_empty());
    let subject = |days: &str| {
        ["Lillevik sentrum barnevern", "utskriftsleverandøren"]
            .map(|whose| vec![format!("Sertifikatet {days} – {whose}")])
    };
    let sent = once_at(t, end - 90 * DAY).await;
    assert_eq!(told(&sent), subject("går ut om 90 dager"));
    let of_office = sent.iter().find(|epost| to(epost) == SENTRUM).unwrap();
    assert!(of_office.tekst.contains(&certificate.serial()), "{}", of_office.tekst);
    assert!(of_office.tekst.contains("Akkurat nå venter ingen slike meldinger."), "{}", of_office.tekst);
    assert!(once_at(t, end - 31 * DAY).await.is_empty());
    // Nobody was there at 30, and what is left is said as it is.
    t.restart().await;
    assert_eq!(told(&once_at(t, end - 12 * DAY).await), subject("går ut om 12 dager"));
    // Nor at 7, nor at 1.
    let (id, _) = t.deliver().await;
    deliver_to_the_other(t).await;
    let sent = once_at(t, end - DAY / 2).await;
    let mine: Vec<_> = sent.iter().filter(|epost| to(epost) == SENTRUM).collect();
    let [of_certificate] = mine.iter().filter(|epost| epost.emne.contains("går ut om")).collect::<Vec<_>>()[..] else {
        panic!("{mine:?}")
    };
    assert!(of_certificate.emne.starts_with("Sertifikatet går ut om én dag"), "{}", of_certificate.emne);
    assert!(of_certificate.tekst.contains("Akkurat nå venter én slik melding."), "{}", of_certificate.tekst);
    let of_print = sent.iter().find(|epost| to(epost) == DRIFT).unwrap();
    assert!(of_print.tekst.contains("er det 2 bekymringsmeldinger som ikke er levert"), "{}", of_print.tekst);
    receipt(t, &id).await;
    let expired = |sent: &[Epost]| told(sent).map(|all| all.iter().filter(|s| s.contains("har gått ut")).count());
    assert_eq!(expired(&once_at(t, end).await), [0, 0], "the last second belongs to it");
    assert_eq!(expired(&once_at(t, end + SignedDuration::from_secs(1)).await), [1, 1]);
    assert_eq!(expired(&once_at(t, end + 30 * DAY).await), [0, 0]);
}

async fn a_replaced_certificate_is_nobody_s_worry(t: &mut Gate) {
    let end = t.kontor(0).nokkel.certificate.valid_to();
    t.clock.set(end - 90 * DAY);
    t.post.refuse("", later());
    tick(t).await;
    assert_eq!(t.database.count("varsel", "ferdig IS NULL").await, 5, "two offices and the print supplier");
    let bydel = &t.kontor(0).bydel;
    let new = RecipientKey::make("Lillevik kommune", t.clock.now(), &*t.rng).unwrap();
    let eier = NokkelEier::Bydel(bydel.kommunenummer, bydel.bydelsnummer);
    t.apply(Oppsett { sertifikater: vec![(eier, new.certificate)], ..Oppsett::default() }).await;
    // The other office is closed, and nothing waits for it.
    t.database.execute("UPDATE bydel SET aktiv = FALSE WHERE bydelsnummer = '02'").await;
    t.post.accept();
    t.clock.advance(5 * MINUTE);
    let sent = tick(t).await;
    assert!(subjects(&sent, SENTRUM).is_empty(), "what was planned for the former one is dropped");
    t.clock.set(end - 30 * DAY);
    assert_eq!(tick(t).await.iter().map(to).collect::<Vec<_>>(), [DRIFT]);
}
