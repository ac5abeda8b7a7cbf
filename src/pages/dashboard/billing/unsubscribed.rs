//! A product for which the organisation has no plan yet.

use leptos::prelude::*;

use super::change::{Change, Offers};
use crate::actions::billing::ChoosePlan;
use crate::components::empty::Empty;
use crate::types::id::PlanId;
use crate::types::plan::Plan;

/// Its plans, and the preview of choosing the one in the URL.
#[component]
pub fn Unsubscribed(
    product: String,
    offers: Vec<Plan>,
    wanted: Option<PlanId>,
    choose: ServerAction<ChoosePlan>,
) -> impl IntoView {
    let Some(currency) = offers.first().map(|plan| plan.currency) else {
        return view! {
            <Empty title="No plans" text="This product has no plans that your organisation can choose.">
                <a class="btn" href="/apis">"All APIs"</a>
            </Empty>
        }
        .into_any();
    };
    let no_plan: Option<PlanId> = None;
    view! {
        <div class="stack gap-4">
            <p class="alert">"Your organisation has no plan for the product " <code>{product.clone()}</code> " yet. Live calls need one; sandbox calls do not."</p>
            {wanted.map(|plan| view! { <Change plan action=choose currency is_charged=false /> })}
            <Offers offers current=no_plan product />
        </div>
    }
    .into_any()
}
