use super::*;

const NAVIKT: &str = include_str!("navikt-2.2.1.tsv");

fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    NAVIKT.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once('\t').unwrap())
}

#[test]
fn agrees_with_navs_validator() {
    let mut counts = std::collections::BTreeMap::new();
    for (number, verdict) in rows() {
        *counts.entry(verdict).or_insert(0) += 1;
        let ours = Fnr::kontroller(number);
        let expected = match verdict {
            "fnr" => Ok((Nummerslag::Fodselsnummer, Serie::Folkeregisteret)),
            "dnr" => Ok((Nummerslag::DNummer, Serie::Folkeregisteret)),
            "hnr" => Ok((Nummerslag::Fodselsnummer, Serie::Nav)),
            "dnr-and-hnr" => Ok((Nummerslag::DNummer, Serie::Nav)),
            "tnr" => Ok((Nummerslag::Fodselsnummer, Serie::Skatteetaten)),
            "dnr-and-tnr" => Ok((Nummerslag::DNummer, Serie::Skatteetaten)),
            "kontrollsiffer" => Err(UgyldigFnr::Kontrollsiffer),
            "dato" | "dato+kontrollsiffer" => Err(UgyldigFnr::Dato),
            other => panic!("{other}"),
        };
        assert_eq!(ours.map(|fnr| (fnr.slag, fnr.serie)), expected, "{number}");
    }
    assert!(counts.len() == 9 && counts.values().all(|count| *count >= 50), "{counts:?}");
}

#[test]
fn skatteetatens_own_examples_for_2032_are_accepted() {
    for (number, regel) in [
        ("02013299997", Kontrollregel::Fra1964),
        ("30108299920", Kontrollregel::Fra1964),
        ("30108299939", Kontrollregel::Fra2032),
    ] {
        let fnr = Fnr::kontroller(number).unwrap();
        assert_eq!((fnr.slag, fnr.serie, fnr.regel), (Nummerslag::Fodselsnummer, Serie::Folkeregisteret, regel));
        assert!(!fnr.syntetisk());
    }
}

#[test]
fn test_series_are_told_apart() {
    for (number, slag, serie) in [
        ("17912099997", Nummerslag::Fodselsnummer, Serie::Skatteetaten),
        ("57912075186", Nummerslag::DNummer, Serie::Skatteetaten),
        ("29422059278", Nummerslag::Fodselsnummer, Serie::Nav),
        ("69422056629", Nummerslag::DNummer, Serie::Nav),
    ] {
        let fnr = Fnr::kontroller(number).unwrap();
        assert_eq!((fnr.slag, fnr.serie), (slag, serie), "{number}");
        assert!(fnr.syntetisk());
    }
}

#[test]
fn norsk_helsenetts_series_is_known_although_navs_validator_does_not_know_it() {
    let found = (0..100_000u32).find_map(|rest| Fnr::kontroller(&format!("117730{rest:05}")).ok()).unwrap();
    assert_eq!((found.slag, found.serie), (Nummerslag::Fodselsnummer, Serie::Nhn));
}

#[test]
fn only_eleven_ascii_digits_are_judged() {
    for text in
        ["", "1791209999", "179120999977", "1791209999x", " 7912099997", "-7912099997", "１７９１２０９９９９７"]
    {
        assert_eq!(Fnr::kontroller(text), Err(UgyldigFnr::IkkeElleveSifre), "{text}");
    }
    assert_eq!(Fnr::kontroller("00000000000"), Err(UgyldigFnr::Dato));
    assert_eq!(Fnr::kontroller("11111111111"), Err(UgyldigFnr::Kontrollsiffer));
}

#[test]
fn a_first_control_digit_of_ten_is_never_valid() {
    // Each nine digits have at most four numbers that are valid, one for each remainder allowed.
    for nine in ["179120999", "020132999", "294220592"] {
        let valid = (0..100).filter(|rest| Fnr::kontroller(&format!("{nine}{rest:02}")).is_ok()).count();
        assert!((1..=4).contains(&valid), "{nine}: {valid}");
    }
}

#[test]
fn a_number_tells_a_date_of_birth_until_2032() {
    let today = jiff::civil::date(2027, 1, 15);
    for (number, born) in [("12849190014", "1991-04-12"), ("14866290009", "1962-06-14"), ("30108299920", "1982-10-30")]
    {
        assert_eq!(Fnr::fodselsdato(number, today).map(|date| date.to_string()).as_deref(), Some(born), "{number}");
        assert_eq!(Fnr::fodselsdato(number, jiff::civil::date(2032, 1, 1)), None);
    }
    assert_eq!(Fnr::fodselsdato("30108299939", today), None, "of the new rule");
    assert_eq!(Fnr::fodselsdato("12849190015", today), None, "no number");
    for (number, _) in rows() {
        let date = Fnr::fodselsdato(number, today);
        assert!(date.is_none() || number[4..6] == format!("{:02}", date.unwrap().year() % 100), "{number}");
    }
}
