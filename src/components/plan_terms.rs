//! What a plan allows and charges, in words.

use super::format::count;
use crate::types::money::UnitPrice;
use crate::types::plan::{Plan, PlanRate};

/// What units beyond the included ones cost.
pub fn overage(plan: &Plan) -> String {
    if plan.is_hard {
        return "refused until the next month".to_owned();
    }
    let paid = plan.prices.tiers().iter().filter(|tier| tier.unit_price != UnitPrice::default());
    let tier = |price: UnitPrice, up_to: Option<u64>| {
        let thousand = plan.currency.thousand(price);
        up_to.map_or_else(|| format!("{thousand} per 1,000"), |end| format!("{thousand} per 1,000 up to {}", count(end)))
    };
    let tiers: Vec<String> = paid.map(|paid| tier(paid.unit_price, paid.up_to)).collect();
    if tiers.is_empty() { "free of charge".to_owned() } else { tiers.join(", then ") }
}

/// `20 a second`, `100 in 60 s, 500 at once`.
pub fn rate(rate: PlanRate) -> String {
    let calls = count(rate.calls.into());
    let pace = if rate.seconds == 1 { format!("{calls} a second") } else { format!("{calls} in {} s", rate.seconds) };
    rate.burst.map_or(pace.clone(), |burst| format!("{pace}, {} at once", count(burst.into())))
}
