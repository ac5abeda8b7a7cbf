//! The plan that holds, what becomes of it, and where it is managed.

use leptos::prelude::*;

use crate::actions::billing::{CancelPlan, OpenPortal, ResumePlan};
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::session::ForRole;
use crate::components::submit::Submit;
use crate::types::billing::{BillingView, SubscriptionState, SubscriptionView};
use crate::types::role::Role;

/// Name and price of the plan, its state in a sentence, and its buttons.
#[component]
pub fn Standing(view: BillingView, cancel: ServerAction<CancelPlan>, resume: ServerAction<ResumePlan>) -> impl IntoView {
    let portal = ServerAction::<OpenPortal>::new();
    let (plan, product) = (view.plan, StoredValue::new(view.product));
    let price = format!("{} a month", plan.currency.amount(plan.monthly_price));
    let next = view.subscription.as_ref().and_then(|held| view.offers.iter().find(|plan| Some(&plan.id) == held.next_plan.as_ref()));
    let next = next.map_or_else(|| "Another plan".to_owned(), |plan| plan.name.clone());
    let is_due = view.subscription.as_ref().is_some_and(|held| held.state == SubscriptionState::PastDue);
    let sentence = view.subscription.as_ref().map_or_else(|| "The plan that everybody is on.".to_owned(), |held| sentence(held, &next));
    let is_ending = view.subscription.as_ref().is_some_and(|held| held.ends_at.is_some() || held.next_plan.is_some());
    let (has_portal, has_provider) = (view.has_portal, view.has_provider);
    // Nobody could be asked where the payment provider was taken away.
    let can_change = has_provider && view.subscription.as_ref().is_some_and(|held| held.is_charged);
    let buttons = move || {
        let change = if is_ending {
            view! {
                <ActionForm action=resume>
                    <input type="hidden" name="product" value=product.get_value() />
                    <Submit label="Keep the plan" class="btn" pending=resume.pending() />
                </ActionForm>
            }
            .into_any()
        } else {
            view! {
                <ActionForm action=cancel>
                    <input type="hidden" name="product" value=product.get_value() />
                    <Submit label="Cancel at the period's end" class="btn" pending=cancel.pending() />
                </ActionForm>
            }
            .into_any()
        };
        view! {
            <div class="row">
                {has_portal.then(|| {
                    view! {
                        <ActionForm action=portal>
                            <Submit label="Cards and invoices" pending=portal.pending() />
                        </ActionForm>
                    }
                })}
                {can_change.then_some(change)}
            </div>
        }
    };
    view! {
        <section class="card" aria-labelledby="plan">
            <div class="card-head">
                <h2 id="plan">{plan.name}</h2>
                <p>{price}</p>
            </div>
            <div class="card-body stack">
                <div>
                    <FormAlert error=error_of(portal) />
                    <p class=if is_due { "alert alert-danger" } else { "" }>{sentence}</p>
                </div>
                {(!has_provider)
                    .then(|| view! { <p class="text-muted">"No payment provider is connected: invoices are computed and not charged."</p> })}
                <ForRole can=Role::can_manage_plan>{buttons()}</ForRole>
            </div>
        </section>
    }
}

/// `next` is the plan that takes over, if one does.
fn sentence(held: &SubscriptionView, next: &str) -> String {
    let until = held.period_end.map_or_else(String::new, |end| format!(" The period ends on {}.", end.day()));
    let state = match (held.state, held.blocked_at) {
        (SubscriptionState::Trialing, _) => {
            held.trial_ends_at.map_or_else(|| "On trial.".to_owned(), |end| format!("On trial: the first payment is due on {}.", end.day()))
        }
        (SubscriptionState::PastDue, Some(at)) => {
            return format!("A payment failed. Pay it, or change the card: from {} UTC on live calls are refused.", at.long());
        }
        (SubscriptionState::PastDue, None) => "A payment failed.".to_owned(),
        (SubscriptionState::Incomplete, _) => "The first payment is still to come.".to_owned(),
        (SubscriptionState::Canceled, _) => "The subscription has ended.".to_owned(),
        (SubscriptionState::Active, _) => "In force.".to_owned(),
    };
    match (held.ends_at, &held.next_plan) {
        (Some(end), _) => format!("{state} It ends on {}.", end.day()),
        (None, Some(_)) => format!("{state} {next} takes over when the period ends.{until}"),
        (None, None) => format!("{state}{until}"),
    }
}
