//! Unsent mail: who can read it, and how long its text is kept.

use reqwest::Method;
use tollgate::server::mail::{self, Mail};
use tollgate::types::time::DAY;

use crate::support::{Portal, Process, TestDb, Visitor, on_both};

/// Queues a mail as features do.
async fn write(portal: &Portal) {
    let mut tx = portal.app.db.begin().await.unwrap();
    let message = Mail {
        to: "ada@example.com",
        subject: "Reset your password".into(),
        body: "https://portal/reset?token=secret".into(),
    };
    mail::queue(&mut tx, &portal.app.config, &message, portal.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn bodies(db: &TestDb) -> Vec<String> {
    db.texts("select body from mails order by id").await
}

on_both! {
    async fn without_the_switch_nobody_reads_mail_though_the_portal_seems_to_be_this_machines_only(db: TestDb) {
        // As behind nginx's plain `proxy_pass`, without TOLLGATE_BASE_URL.
        let server = Process::start(&db).await;
        let client = reqwest::Client::new();
        for (method, path) in [(Method::POST, "/_fn/outbox"), (Method::GET, "/dev/outbox")] {
            let request = client.request(method, format!("{}{path}", server.url)).header("accept", "application/json");
            let response = request.send().await.unwrap();
            let (status, text) = (response.status(), response.text().await.unwrap());
            assert!(path.starts_with("/dev") || status == 404, "{path}: {status}");
            assert!(!text.contains("token="), "{path}: {text}");
        }
    }

    async fn the_text_of_a_mail_that_nothing_sends_and_nobody_may_read_is_not_stored(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--public-url", "https://portal.example.com"]).await;
        write(&portal).await;
        assert_eq!(bodies(&db).await, [""]);
        portal.stop().await;
    }

    async fn the_outbox_forgets_texts_after_a_week(db: TestDb) {
        let portal = Portal::start(&db).await;
        write(&portal).await;
        let mut visitor = Visitor::new(&portal);
        assert!(visitor.submit("outbox", &[]).await.text.contains("token=secret"));
        let prune = async || mail::prune(&portal.app.db, portal.now()).await.unwrap();
        portal.clock.advance(7 * DAY - 60_000);
        prune().await;
        assert_eq!(bodies(&db).await, ["https://portal/reset?token=secret"]);
        portal.clock.advance(60_000);
        prune().await;
        assert_eq!(bodies(&db).await, [""]);
        portal.stop().await;
    }

    async fn the_text_of_a_mail_is_kept_until_it_is_sent_or_given_up(db: TestDb) {
        // A server that does not listen: the mails wait.
        let portal = Portal::with_flags(&db, &["--smtp-url", "smtp://127.0.0.1:1"]).await;
        write(&portal).await;
        write(&portal).await;
        assert!(bodies(&db).await.iter().all(|body| body.contains("token=secret")));
        let claimed = crate::support::eventually("both are claimed", || async {
            portal.clock.advance(60_000 * 11);
            let due = mail::claim_due(&portal.app.db, portal.now()).await.unwrap();
            (due.len() == 2).then_some(due)
        })
        .await;
        mail::mark_sent(&portal.app.db, &claimed[0], portal.now()).await.unwrap();
        let mut last = mail::DueMail { attempts: 1, id: claimed[1].id.clone(), recipient: String::new(), subject: String::new(), body: String::new() };
        assert!(mail::mark_failed(&portal.app.db, &last, "refused", portal.now()).await.unwrap());
        assert_eq!(db.texts("select body from mails where body <> ''").await.len(), 1, "it is tried again");
        last.attempts = 8;
        assert!(!mail::mark_failed(&portal.app.db, &last, "refused", portal.now()).await.unwrap());
        assert_eq!(bodies(&db).await, ["", ""]);
        portal.stop().await;
    }
}
