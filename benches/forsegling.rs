//! What it costs to take a report in the clear, as shares of the whole and beside the libraries' bare calls, all in one run:
//!
//! ```text
//! cargo bench --bench forsegling [-- ROUNDS]
//! ```

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark stops where it is surprised, and prints")]

use std::{hint::black_box, sync::Arc, time::Instant};

use meldeport::{
    crypto::{asice, certificate::Certificate, cms, jose},
    model::{
        MeldingId,
        melding::{Skjematype, Versjon},
        skjema::{SkjemaId, Variant},
    },
    pdf::{Avsender, Dokument, Kvittering, Mottaker, Renderer, Sprak},
    sandbox::town::Town,
    skjema::{parse::parse, register},
    system::{FrozenClock, Ids, SeededRng},
};
use openssl::{
    encrypt::Encrypter,
    hash::MessageDigest,
    pkey::PKey,
    rsa::Padding,
    symm::{self, Cipher},
};

const REPORT: &[u8] = include_bytes!("../src/sandbox/sample/bekymringsmelding.json");

/// Microseconds for one call, the mean of `rounds` after a tenth of them to warm up.
fn time(rounds: u32, mut work: impl FnMut()) -> f64 {
    (0..rounds / 10 + 1).for_each(|_| work());
    let start = Instant::now();
    (0..rounds).for_each(|_| work());
    start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
}

fn main() {
    let rounds = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(200);
    let now = "2026-01-01T12:00:00Z".parse().unwrap();
    let rng = Arc::new(SeededRng::new(1));
    let ids = Ids::new(Arc::new(FrozenClock::at(now)), rng.clone());
    let town = Town::build(now, &*rng, &ids).unwrap();
    let [kontor, _] = &town.kontorer;
    let (office, print) = (&kontor.nokkel.certificate, &town.print.certificate);
    let signer = town.portvakt.signer().unwrap();
    let renderer = Renderer::new().unwrap();
    let form = register().find(SkjemaId::bekymringsmelding(Variant::Offentlig, Versjon::V2)).unwrap();
    let payload = parse(REPORT).unwrap();
    let document = Dokument {
        variant: Skjematype::Offentlig,
        sprak: Sprak::Bokmal,
        payload: &payload,
        kvittering: Kvittering {
            id: MeldingId(ids.uuid()),
            mottatt: now,
            avsender: Avsender {
                navn: &town.skole.organisasjon.navn,
                organisasjonsnummer: town.skole.organisasjon.organisasjonsnummer,
            },
            mottaker: Mottaker {
                kommune: &town.kommune.organisasjon.navn,
                kommunenummer: town.kommunenummer,
                bydel: &kontor.bydel.navn,
                bydelsnummer: kontor.bydel.bydelsnummer,
            },
        },
    };
    let pdf = renderer.render(&document).unwrap();
    let files = [("bekymringsmelding.json", REPORT), ("bekymringsmelding.pdf", pdf.expose().as_slice())];
    let container = asice::pack(&files, &signer, now, &*rng).unwrap();

    let check = time(rounds, || {
        let payload = parse(black_box(REPORT)).unwrap();
        assert!(form.validate(&payload).gyldig());
    });
    let jwe = time(rounds, || drop(black_box(jose::seal(REPORT, office, "x").unwrap())));
    let render = time(rounds.div_ceil(10), || drop(black_box(renderer.render(&document).unwrap())));
    let pack = time(rounds, || drop(black_box(asice::pack(&files, &signer, now, &*rng).unwrap())));
    let seal = time(rounds, || {
        black_box(cms::seal(container.expose(), office, &*rng).unwrap());
        black_box(cms::seal(pdf.expose(), print, &*rng).unwrap());
    });
    let bare_key = |certificate: &Certificate| PKey::public_key_from_der(&certificate.public_key_der()).unwrap();
    let receivers = [(bare_key(office), container.expose()), (bare_key(print), pdf.expose())];
    let bare = time(rounds, || {
        for (key, plain) in &receivers {
            let mut encrypter = Encrypter::new(key).unwrap();
            encrypter.set_rsa_padding(Padding::PKCS1_OAEP).unwrap();
            encrypter.set_rsa_oaep_md(MessageDigest::sha256()).unwrap();
            let mut wrapped = vec![0; encrypter.encrypt_len(&[7; 32]).unwrap()];
            encrypter.encrypt(&[7; 32], &mut wrapped).unwrap();
            black_box(symm::encrypt(Cipher::aes_256_cbc(), &[7; 32], Some(&[7; 16]), plain).unwrap());
        }
    });
    let whole = check + render + pack + seal;
    println!("{rounds} rounds of a report of {} bytes; microseconds for one, and its share of the whole", REPORT.len());
    for (what, one) in [
        ("parse and validate", check),
        ("validate and seal as JWE, without PDF", check + jwe),
        ("render the PDF", render),
        ("pack and sign the ASiC-E", pack),
        ("seal both envelopes", seal),
        ("the same by bare RSA and AES calls", bare),
        ("the whole", whole),
    ] {
        println!("{what:<40} {one:>10.1} {:>6.3}", one / whole);
    }
    println!("bare calls to sealing: {:.2}", bare / seal);
}
