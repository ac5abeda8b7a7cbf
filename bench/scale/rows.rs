//! The contents of the tables.

use std::net::Ipv4Addr;

use tollgate::server::journal::{LIMITS, Record, Texts};
use tollgate::server::request_logs::Builder;
use tollgate::types::environment::Environment;
use tollgate::types::id::{
    AttemptId, AuditId, CustomerId, DeliveryId, EndpointId, EventId, InvitationId, InvoiceId,
    KeyId, MailId, NoticeId, OrgId, PlanId, RequestId, SessionId, UserId, VersionId,
};
use tollgate::types::log::{AnsweredBy, Ended};
use tollgate::types::time::{DAY, HOUR, MINUTE, Timestamp};

use super::sink::{Row, Table};

/// The organisation with a large part of all data.
pub const GIANT: u64 = 0;
pub const PRODUCT: &str = "orders";
const OPERATIONS: [&str; 3] = ["listOrders", "createOrder", "getOrder"];
const METHODS: [&str; 3] = ["GET", "POST", "GET"];

/// The document of the product: each operation by path and method.
const DOCUMENT: &str = r#"{"openapi":"3.1.0","info":{"title":"Orders","version":"1.0"},"servers":[{"url":"https://orders.invalid"}],"paths":{
"/orders":{"get":{"operationId":"listOrders","responses":{"200":{"description":"Orders"}}},"post":{"operationId":"createOrder","responses":{"201":{"description":"An order"}}}},
"/orders/{id}":{"get":{"operationId":"getOrder","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"An order"}}}}}}"#;

macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($value.into()),*] };
}

type Rows<'a> = Box<dyn Iterator<Item = Row> + 'a>;

pub struct World {
    pub orgs: u64,
    /// The end of the data, which is in the past.
    pub now: Timestamp,
}

/// Pseudo-random numbers that are the same each time (SplitMix64).
fn mix(kind: u64, i: u64) -> u64 {
    let mut z =
        (kind << 56 ^ i).wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The id of an object that was created at this time.
fn id(at: Timestamp, kind: u64, i: u64) -> u128 {
    let (version, variant) = (7 << 76, 2 << 62);
    u128::from(at.0.unsigned_abs()) << 80 | version | variant | u128::from(mix(kind, i) >> 2)
}

impl World {
    /// The `i`th of `n` times, spread evenly over the last `days`.
    fn at(&self, i: u64, n: u64, days: i64) -> Timestamp {
        let span = i128::from(days * DAY);
        self.now.plus(-(days * DAY) + (span * i128::from(i) / i128::from(n.max(1))) as i64)
    }

    fn joined(&self, org: u64) -> Timestamp {
        self.at(org, self.orgs, 300).plus(-90 * DAY)
    }

    pub fn org(&self, i: u64) -> OrgId {
        OrgId::from(id(self.joined(i), 1, i))
    }

    fn user(&self, i: u64) -> UserId {
        UserId::from(id(self.joined(i), 2, i))
    }

    /// The giant has a tenth as many keys as there are organisations; all others have ten.
    fn keys(&self) -> u64 {
        self.giant_keys() + 10 * (self.orgs - 1)
    }

    fn giant_keys(&self) -> u64 {
        (self.orgs / 10).max(10)
    }

    /// The `i`th key of an organisation.
    fn key_of(&self, org: u64, i: u64) -> KeyId {
        let number = if org == GIANT {
            i % self.giant_keys()
        } else {
            self.giant_keys() + 10 * (org - 1) + i % 10
        };
        KeyId::from(id(self.joined(org).plus(MINUTE + (i % self.giant_keys()) as i64), 3, number))
    }

    fn org_of_key(&self, number: u64) -> (u64, u64) {
        match number.checked_sub(self.giant_keys()) {
            None => (GIANT, number),
            Some(rest) => (1 + rest / 10, rest % 10),
        }
    }

    /// Of ten numbered objects, `giant` belong to the giant.
    fn owner(&self, kind: u64, i: u64, giant: u64) -> u64 {
        if mix(kind, i) % 10 < giant {
            GIANT
        } else {
            1 + mix(kind, i) / 10 % (self.orgs - 1).max(1)
        }
    }

    fn endpoint(&self, org: u64) -> EndpointId {
        EndpointId::from(id(self.joined(org).plus(HOUR), 4, org))
    }

    fn event(&self, i: u64) -> (EventId, u64, Timestamp, &'static str, &'static str) {
        let (at, chance) = (self.at(i, self.events(), 90), mix(6, i) >> 32);
        let kind = match chance % 100_000 {
            0 => "key.revoked",
            1..1_000 => "invoice.paid",
            1_000..40_000 => "customer.updated",
            _ => "customer.created",
        };
        let environment = match chance / 100_000 % 100 {
            0 => "",
            1..30 => "sandbox",
            _ => "live",
        };
        (EventId::from(id(at, 6, i)), self.owner(7, i, 3), at, kind, environment)
    }

    fn events(&self) -> u64 {
        10 * self.orgs
    }

    fn plan(&self, is_default: bool) -> PlanId {
        PlanId::from(id(self.at(0, 1, 400), 8, is_default.into()))
    }

    pub fn tables(&self) -> Vec<(Table, Rows<'_>)> {
        let table = |name, columns| Table { name, columns };
        vec![
            (
                table(
                    "users",
                    "id, email, name, password_hash, email_verified_at, created_at, updated_at",
                ),
                self.users(),
            ),
            (table("orgs", "id, name, created_at, updated_at"), self.orgs()),
            (table("members", "org_id, user_id, role, created_at"), self.members()),
            (
                table(
                    "products",
                    "id, name, description, category, tags_json, status, base_url, settings_json, signing_secret, fetch_error, active_version, created_at, updated_at",
                ),
                self.products(),
            ),
            (
                table(
                    "product_versions",
                    "id, product, number, label, document, sha256, operations_json, created_by, created_at",
                ),
                self.versions(),
            ),
            (
                table(
                    "plans",
                    "id, product, name, version, is_default, is_public, currency, monthly_price, included_units, is_hard, prices_json, created_at",
                ),
                self.plans(),
            ),
            (
                table("subscriptions", "org_id, product, plan_id, state, since"),
                self.subscriptions(),
            ),
            (table("plan_periods", "org_id, product, from_at, plan_id"), self.periods()),
            (table("billing_customers", "org_id, stripe_id, created_at"), self.billing_customers()),
            (
                table(
                    "keys",
                    "id, org_id, environment, prefix, key_hash, name, scopes, created_by, created_at, expires_at, last_used_at",
                ),
                self.all_keys(),
            ),
            (table("key_notices", "key_id, notice, created_at"), self.key_notices()),
            (
                table(
                    "customers",
                    "id, org_id, environment, name, metadata, created_at, updated_at",
                ),
                self.customers(),
            ),
            (
                table("events", "id, org_id, environment, type, data_json, request_id, created_at"),
                self.all_events(),
            ),
            (
                table(
                    "webhook_endpoints",
                    "id, org_id, environment, url, description, event_types_json, header_names_json, next_slot_us, state, disabled_reason, secret_sealed, created_at, updated_at",
                ),
                self.endpoints(),
            ),
            (
                table(
                    "webhook_deliveries",
                    "id, org_id, environment, endpoint_id, event_id, event_type, state, attempts, step, claims, last_error, created_at",
                ),
                self.deliveries(),
            ),
            (
                table(
                    "webhook_attempts",
                    "id, delivery_id, endpoint_id, started_at, latency_ms, status, error, answer",
                ),
                self.attempts(),
            ),
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
            (
                table(
                    "notices",
                    "id, org_id, kind, subject, title, body, link, created_at, read_at",
                ),
                self.notices(),
            ),
            (
                table(
                    "sessions",
                    "id, token_hash, user_id, org_id, source_ip, user_agent, created_at, last_seen_at, expires_at",
                ),
                self.sessions(),
            ),
            (
                table(
                    "invitations",
                    "id, org_id, email, role, token_hash, invited_by, created_at, expires_at",
                ),
                self.invitations(),
            ),
            (
                table("one_time_tokens", "token_hash, user_id, purpose, created_at, expires_at"),
                self.tokens(),
            ),
            (
                table("mails", "id, recipient, subject, body, created_at, attempts, sent_at"),
                self.mails(),
            ),
            (
                table(
                    "audit_entries",
                    "id, org_id, actor_kind, actor_id, action, target_id, source_ip, request_id, created_at",
                ),
                self.audit(),
            ),
            (
                table(
                    "idempotency_keys",
                    "owner_id, environment, product, operation, key, fingerprint, claimed_by, leased_until, took_effect, status, headers_json, created_at",
                ),
                self.idempotency(),
            ),
        ]
    }

    fn users(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.joined(i).0;
            row![
                self.user(i).to_string(),
                format!("person{i}@example.com"),
                format!("Person {i}"),
                "no password",
                at,
                at,
                at
            ]
        }))
    }

    fn orgs(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            row![
                self.org(i).to_string(),
                format!("Company {i}"),
                self.joined(i).0,
                self.joined(i).0
            ]
        }))
    }

    /// One owner for each organisation. The giant also has a thousandth of all people.
    fn members(&self) -> Rows<'_> {
        let member = |org: u64, user: u64, role: &str| {
            row![self.org(org).to_string(), self.user(user).to_string(), role, self.joined(org).0]
        };
        let owners = (0..self.orgs).map(move |i| member(i, i, "owner"));
        Box::new(owners.chain((1..self.orgs / 1_000).map(move |i| member(GIANT, i, "developer"))))
    }

    fn version(&self) -> VersionId {
        VersionId::from(id(self.at(0, 1, 400), 9, 0))
    }

    fn products(&self) -> Rows<'_> {
        let at = self.at(0, 1, 400).0;
        let version = self.version().to_string();
        Box::new(std::iter::once(row![
            PRODUCT,
            "Orders",
            "",
            "APIs",
            "[]",
            "active",
            "https://orders.invalid",
            "{}",
            "secret",
            "",
            version,
            at,
            at
        ]))
    }

    fn versions(&self) -> Rows<'_> {
        use std::io::Write;
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(DOCUMENT.as_bytes()).expect("packs");
        let document = packed.finish().expect("packs");
        let operations = format!("{OPERATIONS:?}");
        Box::new(std::iter::once(row![
            self.version().to_string(),
            PRODUCT,
            1_i64,
            "1.0",
            document,
            "0",
            operations,
            "bench",
            self.at(0, 1, 400).0
        ]))
    }

    fn plans(&self) -> Rows<'_> {
        let plan = |is_default: bool| {
            let (name, price) = if is_default { ("Free", 0_i64) } else { ("Growth", 4_900) };
            let prices = if is_default {
                r#"[{"up_to":null,"unit_price":"0"}]"#
            } else {
                r#"[{"up_to":1000,"unit_price":"0"},{"up_to":null,"unit_price":"0.2"}]"#
            };
            let id = self.plan(is_default).to_string();
            row![
                id,
                PRODUCT,
                name,
                1_i64,
                is_default,
                true,
                "usd",
                price,
                1_000_i64,
                is_default,
                prices,
                self.at(0, 1, 400).0
            ]
        };
        Box::new([plan(true), plan(false)].into_iter())
    }

    fn subscriptions(&self) -> Rows<'_> {
        let plan = self.plan(false).to_string();
        Box::new((0..self.orgs).map(move |i| {
            row![self.org(i).to_string(), PRODUCT, plan.clone(), "active", self.joined(i).0]
        }))
    }

    fn periods(&self) -> Rows<'_> {
        let plan = self.plan(false).to_string();
        Box::new(
            (0..self.orgs).map(move |i| {
                row![self.org(i).to_string(), PRODUCT, self.joined(i).0, plan.clone()]
            }),
        )
    }

    fn billing_customers(&self) -> Rows<'_> {
        Box::new(
            (0..self.orgs)
                .map(|i| row![self.org(i).to_string(), format!("cus_{i}"), self.joined(i).0]),
        )
    }

    fn all_keys(&self) -> Rows<'_> {
        Box::new((0..self.keys()).map(|number| {
            let (org, i) = self.org_of_key(number);
            let environment = if i % 2 == 0 { "live" } else { "sandbox" };
            let hash: Vec<u8> =
                (0..4).flat_map(|part| mix(30 + part, number).to_be_bytes()).collect();
            let at = self.joined(org).plus(MINUTE).0;
            let expires = (number % 50 == 0).then(|| self.now.plus(DAY * (number % 365) as i64).0);
            row![
                self.key_of(org, i).to_string(),
                self.org(org).to_string(),
                environment,
                format!("tg_{environment}_{number:012}"),
                hash,
                format!("Key {i}"),
                r#"["orders:read","orders:write"]"#,
                self.user(org).to_string(),
                at,
                expires,
                (number % 3 == 0).then(|| self.now.plus(-(number as i64 % DAY)).0)
            ]
        }))
    }

    fn key_notices(&self) -> Rows<'_> {
        Box::new((1..self.orgs).map(|i| {
            row![self.key_of(i, 0).to_string(), "expires_in_7_days", self.at(i, self.orgs, 30).0]
        }))
    }

    fn customers(&self) -> Rows<'_> {
        let n = 2 * self.orgs;
        Box::new((0..n).map(move |i| {
            let at = self.at(i, n, 200);
            let environment = if mix(5, i).is_multiple_of(3) { "sandbox" } else { "live" };
            let org = self.org(self.owner(11, i, 3)).to_string();
            row![
                CustomerId::from(id(at, 5, i)).to_string(),
                org,
                environment,
                format!("Customer {i}"),
                "{}",
                at.0,
                at.0
            ]
        }))
    }

    fn all_events(&self) -> Rows<'_> {
        Box::new((0..self.events()).map(|i| {
            let (event, org, at, kind, environment) = self.event(i);
            let request = RequestId::from(id(at, 12, i)).to_string();
            let data = format!(r#"{{"id":"cus_{i:026}","name":"Customer {i}","metadata":{{}}}}"#);
            row![
                event.to_string(),
                self.org(org).to_string(),
                environment,
                kind,
                data,
                request,
                at.0
            ]
        }))
    }

    fn has_endpoint(org: u64) -> bool {
        org.is_multiple_of(5)
    }

    fn endpoints(&self) -> Rows<'_> {
        Box::new((0..self.orgs).filter(|i| Self::has_endpoint(*i)).map(|i| {
            let at = self.joined(i).plus(HOUR).0;
            row![
                self.endpoint(i).to_string(),
                self.org(i).to_string(),
                "live",
                "https://receiver.invalid/hook",
                "",
                r#"["*"]"#,
                "[]",
                0_i64,
                "disabled",
                "by_hand",
                vec![0_u8; 64],
                at,
                at
            ]
        }))
    }

    fn deliveries(&self) -> Rows<'_> {
        Box::new((0..self.events()).filter_map(|i| {
            let (event, org, at, kind, _) = self.event(i);
            let state = match mix(13, i) % 200 {
                0 => "failed",
                1 => "pending",
                _ => "delivered",
            };
            let is_told = Self::has_endpoint(org);
            is_told.then(|| {
                row![
                    DeliveryId::from(id(at, 14, i)).to_string(),
                    self.org(org).to_string(),
                    "live",
                    self.endpoint(org).to_string(),
                    event.to_string(),
                    kind,
                    state,
                    1_i64,
                    1_i64,
                    1_i64,
                    "",
                    at.0
                ]
            })
        }))
    }

    fn attempts(&self) -> Rows<'_> {
        Box::new((0..self.events()).filter_map(|i| {
            let (_, org, at, ..) = self.event(i);
            let status = if mix(13, i).is_multiple_of(200) { 500_i64 } else { 200 };
            Self::has_endpoint(org).then(|| {
                let delivery = DeliveryId::from(id(at, 14, i)).to_string();
                row![
                    AttemptId::from(id(at, 15, i)).to_string(),
                    delivery,
                    self.endpoint(org).to_string(),
                    at.0,
                    12_i64,
                    status,
                    "",
                    "ok"
                ]
            })
        }))
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

    fn notices(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.at(i, self.orgs, 170);
            let read = (i % 2 == 0).then_some(at.0);
            let org = self.org(i).to_string();
            row![
                NoticeId::from(id(at, 24, i)).to_string(),
                org,
                "breaking_change",
                "orders@1",
                "A new version",
                "Text",
                "/apis",
                at.0,
                read
            ]
        }))
    }

    fn token(kind: u64, i: u64) -> Vec<u8> {
        (0..4).flat_map(|part| mix(kind + part, i).to_be_bytes()).collect()
    }

    fn sessions(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.at(i, self.orgs, 13);
            row![
                SessionId::from(id(at, 25, i)).to_string(),
                Self::token(40, i),
                self.user(i).to_string(),
                self.org(i).to_string(),
                "203.0.113.7",
                "Firefox",
                at.0,
                at.0,
                at.plus(30 * DAY).0
            ]
        }))
    }

    fn invitations(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            let at = self.at(i, self.orgs, 30);
            row![
                InvitationId::from(id(at, 26, i)).to_string(),
                self.org(i).to_string(),
                format!("guest{i}@example.com"),
                "developer",
                Self::token(44, i),
                self.user(i).to_string(),
                at.0,
                at.plus(7 * DAY).0
            ]
        }))
    }

    fn tokens(&self) -> Rows<'_> {
        Box::new((0..self.orgs).map(|i| {
            row![
                Self::token(48, i),
                self.user(i).to_string(),
                "verify_email",
                self.now.0,
                self.now.plus(DAY).0
            ]
        }))
    }

    fn mails(&self) -> Rows<'_> {
        let n = 3 * self.orgs;
        Box::new((0..n).map(move |i| {
            let at = self.at(i, n, 29);
            let recipient = format!("person{}@example.com", i % self.orgs);
            row![
                MailId::from(id(at, 27, i)).to_string(),
                recipient,
                "Your usage",
                "Hello",
                at.0,
                1_i64,
                at.0
            ]
        }))
    }

    fn audit(&self) -> Rows<'_> {
        let n = 5 * self.orgs;
        Box::new((0..n).map(move |i| {
            let (org, at) = (self.owner(28, i, 3), self.at(i, n, 300));
            let id = AuditId::from(id(at, 28, i)).to_string();
            let target = self.key_of(org, i).to_string();
            row![
                id,
                self.org(org).to_string(),
                "user",
                self.user(org).to_string(),
                "key.created",
                target,
                "203.0.113.7",
                "",
                at.0
            ]
        }))
    }

    fn idempotency(&self) -> Rows<'_> {
        let n = 2 * self.orgs;
        Box::new((0..n).map(move |i| {
            let (org, at) = (self.owner(29, i, 3), self.at(i, n, 1));
            let request = RequestId::from(id(at, 29, i)).to_string();
            let org_id = self.org(org).to_string();
            row![
                org_id,
                "live",
                PRODUCT,
                "createOrder",
                format!("order-{i}"),
                vec![0_u8; 32],
                request,
                at.0,
                true,
                200_i64,
                "[]",
                at.0
            ]
        }))
    }
}
