//! The month in numbers, and the operations behind them.

use leptos::prelude::*;

use super::usage::billed_href;
use crate::components::format::{count, percent};
use crate::components::stat::Stat;
use crate::types::billing::{BillingView, OperationSpend};
use crate::types::time::Timestamp;

/// Usage against the quota, money so far and at the month's end.
#[component]
pub fn Month(view: BillingView) -> impl IntoView {
    let BillingView { product, plan, units, overage, so_far, forecast, spent, spend_cap, month, resets_at, operations, .. } = view;
    let included = plan.included_units;
    let used = format!("{} of {} included units", count(units.min(included)), count(included));
    let beyond = units.saturating_sub(included);
    let state = if beyond > 0 { format!("and {} beyond them", count(beyond)) } else { format!("{} used", percent(units, included)) };
    let money = move |amount| plan.currency.amount(amount);
    let cap = spend_cap.map_or_else(|| "no spend cap".to_owned(), |cap| format!("of at most {}, over all products", money(cap)));
    view! {
        <section class="card" aria-labelledby="month">
            <div class="card-head">
                <h2 id="month">{month.month_name()}</h2>
            </div>
            <div class="card-body stack gap-4">
                <div class="stack">
                    <label class="label" for="units">{used} ", " {state}</label>
                    <progress class="meter" id="units" max=included.max(1).to_string() value=units.min(included).to_string()></progress>
                </div>
                <dl class="stats">
                    <Stat label="This month so far" value=money(so_far) note=format!("of it {} overage", money(overage)) />
                    <Stat label="At the month's end" value=money(forecast.total) note=format!("for about {} units, at this pace", count(forecast.units)) />
                    <Stat label="Spent beyond monthly prices" value=money(spent) note=cap />
                    <Stat label="Counting begins anew" value=resets_at.day() note="at 00:00 UTC".to_owned() />
                </dl>
                <Operations operations product month />
            </div>
        </section>
    }
}

/// Nothing at all where nothing was billed yet.
#[component]
fn Operations(operations: Vec<OperationSpend>, product: String, month: Timestamp) -> impl IntoView {
    let row = move |spend: OperationSpend| {
        let href = billed_href(&product, month, Some(&spend.operation));
        view! {
            <tr>
                <th scope="row"><a class="link" href=href>{spend.operation}</a></th>
                <td class="num">{count(spend.calls)}</td>
                <td class="num">{count(spend.units)}</td>
            </tr>
        }
    };
    (!operations.is_empty()).then(|| {
        view! {
            <div class="table-wrap" tabindex="0" role="group" aria-label="What each operation used">
                <table class="table">
                    <caption class="visually-hidden">"Operations that were billed this month, the most used first"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Operation"</th>
                            <th scope="col" class="num">"Billed calls"</th>
                            <th scope="col" class="num">"Billed units"</th>
                        </tr>
                    </thead>
                    <tbody>{operations.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        }
    })
}
