//! A product's plans.

pub mod fields;

use fields::PlanFields;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::actions::products::{ArchivePlan, CreateProductPlan, list_product_plans};
use crate::components::empty::Empty;
use crate::components::fields::FormAlert;
use crate::components::form_state::{FormValues, error_of, succeeded};
use crate::components::format::count;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::submit::{Done, Submit};
use crate::types::money::UnitPrice;
use crate::types::plan::Plan;
use crate::types::product::PLATFORM;

#[component]
pub fn PlansPage() -> impl IntoView {
    let params = use_params_map();
    let product = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let create = ServerAction::<CreateProductPlan>::new();
    let archive = ServerAction::<ArchivePlan>::new();
    let plans = Resource::new(
        move || (product.get(), create.version().get(), archive.version().get()),
        |(product, ..)| list_product_plans(product),
    );
    // The platform itself has plans, and no page of its own.
    let back = move || product.with(|id| if id == PLATFORM { "/admin/products".to_owned() } else { format!("/admin/products/{id}") });
    view! {
        <p class="mb-2"><a class="link" href=back>"Back"</a></p>
        <PageHead title="Plans" lead="What can be subscribed to. A plan never changes: a new version is a new plan, and who has the old one keeps it." />
        <FormAlert error=error_of(archive) />
        <div class="stack gap-4">
            {loaded(
                move || async move { plans.await },
                move || plans.refetch(),
                move |plans| {
                    if plans.is_empty() {
                        view! { <Empty title="No plans yet" text="Until there is one, everybody may call the product, and nothing is charged." /> }.into_any()
                    } else {
                        view! { <Table plans archive /> }.into_any()
                    }
                },
            )}
            <NewPlan product create />
        </div>
    }
}

#[component]
fn Table(plans: Vec<Plan>, archive: ServerAction<ArchivePlan>) -> impl IntoView {
    let rows = plans.into_iter().map(|plan| view! { <Row plan archive /> }).collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Plans">
            <table class="table">
                <caption class="visually-hidden">"Plans, the cheapest first"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Plan"</th>
                        <th scope="col" class="num">"A month"</th>
                        <th scope="col" class="num">"Included units"</th>
                        <th scope="col">"Beyond them"</th>
                        <th scope="col">"Rate"</th>
                        <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Row(plan: Plan, archive: ServerAction<ArchivePlan>) -> impl IntoView {
    let is_for_one = plan.offered_to.is_some();
    let is_private = !plan.is_public && !is_for_one;
    let marks =
        [(plan.is_default, "default"), (is_private, "private"), (is_for_one, "for one partner"), (plan.archived_at.is_some(), "archived")];
    let marks = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| view! { <span class="badge ml-1">{mark}</span> }).collect_view();
    let dearest = plan.prices.tiers().last().map(|tier| tier.unit_price).unwrap_or_default();
    let beyond = match (plan.is_hard, dearest == UnitPrice::default()) {
        (true, _) => "refused".to_owned(),
        (false, true) => "free".to_owned(),
        (false, false) => format!("{} a unit", plan.currency.unit_price(dearest)),
    };
    let rate = plan.org_rate.map_or_else(|| "the server's".to_owned(), |rate| rate.to_string());
    let (id, label) = (plan.id.to_string(), format!("Archive {} version {}", plan.name, plan.version));
    let can_go = !plan.is_default && plan.archived_at.is_none();
    view! {
        <tr>
            <th scope="row">{plan.name} <span class="font-normal text-muted">{format!(" v{}", plan.version)}</span> {marks}</th>
            <td class="num">
                {plan.currency.amount(plan.monthly_price)}
                {(plan.trial_days > 0).then(|| view! { <span class="block text-muted">{format!("{} days on trial", plan.trial_days)}</span> })}
            </td>
            <td class="num">{count(plan.included_units)}</td>
            <td>{beyond}</td>
            <td>{rate}</td>
            <td class="actions">
                {can_go.then(|| {
                    view! {
                        <ActionForm action=archive>
                            <input type="hidden" name="plan_id" value=id />
                            <button type="submit" class="btn btn-sm" aria-label=label>"Archive"</button>
                        </ActionForm>
                    }
                })}
            </td>
        </tr>
    }
}

#[component]
fn NewPlan(product: Memo<String>, create: ServerAction<CreateProductPlan>) -> impl IntoView {
    let error = error_of(create);
    view! {
        <section class="card page-narrow" aria-labelledby="new-plan">
            <h2 id="new-plan">"New plan, or new version"</h2>
            <ActionForm action=create attr:class="mt-3">
                <FormAlert error />
                <input type="hidden" name="product" value=move || product.get() />
                <PlanFields values=FormValues::default() error />
                <div class="form-actions">
                    <Submit label="Create plan" pending=create.pending() />
                    <Done when=succeeded(create) text="Created." />
                </div>
            </ActionForm>
        </section>
    }
}
