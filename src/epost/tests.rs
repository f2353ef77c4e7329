use std::fs;

use mail_parser::{Address, MessageParser};

use super::*;

const ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn adresse(text: &str) -> Adresse {
    text.parse().unwrap()
}

pub(super) fn epost(til: &[&str]) -> Epost {
    Epost {
        id: ID.parse().unwrap(),
        til: til.iter().map(|til| adresse(til)).collect(),
        emne: "Fristen går snart ut – Øståsen".to_owned(),
        tekst: "Blåbærsyltetøy til frokost, middag og kvelds.\n\n.\nFrom her og ut\n  1. Alltid like godt\n".to_owned(),
        tidspunkt: "2027-01-22T15:05:59.250Z".parse().unwrap(),
    }
}

fn mappe(folder: &std::path::Path) -> Arc<dyn Postkasse> {
    let fra = adresse("varsel@meldeport.example");
    open(Settings { fra, transport: Transport::Mappe(folder.to_owned()) }).unwrap()
}

fn names(folder: &std::path::Path) -> Vec<String> {
    let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    fs::read_dir(folder).unwrap().map(name).collect()
}

fn addresses(found: Option<&Address<'_>>) -> Vec<(Option<String>, String)> {
    let found = found.unwrap().iter();
    found.map(|a| (a.name().map(str::to_owned), a.address().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn a_file_is_the_whole_message() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("a/varsler");
    let epost = epost(&["post@sentrum.example", "vakt@sentrum.example"]);
    mappe(&folder).send(&epost).await.unwrap();

    assert_eq!(names(&folder), [format!("{ID}.eml")]);
    let bytes = fs::read(folder.join(format!("{ID}.eml"))).unwrap();
    assert!(bytes.is_ascii(), "any mail server takes it");
    let text = String::from_utf8(bytes.clone()).unwrap();
    assert!(!text.replace("\r\n", "").contains(['\r', '\n']) && text.lines().all(|line| line.len() <= 78), "{text}");

    let message = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(message.subject(), Some("Fristen går snart ut – Øståsen"));
    assert_eq!(message.body_text(0).unwrap().replace("\r\n", "\n").trim_end(), epost.tekst.trim_end());
    assert_eq!(message.message_id(), Some(format!("{ID}@meldeport.example").as_str()));
    assert_eq!(message.date().unwrap().to_rfc3339(), "2027-01-22T15:05:59Z");
    assert_eq!(addresses(message.from()), [(Some("Meldeport".to_owned()), "varsel@meldeport.example".to_owned())]);
    let til = [(None, "post@sentrum.example".to_owned()), (None, "vakt@sentrum.example".to_owned())];
    assert_eq!(addresses(message.to()), til);
    for line in ["Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"] {
        assert_eq!(text.matches(&format!("{line}\r\n")).count(), 1, "{line} in {text}");
    }
}

#[tokio::test]
async fn the_same_id_twice_is_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(format!("{ID}.eml"));
    // What a process left behind that was stopped half-way.
    fs::write(dir.path().join(".ny-a1b2c3"), "Subject: half").unwrap();
    mappe(dir.path()).send(&epost(&["post@sentrum.example"])).await.unwrap();
    let first = fs::read(&path).unwrap();

    let again = Epost { tekst: "Noe annet".to_owned(), ..epost(&["post@sentrum.example"]) };
    let postkasser = [mappe(dir.path()), mappe(dir.path())];
    let (one, two) = tokio::join!(postkasser[0].send(&again), postkasser[1].send(&again));
    assert_eq!((one, two), (Ok(()), Ok(())));
    assert_eq!(fs::read(&path).unwrap(), first);
    assert_eq!(names(dir.path()).iter().filter(|name| name.ends_with(".eml")).count(), 1);
    assert_eq!(names(dir.path()).len(), 2, "nothing but the file and what lay there");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("varsler");
    mappe(&folder).send(&epost(&["post@sentrum.example"])).await.unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join(format!("{ID}.eml")))), (0o700, 0o600));
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("varsler"), "a file").unwrap();
    let sent = mappe(&dir.path().join("varsler")).send(&epost(&["post@sentrum.example"])).await;
    assert!(matches!(sent, Err(SendFeil::Midlertidig(Grunn::Mappe(_)))), "{sent:?}");
}

#[tokio::test]
async fn an_e_mail_to_nobody_is_never_sent() {
    let dir = tempfile::tempdir().unwrap();
    let sent = mappe(dir.path()).send(&epost(&[])).await;
    assert_eq!(sent, Err(SendFeil::Permanent(Grunn::IngenMottaker)));
    assert!(names(dir.path()).is_empty());
}

#[test]
fn an_address_is_one_address() {
    for good in ["post@sentrum.example", "o'neil+barn_1.vakt@a-b.c.example", "meldeport@localhost"] {
        assert_eq!(adresse(good).as_str(), good);
    }
    assert_eq!(adresse("post@bærum.example").as_str(), "post@xn--brum-voa.example");
    for wrong in [
        "",
        "@",
        "post",
        "@sentrum.example",
        "post@",
        "post@.example",
        "a@x.example,b@y.example",
        "a,b@x.example",
        "a@x.example;b@y.example",
        "a@b@x.example",
        "a@x.example\r\nBcc: b@y.example",
        "a\r\nRCPT TO:<b@y.example>@x.example",
        "a@x.example\n",
        "a@x.example\r",
        "a@x.example\u{85}",
        "a@x.example\u{2028}b",
        " a@x.example",
        "a@x.example ",
        "a b@x.example",
        "a@x.example> SIZE=1",
        "<a@x.example>",
        "Anne <a@x.example>",
        "a(b)@x.example",
        "\"a, b\"@x.example",
        "\"a\r\nBcc: b\"@x.example",
        "\"a\"@x.example",
        "a@[::1]",
        "a@x_y.example",
        "a@x,y.example",
        "å@x.example",
        "a\u{0}@x.example",
    ] {
        assert_eq!(wrong.parse::<Adresse>(), Err(InvalidAdresse), "{wrong:?}");
    }
}

proptest::proptest! {
    #[test]
    fn what_is_an_address_has_nothing_that_separates(text in "[a-z.@\"<>,;: \\r\\n\\t\\\\()æ\u{2028}\u{ff20}\u{ff0c}-]{0,24}") {
        if let Ok(adresse) = text.parse::<Adresse>() {
            let bad = |c: char| !c.is_ascii_graphic() || "\"<>,;:()\\".contains(c);
            proptest::prop_assert!(!adresse.as_str().contains(bad), "{:?}", adresse.as_str());
            proptest::prop_assert_eq!(adresse.as_str().matches('@').count(), 1);
        }
    }
}

#[tokio::test]
async fn a_subject_is_one_header() {
    let dir = tempfile::tempdir().unwrap();
    let emne = "Hei\r\nBcc: a@x.example\r\n\r\nTekst".to_owned();
    mappe(dir.path()).send(&Epost { emne, ..epost(&["post@sentrum.example"]) }).await.unwrap();
    let bytes = fs::read(dir.path().join(format!("{ID}.eml"))).unwrap();
    let message = MessageParser::default().parse(&bytes).unwrap();
    assert_eq!(message.subject(), Some("Hei Bcc: a@x.example Tekst"));
    assert!(message.bcc().is_none());
}

#[tokio::test]
async fn a_time_before_all_mail_does_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    for (id, tidspunkt) in [(1, Timestamp::MIN), (2, Timestamp::MAX)] {
        let epost = Epost { id: Uuid::from_u128(id), tidspunkt, ..epost(&["post@sentrum.example"]) };
        mappe(dir.path()).send(&epost).await.unwrap();
    }
}

#[test]
fn nothing_that_is_printed_holds_an_address_or_a_password() {
    let smtp = SmtpSettings {
        vert: "smtp.example".to_owned(),
        port: None,
        kryptering: Kryptering::Tls,
        innlogging: Some(("bruker".to_owned(), SecretString::new("hemmelig".to_owned()))),
        tidsfrist: Duration::from_secs(1),
    };
    let settings = Settings { fra: adresse("kari@sentrum.example"), transport: Transport::Smtp(smtp) };
    let before = format!("{:?} {settings:?}", epost(&["kari@sentrum.example"]));
    let printed = format!("{before} {:?}", open(settings).unwrap());
    for secret in ["kari", "sentrum", "hemmelig"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    let wrong = "kari@sentrum@example".parse::<Adresse>().unwrap_err();
    assert!(!format!("{wrong} {wrong:?}").contains("kari"));
}
