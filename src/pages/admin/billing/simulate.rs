//! What a month's usage of a plan would have cost at other prices.

use leptos::prelude::*;
use leptos_router::components::Form;
use leptos_router::hooks::use_query_map;

use super::{Pages, in_url};
use crate::actions::error::UiError;
use crate::actions::revenue::try_price;
use crate::components::empty::Empty;
use crate::components::fields::{FormAlert, TextField};
use crate::components::format::{count, encode};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::table::Table;
use crate::types::billing::{PriceDraft, PriceTrial, Simulated};
use crate::types::page::Page;
use crate::types::plan::Plan;
use crate::types::time::Timestamp;

pub const PATH: &str = "/admin/billing/simulate";

#[component]
pub fn SimulatePage() -> impl IntoView {
    let query = use_query_map();
    let draft = Memo::new(move |_| {
        let get = |name: &str| query.with(|query| query.get(name)).unwrap_or_default();
        PriceDraft {
            plan: get("plan"),
            price: get("price"),
            included: get("included"),
            overage: get("overage"),
            month: get("month"),
            cursor: get("cursor"),
        }
    });
    let trial = Resource::new(move || draft.get(), try_price);
    view! {
        <PageHead title="Try a price" lead="Calculates what each subscriber of a plan would have paid for one month at other prices. Nothing is changed." />
        <Pages current=PATH />
        {loaded(
            move || async move { trial.await },
            move || trial.refetch(),
            move |trial| {
                let PriceTrial { plans, month, outcome } = trial;
                let draft = draft.get_untracked();
                let shown = draft.clone();
                let error = outcome.as_ref().and_then(|outcome| outcome.as_ref().err().cloned());
                view! {
                    <div class="stack gap-4">
                        <DraftForm plans draft month error />
                        {outcome.and_then(Result::ok).map(|page| view! { <Outcome page month draft=shown /> })}
                    </div>
                }
            },
        )}
    }
}

#[component]
fn DraftForm(
    plans: Vec<Plan>,
    draft: PriceDraft,
    month: Timestamp,
    error: Option<UiError>,
) -> impl IntoView {
    let error = Signal::stored(error);
    let month = if draft.month.is_empty() { in_url(month) } else { draft.month.clone() };
    let option = |plan: Plan| {
        let is_chosen = plan.id.as_str() == draft.plan;
        let text = format!(
            "{}: {} v{}, {} per month",
            plan.product,
            plan.name,
            plan.version,
            plan.currency.amount(plan.monthly_price)
        );
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
                <TextField name="price" label="Price per month, in the plan's currency" required=false maxlength=20 placeholder="49.00" value=draft.price error />
                <TextField name="included" label="Included units" maxlength=20 placeholder="10000" value=draft.included error />
                <TextField name="overage" label="Overage per 1,000 units" required=false maxlength=20 placeholder="3.00" value=draft.overage error />
                <div class="form-actions"><button type="submit" class="btn btn-primary">"Calculate"</button></div>
            </Form>
        </section>
    }
}

#[component]
fn Outcome(page: Page<Simulated>, month: Timestamp, draft: PriceDraft) -> impl IntoView {
    let Page { data: rows, next_cursor } = page;
    let is_part = next_cursor.is_some() || !draft.cursor.is_empty();
    let more = next_cursor.map(|cursor| {
        let query = [
            ("plan", draft.plan),
            ("month", draft.month),
            ("price", draft.price),
            ("included", draft.included),
            ("overage", draft.overage),
            ("cursor", cursor),
        ];
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let href = format!("{PATH}?{}#outcome", query.join("&"));
        view! { <p class="row">"A page shows 500 partners." <a class="btn btn-sm" href=href>"Show the next 500"</a></p> }
    });
    let Some(currency) = rows.first().map(|row| row.now.currency) else {
        let whose = if is_part { "None of these partners" } else { "No organisation" };
        let text = format!("{whose} was on this plan in {}.", month.month_name());
        return view! { <Empty title="No subscribers" text /> {more} }.into_any();
    };
    let together = if is_part { "Total of this page" } else { "Total" };
    let before = |row: &Simulated| row.now.monthly_price + row.now.overage;
    let (old, new) =
        (rows.iter().map(before).sum::<u64>(), rows.iter().map(|row| row.draft_total).sum::<u64>());
    let change = move |old: u64, new: u64| currency.signed(new.cast_signed() - old.cast_signed());
    let row = move |row: Simulated| {
        let old = before(&row);
        view! {
            <tr>
                <th scope="row">{row.now.org_name}</th>
                <td class="num" data-label="Billed units">{count(row.now.units)}</td>
                <td class="num" data-label="As it was">{currency.amount(old)}</td>
                <td class="num" data-label="At the new price">{currency.amount(row.draft_total)}</td>
                <td class="num" data-label="Change">{change(old, row.draft_total)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="outcome">
            <h2 id="outcome">{month.month_name()}</h2>
            <Table stacks=true label="Subscribers, before and after">
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
                        <th scope="row">{together}</th>
                        <td></td>
                        <td class="num" data-label="As it was">{currency.amount(old)}</td>
                        <td class="num" data-label="At the new price">{currency.amount(new)}</td>
                        <td class="num" data-label="Change">{change(old, new)}</td>
                    </tr>
                </tfoot>
            </Table>
            {more}
        </section>
    }
    .into_any()
}
