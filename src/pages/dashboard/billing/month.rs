//! The month in numbers, and its operations.

use leptos::prelude::*;

use super::usage::billed_href;
use crate::components::format::{count, percent, plural};
use crate::components::stat::Stat;
use crate::components::table::Table;
use crate::components::time::Time;
use crate::types::billing::{BillingView, OperationSpend};
use crate::types::time::Timestamp;

/// Usage and quota, current cost and forecast.
#[component]
pub fn Month(view: BillingView) -> impl IntoView {
    let BillingView {
        product,
        plan,
        units,
        overage,
        so_far,
        forecast,
        spent,
        spend_cap,
        month,
        resets_at,
        operations,
        ..
    } = view;
    let included = plan.included_units;
    // A plan that stops has no overage: units above its quota were used under another plan.
    let shown = if plan.is_hard { units } else { units.min(included) };
    let used =
        format!("{} of {}", count(shown), plural(included, "included unit", "included units"));
    let beyond = units.saturating_sub(included);
    let state = if plan.is_hard && units >= included {
        "live calls are refused until the month ends".to_owned()
    } else if beyond > 0 {
        format!("and {} of overage", plural(beyond, "unit", "units"))
    } else {
        format!("{} used", percent(units, included))
    };
    let money = move |amount| plan.currency.amount(amount);
    let above = if plan.is_hard && overage > 0 {
        format!(
            "including {} for units above the included ones, which you used before you changed to {}",
            money(overage),
            plan.name
        )
    } else {
        format!("including {} of overage", money(overage))
    };
    let cap = spend_cap.map_or_else(
        || "no spend cap".to_owned(),
        |cap| format!("of at most {}, over all products", money(cap)),
    );
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
                    <Stat label="This month so far" value=money(so_far) note=above />
                    <Stat label="Forecast for the month" value=money(forecast.total) note=format!("about {} at the current rate", plural(forecast.units, "unit", "units")) />
                    <Stat label="Overage of all products" value=money(spent) note=cap />
                    <Stat label="Usage resets" value=view! { <Time at=resets_at day=true /> } note="at 00:00 UTC".to_owned() />
                </dl>
                <Operations operations product month />
            </div>
        </section>
    }
}

/// Empty if nothing was billed yet.
#[component]
fn Operations(operations: Vec<OperationSpend>, product: String, month: Timestamp) -> impl IntoView {
    let row = move |spend: OperationSpend| {
        let href = billed_href(&product, month, Some(&spend.operation));
        view! {
            <tr>
                <th scope="row"><a class="link" href=href>{spend.operation}</a></th>
                <td class="num" data-label="Billed calls">{count(spend.calls)}</td>
                <td class="num" data-label="Billed units">{count(spend.units)}</td>
            </tr>
        }
    };
    (!operations.is_empty()).then(|| {
        view! {
            <Table stacks=true label="Usage by operation" caption="Operations that were billed this month, the most used first">
                <thead>
                    <tr>
                        <th scope="col">"Operation"</th>
                        <th scope="col" class="num">"Billed calls"</th>
                        <th scope="col" class="num">"Billed units"</th>
                    </tr>
                </thead>
                <tbody>{operations.into_iter().map(row).collect_view()}</tbody>
            </Table>
        }
    })
}
