//! Available plans, and the cost of a change before it is made.

use leptos::prelude::*;

use super::PATH;
use crate::actions::billing::{ChoosePlan, preview_change};
use crate::components::format::plural;
use crate::components::loaded::loaded;
use crate::components::session::ForRole;
use crate::components::submit::Submit;
use crate::components::table::Table;
use crate::components::{fields, plan_terms};
use crate::types::billing::{ChangeKind, ChangePreview};
use crate::types::id::PlanId;
use crate::types::money::Currency;
use crate::types::plan::Plan;
use crate::types::role::Role;

/// A card for each plan, with a link to the preview of choosing it.
#[component]
pub fn Offers(
    offers: Vec<Plan>,
    #[prop(into)] current: Option<PlanId>,
    product: String,
) -> impl IntoView {
    let card = move |plan: Plan| {
        let is_current = current.as_ref() == Some(&plan.id);
        let href = StoredValue::new(format!("{PATH}?product={product}&plan={}#change", plan.id));
        let label = StoredValue::new(format!("Change to {}", plan.name));
        view! {
            <li class="stat" aria-current=is_current.then_some("true")>
                <h3>{plan.name.clone()} " " {is_current.then(|| view! { <span class="badge badge-ok">"your plan"</span> })}</h3>
                <p class="stat-value"><span class="whitespace-nowrap">{plan.currency.amount(plan.monthly_price)}</span> <small>" per month"</small></p>
                <p class="stat-note">{plural(plan.included_units, "unit included", "units included")}</p>
                <p class="stat-note">"then " {plan_terms::overage(&plan)}</p>
                {plan_terms::others(&plan).into_iter().map(|term| view! { <p class="stat-note">{term}</p> }).collect_view()}
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

/// The effect of choosing a plan, to be confirmed.
#[component]
pub fn Change(
    plan: PlanId,
    action: ServerAction<ChoosePlan>,
    currency: Currency,
    is_charged: bool,
) -> impl IntoView {
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
fn Confirm(
    preview: ChangePreview,
    action: ServerAction<ChoosePlan>,
    currency: Currency,
    is_charged: bool,
) -> impl IntoView {
    let ChangePreview { plan, kind, holds_from, lines, total, at, consequence } = preview;
    let (words, label) = match kind {
        ChangeKind::Checkout => {
            ("The plan takes effect within seconds of your payment, which you make on the next page.".to_owned(), "Continue to payment")
        }
        ChangeKind::AtOnce if is_charged => (
            "The change takes effect immediately, and the difference is on the next invoice. Units used this month stay counted."
                .to_owned(),
            "Change now",
        ),
        ChangeKind::AtOnce => ("The change takes effect immediately. Units used this month stay counted.".to_owned(), "Change now"),
        ChangeKind::AtPeriodEnd => {
            (format!("The change takes effect on {} (UTC). Until then nothing changes.", holds_from.day()), "Change at the period's end")
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
        <p>{format!("{}, {} per month. ", plan.name, plan.currency.amount(plan.monthly_price))} {words}</p>
        {(plan.is_hard && consequence.is_none())
            .then(|| {
                view! {
                    <p>{format!("{} stops at {} per month: live calls beyond that are refused with 429.", plan.name, plural(plan.included_units, "unit", "units"))}</p>
                }
            })}
        {consequence.as_ref().map(|found| view! { <p class="alert alert-danger">{found.sentence()}</p> })}
        {(!lines.is_empty())
            .then(|| {
                view! {
                    <Table label="Charges and credits for the rest of the month">
                        <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
                        <tfoot>
                            <tr>
                                <th scope="row">"Total"</th>
                                <td class="num">{currency.signed(total)}</td>
                            </tr>
                        </tfoot>
                    </Table>
                }
            })}
        <ActionForm action=action>
            <input type="hidden" name="plan_id" value=plan.id.to_string() />
            <input type="hidden" name="at" value=at.to_string() />
            {consequence.map(|_| view! { <fields::Confirm label="I understand that live calls will be refused" /> })}
            <div class="form-actions">
                <Submit label pending=action.pending() />
                <a class="btn" href=format!("{PATH}?product={}", plan.product)>"Not now"</a>
            </div>
        </ActionForm>
    }
}
