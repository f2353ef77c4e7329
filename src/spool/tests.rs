use super::*;

fn letter(n: u128) -> Letter {
    Letter { id: Uuid::from_u128(n), manifest: b"{}".to_vec(), pdf: Bytes::from_static(b"sealed") }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_letter_is_seen_whole_or_not_at_all() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("new/folder");
    let spool = Spool::new(&folder);
    let prepared = spool.prepare(letter(1)).await.unwrap();
    assert!(names(&folder).iter().all(|name| name.starts_with('.')));
    prepared.publish().await.unwrap();
    let id = Uuid::from_u128(1).to_string();
    assert_eq!(names(&folder), [id.as_str()]);
    assert_eq!(fs::read(folder.join(&id).join(FILNAVN)).unwrap(), b"sealed");
    assert_eq!(fs::read(folder.join(&id).join(MANIFEST)).unwrap(), b"{}");
    drop(spool.prepare(letter(2)).await.unwrap());
    assert_eq!(names(&folder), [id.as_str()], "nothing is left of one that was not wanted after all");
}

#[tokio::test]
async fn two_workers_make_one_letter() {
    let place = tempfile::tempdir().unwrap();
    let spool = Spool::new(place.path());
    let (one, other) = (spool.prepare(letter(1)).await.unwrap(), spool.prepare(letter(1)).await.unwrap());
    one.publish().await.unwrap();
    other.publish().await.unwrap();
    spool.prepare(letter(1)).await.unwrap().publish().await.unwrap();
    assert_eq!(names(place.path()), [Uuid::from_u128(1).to_string()]);
}

#[tokio::test]
async fn what_is_removed_is_gone_and_may_be_removed_again() {
    let place = tempfile::tempdir().unwrap();
    let spool = Spool::new(place.path());
    spool.prepare(letter(1)).await.unwrap().publish().await.unwrap();
    for _ in 0..2 {
        spool.remove(Uuid::from_u128(1)).await.unwrap();
        assert!(names(place.path()).is_empty());
    }
    Spool::new(place.path().join("nowhere")).remove(Uuid::from_u128(1)).await.unwrap();
}

#[tokio::test]
async fn what_somebody_died_over_is_found_and_what_is_not_ours_is_not() {
    let place = tempfile::tempdir().unwrap();
    let spool = Spool::new(place.path());
    spool.prepare(letter(1)).await.unwrap().publish().await.unwrap();
    let (two, three) = (Uuid::from_u128(2), Uuid::from_u128(3));
    for name in [format!(".ny-{two}-abc"), format!(".bort-{three}-abc"), "README".to_owned(), format!("{two}.old")] {
        fs::create_dir(place.path().join(name)).unwrap();
    }
    let mut found = spool.entries().await.unwrap();
    found.sort_by_key(|entry| entry.letter);
    assert_eq!(
        found.iter().map(|entry| (entry.letter.as_u128(), entry.whole)).collect::<Vec<_>>(),
        [(1, true), (2, false), (3, false)]
    );
    for entry in found {
        spool.clear(entry).await.unwrap();
    }
    assert_eq!(names(place.path()), [format!("{two}.old"), "README".to_owned()]);
    assert!(Spool::new(place.path().join("nowhere")).entries().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Spool::new(&file).prepare(letter(1)).await.unwrap_err();
    assert!(error.to_string().contains("cannot be used"), "{error}");
}
