//! A month of one partner, with a portal in a separate process, and one Stripe.

mod check;

use std::sync::atomic::{AtomicU64, Ordering};

use futures::StreamExt;
use parking_lot::Mutex;
use reqwest::{Client, RequestBuilder, redirect};
use tokio::net::TcpListener;
use tollgate::server::clock::Clock;
use tollgate::types::time::{HOUR, MINUTE, SECOND, Timestamp};

use crate::support::stripe::{Config, Faults, GOOD_CARD, Handle, SECRET, Webhooks, serve};
use crate::support::{PASSWORD, Process, TestDb, eventually, process};

/// How long before the month's end the observation starts: an hour for each kill, and some.
const BEFORE_END: i64 = 26 * HOUR;
const EMAIL: &str = "ada@example.com";

#[derive(Clone, Copy, PartialEq)]
pub enum Accidents {
    None,
    /// Stripe responds to a third of the calls with 429 or 500, half of which it has carried out;
    /// its events arrive twice or more, in any order, late, badly signed, or never.
    All,
}

/// Generates the same numbers each time.
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, end: u64) -> u64 {
        // Knuth's generator, of which the upper bits are good.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// What has happened so far.
#[derive(Clone, Copy)]
pub struct Activity {
    pub calls: u64,
    /// Calls to Stripe, and events that Stripe tried to send.
    pub at_stripe: u64,
}

pub struct Month<'a> {
    pub db: &'a TestDb,
    pub fake: Handle,
    key: String,
    port: u16,
    /// The portal's clock at its first start.
    start: Timestamp,
    client: Client,
    session: Mutex<Option<String>>,
    answered: Mutex<Vec<String>>,
    calls: AtomicU64,
}

impl<'a> Month<'a> {
    pub async fn begin(db: &'a TestDb, accidents: Accidents) -> Self {
        let now = Clock::default().now();
        // Both months start at the same second, whenever the test runs: that of the calendar's
        // month.
        let end = if now.plus(BEFORE_END + HOUR) < now.next_month() {
            now.next_month()
        } else {
            now.next_month().next_month()
        };
        let start = end.plus(-BEFORE_END);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let fake = serve(listener, Config { clock: Some(start.0 / SECOND), ..Config::default() })
            .await
            .expect("a fake");
        let webhooks = Webhooks { sign_with_clock: true, retry_ms: 20, ..Webhooks::default() };
        if accidents == Accidents::All {
            fake.set_faults(Faults {
                rate_limited: 1.0 / 6.0,
                broken: 1.0 / 6.0,
                applied: 0.5,
                sticky: true,
                ..Faults::default()
            });
            fake.set_webhooks(Webhooks {
                duplicate: 2,
                delay_ms: 30,
                shuffle_ms: 300,
                drop: 0.1,
                wrong_signature: 0.2,
                ..webhooks
            });
        } else {
            fake.set_webhooks(webhooks);
        }
        let port = process::free_port();
        fake.add_webhook(&format!("http://127.0.0.1:{port}/webhooks/stripe"), SECRET);
        process::json(db, &["user", "create", EMAIL, "--password", PASSWORD, "--json"]);
        let org = process::json(db, &["org", "create", "Acme", "--owner", EMAIL, "--json"])["id"]
            .as_str()
            .unwrap()
            .to_owned();
        process::json(
            db,
            &[
                "plan",
                "create",
                "Tiny",
                "--price",
                "29",
                "--included",
                "3",
                "--overage",
                "0.005",
                "--json",
            ],
        );
        let key =
            process::json(db, &["key", "create", "--org", &org, "--environment", "live", "--json"]);
        let client =
            Client::builder().redirect(redirect::Policy::none()).build().expect("a client");
        Self {
            db,
            fake,
            key: key["key"].as_str().unwrap().to_owned(),
            port,
            start,
            client,
            session: Mutex::default(),
            answered: Mutex::default(),
            calls: AtomicU64::default(),
        }
    }

    /// A portal, `hours` after the first; both clocks are moved on to then.
    pub async fn serve(&self, hours: i64) -> Process {
        self.serve_at(self.start.plus(hours * HOUR)).await
    }

    async fn serve_at(&self, at: Timestamp) -> Process {
        let ahead = (at.0 - Clock::default().now().0) / SECOND;
        self.fake.set_clock(at.0 / SECOND);
        Process::start_on(self.db, self.port, |command| {
            command
                .env("TOLLGATE_CLOCK_AHEAD", ahead.to_string())
                .env("STRIPE_SECRET_KEY", "sk_test_fake")
                .env("STRIPE_WEBHOOK_SECRET", SECRET)
                .env("STRIPE_API_BASE", self.fake.base_url())
                // Its log would be long, because of everything that goes wrong.
                .env("TOLLGATE_LOG", "off");
        })
        .await
    }

    pub fn activity(&self) -> Activity {
        let at_stripe = self.fake.requests().len() + self.fake.deliveries().len();
        Activity { calls: self.calls.load(Ordering::Relaxed), at_stripe: at_stripe as u64 }
    }

    /// Makes calls, and tries to buy the plan until it is active, as long as the portal responds.
    pub async fn act(&self, url: &str, calls: u64) {
        tokio::join!(self.call_until_gone(url, calls), self.buy_until_gone(url));
    }

    async fn call_until_gone(&self, url: &str, calls: u64) {
        for _ in 0..calls {
            if self.call_once(url).await.is_err() {
                return;
            }
        }
    }

    async fn buy_until_gone(&self, url: &str) {
        while !self.is_bought().await {
            if self.try_to_buy(url).await.is_err() {
                return;
            }
        }
    }

    /// One billed call, recorded when its response has arrived completely.
    async fn call_once(&self, url: &str) -> reqwest::Result<()> {
        let response =
            self.client.get(format!("{url}/v1/customers")).bearer_auth(&self.key).send().await?;
        let (status, id) = (
            response.status(),
            response.headers()["x-request-id"].to_str().expect("an id").to_owned(),
        );
        let text = response.text().await?;
        assert_eq!(status, 200, "{text}");
        self.answered.lock().push(id);
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// Makes so many calls, all with a response.
    pub async fn call(&self, url: &str, calls: i64) {
        let calls =
            futures::stream::iter(0..calls).map(|_| self.call_once(url)).buffer_unordered(8);
        calls.for_each(|answered| async { answered.expect("an answer") }).await;
    }

    pub async fn is_bought(&self) -> bool {
        self.db.number("select count(*) from subscriptions where stripe_id is not null").await > 0
    }

    /// Buys the plan, with as many attempts as needed.
    pub async fn buy(&self, url: &str) {
        eventually("the plan is bought", || async {
            if !self.is_bought().await {
                self.try_to_buy(url).await.expect("the portal answers");
            }
            self.is_bought().await.then_some(())
        })
        .await;
    }

    /// Chooses the plan in the portal and pays on Stripe's page. Fails only if the portal is gone.
    async fn try_to_buy(&self, url: &str) -> reqwest::Result<()> {
        let session = self.session.lock().clone();
        let session = match session {
            Some(session) => session,
            None => {
                let response = self
                    .submit(
                        url,
                        "log_in",
                        &[("email", EMAIL), ("password", PASSWORD), ("next", "/")],
                    )
                    .send()
                    .await?;
                let cookie = response.headers()["set-cookie"]
                    .to_str()
                    .expect("visible text")
                    .split(';')
                    .next()
                    .expect("a pair")
                    .to_owned();
                self.session.lock().insert(cookie).clone()
            }
        };
        let plan = self.db.texts("select id from plans where name = 'Tiny'").await.remove(0);
        let response = self
            .submit(url, "choose_plan", &[("plan_id", &plan), ("at", "")])
            .header("cookie", session)
            .send()
            .await?;
        let page = response
            .headers()
            .get("location")
            .and_then(|page| page.to_str().ok())
            .unwrap_or_default();
        if let Some((_, checkout)) =
            page.strip_prefix(self.fake.base_url()).and_then(|path| path.rsplit_once('/'))
        {
            // Refused if it was already paid, and the portal has not learnt it yet.
            let _ = self.fake.pay_checkout(checkout, GOOD_CARD);
        }
        Ok(())
    }

    fn submit(&self, url: &str, function: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("{url}/_fn/{function}"));
        request
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(body)
    }

    /// Billed calls so far, including those whose responses were lost with a portal.
    pub async fn billed(&self, url: &str) -> i64 {
        self.call(url, 1).await;
        let last = self.answered.lock().last().cloned().expect("an answer");
        eventually("the journal is applied", || async {
            let logs = self.db.logs().await;
            logs.iter()
                .any(|log| log.id == last)
                .then(|| logs.iter().filter(|log| log.billed_units > 0).count())
        })
        .await
        .try_into()
        .expect("a count")
    }

    pub fn answered(&self) -> Vec<String> {
        self.answered.lock().clone()
    }

    fn counted(&self) -> i64 {
        self.fake.usage().iter().filter(|usage| !usage.void).map(|usage| usage.value).sum()
    }

    /// Ends the month, waits for usage reports and Stripe's invoice; and compares all numbers with
    /// `calls`.
    pub async fn close(&self, server: Process, calls: i64) {
        let ledger = async || {
            self.db.number("select cast(coalesce(sum(units), 0) as bigint) from usage_ledger").await
        };
        eventually("all calls are in the ledger", || async {
            (ledger().await == calls).then_some(())
        })
        .await;
        server.kill();
        let end = self.start.plus(BEFORE_END);
        let mut at = end.plus(10 * MINUTE);
        while self.counted() < calls {
            let server = self.serve_at(at).await;
            let attempts = async || {
                self.db
                    .number("select cast(coalesce(sum(attempts), 0) as bigint) from meter_outbox")
                    .await
            };
            let before = attempts().await;
            // A restarted portal immediately retries what failed.
            eventually("usage is on its way", || async {
                (self.counted() == calls || attempts().await > before).then_some(())
            })
            .await;
            server.kill();
            at = at.plus(MINUTE);
            assert!(
                at < end.plus(HOUR),
                "Stripe waits no longer for usage: {} of {calls}",
                self.counted()
            );
        }
        let server = self.serve_at(end.plus(2 * HOUR)).await;
        eventually("both invoices are paid", || async {
            (self.db.number("select count(*) from invoices where state = 'paid'").await == 2)
                .then_some(())
        })
        .await;
        self.fake.set_faults(Faults::default());
        self.check(&server.url, calls).await;
    }
}
