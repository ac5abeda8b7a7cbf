use futures::future::join_all;

use super::super::record::tests::example;
use super::*;
use crate::config::Fsync;

fn journal_with(folder: &Path, journal_fsync: Fsync, journal_segment_bytes: u64) -> Journal {
    Journal::open(folder, &JournalConfig { journal_fsync, journal_segment_bytes }).unwrap()
}

fn journal(folder: &Path) -> Journal {
    journal_with(folder, Fsync::Os, 64 * 1024)
}

/// The ids of all records on disk, in order.
fn written(journal: &Journal) -> Vec<u128> {
    let mut ids = Vec::new();
    for number in segment::list(&journal.folder).unwrap() {
        let bytes = fs::read(segment::path(&journal.folder, number)).unwrap();
        let walked = segment::walk(&bytes, usize::MAX, false, |record| ids.push(record.request_id));
        assert!(walked.skipped.is_empty());
    }
    ids
}

#[tokio::test]
async fn records_of_the_same_moment_are_written_at_once_and_each_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let mut appending: Vec<_> =
        (1..=3).map(|id| Box::pin(journal.append(&example(id, "/v1/customers")))).collect();
    assert_eq!((written(&journal), journal.end().offset), (Vec::new(), 0), "none waits alone");
    appending.remove(1).await.unwrap();
    assert_eq!(written(&journal), [1, 2, 3]);
    assert!(join_all(appending).await.iter().all(Result::is_ok));
    assert_eq!(written(&journal), [1, 2, 3], "nor is one written twice");
}

#[tokio::test]
async fn more_than_may_gather_or_fit_into_a_segment_is_written_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    let all = join_all((1..=1_000).map(|id| journal.append(&example(id, "/v1/customers")))).await;
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(written(&journal), (1..=1_000).collect::<Vec<_>>());
    assert!(segment::list(&journal.folder).unwrap().len() > 1);
}

#[tokio::test]
async fn the_record_of_a_caller_who_hangs_up_meanwhile_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    drop(journal.append(&example(1, "/v1/customers")));
    let mut polled = Box::pin(journal.append(&example(2, "/v1/customers")));
    assert!(futures::poll!(&mut polled).is_pending());
    drop(polled);
    assert_eq!(written(&journal), [1, 2]);
}

#[tokio::test]
async fn all_callers_of_a_failed_write_get_an_error_and_no_part_of_it_remains() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    journal.append(&example(1, "/v1/customers")).await.unwrap();
    let whole = Arc::clone(&journal.active.lock().file);
    // A read-only handle fails to write.
    journal.active.lock().file = Arc::new(File::open(segment::path(&journal.folder, 1)).unwrap());
    let failed = join_all((2..=3).map(|id| journal.append(&example(id, "/v1/customers")))).await;
    assert!(failed.iter().all(Result::is_err) && !journal.is_writable());
    journal.active.lock().file = whole;
    journal.probe();
    assert!(journal.is_writable());
    journal.append(&example(4, "/v1/customers")).await.unwrap();
    assert_eq!(written(&journal), [1, 4]);
}

#[tokio::test]
async fn a_journal_that_cannot_begin_the_segment_that_it_needs_is_not_said_to_be_writable() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal(folder.path());
    // Something that is not a segment, at its place.
    let next = segment::path(&journal.folder, 2);
    fs::create_dir(&next).unwrap();
    let mut written_ids = Vec::new();
    for id in 1.. {
        if journal.append(&example(id, "/v1/customers")).await.is_err() {
            break;
        }
        written_ids.push(id);
    }
    for _ in 0..3 {
        journal.probe();
        assert!(
            !journal.is_writable(),
            "the segment has no room for a record, and there is no other"
        );
    }
    fs::remove_dir(&next).unwrap();
    journal.probe();
    assert!(journal.is_writable());
    journal.append(&example(1 << 64, "/v1/customers")).await.unwrap();
    written_ids.push(1 << 64);
    assert_eq!(written(&journal), written_ids);
    assert_eq!(journal.end().segment, 2);
}

#[tokio::test]
async fn what_an_attempt_to_begin_a_segment_has_left_behind_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_with(folder.path(), Fsync::Os, 1);
    // One that was created before something failed, and one that somebody has put there.
    fs::write(segment::path(&journal.folder, 2), "").unwrap();
    fs::write(segment::path(&journal.folder, 3), "not ours").unwrap();
    for id in 1..=3 {
        journal.append(&example(id, "/v1/customers")).await.unwrap();
    }
    assert_eq!(journal.end().segment, 5);
}

#[tokio::test]
async fn a_probe_fails_where_the_disk_takes_records_and_does_not_keep_them() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_with(folder.path(), Fsync::Always, u64::MAX);
    journal.active.lock().file =
        Arc::new(OpenOptions::new().write(true).open("/dev/null").unwrap());
    journal.probe();
    assert!(!journal.is_writable());
}

#[tokio::test]
async fn a_journal_that_takes_records_and_does_not_bring_them_to_the_disk_stays_unwritable() {
    let folder = tempfile::tempdir().unwrap();
    let journal = journal_with(folder.path(), Fsync::Always, u64::MAX);
    // Accepts everything, but cannot be synced.
    journal.active.lock().file =
        Arc::new(OpenOptions::new().write(true).open("/dev/null").unwrap());
    assert!(journal.append(&example(1, "/v1/customers")).await.is_err() && !journal.is_writable());
    // The disk may respond before this check, but not each time.
    for id in 2..=1_000 {
        let mut appending = Box::pin(journal.append(&example(id, "/v1/customers")));
        while futures::poll!(&mut appending).is_pending() {
            assert!(!journal.is_writable());
            tokio::task::yield_now().await;
        }
    }
}
