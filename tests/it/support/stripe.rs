//! The fake Stripe with a portal, with one clock for both.

#[path = "../../../examples/fake_stripe/stripe.rs"]
mod fake;

use serde_json::Value;
use tokio::net::TcpListener;
use tollgate::server::access::{Operator, Permit};
use tollgate::server::billing::{self, Chosen};
use tollgate::server::plans;
use tollgate::types::id::OrgId;
use tollgate::types::plan::{NewPlan, Plan};
use tollgate::types::time::SECOND;

use super::{Portal, TestDb, eventually};
pub use fake::{Config, Faults, Handle, Webhooks, serve, sign};

pub const SECRET: &str = "whsec_of_a_test";
pub const GOOD_CARD: &str = "4242424242424242";
/// It can be attached, but payments fail.
pub const BAD_CARD: &str = "4000000000000341";

pub struct Billed {
    pub portal: Portal,
    pub fake: Handle,
}

impl Billed {
    pub async fn start(db: &TestDb) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let fake = fake::serve(
            listener,
            Config { clock: Some(Portal::start_of_tests().0 / SECOND), ..Config::default() },
        )
        .await
        .expect("a fake");
        fake.set_webhooks(Webhooks { sign_with_clock: true, retry_ms: 20, ..Webhooks::default() });
        let portal = Self::beside(db, &fake).await;
        Self { portal, fake }
    }

    /// A portal that is connected to the fake, and gets its events.
    async fn beside(db: &TestDb, fake: &Handle) -> Portal {
        let base = format!("{}/", fake.base_url());
        let flags = [
            "--stripe-secret-key",
            "sk_test_fake",
            "--stripe-webhook-secret",
            SECRET,
            "--stripe-api-base",
            &base,
            "--limit-key",
            "1000000/1",
        ];
        let portal = Portal::with_flags(db, &flags).await;
        fake.add_webhook(&format!("{}/webhooks/stripe", portal.url), SECRET);
        portal
    }

    /// Moves both clocks, ours first: Stripe's signatures then have our time.
    pub fn advance(&self, ms: i64) {
        self.portal.clock.advance(ms);
        self.fake.set_clock(self.portal.now().0 / SECOND);
    }

    /// A plan at 29.00 that includes 3 units; each more costs half a cent.
    pub async fn plan(&self, name: &str, monthly_price: u64) -> Plan {
        let new = NewPlan { monthly_price, ..crate::quota::plan(name, 3, Some("0.5")) };
        plans::create(&self.portal.app.db, new, &Operator::command_line(), self.portal.now())
            .await
            .unwrap()
    }

    pub async fn choose(&self, org: &OrgId, plan: &Plan) -> Chosen {
        self.advance(0);
        let permit = Permit::for_command_line(org.clone());
        eventually("the choice is taken", || async {
            billing::choose(&self.portal.app.billing(), &permit, &plan.id, None, self.portal.now())
                .await
                .ok()
        })
        .await
    }

    /// Chooses the plan and pays for it on the page.
    pub async fn buy(&self, org: &OrgId, plan: &Plan, card: &str) {
        let Chosen::Redirect(url) = self.choose(org, plan).await else {
            panic!("there is something to pay")
        };
        let session = url.rsplit('/').next().expect("an id").to_owned();
        self.fake.pay_checkout(&session, card).expect("paid");
        self.in_force(org, plan).await;
    }

    pub async fn in_force(&self, org: &OrgId, plan: &Plan) {
        eventually("the plan is in force", || async {
            let (present, _) =
                plans::current(&self.portal.app.db, org, &plan.product).await.ok()?;
            (present.id == plan.id).then_some(())
        })
        .await;
    }

    pub fn customer(&self) -> String {
        self.fake.objects("subscription")[0]["customer"].as_str().expect("an id").to_owned()
    }

    /// Units that Stripe has counted for the only customer.
    pub fn counted(&self) -> i64 {
        self.fake.used("tollgate_platform_units", &self.customer())
    }

    /// The newest invoice at Stripe.
    pub fn last_invoice(&self) -> Value {
        self.fake.objects("invoice").pop().expect("an invoice")
    }
}
