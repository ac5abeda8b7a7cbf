//! What was used and what is due.

use tollgate::types::id::InvoiceId;
use tollgate::types::time::{HOUR, Timestamp};

use super::{Rows, Tables, row, table};
use crate::sink::Row;
use crate::world::{GIANT, PRODUCT, World, id, mix};

impl World {
    pub fn billing_tables(&self) -> Tables<'_> {
        vec![
            (
                table(
                    "usage_ledger",
                    "org_id, product, hour, units, amount_nano, reported, reports",
                ),
                self.ledger(),
            ),
            (table("quota_counters", "org_id, product, month, units"), self.quotas()),
            (table("org_spend", "org_id, month, amount_nano"), self.org_spend()),
            (table("key_spend", "key_id, month, units, amount_nano"), self.key_spend()),
            (table("month_parts", "subject, month, journal_id, amount"), self.parts()),
            (
                table("threshold_notices", "org_id, subject, month, bound, percent, created_at"),
                self.thresholds(),
            ),
            (
                table(
                    "invoices",
                    "id, org_id, product, number, period_start, period_end, currency, total, state, lines_json, page_url, pdf_url, created_at, updated_at",
                ),
                self.invoices(),
            ),
            (
                table(
                    "meter_outbox",
                    "identifier, org_id, product, hour, customer, event_name, units, occurred_at, created_at, attempts, next_attempt_at, sent_at, fault",
                ),
                self.outbox(),
            ),
            (
                table(
                    "billing_inbox",
                    "event_id, type, object_id, body_json, received_at, applied_at, attempts, next_attempt_at, fault",
                ),
                self.inbox(),
            ),
        ]
    }

    fn ledger(&self) -> Rows<'_> {
        let line = |org: u64, hours_ago: i64| {
            let units = 1 + (mix(19, org) % 900) as i64;
            let hour = self.now.hour().plus(-hours_ago * HOUR).0;
            row![self.org(org).to_string(), PRODUCT, hour, units, units * 200_000_000, units, 1_i64]
        };
        let giant = (0..60 * 24).map(move |hour| line(GIANT, hour));
        Box::new(giant.chain((1..self.orgs).flat_map(move |org| {
            (0..8).map(move |i| line(org, (mix(18, org) % 200) as i64 + i * 150))
        })))
    }

    /// The current month and the two before it.
    fn months(&self) -> [Timestamp; 3] {
        let this = self.now.month();
        let last = this.plus(-1).month();
        [last.plus(-1).month(), last, this]
    }

    fn each_month<'a>(&'a self, line: impl Fn(u64, i64) -> Row + Copy + 'a) -> Rows<'a> {
        Box::new(
            (0..self.orgs).flat_map(move |org| {
                self.months().into_iter().map(move |month| line(org, month.0))
            }),
        )
    }

    fn quotas(&self) -> Rows<'_> {
        self.each_month(|org, month| {
            row![self.org(org).to_string(), PRODUCT, month, 1 + (mix(20, org) % 20_000) as i64]
        })
    }

    fn org_spend(&self) -> Rows<'_> {
        self.each_month(|org, month| row![self.org(org).to_string(), month, 1_000_000_000_i64])
    }

    fn key_spend(&self) -> Rows<'_> {
        let giant = (0..self.giant_keys()).map(|i| {
            let amount = (mix(21, i) % 1_000_000_000) as i64;
            row![self.key_of(GIANT, i).to_string(), self.now.month().0, 5_i64, amount]
        });
        let others = (1..self.orgs).flat_map(move |org| {
            self.months().into_iter().map(move |month| {
                row![self.key_of(org, 0).to_string(), month.0, 5_i64, 1_000_000_000_i64]
            })
        });
        Box::new(giant.chain(others))
    }

    fn parts(&self) -> Rows<'_> {
        self.each_month(|org, month| {
            row![format!("quota:{}:{PRODUCT}", self.org(org)), month, "jrn_bench", 5_i64]
        })
    }

    fn thresholds(&self) -> Rows<'_> {
        self.each_month(|org, month| {
            row![
                self.org(org).to_string(),
                format!("quota:{PRODUCT}"),
                month,
                1_000_i64,
                80_i64,
                month
            ]
        })
    }

    fn invoices(&self) -> Rows<'_> {
        let months = self.months();
        Box::new((0..self.orgs).flat_map(move |org| {
            (0..2).map(move |i| {
                let (from, to) = (months[i], months[i + 1]);
                let state = if mix(22, org).is_multiple_of(500) { "failed" } else { "not_charged" };
                let number = format!("{}-{PRODUCT}", &from.to_string()[..7]);
                let id = InvoiceId::from(id(to, 22, org * 2 + i as u64)).to_string();
                row![
                    id,
                    self.org(org).to_string(),
                    PRODUCT,
                    number,
                    from.0,
                    to.0,
                    "usd",
                    4_900_i64,
                    state,
                    "[]",
                    "",
                    "",
                    to.plus(org as i64 % HOUR).0,
                    to.0
                ]
            })
        }))
    }

    fn outbox(&self) -> Rows<'_> {
        let n = 3 * self.orgs;
        Box::new((0..n).map(move |i| {
            let (org, at) = (self.owner(23, i, 1), self.at(i, n, 60));
            let (identifier, event) = (format!("bench-{i}"), format!("tollgate_{PRODUCT}"));
            let org_id = self.org(org).to_string();
            row![
                identifier,
                org_id,
                PRODUCT,
                at.hour().0,
                format!("cus_{org}"),
                event,
                10_i64,
                at.0,
                at.0,
                1_i64,
                at.0,
                at.0,
                ""
            ]
        }))
    }

    fn inbox(&self) -> Rows<'_> {
        let n = 2 * self.orgs;
        Box::new((0..n).map(move |i| {
            let at = self.at(i, n, 60).0;
            row![
                format!("evt_{i}"),
                "invoice.paid",
                format!("in_{i}"),
                r#"{"id":"in"}"#,
                at,
                at,
                1_i64,
                at,
                ""
            ]
        }))
    }
}
