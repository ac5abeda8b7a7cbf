//! What a month's usage of a plan would have cost at other prices.

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;

use super::{Pages, in_url};
use crate::actions::revenue::try_price;
use crate::components::empty::Empty;
use crate::components::fields::{FormAlert, TextField};
use crate::components::format::count;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::types::billing::{PriceDraft, PriceTrial, Simulated};
use crate::types::error::UiError;
use crate::types::plan::Plan;
use crate::types::time::Timestamp;

pub const PATH: &str = "/admin/billing/simulate";

#[component]
pub fn SimulatePage() -> impl IntoView {
    let query = use_query_map();
    let draft = Memo::new(move |_| {
        let get = |name: &str| query.with(|query| query.get(name)).unwrap_or_default();
        PriceDraft { plan: get("plan"), price: get("price"), included: get("included"), overage: get("overage"), month: get("month") }
    });
    let trial = Resource::new(move || draft.get(), try_price);
    view! {
        <PageHead title="Try a price" lead="What a month's usage of a plan would have cost at other prices, subscriber by subscriber. Nothing is changed." />
        <Pages current=PATH />
        {loaded(
            move || async move { trial.await },
            move || trial.refetch(),
            move |trial| {
                let PriceTrial { plans, month, outcome } = trial;
                let draft = draft.get_untracked();
                let error = outcome.as_ref().and_then(|outcome| outcome.as_ref().err().cloned());
                view! {
                    <div class="stack gap-4">
                        <DraftForm plans draft month error />
                        {outcome.and_then(Result::ok).map(|rows| view! { <Outcome rows month /> })}
                    </div>
                }
            },
        )}
    }
}

#[component]
fn DraftForm(plans: Vec<Plan>, draft: PriceDraft, month: Timestamp, error: Option<UiError>) -> impl IntoView {
    let error = Signal::stored(error);
    let month = if draft.month.is_empty() { in_url(month) } else { draft.month.clone() };
    let option = |plan: Plan| {
        let is_chosen = plan.id.as_str() == draft.plan;
        let text = format!("{}: {} v{}, {} a month", plan.product, plan.name, plan.version, plan.currency.amount(plan.monthly_price));
        view! { <option value=plan.id.to_string() selected=is_chosen>{text}</option> }
    };
    let options = plans.into_iter().map(option).collect_view();
    view! {
        <section class="card page-narrow" aria-labelledby="draft">
            <h2 id="draft">"The price to try"</h2>
            <Form method="GET" action=PATH attr:class="mt-3">
                <FormAlert error />
                <div class="field">
                    <label class="label" for="plan">"Subscribers of"</label>
                    <select class="select" id="plan" name="plan">{options}</select>
                </div>
                <TextField name="month" label="Month" value=month maxlength=7 placeholder="2026-11" error />
                <TextField name="price" label="Price of a month, in the plan's currency" required=false maxlength=20 placeholder="49.00" value=draft.price error />
                <TextField name="included" label="Included units" maxlength=20 placeholder="10000" value=draft.included error />
                <TextField name="overage" label="Price of 1,000 units beyond them" required=false maxlength=20 placeholder="3.00" value=draft.overage error />
                <div class="form-actions"><button type="submit" class="btn btn-primary">"Reckon"</button></div>
            </Form>
        </section>
    }
}

#[component]
fn Outcome(rows: Vec<Simulated>, month: Timestamp) -> impl IntoView {
    let Some(currency) = rows.first().map(|row| row.now.currency) else {
        let text = format!("Nobody was on this plan in {}.", month.month_name());
        return view! { <Empty title="No subscribers" text /> }.into_any();
    };
    let before = |row: &Simulated| row.now.monthly_price + row.now.overage;
    let (old, new) = (rows.iter().map(before).sum::<u64>(), rows.iter().map(|row| row.draft_total).sum::<u64>());
    let change = |old: u64, new: u64| currency.signed(new.cast_signed() - old.cast_signed());
    let row = |row: Simulated| {
        let old = before(&row);
        view! {
            <tr>
                <th scope="row">{row.now.org_name}</th>
                <td class="num">{count(row.now.units)}</td>
                <td class="num">{currency.amount(old)}</td>
                <td class="num">{currency.amount(row.draft_total)}</td>
                <td class="num">{change(old, row.draft_total)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="outcome">
            <h2 id="outcome">{month.month_name()}</h2>
            <div class="table-wrap" tabindex="0" role="group" aria-label="Subscribers, before and after">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Partner"</th>
                            <th scope="col" class="num">"Billed units"</th>
                            <th scope="col" class="num">"As it was"</th>
                            <th scope="col" class="num">"At the new price"</th>
                            <th scope="col" class="num">"Change"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                    <tfoot>
                        <tr>
                            <th scope="row">"Together"</th>
                            <td></td>
                            <td class="num">{currency.amount(old)}</td>
                            <td class="num">{currency.amount(new)}</td>
                            <td class="num">{change(old, new)}</td>
                        </tr>
                    </tfoot>
                </table>
            </div>
        </section>
    }
    .into_any()
}
