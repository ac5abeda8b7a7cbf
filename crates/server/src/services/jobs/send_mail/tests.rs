use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::*;
use crate::config::Config;
use crate::mail::Mail;
use crate::test_support::{TestDb, on_both};

/// A mail server that accepts mail for every recipient except `refused@…`.
#[derive(Clone, Default)]
struct Inbox(Arc<Mutex<Vec<String>>>);

impl Inbox {
    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    async fn listen(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inbox = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(inbox.clone().serve(stream));
            }
        });
        port
    }

    async fn serve(self, stream: TcpStream) -> Option<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 ready\r\n").await.ok()?;
        let mut line = String::new();
        while stream.read_line(&mut line).await.ok()? > 0 {
            let response = match line.get(..4)?.to_uppercase().as_str() {
                "RCPT" if line.contains("refused@") => "550 no such mailbox\r\n",
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await.ok()?;
                    let mut text = String::new();
                    while !text.ends_with("\r\n.\r\n") {
                        stream.read_line(&mut text).await.ok()?;
                    }
                    self.0.lock().unwrap().push(text);
                    "250 taken\r\n"
                }
                "QUIT" => "221 bye\r\n",
                _ => "250 ok\r\n",
            };
            stream.write_all(response.as_bytes()).await.ok()?;
            line.clear();
        }
        Some(())
    }
}

struct Post {
    db: Db,
    clock: Clock,
    config: Config,
    smtp: Smtp,
    _database: TestDb,
}

impl Post {
    async fn new(database: TestDb, port: u16) -> Self {
        let db = Db::open(database.url(), database.data_dir()).await.unwrap();
        db.migrate().await.unwrap();
        let url = format!("smtp://127.0.0.1:{port}");
        let config =
            Config::from_flags(["--smtp-url", &url, "--mail-from", "Portal <portal@example.com>"])
                .unwrap();
        let smtp = connect(&config.mail).unwrap().unwrap();
        Self { db, clock: Clock::default(), config, smtp, _database: database }
    }

    async fn write(&self, to: &str) {
        let mut tx = self.db.begin().await.unwrap();
        let message = Mail { to, subject: "Grüße".into(), body: "Hello\n".into() };
        mail::queue(&mut tx, &self.config, &message, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn send_due(&self) -> i64 {
        send_due(&self.db, &self.clock, &self.config.mail, &self.smtp, &CancellationToken::new())
            .await
            .unwrap()
    }
}

on_both! {
    async fn a_written_mail_is_sent_once(db: TestDb) {
        let inbox = Inbox::default();
        let post = Post::new(db, inbox.listen().await).await;
        post.write("ada@example.org").await;
        let (one, other) = tokio::join!(post.send_due(), post.send_due());
        assert_eq!(one + other, 1);
        assert_eq!(post.send_due().await, 0);
        assert_eq!(inbox.len(), 1);
        let text = inbox.0.lock().unwrap()[0].clone();
        for part in [
            "From: Portal <portal@example.com>\r\n",
            "To: ada@example.org\r\n",
            "Message-ID: <mail_",
            "Content-Type: text/plain; charset=utf-8\r\n",
        ] {
            assert!(text.contains(part), "{part} is missing in {text}");
        }
    }

    async fn a_refused_mail_is_tried_eight_times_and_holds_up_no_other(db: TestDb) {
        let inbox = Inbox::default();
        let post = Post::new(db, inbox.listen().await).await;
        post.write("refused@example.org").await;
        post.write("ada@example.org").await;
        assert_eq!(post.send_due().await, 2);
        assert_eq!(inbox.len(), 1);
        let mut attempts = 1;
        for pause in mail::BACKOFF {
            assert_eq!(post.send_due().await, 0, "not before its time");
            post.clock.advance(pause);
            attempts += post.send_due().await;
        }
        assert_eq!(attempts, 8);
        post.clock.advance(mail::BACKOFF.iter().sum());
        assert_eq!(post.send_due().await, 0);
    }

    async fn a_mail_whose_sender_died_is_sent_later(db: TestDb) {
        let inbox = Inbox::default();
        let post = Post::new(db, inbox.listen().await).await;
        post.write("ada@example.org").await;
        assert_eq!(mail::claim_due(&post.db, post.clock.now()).await.unwrap().len(), 1);
        assert_eq!(post.send_due().await, 0);
        post.clock.advance(mail::LEASE);
        assert_eq!(post.send_due().await, 1);
        assert_eq!(inbox.len(), 1);
    }

    async fn mail_that_waits_for_a_server_that_is_away_arrives_when_it_is_back(db: TestDb) {
        let inbox = Inbox::default();
        let port = inbox.listen().await;
        let mut post = Post::new(db, 1).await;
        post.write("ada@example.org").await;
        assert_eq!(post.send_due().await, 1);
        post.smtp = Smtp::from_url(&format!("smtp://127.0.0.1:{port}")).unwrap().build();
        post.clock.advance(mail::BACKOFF[0]);
        assert_eq!(post.send_due().await, 1);
        assert_eq!(inbox.len(), 1);
    }
}
