//! Shared parts of the tests: databases, and servers in this process and in separate ones.

mod contract;
pub mod crawl;
mod database;
pub mod html;
mod portal;
pub mod process;
mod query;
mod receiver;
mod redis;
pub mod seed;
mod sources;
pub mod stripe;
mod test_response;
mod visitor;

use tollgate::server;

pub use database::TestDb;
pub(crate) use database::on_both;
pub use portal::{Org, Portal};
pub use process::Process;
pub use receiver::{Received, Receiver, Reply};
pub use redis::{RedisCluster, RedisServer, redis_url};
pub use sources::{scripts, sources};
pub use test_response::TestResponse;
pub use visitor::{PASSWORD, Visitor};

/// Waits until `check` returns a value. The deadline only ends broken tests.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    mut check: impl FnMut() -> F,
) -> T {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        if let Some(value) = check().await {
            return value;
        }
        assert!(tokio::time::Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
