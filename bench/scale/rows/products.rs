//! Products, plans and subscriptions.

use tollgate::types::id::VersionId;

use super::{Rows, Tables, row, table};
use crate::world::{OPERATIONS, PRODUCT, World, id};

/// The document of the product: each operation by path and method.
const DOCUMENT: &str = r#"{"openapi":"3.1.0","info":{"title":"Orders","version":"1.0"},"servers":[{"url":"https://orders.invalid"}],"paths":{
"/orders":{"get":{"operationId":"listOrders","responses":{"200":{"description":"Orders"}}},"post":{"operationId":"createOrder","responses":{"201":{"description":"An order"}}}},
"/orders/{id}":{"get":{"operationId":"getOrder","parameters":[{"name":"id","in":"path","required":true,"schema":{"type":"string"}}],"responses":{"200":{"description":"An order"}}}}}}"#;

impl World {
    pub fn products_tables(&self) -> Tables<'_> {
        vec![
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
        ]
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
}
