//! Plans that can be chosen, and what a choice would cost before it is made.

use leptos::prelude::*;

use super::PATH;
use crate::actions::billing::{ChoosePlan, preview_change};
use crate::components::format::count;
use crate::components::loaded::loaded;
use crate::components::plan_terms;
use crate::components::session::ForRole;
use crate::components::submit::Submit;
use crate::types::billing::{ChangeKind, ChangePreview};
use crate::types::id::PlanId;
use crate::types::money::Currency;
use crate::types::plan::Plan;
use crate::types::role::Role;

/// A card for each plan, with a link to what choosing it would cost.
#[component]
pub fn Offers(offers: Vec<Plan>, current: PlanId, product: String) -> impl IntoView {
    let card = move |plan: Plan| {
        let is_current = plan.id == current;
        let href = StoredValue::new(format!("{PATH}?product={product}&plan={}#change", plan.id));
        let label = StoredValue::new(format!("Change to {}", plan.name));
        view! {
            <li class="stat" aria-current=is_current.then_some("true")>
                <h3>{plan.name.clone()} " " {is_current.then(|| view! { <span class="badge badge-ok">"your plan"</span> })}</h3>
                <p class="stat-value"><span class="whitespace-nowrap">{plan.currency.amount(plan.monthly_price)}</span> <small>" a month"</small></p>
                <p class="stat-note">{count(plan.included_units)} " units included"</p>
                <p class="stat-note">"then " {plan_terms::overage(&plan)}</p>
                {(plan.trial_days > 0).then(|| view! { <p class="stat-note">{format!("{} days on trial", plan.trial_days)}</p> })}
                {(!is_current)
                    .then(|| {
                        view! {
                            <ForRole can=Role::can_manage_plan>
                                <a class="btn btn-sm mt-3" href=href.get_value()>{label.get_value()}</a>
                            </ForRole>
                        }
                    })}
            </li>
        }
    };
    view! {
        <section class="stack" aria-labelledby="plans">
            <h2 id="plans">"Plans"</h2>
            <ul class="stats stats-wide">{offers.into_iter().map(card).collect_view()}</ul>
        </section>
    }
}

/// What the choice of a plan does, to be confirmed.
#[component]
pub fn Change(plan: PlanId, action: ServerAction<ChoosePlan>, currency: Currency, is_charged: bool) -> impl IntoView {
    let preview = Resource::new(move || plan.clone(), preview_change);
    view! {
        <section class="card" id="change" aria-labelledby="change-title">
            <div class="card-head">
                <h2 id="change-title">"Change of plan"</h2>
            </div>
            <div class="card-body stack">
                {loaded(move || async move { preview.await }, move || preview.refetch(), move |preview| view! { <Confirm preview action currency is_charged /> })}
            </div>
        </section>
    }
}

#[component]
fn Confirm(preview: ChangePreview, action: ServerAction<ChoosePlan>, currency: Currency, is_charged: bool) -> impl IntoView {
    let ChangePreview { plan, kind, holds_from, lines, total, at } = preview;
    let (words, label) = match kind {
        ChangeKind::Checkout => {
            ("It holds within seconds after the payment, which you make on the next page.".to_owned(), "Go on to payment")
        }
        ChangeKind::AtOnce if is_charged => {
            ("It holds at once, and the difference is on the next invoice. The units of this month stay counted.".to_owned(), "Change now")
        }
        ChangeKind::AtOnce => ("It holds at once. The units of this month stay counted.".to_owned(), "Change now"),
        ChangeKind::AtPeriodEnd => {
            (format!("It holds from {} on. Until then nothing changes.", holds_from.day()), "Change at the period's end")
        }
    };
    let row = move |line: crate::types::billing::InvoiceLine| {
        view! {
            <tr>
                <th scope="row" class="whitespace-normal">{line.text}</th>
                <td class="num">{currency.signed(line.amount)}</td>
            </tr>
        }
    };
    view! {
        <p>{format!("{}, {} a month. ", plan.name, plan.currency.amount(plan.monthly_price))} {words}</p>
        {(!lines.is_empty())
            .then(|| {
                view! {
                    <div class="table-wrap" tabindex="0" role="group" aria-label="Charged and given back for the rest of the month">
                        <table class="table">
                            <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
                            <tfoot>
                                <tr>
                                    <th scope="row">"Together"</th>
                                    <td class="num">{currency.signed(total)}</td>
                                </tr>
                            </tfoot>
                        </table>
                    </div>
                }
            })}
        <ActionForm action=action>
            <input type="hidden" name="plan_id" value=plan.id.to_string() />
            <input type="hidden" name="at" value=at.to_string() />
            <div class="form-actions">
                <Submit label pending=action.pending() />
                <a class="btn" href=format!("{PATH}?product={}", plan.product)>"Not now"</a>
            </div>
        </ActionForm>
    }
}
