use std::io::Write as _;

use super::*;
use crate::epost;

fn load(text: &str) -> Result<Config, ConfigError> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Config::load(Some(file.path()))
}

#[test]
fn the_defaults_are_complete() {
    assert_eq!(load("").unwrap().server.address, "127.0.0.1:8080");
}

#[test]
fn a_mistyped_key_is_refused() {
    let error = load("[server]\nadress = \"0.0.0.0:80\"").unwrap_err().to_string();
    assert!(error.contains("adress"), "{error}");
}

#[test]
fn values_that_do_not_go_together_are_refused() {
    assert!(load("[server.tls]\ncertificate = \"a.pem\"").is_err());
    assert!(load("[server.tls]\nclient_ca = \"a.pem\"").is_err());
    assert!(load("[server]\nidle_seconds = 60").is_err());
    assert!(load("[database]\nurl = \"mysql://x\"").is_err());
    assert!(load("[delivery]\nattempts = 0").is_err());
    assert!(load("[print]\nfolder = \"\"").is_err());
}

#[test]
fn traces_go_to_an_address_and_a_token_is_not_sent_in_the_clear() {
    assert!(load("").unwrap().traces().unwrap().is_none());
    let traces = |more: &str| load(&format!("[traces]\n{more}")).and_then(|config| config.traces());
    assert_eq!(traces("url = \"http://collector:4318/v1/traces\"").unwrap().unwrap().ratio, 1.0);
    assert!(traces("url = \"collector\"").is_err());
    assert!(traces("ratio = 1.1").is_err());
    assert!(traces("url = \"https://collector/\"\ntoken_file = \"missing\"").is_err());
    let token = tempfile::NamedTempFile::new().unwrap();
    let with_token = |url: &str| traces(&format!("url = \"{url}\"\ntoken_file = \"{}\"", token.path().display()));
    assert!(with_token("http://collector/").is_err());
    assert!(with_token("https://collector/").is_ok() && with_token("http://127.0.0.1/").is_ok());
}

/// Behind a proxy that says nothing, every call comes from the proxy: to count those would be to count everybody as one.
#[test]
fn addresses_are_counted_where_they_are_known() {
    let calls = |text: &str| load(text).unwrap().http().innlogging.calls.per_second;
    assert_eq!(calls(""), 0);
    assert_eq!(calls("[access]\naddress_header = \"X-Forwarded-For\""), 200);
    assert_eq!(calls("[server.tls]\ncertificate = \"a.pem\"\nkey = \"b.pem\""), 200);
}

#[test]
fn letters_are_laid_out_in_a_folder_or_not_at_all() {
    assert_eq!(load("").unwrap().spool(), Some("utskrift".into()));
    assert_eq!(load("[print]\nspool = false\nfolder = \"\"").unwrap().spool(), None);
}

#[test]
fn the_audit_trail_is_kept_as_long_as_the_reports() {
    assert!(load("[retention]\naudit_days = 729").is_err());
    assert!(load("[retention]\ndays = 0").is_err());
    assert!(load("[retention]\ndays = 0\naudit_days = 0").unwrap().domain().oppbevaring.is_none());
}

#[test]
fn sealed_data_needs_digests_to_be_found_by() {
    assert!(load("").unwrap().data_keys().unwrap().is_empty());
    assert!(load("[ledsagerbevis]\ndata_key_files = [\"a.key\"]").is_err());
    let mut key = tempfile::NamedTempFile::new().unwrap();
    key.write_all(&[1; 32]).unwrap();
    let text = format!(
        "[gateway]\nperson_key_file = \"p.key\"\n[ledsagerbevis]\ndata_key_files = [\"{}\", \"{0}\"]",
        key.path().display()
    );
    assert_eq!(load(&text).unwrap().data_keys().unwrap().len(), 2);
}

#[test]
fn cards_on_phones_need_a_key_on_the_right_curve_and_an_address() {
    assert!(load("").unwrap().kort().unwrap().is_none());
    let key = |curve| {
        let group = openssl::ec::EcGroup::from_curve_name(curve).unwrap();
        let key = openssl::ec::EcKey::generate(&group).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&key.private_key_to_pem().unwrap()).unwrap();
        file
    };
    let (good, newer) = (key(openssl::nid::Nid::X9_62_PRIME256V1), key(openssl::nid::Nid::X9_62_PRIME256V1));
    let text = format!(
        "[server]\npublic_url = \"https://a.example/\"\n[gateway]\nperson_key_file = \"p\"\n[ledsagerbevis]\n\
         data_key_files = [\"d\"]\nissuer_key_files = [\"{}\", \"{}\"]\ncard_days = 7\n",
        newer.path().display(),
        good.path().display()
    );
    let kort = load(&text).unwrap().kort().unwrap().unwrap();
    assert_eq!((kort.iss.as_str(), kort.tidligere.len()), ("https://a.example", 1));
    assert_eq!(kort.levetid, jiff::SignedDuration::from_hours(7 * 24));
    for (from, to) in [
        ("https://a.example/", ""),
        ("https://a.example/", "http://a.example/"),
        ("https://a.example/", "https://a.example/?x"),
        ("[\"d\"]", "[]"),
        ("card_days = 7", "card_days = 0"),
        ("card_days = 7", "card_days = 366"),
        ("card_days = 7", "status_ttl_seconds = 0"),
        ("card_days = 7", "status_hours = 1"),
        ("card_days = 7", "status_hours = 721"),
    ] {
        assert!(load(&text.replace(from, to)).is_err(), "{to}");
    }
    assert!(load(&text.replace("https://a.example/", "http://127.0.0.1:8080")).is_ok(), "this machine");
    let other = key(openssl::nid::Nid::SECP384R1);
    let wrong = text.replace(&good.path().display().to_string(), &other.path().display().to_string());
    let error = load(&wrong).unwrap().kort().unwrap_err().to_string();
    assert!(error.contains(&other.path().display().to_string()), "{error}");
}

#[test]
fn a_mail_server_is_set_up_as_a_whole_or_not_at_all() {
    assert!(matches!(load("").unwrap().mail().unwrap().transport, epost::Transport::Mappe(_)));
    let good = "[mail]\ntransport = \"smtp\"\nfrom = \"varsel@a.example\"\n[mail.smtp]\nhost = \"smtp.a.example\"\n";
    assert!(load(good).unwrap().mail().is_ok());
    for more in [
        "encryption = \"none\"",
        "username = \"a\"",
        "password_file = \"a\"",
        "timeout_seconds = 0",
        "timeout_seconds = 121",
    ] {
        assert!(load(&format!("{good}{more}")).is_err(), "{more}");
    }
    assert!(load(&good.replace("smtp.a.example", "")).is_err());
    assert!(load(&good.replace("varsel@a.example", "meldeport@localhost")).is_err());
    for mail in
        ["from = \"Varsel <a@a.example>\"", "operations = \"drift\"", "folder = \"\"", "transport = \"sendmail\""]
    {
        assert!(load(&format!("[mail]\n{mail}")).is_err(), "{mail}");
    }
}

#[test]
fn the_mail_server_s_password_is_a_file_s_first_line() {
    let mut password = tempfile::NamedTempFile::new().unwrap();
    password.write_all(b"hemmelig\n").unwrap();
    let path = password.path().display();
    let text = format!(
        "[mail]\ntransport = \"smtp\"\n[mail.smtp]\nhost = \"localhost\"\nencryption = \"none\"\n\
         username = \"bruker\"\npassword_file = \"{path}\""
    );
    let settings = load(&text).unwrap().mail().unwrap();
    assert!(!format!("{settings:?}").contains("hemmelig"), "{settings:?}");
    let epost::Transport::Smtp(smtp) = settings.transport else { panic!("{settings:?}") };
    assert_eq!((smtp.innlogging.unwrap().1.expose().as_str(), smtp.port), ("hemmelig", None));
    assert!(load(&text.replace("password_file = \"", "password_file = \"/no")).unwrap().mail().is_err());
}

#[test]
fn a_password_is_never_printed() {
    let config = load("[database]\nurl = \"postgres://melde:hem@melig@db.example/meldeport\"").unwrap();
    let printed = format!("{config:?} {:?}", config.database());
    assert!(printed.contains("postgres://melde@db.example/meldeport") && !printed.contains("hem"), "{printed}");
}
