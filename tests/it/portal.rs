//! The developer portal: what it says, and that it says nothing to anybody else. `.ci/portal.mjs` looks at it in a browser.

use std::{collections::BTreeSet, sync::Arc};

use meldeport::{
    app::{HttpClient, World},
    config::Config,
    model::Feilkode,
    sandbox::demo::Sandbox,
    system::{OsRng, SystemClock},
    versions::Versjonert,
};
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, IF_NONE_MATCH};

use crate::support::{Answer, Gate, answer, in_time};

on_every_database! {
    pages_load_nothing_from_elsewhere,
    every_link_leads_somewhere,
    both_languages_have_the_same_parts,
    the_catalogue_has_every_code,
    a_gateway_that_is_no_sandbox_shows_nothing_of_one,
    the_page_at_the_door_is_there_with_all_its_files,
}

/// Codes that no operation of a version that lives answers with.
const NOWHERE: &[&str] = &[
    "FORESPORSEL.ADRESSE_FOR_LANG",
    "FORESPORSEL.HODER_FOR_STORE",
    "FORESPORSEL.METODE",
    "FORESPORSEL.UKJENT_ADRESSE",
    "FORESPORSEL.VERSJON_AVVIKLET",
];

async fn browse(t: &Gate, path: &str) -> Answer {
    answer(t.http.get(format!("{}{path}", t.url)).header(ACCEPT, "text/html,*/*;q=0.8")).await
}

fn pages() -> Vec<String> {
    let documents = Versjonert::ALL.iter().map(|version| format!("/docs/{}", version.name()));
    let logs = Versjonert::ALL.iter().map(|version| format!("/endringer/{}", version.tjeneste()));
    ["/".to_owned(), "/feilkoder".to_owned()].into_iter().chain(documents).chain(logs).collect()
}

/// The values of an attribute, in the order of the page.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    page.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

/// The names of all elements, but those for words within a sentence.
fn elements(page: &str) -> Vec<&str> {
    let names = page.split('<').skip(1).map(|rest| rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap());
    names.filter(|name| !name.is_empty() && *name != "code").collect()
}

async fn pages_load_nothing_from_elsewhere(t: &mut Gate) {
    for path in pages() {
        let page = browse(t, &path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
        assert_eq!(policy.contains("script-src"), path.starts_with("/docs/"), "{path}: {policy}");
        assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
        let text = page.text();
        for attribute in ["src", "href"] {
            let found = values(&text, attribute);
            assert!(
                found.iter().all(|value| value.starts_with('/') && !value.starts_with("//") || value.starts_with('#'))
            );
        }
        assert!(!values(&text, "href").is_empty(), "{path}");
        // The policy would stop these, without a word to the reader.
        for inline in ["<style", " style=", " onclick=", "<script>", "<iframe", "<form"] {
            assert!(!text.contains(inline), "{path}: {inline}");
        }
    }
    for asset in ["portal.css", "ikon.svg", "swagger.css", "swagger.js", "swagger-ui.css", "swagger-ui.js"] {
        let url = format!("{}/portal/{asset}", t.url);
        let whole = answer(t.http.get(&url)).await;
        assert_eq!(whole.status, 200, "{asset}");
        assert!(whole.body.len() > 200 && !whole.text().contains("</script"), "{asset}");
        let again = answer(t.http.get(&url).header(IF_NONE_MATCH, whole.header("etag").unwrap())).await;
        assert_eq!((again.status, again.body.len()), (304, 0), "{asset}");
    }
    let style = browse(t, "/portal/portal.css").await.text();
    assert!(!style.contains("@import") && !style.contains("url("), "the style loads something");
}

async fn every_link_leads_somewhere(t: &mut Gate) {
    let mut links = BTreeSet::new();
    for page in ["/?lang=nb", "/?lang=en", "/feilkoder?lang=en", "/docs/print-v1"] {
        let text = browse(t, page).await.text();
        let ids: BTreeSet<_> = values(&text, "id").into_iter().collect();
        for link in values(&text, "href").into_iter().chain(values(&text, "src")) {
            match link.strip_prefix('#') {
                Some(fragment) => assert!(ids.contains(fragment), "{page}: {link}"),
                None => drop(links.insert(link.split('#').next().unwrap().to_owned())),
            }
        }
    }
    assert!(links.len() > 15, "{links:?}");
    for link in links {
        assert_eq!(browse(t, &link).await.status, 200, "{link}");
    }
}

async fn both_languages_have_the_same_parts(t: &mut Gate) {
    for path in pages() {
        let [nb, en] = ["nb", "en"].map(|lang| format!("{path}?lang={lang}"));
        let (nb, en) = (browse(t, &nb).await.text(), browse(t, &en).await.text());
        assert_eq!((values(&nb, "lang")[0], values(&en, "lang")[0]), ("nb", "en"), "{path}");
        assert_eq!(elements(&nb), elements(&en), "{path}");
        assert_eq!(values(&nb, "id"), values(&en, "id"), "{path}");
        assert_eq!(nb.matches("<h1").count(), 1, "{path}");
        assert!(nb != en && !nb.contains('`') && !en.contains('`'), "{path}: a sentence is shown as it is written");
    }
    let asked = async |languages: &str| {
        let page = answer(t.http.get(&t.url).header(ACCEPT_LANGUAGE, languages)).await;
        assert!(page.header("vary").unwrap().contains("Accept-Language"));
        values(&page.text(), "lang")[0].to_owned()
    };
    assert_eq!(asked("en-GB,en;q=0.9").await, "en");
    assert_eq!(asked("nn-NO,nn;q=0.9,en;q=0.1").await, "nb");
    assert_eq!(asked("de").await, "nb");
    // A switch that names the other language, in that language.
    assert!(browse(t, "/?lang=nb").await.text().contains(r#"<a href="/?lang=en" lang="en" hreflang="en""#));
}

async fn the_catalogue_has_every_code(t: &mut Gate) {
    let plain = answer(t.http.get(format!("{}/feilkoder", t.url))).await;
    assert_eq!(plain.header("content-type"), Some("application/json"));
    assert_eq!(plain.header("vary"), Some("Accept, Accept-Language"));
    let catalogue = plain.json(200);
    assert_eq!(browse(t, "/feilkoder.json").await.json(200), catalogue);
    let page = browse(t, "/feilkoder").await.text();
    let ids: BTreeSet<_> = values(&page, "id").into_iter().collect();
    let entries = catalogue["feilkoder"].as_array().unwrap();
    for entry in entries {
        let code = entry["errorCode"].as_str().unwrap();
        assert!(ids.contains(code), "{code}");
        assert_eq!(entry["adresse"], format!("/feilkoder#{code}"));
        // An address that is no operation's is answered by none.
        let from_nowhere = entry["kanKommeFra"].as_array().unwrap().is_empty();
        assert!(!from_nowhere || NOWHERE.contains(&code), "{code} comes from nowhere");
    }
    for kode in Feilkode::ALL {
        let entry = entries.iter().find(|entry| entry["errorCode"] == kode.code()).unwrap();
        assert_eq!(entry["status"], kode.status(), "{}", kode.code());
    }
    // What a caller meets is in it.
    let problem = answer(t.http.get(format!("{}/bekymringsmelding/api/v2/kommuner", t.url))).await.json(401);
    assert!(ids.contains(problem["errorCode"].as_str().unwrap()));
}

async fn a_gateway_that_is_no_sandbox_shows_nothing_of_one(t: &mut Gate) {
    assert!(Config::load(None).unwrap().http().utproving.is_none(), "serve has a sandbox");
    for path in pages() {
        let page = browse(t, &path).await.text();
        for word in ["data-passord", "data-token", "prov.js", "id=\"prov\"", "class=\"demo\"", "<select"] {
            assert!(!page.contains(word), "{path}: {word}");
        }
    }
    assert_eq!(browse(t, "/portal/prov.js").await.status, 404);
    assert_eq!(answer(t.http.post(format!("{}/prov/token/skole", t.url))).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sandbox_lets_a_newcomer_be_somebody() {
    in_time(async {
        let fetch = Arc::new(HttpClient::new().unwrap());
        let world = World { clock: Arc::new(SystemClock), rng: Arc::new(OsRng), fetch };
        let sandbox = Sandbox::start(&world, "127.0.0.1:0", None).await.unwrap();
        let http = reqwest::Client::new();
        let url = sandbox.base_url.clone();
        let page = answer(http.get(format!("{url}/?lang=nb"))).await;
        assert!(page.header("content-security-policy").unwrap().contains("script-src 'self'; "));
        let page = page.text();
        assert!(values(&page, "src").contains(&"/portal/prov.js"));
        assert_eq!(answer(http.get(format!("{url}/portal/prov.js"))).await.status, 200);
        assert_eq!(values(&page, "data-part"), ["skole", "kommune", "utskrift"]);
        let (ids, passwords) = (values(&page, "data-id"), values(&page, "data-passord"));
        // What each step's button does, without the buttons.
        let call = async |step: &str, body: Option<&str>| {
            let part = page.split(&format!("data-kall=\"{step}\"")).nth(1).unwrap();
            let part = &part[..part.find('>').unwrap()];
            let [who, method, path] = ["som", "metode", "sti"].map(|name| values(part, &format!("data-{name}"))[0]);
            let at = values(&page, "data-part").iter().position(|part| *part == who).unwrap();
            let token = answer(http.post(format!("{url}/prov/token/{who}"))).await.json(200);
            let request = http
                .request(method.parse().unwrap(), format!("{url}{path}"))
                .bearer_auth(token["access_token"].as_str().unwrap())
                .header("IntegrasjonId", ids[at])
                .header("IntegrasjonPassord", passwords[at]);
            answer(match body {
                Some(body) => request.header("Content-Type", "application/json").body(body.to_owned()),
                None => request,
            })
            .await
        };
        assert_eq!(call("bydeler", None).await.json(200)[0]["bydelsnummer"], "01");
        assert!(call("nokler", None).await.json(200)["fiksIOOffentligNokkel"].is_object());
        // The sample's time is long past, which the page's script mends: it gets as far as the rules.
        let sample =
            page.split("<textarea").nth(1).unwrap().split('>').nth(1).unwrap().split("</textarea").next().unwrap();
        let sample = sample.replace("&quot;", "\"").replace("&amp;", "&");
        call("send", Some(&sample)).await.problem(400, "SKJEMA.SENDINGSTIDSPUNKT");
        assert_eq!(answer(http.post(format!("{url}/prov/token/nobody"))).await.status, 404);
        sandbox.gateway.stop().await.unwrap();
    })
    .await;
}

async fn the_page_at_the_door_is_there_with_all_its_files(t: &mut Gate) {
    let page = browse(t, "/kontroll").await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("Kontroller ledsagerbevis"));
    let mut files = ["kort.js", "ord.js", "sw.js"].map(str::to_owned).to_vec();
    for attribute in ["src", "href"] {
        files.extend(values(&text, attribute).into_iter().filter(|at| !at.starts_with("data:")).map(str::to_owned));
    }
    assert!(files.contains(&"kontroll.js".to_owned()) && files.contains(&"kontroll.css".to_owned()), "{files:?}");
    for file in files {
        let found = browse(t, &format!("/kontroll/{file}")).await;
        assert_eq!(found.status, 200, "{file}");
        let policy = found.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{file}: {policy}");
    }
}
