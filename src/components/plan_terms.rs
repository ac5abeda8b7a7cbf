//! A plan's allowances and prices as text.

use super::format::{count, plural};
use crate::types::money::UnitPrice;
use crate::types::plan::{Plan, PlanRate};

/// The price of units above the included ones.
pub fn overage(plan: &Plan) -> String {
    if plan.is_hard {
        return "refused until the next month".to_owned();
    }
    let paid = plan.prices.tiers().iter().filter(|tier| tier.unit_price != UnitPrice::default());
    let tier = |price: UnitPrice, up_to: Option<u64>| {
        let thousand = plan.currency.thousand(price);
        up_to.map_or_else(
            || format!("{thousand} per 1,000"),
            |end| format!("{thousand} per 1,000 up to {}", count(end)),
        )
    };
    let tiers: Vec<String> = paid.map(|paid| tier(paid.unit_price, paid.up_to)).collect();
    if tiers.is_empty() { "free of charge".to_owned() } else { tiers.join(", then ") }
}

/// The terms besides prices, units and rates: one text each, none for those that do not apply.
pub fn others(plan: &Plan) -> Vec<String> {
    let trial = (plan.trial_days > 0)
        .then(|| plural(plan.trial_days.into(), "day on trial", "days on trial"));
    trial.into_iter().collect()
}

/// `20 per second`, `100 in 60 s, bursts of 500`.
pub fn rate(rate: PlanRate) -> String {
    let calls = count(rate.calls.into());
    let pace = if rate.seconds == 1 {
        format!("{calls} per second")
    } else {
        format!("{calls} in {} s", count(rate.seconds.into()))
    };
    rate.burst.map_or(pace.clone(), |burst| format!("{pace}, bursts of {}", count(burst.into())))
}
