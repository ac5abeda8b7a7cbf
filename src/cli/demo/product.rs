//! The demo product: logistics, with plans.

use crate::server::Result;
use crate::server::access::Operator;
use crate::server::db::Db;
use crate::server::plans;
use crate::server::products::{self, Registration};
use crate::types::code::Code;
use crate::types::plan::{NewPlan, PlanRate};
use crate::types::product::ProductId;
use crate::types::time::Timestamp;

pub const ID: &str = "logistics";
const DOCUMENT: &[u8] = include_bytes!("logistics.yaml");
/// Nothing has to listen there: the mock serves the sandbox.
const UPSTREAM: &str = "http://127.0.0.1:9090";

/// Name, price per month, included units, price per unit of overage, calls per second; money in
/// cents.
const PLANS: [(&str, u64, u64, Option<&str>, u32); 3] = [
    ("Free", 0, 500, None, 2),
    ("Starter", 4_900, 10_000, Some("0.3"), 20),
    ("Enterprise", 29_900, 100_000, Some("0.15"), 100),
];

/// Whether the product exists.
pub async fn is_there(db: &Db) -> Result<bool> {
    match products::check_exists(db, ID).await {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Code::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Registers the product, and creates its plans if it has none.
pub async fn make(db: &Db, now: Timestamp) -> Result<()> {
    let id: ProductId = ID.parse().map_err(anyhow::Error::from)?;
    let wanted = Registration {
        document: Some(DOCUMENT.to_vec()),
        category: Some("Logistics".into()),
        tags: Some(["shipping", "tracking", "labels"].map(str::to_owned).to_vec()),
        base_url: Some(UPSTREAM.into()),
        ..Registration::default()
    };
    products::register(db, &Operator::command_line(), &id, wanted, now).await?;
    if !plans::list(db, ID).await?.is_empty() {
        return Ok(());
    }
    for (name, monthly_price, included_units, overage, calls) in PLANS {
        let overage = overage.map(str::parse).transpose().map_err(anyhow::Error::from)?;
        let rate = Some(PlanRate { calls, seconds: 1, burst: None });
        let plan = NewPlan {
            is_default: overage.is_none(),
            monthly_price,
            included_units,
            overage,
            key_rate: rate,
            org_rate: rate,
            ..NewPlan::public(ID, name)
        };
        plans::create(db, plan, &Operator::command_line(), now).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use tollgate_openapi::spec::Spec;

    use super::*;

    #[test]
    fn the_document_has_no_fault_and_says_what_it_costs() {
        let spec = Spec::read(DOCUMENT).unwrap_or_else(|faults| panic!("{faults:?}"));
        assert_eq!((spec.operations.len(), spec.webhooks.len()), (10, 2));
        assert_eq!(spec.operation("checkAddress").unwrap().price.units, 2);
        assert!(spec.operations.iter().all(|operation| !operation.summary.is_empty()));
    }
}
