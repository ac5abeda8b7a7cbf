//! The active plan, its next change, and links to manage it.

use leptos::prelude::*;

use crate::actions::billing::{CancelPlan, OpenPortal, ResumePlan};
use crate::components::confirm_menu::ConfirmMenu;
use crate::components::fields::FormAlert;
use crate::components::form_state::error_of;
use crate::components::session::ForRole;
use crate::components::submit::Submit;
use crate::types::billing::{BillingView, SubscriptionState, SubscriptionView};
use crate::types::refusal::Refusal;
use crate::types::role::Role;

/// Name and price of the plan, its state in a sentence, and its buttons.
#[component]
pub fn SubscriptionStatus(
    view: BillingView,
    cancel: ServerAction<CancelPlan>,
    resume: ServerAction<ResumePlan>,
) -> impl IntoView {
    let portal = ServerAction::<OpenPortal>::new();
    let (plan, product) = (view.plan, StoredValue::new(view.product));
    let price = format!("{} per month", plan.currency.amount(plan.monthly_price));
    let next = view
        .subscription
        .as_ref()
        .and_then(|held| view.offers.iter().find(|plan| Some(&plan.id) == held.next_plan.as_ref()));
    let next = next.map_or_else(|| "Another plan".to_owned(), |plan| plan.name.clone());
    let refused = view.refusal.as_ref().map(Refusal::sentence);
    let is_due =
        view.subscription.as_ref().is_some_and(|held| held.state == SubscriptionState::PastDue);
    let sentence = view.subscription.as_ref().map_or_else(
        || "The default plan, which needs no subscription.".to_owned(),
        |held| sentence(held, &next),
    );
    let end = view.subscription.as_ref().and_then(|held| held.period_end).unwrap_or(view.resets_at);
    let cancels = StoredValue::new(format!(
        "{} stays active until {} (UTC). From then on the product's default plan applies: live calls beyond what it includes are refused, and all live calls if there is none.",
        plan.name,
        end.day()
    ));
    let is_ending = view
        .subscription
        .as_ref()
        .is_some_and(|held| held.ends_at.is_some() || held.next_plan.is_some());
    let (has_portal, has_provider) = (view.has_portal, view.has_provider);
    // Without a payment provider, for example after it was removed, there is nobody to ask.
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
                <ConfirmMenu label="Cancel at the period's end">
                    <p>{cancels.get_value()}</p>
                    <ActionForm action=cancel>
                        <input type="hidden" name="product" value=product.get_value() />
                        <Submit label="Cancel subscription" class="btn btn-danger" pending=cancel.pending() />
                    </ActionForm>
                </ConfirmMenu>
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
                    {refused.map(|refused| view! { <p class="alert alert-danger">{refused}</p> })}
                </div>
                {(!has_provider)
                    .then(|| view! { <p class="text-muted">"No payment provider is connected: invoices are calculated but not charged."</p> })}
                <ForRole can=Role::can_manage_plan>{buttons()}</ForRole>
            </div>
        </section>
    }
}

/// `next` is the following plan, if there is one.
fn sentence(held: &SubscriptionView, next: &str) -> String {
    let until = held
        .period_end
        .map_or_else(String::new, |end| format!(" The period ends on {} (UTC).", end.day()));
    let state = match (held.state, held.blocked_at) {
        (SubscriptionState::Trialing, _) => held.trial_ends_at.map_or_else(
            || "On trial.".to_owned(),
            |end| format!("On trial: the first payment is due on {} (UTC).", end.day()),
        ),
        (SubscriptionState::PastDue, Some(at)) => {
            return format!(
                "A payment failed. Pay the invoice or change the card: live calls are refused from {}.",
                at.long()
            );
        }
        (SubscriptionState::PastDue, None) => "A payment failed.".to_owned(),
        (SubscriptionState::Incomplete, _) => "The first payment is pending.".to_owned(),
        (SubscriptionState::Canceled, _) => "The subscription has ended.".to_owned(),
        (SubscriptionState::Active, _) => "Active.".to_owned(),
    };
    match (held.ends_at, &held.next_plan) {
        (Some(end), _) => format!("{state} It ends on {} (UTC).", end.day()),
        (None, Some(_)) => {
            format!("{state} The plan changes to {next} when the period ends.{until}")
        }
        (None, None) => format!("{state}{until}"),
    }
}
