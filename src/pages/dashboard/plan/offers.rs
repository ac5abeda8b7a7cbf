//! Plans that can be switched to, with their prices.

use leptos::prelude::*;

use crate::actions::plan::SwitchPlan;
use crate::components::format::count;
use crate::components::session::ForRole;
use crate::types::id::PlanId;
use crate::types::money::UnitPrice;
use crate::types::plan::Plan;
use crate::types::role::Role;

/// All plans that are offered. A switch holds from the next call on.
#[component]
pub fn Offers(offers: Vec<Plan>, current: PlanId, action: ServerAction<SwitchPlan>) -> impl IntoView {
    let cards = offers.into_iter().map(|plan| view! { <Offer is_current=plan.id == current plan action /> }).collect_view();
    view! {
        <section class="stack" aria-labelledby="plans">
            <h2 id="plans">"Plans"</h2>
            <p class="text-muted">"A switch holds at once. The units of this month stay counted."</p>
            <ul class="stats">{cards}</ul>
        </section>
    }
}

#[component]
fn Offer(plan: Plan, is_current: bool, action: ServerAction<SwitchPlan>) -> impl IntoView {
    let id = StoredValue::new(plan.id.to_string());
    let name = StoredValue::new(plan.name.clone());
    let button = move || {
        view! {
            <ActionForm action=action>
                <input type="hidden" name="plan_id" value=id.get_value() />
                <button type="submit" class="btn btn-sm mt-3" disabled=move || action.pending().get()>
                    {format!("Switch to {}", name.get_value())}
                </button>
            </ActionForm>
        }
    };
    view! {
        <li class="stat" aria-current=is_current.then_some("true")>
            <h3>{plan.name.clone()} " " {is_current.then(|| view! { <span class="badge badge-ok">"your plan"</span> })}</h3>
            <p class="stat-value">{plan.currency.amount(plan.monthly_price)} <small>" a month"</small></p>
            <p class="stat-note">{count(plan.included_units)} " units included"</p>
            {prices(&plan).into_iter().map(|line| view! { <p class="stat-note">{line}</p> }).collect_view()}
            {(!is_current).then(|| view! { <ForRole can=Role::can_manage_plan>{button()}</ForRole> })}
        </li>
    }
}

/// What units beyond the included ones cost, a line for each tier.
fn prices(plan: &Plan) -> Vec<String> {
    if plan.is_hard {
        return vec!["then calls are refused until the next month".to_owned()];
    }
    let paid = plan.prices.tiers().iter().filter(|tier| tier.unit_price != UnitPrice::default());
    let line = |price: UnitPrice, up_to: Option<u64>| {
        let price = plan.currency.unit_price(price);
        up_to.map_or_else(|| format!("then {price} a unit"), |end| format!("then {price} a unit, up to {}", count(end)))
    };
    let lines: Vec<String> = paid.map(|tier| line(tier.unit_price, tier.up_to)).collect();
    if lines.is_empty() { vec!["then free of charge".to_owned()] } else { lines }
}
