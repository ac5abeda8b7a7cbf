//! Events, endpoints and deliveries.

use tollgate::types::id::{AttemptId, DeliveryId, RequestId};
use tollgate::types::time::HOUR;

use super::{Rows, Tables, row, table};
use crate::world::{World, id, mix};

impl World {
    pub fn webhooks_tables(&self) -> Tables<'_> {
        vec![
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
        ]
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
            let is_reported = Self::has_endpoint(org);
            is_reported.then(|| {
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
}
