//! Several servers start concurrently on an empty database.

use futures::future::join_all;
use tollgate::server::clock::Clock;
use tollgate::server::config::Config;
use tollgate::server::plans;
use tollgate::web::serve;

use crate::support::{TestDb, on_both, process};

const PLANS: &str = "select name || ' ' || version || case when is_default then ' default' else '' end from plans order by name, version";

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_servers_on_an_empty_postgres_make_the_starter_plans_once() {
    for _ in 0..4 {
        let Some(db) = TestDb::empty_postgres().await else { return };
        let folders: Vec<_> = (0..6).map(|_| tempfile::tempdir().unwrap()).collect();
        let starts = folders.iter().map(|folder| {
            let flags = [
                "--data-dir",
                folder.path().to_str().unwrap(),
                "--database-url",
                db.url().unwrap(),
            ];
            let config = Config::from_flags(flags).unwrap();
            tokio::spawn(serve::prepare(config, Clock::default()))
        });
        for started in join_all(starts).await {
            assert!(started.unwrap().is_ok());
        }
        assert_eq!(db.texts(PLANS).await, ["Free 1 default", "Growth 1", "Scale 1"]);
    }
}

on_both! {
    empty;

    async fn what_a_first_start_makes_is_made_once_however_many_make_it(db: TestDb) {
        let app = tollgate::server::db::Db::open(db.url(), db.data_dir()).await.unwrap();
        app.migrate().await.unwrap();
        let makers = (0..20).map(|_| {
            let app = app.clone();
            tokio::spawn(async move { plans::provide(&app, Clock::default().now()).await })
        });
        for made in join_all(makers).await {
            made.unwrap().unwrap();
        }
        assert_eq!(db.texts(PLANS).await, ["Free 1 default", "Growth 1", "Scale 1"]);
        app.close().await;
    }

    async fn plans_of_one_name_that_are_made_at_once_are_versions_of_each_other(db: TestDb) {
        assert!(process::run(&db, &["migrate"]).status.success());
        let create = |price| process::run(&db, &["plan", "create", "Gold", "--price", price, "--included", "100"]);
        let made: Vec<_> = std::thread::scope(|scope| {
            let create = &create;
            let running = ["10", "11", "12", "13", "14"].map(|price| scope.spawn(move || create(price)));
            running.into_iter().map(|running| running.join().unwrap()).collect()
        });
        assert!(made.iter().all(|output| output.status.success()), "{}", String::from_utf8_lossy(&made[0].stderr));
        assert_eq!(db.number("select count(*) from plans where name = 'Gold' and archived_at is null").await, 1);
        assert_eq!(db.number("select max(version) from plans where name = 'Gold'").await, 5);
    }
}
