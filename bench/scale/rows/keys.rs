//! API keys, and what their calls created.

use tollgate::types::id::{CustomerId, RequestId};
use tollgate::types::time::{DAY, MINUTE};

use super::{Rows, Tables, row, table};
use crate::world::{PRODUCT, World, id, mix};

impl World {
    pub fn keys_tables(&self) -> Tables<'_> {
        vec![
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
                table(
                    "idempotency_keys",
                    "owner_id, environment, product, operation, key, fingerprint, claimed_by, leased_until, took_effect, status, headers_json, created_at",
                ),
                self.idempotency(),
            ),
        ]
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
