//! A product's plans.

mod fields;

use fields::PlanFields;
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::actions::products::{ArchivePlan, CreateProductPlan, list_product_plans};
use crate::components::confirm_menu::ConfirmMenu;
use crate::components::empty::Empty;
use crate::components::fields::{ConfirmRefused, FormAlert};
use crate::components::form_state::{error_of, succeeded, successes};
use crate::components::format::count;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::plan_terms::{others, overage, rate};
use crate::components::submit::{Done, Submit};
use crate::components::table::Table;
use crate::types::plan::Plan;
use crate::types::product::PLATFORM;

#[component]
pub fn PlansPage() -> impl IntoView {
    let params = use_params_map();
    let product = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    let create = ServerAction::<CreateProductPlan>::new();
    let archive = ServerAction::<ArchivePlan>::new();
    let (created, archived) = (successes(create), successes(archive));
    let plans = Resource::new(
        move || (product.get(), created.get(), archived.get()),
        |(product, ..)| list_product_plans(product),
    );
    // The platform itself has plans, but no product page.
    let back = move || {
        product.with(|id| {
            if id == PLATFORM {
                "/admin/products".to_owned()
            } else {
                format!("/admin/products/{id}")
            }
        })
    };
    view! {
        <p class="mb-2"><a class="link" href=back>"Back"</a></p>
        <PageHead title="Plans" lead="Plans that organisations can subscribe to. A plan never changes: a new version is a new plan, and existing subscribers keep theirs." />
        <FormAlert error=error_of(archive) />
        <div class="stack gap-4">
            {loaded(
                move || async move { plans.await },
                move || plans.refetch(),
                move |plans| {
                    if plans.is_empty() {
                        view! { <Empty title="No plans yet" text="Without a plan, every organisation can call the product and nothing is charged." /> }.into_any()
                    } else {
                        view! { <PlanTable plans archive /> }.into_any()
                    }
                },
            )}
            <NewPlan product create />
        </div>
    }
}

#[component]
fn PlanTable(plans: Vec<Plan>, archive: ServerAction<ArchivePlan>) -> impl IntoView {
    let rows = plans.into_iter().map(|plan| view! { <Row plan archive /> }).collect_view();
    view! {
        <Table stacks=true label="Plans" caption="Plans, the cheapest first">
            <thead>
                <tr>
                    <th scope="col">"Plan"</th>
                    <th scope="col" class="num">"Per month"</th>
                    <th scope="col" class="num">"Included units"</th>
                    <th scope="col">"Overage"</th>
                    <th scope="col">"Rate"</th>
                    <th scope="col" class="actions"><span class="visually-hidden">"Actions"</span></th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </Table>
    }
}

#[component]
fn Row(plan: Plan, archive: ServerAction<ArchivePlan>) -> impl IntoView {
    let is_for_one = plan.offered_to.is_some();
    let is_private = !plan.is_public && !is_for_one;
    let marks = [
        (plan.is_default, "default"),
        (is_private, "private"),
        (is_for_one, "for one partner"),
        (plan.archived_at.is_some(), "archived"),
    ];
    let marks = marks
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, mark)| view! { <span class="badge ml-1">{mark}</span> })
        .collect_view();
    let beyond = overage(&plan);
    let others = others(&plan)
        .into_iter()
        .map(|term| view! { <span class="block text-muted">{term}</span> })
        .collect_view();
    let rate = plan.org_rate.map_or_else(|| "default".to_owned(), rate);
    let (id, label) =
        (plan.id.to_string(), format!("Archive {} version {}", plan.name, plan.version));
    let can_go = !plan.is_default && plan.archived_at.is_none();
    view! {
        <tr>
            <th scope="row">{plan.name} <span class="font-normal text-muted">{format!(" v{}", plan.version)}</span> {marks}</th>
            <td class="num" data-label="Per month">
                {plan.currency.amount(plan.monthly_price)}
                {others}
            </td>
            <td class="num" data-label="Included units">{count(plan.included_units)}</td>
            <td class="wrap" data-label="Overage">{beyond}</td>
            <td data-label="Rate">{rate}</td>
            <td class="actions">
                {can_go.then(|| {
                    view! {
                        <ConfirmMenu label="Archive" about=label class="btn btn-sm">
                            <p>"New subscriptions are no longer possible. Current subscribers keep the plan and continue to pay for it. This cannot be undone."</p>
                            <ActionForm action=archive>
                                <input type="hidden" name="plan_id" value=id />
                                <button type="submit" class="btn btn-sm btn-danger">"Archive plan"</button>
                            </ActionForm>
                        </ConfirmMenu>
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
                <PlanFields error />
                <ConfirmRefused error label="Create this plan even though live calls will be refused" />
                <div class="form-actions">
                    <Submit label="Create plan" pending=create.pending() />
                    <Done when=succeeded(create) text="Created." />
                </div>
            </ActionForm>
        </section>
    }
}
