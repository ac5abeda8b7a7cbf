//! What the tests share: databases, servers in this process and in processes of their own.

mod answer;
mod database;
mod portal;
pub mod process;
mod query;
mod receiver;
mod redis;
pub mod stripe;
mod visitor;

pub use answer::Answer;
pub use database::TestDb;
pub(crate) use database::on_both;
pub use portal::{Org, Portal};
pub use process::Process;
pub use receiver::{Received, Receiver, Reply};
pub use redis::{RedisCluster, RedisServer, redis_url};
pub use visitor::{PASSWORD, Visitor};

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
