//! The request log, and sums of calls.

use std::net::Ipv4Addr;

use tollgate::server::journal::{LIMITS, Record, Texts};
use tollgate::server::request_logs::Builder;
use tollgate::types::environment::Environment;
use tollgate::types::log::{AnsweredBy, Ended};
use tollgate::types::time::{HOUR, MINUTE};

use super::{Rows, Tables, row, table};
use crate::sink::Row;
use crate::world::{GIANT, METHODS, OPERATIONS, PRODUCT, World, id, mix};

impl World {
    pub fn calls_tables(&self) -> Tables<'_> {
        vec![
            (
                table("request_log_blocks", "org_id, environment, first_id, last_id, calls, data"),
                self.blocks(),
            ),
            (
                table(
                    "usage_hourly",
                    "org_id, environment, hour, product, operation, key_id, status, calls, units, billed_units, latency_us, request_bytes, response_bytes",
                ),
                self.usage(),
            ),
            (table("latency_hourly", "org_id, environment, hour, bucket, calls"), self.latency()),
        ]
    }

    /// The giant's calls are in full blocks. Each other organisation has thirty calls in one block.
    fn blocks(&self) -> Rows<'_> {
        let giant = (0..20 * self.orgs / 1_000)
            .map(|i| self.block(GIANT, i, 20 * self.orgs / 1_000, 1_000));
        Box::new(giant.chain((1..self.orgs).map(|org| self.block(org, org, self.orgs, 30))))
    }

    /// The `i`th of `n` blocks.
    fn block(&self, org: u64, i: u64, n: u64, calls: u64) -> Row {
        let hour = self.at(i, n, 30).hour();
        let (owner, mut builder) = (self.org(org), Builder::default());
        for call in 0..calls {
            let number = (org << 36) | (i << 12) | call;
            let at = hour.plus(MINUTE + (call as i64) * 3_000 + i as i64 % 3_000);
            let chance = mix(16, number);
            let (status, code) =
                if chance.is_multiple_of(50) { (429, "rate_limited") } else { (200, "") };
            let (key, path) = (
                self.key_of(org, 2 * (chance % 40)),
                format!("/orders/ord_{:08}", chance % 10_000_000),
            );
            let record = Record {
                is_end: false,
                ended: Ended::Complete,
                request_id: id(at, 16, number),
                environment: Environment::Live,
                status,
                at_ms: at.0,
                latency_us: 900 + chance % 40_000,
                checks_us: 34,
                handler_us: 800,
                request_bytes: chance % 1_000,
                response_bytes: chance % 9_000,
                units: 1,
                billed_units: u32::from(status == 200),
                price_nano: 200_000_000,
                quota: Some((1_000_000, 900_000)),
                limits_used: [1; LIMITS],
                answered_by: AnsweredBy::Upstream,
                source_ip: Ipv4Addr::from_bits(0xcb00_7100 | (chance % 250) as u32).into(),
                texts: Texts {
                    org_id: owner.as_str(),
                    key_id: key.as_str(),
                    product: PRODUCT,
                    operation: OPERATIONS[(chance % 3) as usize],
                    limits: "\"key\";q=20;w=1",
                    method: METHODS[(chance % 3) as usize],
                    path: &path,
                    code,
                    user_agent: "orders-client/1.2",
                    client_request_id: "",
                    detail: "",
                },
            };
            builder.add(&record, true);
        }
        let block = builder.pack().expect("packs").expect("has rows");
        row![
            owner.to_string(),
            "live",
            block.first_id.to_vec(),
            block.last_id.to_vec(),
            block.calls,
            block.data
        ]
    }

    /// Hours of the last 60 days: all hours of the giant with many keys, and eight hours of each
    /// other organisation with two.
    fn usage(&self) -> Rows<'_> {
        let line = |org: u64, hours_ago: i64, operation: u64, key: u64| {
            let hour = self.now.hour().plus(-hours_ago * HOUR).0;
            let (org_id, key) = (self.org(org).to_string(), self.key_of(org, key).to_string());
            let calls = 1 + (mix(17, org ^ operation) % 90) as i64;
            row![
                org_id,
                "live",
                hour,
                PRODUCT,
                OPERATIONS[operation as usize],
                key,
                200_i64,
                calls,
                calls,
                calls,
                calls * 900,
                calls * 300,
                calls * 2_000
            ]
        };
        let keys = (self.orgs / 400).clamp(2, self.giant_keys() / 2);
        let giant = (0..60 * 24)
            .flat_map(move |hour| (0..keys).map(move |key| line(GIANT, hour, key % 3, 2 * key)));
        let others = (1..self.orgs).flat_map(move |org| {
            (0..8).map(move |i| {
                line(org, (mix(18, org) % 200) as i64 + i * 150, i as u64 % 3, 2 * (i as u64 % 2))
            })
        });
        Box::new(giant.chain(others))
    }

    fn latency(&self) -> Rows<'_> {
        let line = |org: u64, hours_ago: i64, bucket: i64| {
            row![
                self.org(org).to_string(),
                "live",
                self.now.hour().plus(-hours_ago * HOUR).0,
                bucket,
                10_i64
            ]
        };
        let giant = (0..60 * 24)
            .flat_map(move |hour| (36..60).map(move |bucket| line(GIANT, hour, bucket)));
        Box::new(giant.chain((1..self.orgs).flat_map(move |org| {
            (0..4).map(move |i| line(org, (mix(18, org) % 200) as i64 + i * 150, 40))
        })))
    }
}
