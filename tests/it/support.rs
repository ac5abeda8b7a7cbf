//! What the tests share: databases, servers in this process and in processes of their own.

mod answer;
mod database;
mod portal;
pub mod process;

pub use answer::Answer;
pub use database::TestDb;
pub use portal::{Org, Portal};
pub use process::Process;

/// Waits until `check` gives a value. The deadline is only there so that a broken test ends.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut check: impl FnMut() -> F) -> T {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}

/// Makes two tests of each function: `name::on_sqlite` and `name::on_postgres`. The function takes a
/// [`TestDb`].
#[macro_export]
macro_rules! on_both {
    ($($(#[$attribute:meta])* async fn $name:ident($db:ident: TestDb) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, reason = "not every test uses all of them")]
            use super::*;

            $(#[$attribute])*
            async fn run($db: $crate::support::TestDb) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                run($crate::support::TestDb::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                if let Some(db) = $crate::support::TestDb::postgres().await {
                    run(db).await;
                }
            }
        }
    )*};
}
