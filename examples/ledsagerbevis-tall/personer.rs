//! Persons that do not exist, and cards for them, straight into the database.

use jiff::{SignedDuration, Timestamp, ToSpan as _, civil::date};
use meldeport::{
    crypto::at_rest::{BlindIndex, Hvelv, Plass},
    domain::Services,
    model::{
        ledsagerbevis::{BevisId, Bevishendelse, Gyldighet, Hendelsestype, Personrolle},
        revisjon::Aktor,
    },
    store::{
        self,
        ledsagerbevis::{Bevisrad, Personrad},
    },
    system::{Secret, rng::random},
};
use uuid::{Builder, Uuid};

use crate::gate::{DATA_KEY, Gate, PERSON_KEY};

const FORNAVN: [&str; 12] =
    ["Anne", "Anders", "Andrea", "Bjørn", "Kari", "Åse", "Per", "Håkon", "Marte", "Nils", "Sølvi", "Tor-Erik"];
const ETTERNAVN: [&str; 10] = [
    "Oppdiktsen",
    "Fantasidal",
    "Furuvik",
    "Granstad",
    "Hansenvik",
    "Kråkenes",
    "Lillevik",
    "Merkesen",
    "Nøkleby",
    "Øyfjell",
];
/// A name that five of all have, however many there are.
pub const SJELDEN: &str = "Xylofonsen";
const SJELDNE: [u64; 5] = [7, 77, 177, 277, 377];
/// Cards written in one transaction.
const BUNKE: u64 = 500;
/// How long ago the oldest card was issued.
const AAR: i64 = 3 * 365;

pub struct Penn {
    hvelv: Hvelv,
    indeks: BlindIndex,
}

impl Penn {
    pub fn new() -> Self {
        Self {
            hvelv: Hvelv::new(&[Secret::new(DATA_KEY.to_vec())]).unwrap(),
            indeks: BlindIndex::new(Secret::new(PERSON_KEY.to_vec())).unwrap(),
        }
    }

    fn digest(&self, column: &str, text: &str) -> [u8; 32] {
        self.indeks.digest(column, text.as_bytes()).unwrap()
    }

    /// Writes the cards numbered from `from` to `to`, spread over three years.
    pub async fn write(&self, gate: &Gate, from: u64, to: u64) {
        let mut next = from;
        while next < to {
            let end = (next + BUNKE).min(to);
            let cards: Vec<_> = (next..end).map(|n| self.card(gate, n, (to - from).max(1), n - from)).collect();
            let work = gate.services.store.write("tall", cards, |tx, cards| {
                Box::pin(async move {
                    for (card, people, event) in cards {
                        store::ledsagerbevis::insert(tx, card).await?;
                        for person in people {
                            store::ledsagerbevis::insert_person(tx, person).await?;
                        }
                        store::ledsagerbevis::append(tx, event).await?;
                        if let Some((at, grunn)) = &card.revokert {
                            store::ledsagerbevis::revoke(tx, card.id, *at, grunn.clone()).await?;
                        }
                    }
                    Ok::<_, store::StoreError>(())
                })
            });
            work.await.unwrap();
            next = end;
            if next.is_multiple_of(10_000) {
                eprintln!("{next} cards written");
            }
        }
    }

    fn card(&self, gate: &Gate, n: u64, of: u64, nth: u64) -> (Bevisrad, Vec<Personrad>, Bevishendelse) {
        let (rng, now) = (&*gate.rng, gate.now());
        let back = SignedDuration::from_hours(24 * AAR) * i32::try_from(of - nth).unwrap() / i32::try_from(of).unwrap();
        let opprettet = now.checked_sub(back).unwrap();
        let uuid = |at: Timestamp| -> Uuid {
            Builder::from_unix_timestamp_millis(at.as_millisecond().unsigned_abs(), &random(rng)).into_uuid()
        };
        let id = BevisId(uuid(opprettet));
        let [mark, ..] = random::<8>(rng);
        let day = Services::norsk_dag(opprettet);
        let gyldighet = if mark < 12 { Gyldighet::Varig } else { Gyldighet::Til(day.checked_add(2.years()).unwrap()) };
        let seal = |plass, text: &str| self.hvelv.seal(plass, text.as_bytes(), rng).unwrap();
        let reference = reference(n);
        let grunn = (mark % 32 == 31).then(|| seal(Plass::new("ledsagerbevis", id.0, "revokert_grunn"), "Ikke i bruk"));
        let card = Bevisrad {
            id,
            organisasjon: gate.organisasjon,
            antall_ledsagere: 1,
            gyldighet,
            ekstern_id: seal(Plass::new("ledsagerbevis", id.0, "ekstern_id"), &reference),
            ekstern_id_indeks: self.digest("ledsagerbevis.ekstern_id", &reference),
            bilde: None,
            opprettet,
            revokert: grunn.map(|grunn| (now, grunn)),
        };
        let person = |rolle, n: u64, navn: &str| {
            let id = uuid(opprettet);
            let seal = |column, text: &str| seal(Plass::new("ledsagerbevisperson", id, column), text);
            Personrad {
                id,
                bevis: card.id,
                rolle,
                navn: seal("navn", navn),
                fnr: seal("fnr", &fnr(n)),
                fnr_indeks: self.digest("ledsagerbevisperson.fnr", &fnr(n)),
                telefon: seal("telefon", &telefon(n)),
                telefon_indeks: self.digest("ledsagerbevisperson.telefon", &telefon(n)),
                adresse: None,
                fra: opprettet,
                til: None,
            }
        };
        let [one, two, three, four, ..] = random::<8>(rng);
        let name = |first: u8, last: u8| {
            format!(
                "{} {}",
                FORNAVN[usize::from(first) % FORNAVN.len()],
                ETTERNAVN[usize::from(last) % ETTERNAVN.len()]
            )
        };
        let own = if SJELDNE.contains(&n) { format!("Kari {SJELDEN}") } else { name(one, two) };
        let mut people = vec![person(Personrolle::Eier, 2 * n, &own)];
        if mark % 2 == 0 {
            people.push(person(Personrolle::Forvalter, 2 * n + 1, &name(three, four)));
        }
        let event = Bevishendelse {
            bevis: id,
            tidspunkt: opprettet,
            hendelse: Hendelsestype::Opprettet,
            aktor: Aktor::Plattform,
            person: None,
        };
        (card, people, event)
    }
}

pub fn reference(n: u64) -> String {
    format!("Sak 2027/{n}")
}

/// Made up. What is sent to it stays in a folder of the example's.
pub fn telefon(n: u64) -> String {
    format!("+4720{n:06}")
}

/// The n-th number of Skatteetaten's synthetic series (month + 80) with valid check digits, for somebody born from 2000 on.
pub fn fnr(n: u64) -> String {
    // Some have no check digits: then the same of a day a thousand days on, which is no other's.
    let found = (0..14).find_map(|more| {
        let born = date(2000, 1, 1).checked_add(i64::try_from(n / 400 + 1000 * more).unwrap().days()).unwrap();
        let nine = format!("{:02}{:02}{:02}{}", born.day(), born.month() + 80, born.year() % 100, 500 + n % 400);
        let digit = |weights: &[u32], digits: &str| {
            let sum: u32 =
                digits.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
            Some((11 - sum % 11) % 11).filter(|check| *check < 10)
        };
        let first = digit(&[3, 7, 6, 1, 8, 9, 4, 5, 2], &nine)?;
        let ten = format!("{nine}{first}");
        let second = digit(&[5, 4, 3, 2, 7, 6, 5, 4, 3, 2], &ten)?;
        Some(format!("{ten}{second}"))
    });
    found.unwrap()
}
