//! What must be true at the end of a month.

use super::Month;
use crate::support::{eventually, process};

impl Month<'_> {
    /// Compares the numbers of all places with `calls`, and what there is only once.
    pub async fn check(&self, url: &str, calls: i64) {
        assert_eq!(self.counted(), calls, "units at Stripe");
        let sent = "select cast(sum(units) as bigint) from meter_outbox where sent_at is not null and alarmed_at is null";
        eventually("all rows are known as sent", || async {
            (self.db.number(sent).await == calls).then_some(())
        })
        .await;
        for sums in [
            "select cast(sum(units) as bigint) from usage_ledger",
            "select cast(sum(reported) as bigint) from usage_ledger",
            "select cast(sum(units) as bigint) from meter_outbox",
            "select cast(sum(units) as bigint) from quota_counters",
            "select cast(sum(billed_units) as bigint) from usage_hourly where environment = 'live'",
        ] {
            assert_eq!(self.db.number(sums).await, calls, "{sums}");
        }
        for (once, count) in [
            ("select count(*) from subscriptions", 1),
            ("select count(*) from invoices", 2),
            ("select count(*) from events where type = 'invoice.paid'", 2),
            ("select count(*) from plan_periods", 1),
        ] {
            assert_eq!(self.db.number(once).await, count, "{once}");
        }
        let paid = self
            .fake
            .objects("checkout.session")
            .iter()
            .filter(|session| session["status"] == "complete")
            .count();
        assert_eq!(
            (
                self.fake.objects("subscription").len(),
                self.fake.objects("billing.meter").len(),
                paid
            ),
            (1, 1, 1)
        );
        let token = process::json(self.db, &["admin-token", "create", "--json"])["token"]
            .as_str()
            .expect("a token")
            .to_owned();
        let drift = self
            .client
            .get(format!("{url}/admin/api/v1/billing/drift"))
            .bearer_auth(token)
            .send()
            .await
            .expect("an answer");
        let drift: serde_json::Value =
            serde_json::from_str(&drift.text().await.expect("a body")).expect("JSON");
        let days = drift["days"].as_array().expect("days");
        assert!(
            !days.is_empty()
                && days.iter().all(|day| day["ledger"] == day["provider"] && day["waiting"] == 0),
            "{drift}"
        );
        assert_eq!(
            (drift["objects"].as_array().map(Vec::len), drift["alarms"].as_u64()),
            (Some(0), Some(0)),
            "{drift}"
        );
    }

    /// How many of each kind there were, to see that there were any.
    pub fn accidents(&self) -> String {
        let requests = self.fake.requests();
        let failed = requests
            .iter()
            .filter(|request| {
                request["status"].as_i64().is_some_and(|status| status == 429 || status >= 500)
            })
            .count();
        let deliveries = self.fake.deliveries();
        let arrived = deliveries.iter().filter(|delivery| delivery["status"] == 200).count();
        format!(
            "{failed} of {} calls to Stripe failed, {arrived} of {} webhooks arrived",
            requests.len(),
            deliveries.len()
        )
    }
}
