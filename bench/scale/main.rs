//! Fills a database with a large portal, to look at pages, jobs and query plans at size.
//!
//! `cargo bench --features ssr --bench scale -- FOLDER [ORGANISATIONS]` fills `FOLDER/tollgate.db`.
//! With `postgres://…` instead of the folder, it fills that database. The default is 100,000
//! organisations with 1,000,000 keys and 5,000,000 calls; all other numbers are derived from the
//! number of organisations. The database must be empty. It is migrated and then filled in bulk,
//! without the server.
//!
//! One organisation, `GIANT`, has a third of all events, deliveries and calls, and a tenth as many
//! keys as there are organisations. All others are similar to each other. The data is the same in
//! each run, except that it ends at the current time. Endpoints are disabled, so that nothing is
//! sent.

mod rows;
mod sink;
mod world;

use std::time::Instant;

use sink::Sink;
use tollgate::server::clock::Clock;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let Some(target) = args.first() else {
        eprintln!(
            "usage: cargo bench --features ssr --bench scale -- FOLDER|postgres://… [ORGANISATIONS]"
        );
        return;
    };
    let orgs = args.get(1).map_or(100_000, |text| text.parse().expect("a number of organisations"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(fill(target, orgs));
}

async fn fill(target: &str, orgs: u64) {
    let mut sink = Sink::open(target).await;
    let world = world::World { orgs, now: Clock::default().now() };
    let began = Instant::now();
    for (table, rows) in world.tables() {
        let (at, mut count) = (Instant::now(), 0_u64);
        sink.begin().await;
        for row in rows {
            sink.write(&table, row).await;
            count += 1;
        }
        sink.commit(&table).await;
        println!("{:<22} {count:>9} rows in {:.1?}", table.name, at.elapsed());
    }
    sink.close().await;
    println!(
        "done in {:.0?}; the giant organisation is {}",
        began.elapsed(),
        world.org(world::GIANT)
    );
}
