//! The organisation's plan, its usage this month, and its spend cap.

pub mod keys;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::keys::KeysOfMonth;
use crate::actions::plan::{SetSpendCap, load_plan};
use crate::components::fields::{ConfirmRefused, FormAlert, TextField};
use crate::components::form_state::{error_of, succeeded, successes};
use crate::components::format::{count, percent, plural};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::session::ForRole;
use crate::components::stat::Stat;
use crate::components::submit::{Done, Submit};
use crate::components::time::Time;
use crate::pages::dashboard::billing::Products;
use crate::pages::dashboard::billing::change::Offers;
use crate::types::plan::PlanUsage;
use crate::types::role::Role;

/// Usage, spend cap, keys, and plans to change to.
#[component]
pub fn PlanPage() -> impl IntoView {
    let set_cap = ServerAction::<SetSpendCap>::new();
    let query = use_query_map();
    let product = Memo::new(move |_| query.with(|query| query.get("product")).unwrap_or_default());
    let done = successes(set_cap);
    let usage =
        Resource::new(move || (product.get(), done.get()), |(product, _)| load_plan(product));
    view! {
        <PageHead title="Plan & usage" lead="What your live calls used this month, and what they may cost. The sandbox is never billed." />
        {loaded(
            move || async move { usage.await },
            move || usage.refetch(),
            move |usage| {
                let cap = usage.spend_cap.map(|cap| usage.plan.currency.plain(cap)).unwrap_or_default();
                let currency = usage.plan.currency.as_str().to_uppercase();
                let (keys, plan) = (usage.keys.clone(), usage.plan.clone());
                let (offers, product) = (usage.offers.clone(), usage.product.clone());
                let products = usage.products.clone();
                view! {
                    <div class="stack gap-4">
                        <Products path="/dashboard/plan" products current=product.clone() />
                        <Month usage />
                        <ForRole can=Role::can_manage_plan>
                            <CapForm action=set_cap cap=cap.clone() currency=currency.clone() />
                        </ForRole>
                        <KeysOfMonth keys currency=plan.currency />
                        <Offers offers current=plan.id product />
                    </div>
                }
            },
        )}
    }
}

/// The plan and the month in numbers.
#[component]
fn Month(usage: PlanUsage) -> impl IntoView {
    let PlanUsage { product, plan, units, overage, spend_cap, resets_at, .. } = usage;
    let included = plan.included_units;
    let beyond = units.saturating_sub(included);
    let shown = if plan.is_hard { units } else { units.min(included) };
    let used =
        format!("{} of {}", count(shown), plural(included, "included unit", "included units"));
    let state = if plan.is_hard && units >= included {
        "live calls are refused until the month ends".to_owned()
    } else if beyond > 0 {
        format!("and {} of overage", plural(beyond, "unit", "units"))
    } else {
        format!("{} used", percent(units, included))
    };
    let cap = spend_cap.map_or_else(
        || "no spend cap".to_owned(),
        |cap| format!("of at most {}", plan.currency.amount(cap)),
    );
    let quota = if plan.is_hard {
        "live calls are refused above the included units"
    } else {
        "units above the included ones are billed as overage"
    };
    view! {
        <section class="card" aria-labelledby="month">
            <div class="card-head">
                <h2 id="month">{format!("{product} in {}", resets_at.plus(-1).month_name())}</h2>
            </div>
            <div class="card-body stack gap-4">
                <div class="stack">
                    <label class="label" for="units">{used} ", " {state}</label>
                    <progress class="meter" id="units" max=included.max(1).to_string() value=units.min(included).to_string()></progress>
                </div>
                <dl class="stats">
                    <Stat label="Plan" value=plan.name note=quota.to_owned() />
                    <Stat label="Monthly price" value=plan.currency.amount(plan.monthly_price) note="independent of usage".to_owned() />
                    <Stat label="Overage so far" value=plan.currency.amount(overage) note=cap />
                    <Stat label="Usage resets" value=view! { <Time at=resets_at day=true /> } note="at 00:00 UTC".to_owned() />
                </dl>
            </div>
        </section>
    }
}

/// The spend cap of a month.
#[component]
pub fn CapForm(action: ServerAction<SetSpendCap>, cap: String, currency: String) -> impl IntoView {
    let error = error_of(action);
    view! {
        <section class="card" aria-labelledby="cap-title">
            <div class="card-head">
                <h2 id="cap-title">"Spend cap"</h2>
            </div>
            <div class="card-body">
                <ActionForm action=action>
                    <FormAlert error />
                    <p class="mb-4 text-muted">
                        "The most that overage may cost per month, for all products together, in " {currency}
                        ". Calls that would exceed it are refused with 402. Owners, admins and billing contacts are notified at 50, 80 and 100 %."
                    </p>
                    <TextField
                        name="cap"
                        label="Spend cap for each month"
                        hint="An amount such as 25 or 12.50. Leave empty for no cap."
                        maxlength=20
                        required=false
                        value=cap
                        error
                    />
                    <ConfirmRefused error id="cap-confirm" label="Set this cap even though live calls will be refused" />
                    <div class="form-actions">
                        <Submit label="Set cap" pending=action.pending() />
                        <Done when=succeeded(action) text="Saved." />
                    </div>
                </ActionForm>
            </div>
        </section>
    }
}
