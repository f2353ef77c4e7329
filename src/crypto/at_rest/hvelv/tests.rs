use proptest::prelude::*;

use super::*;
use crate::system::SeededRng;

const ROW: Uuid = Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_0001);

fn secret(byte: u8) -> SecretBytes {
    Secret::new(vec![byte; 32])
}

fn vault(bytes: &[u8]) -> Hvelv {
    let secrets: Vec<_> = bytes.iter().copied().map(secret).collect();
    Hvelv::new(&secrets).unwrap()
}

fn place() -> Plass {
    Plass::new("gruppemedlem", ROW, "navn")
}

#[test]
fn what_is_sealed_opens_in_its_own_place_only() {
    let (vault, rng) = (vault(&[1]), SeededRng::new(1));
    let sealed = vault.seal(place(), "Fiktiv Åsen".as_bytes(), &rng).unwrap();
    assert_eq!(vault.open_text(place(), &sealed).unwrap().expose(), "Fiktiv Åsen");
    assert!(!sealed.windows(4).any(|part| part == b"Fikt"));
    for elsewhere in [
        Plass { tabell: "bevisperson", ..place() },
        Plass { rad: Uuid::from_u128(ROW.as_u128() + 1), ..place() },
        Plass { kolonne: "fnr", ..place() },
        // The same letters, divided in another place.
        Plass { tabell: "gruppemedlemn", kolonne: "avn", ..place() },
    ] {
        assert_eq!(vault.open(elsewhere, &sealed).unwrap_err(), HvelvFault::Altered, "{elsewhere:?}");
    }
}

#[test]
fn the_same_value_is_never_sealed_the_same() {
    let (vault, rng) = (vault(&[1]), SeededRng::new(1));
    let [one, other] = [0, 1].map(|_| vault.seal(place(), b"x", &rng).unwrap());
    assert_ne!(one, other);
    assert_ne!(one[9..21], other[9..21], "the nonce");
}

#[test]
fn keys_are_renewed_by_putting_a_new_one_first() {
    let rng = SeededRng::new(1);
    let old = vault(&[1]);
    let sealed = old.seal(place(), b"x", &rng).unwrap();
    let both = vault(&[2, 1]);
    assert_eq!(both.open(place(), &sealed).unwrap().expose(), b"x");
    assert!(old.is_newest(&sealed) && !both.is_newest(&sealed));
    let again = both.seal(place(), b"x", &rng).unwrap();
    assert!(both.is_newest(&again));
    let new = vault(&[2]);
    assert_eq!(new.open(place(), &again).unwrap().expose(), b"x");
    assert_eq!(new.open(place(), &sealed).unwrap_err(), HvelvFault::UnknownKey);
    assert_eq!(old.open(place(), &again).unwrap_err(), HvelvFault::UnknownKey);
}

#[test]
fn a_vault_needs_keys_that_are_keys() {
    assert_eq!(Hvelv::new(&[]).unwrap_err(), HvelvFault::NoKey);
    assert_eq!(Hvelv::new(&[Secret::new(vec![1; 31])]).unwrap_err(), HvelvFault::KeyTooShort);
    assert_eq!(Hvelv::new(&[secret(1), Secret::new(Vec::new())]).unwrap_err(), HvelvFault::KeyTooShort);
    assert_eq!(Hvelv::new(&[secret(2), secret(1), secret(1)]).unwrap_err(), HvelvFault::SameKey);
}

#[test]
fn the_derivation_stays_what_it_is() {
    // Made with Python's cryptography: AESGCM(HKDF(SHA256, 32, salt=None, info=b"meldeport hvelv: key 1") of 32 bytes 0x01).
    let sealed = hex::decode(KNOWN).unwrap();
    assert_eq!(vault(&[1]).open(place(), &sealed).unwrap().expose(), b"fiktiv");
}

/// As another implementation seals `fiktiv` in [`place`].
const KNOWN: &str = "019eb257f38d8af1bb000102030405060708090a0b04da65b2fb5233fe3d3c9c2c1e647248b22fc1be6fc5";

#[test]
fn nothing_of_it_is_printed() {
    let (vault, rng) = (vault(&[0xAB]), SeededRng::new(1));
    let opened = vault.open(place(), &vault.seal(place(), b"hemmelig", &rng).unwrap()).unwrap();
    let printed = format!("{vault:?} {opened:?}");
    assert!(!printed.contains("171, 171") && !printed.contains("104, 101"), "{printed}");
}

proptest! {
    #[test]
    fn whatever_is_sealed_comes_back(plain in any::<Vec<u8>>(), seed in any::<u64>()) {
        let vault = vault(&[1]);
        let sealed = vault.seal(place(), &plain, &SeededRng::new(seed)).unwrap();
        let opened = vault.open(place(), &sealed).unwrap();
        prop_assert_eq!(opened.expose(), &plain);
    }

    #[test]
    fn one_changed_bit_is_noticed(at in 0_usize..400, plain in prop::collection::vec(any::<u8>(), 0..13)) {
        let vault = vault(&[1]);
        let mut sealed = vault.seal(place(), &plain, &SeededRng::new(1)).unwrap();
        let bit = at % (sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(vault.open(place(), &sealed).is_err());
    }

    #[test]
    fn rubbish_is_refused(bytes in any::<Vec<u8>>()) {
        prop_assert!(vault(&[1]).open(place(), &bytes).is_err());
    }
}
