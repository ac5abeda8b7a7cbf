//! The portal's ledger and Stripe's meters, compared day by day.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::Pages;
use crate::actions::revenue::load_drift;
use crate::components::empty::Empty;
use crate::components::format::{count, plural};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::table::Table;
use crate::components::time::Time;
use crate::types::billing::{Drift, DriftDay, ObjectDrift};

pub const PATH: &str = "/admin/billing/drift";

#[component]
pub fn DriftPage() -> impl IntoView {
    let query = use_query_map();
    let cursor = Memo::new(move |_| query.with(|query| query.get("cursor")).unwrap_or_default());
    let drift = Resource::new(move || cursor.get(), load_drift);
    view! {
        <PageHead title="Compare with Stripe" lead="Billed units of the last 35 days in the portal's ledger and in Stripe's meters, and the objects that represent plans in Stripe." >
            <button type="button" class="btn" on:click=move |_| drift.refetch()>"Compare again"</button>
        </PageHead>
        <Pages current=PATH />
        {loaded(
            move || async move { drift.await },
            move || drift.refetch(),
            |drift| match drift {
                Some(drift) => view! { <Compared drift /> }.into_any(),
                None => view! { <Empty title="Stripe is not connected" text="Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, then restart the portal. Until then, invoices are calculated but not charged." /> }.into_any(),
            },
        )}
    }
}

#[component]
fn Compared(drift: Drift) -> impl IntoView {
    let Drift { objects, days, alarms, next_cursor } = drift;
    let more = next_cursor.map(|cursor| {
        view! {
            <p class="row">
                "A page compares 200 subscriptions." <a class="btn btn-sm" href=format!("{PATH}?cursor={cursor}")>"Compare the next 200"</a>
            </p>
        }
    });
    let agree = if more.is_some() {
        "The ledger and Stripe agree on these 200 subscriptions: every billed unit was sent or is queued, and every plan matches."
    } else {
        "The ledger and Stripe agree: every billed unit was sent or is queued, and every plan matches."
    };
    let differing =
        days.iter().filter(|day| day.ledger != day.provider + day.waiting).count() as u64;
    let verdict = if differing == 0 && objects.is_empty() && alarms == 0 {
        view! { <p class="alert alert-ok" role="status">{agree}</p> }.into_any()
    } else {
        let parts = [
            (differing > 0).then(|| plural(differing, "day differs", "days differ")),
            (!objects.is_empty())
                .then(|| plural(objects.len() as u64, "object differs", "objects differ")),
            (alarms > 0).then(|| {
                format!(
                    "{} given up",
                    plural(alarms, "report of usage was", "reports of usage were")
                )
            }),
        ];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
        view! { <p class="alert alert-danger" role="alert">{text} "."</p> }.into_any()
    };
    view! {
        <div class="stack gap-4">
            {verdict}
            {(!objects.is_empty()).then(|| view! { <Objects objects /> })}
            <Days days />
            {more}
        </div>
    }
}

#[component]
fn Objects(objects: Vec<ObjectDrift>) -> impl IntoView {
    let row = |object: ObjectDrift| {
        view! {
            <tr>
                <th scope="row">{object.subject} <span class="block font-normal text-muted">{object.kind.replace('_', " ")}</span></th>
                <td><code>{object.stripe_id}</code></td>
                <td>{object.drift}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="objects">
            <h2 id="objects">"Plans and meters"</h2>
            <Table label="Plans and meters that differ">
                <thead>
                    <tr>
                        <th scope="col">"In the portal"</th>
                        <th scope="col">"At Stripe"</th>
                        <th scope="col">"What is wrong"</th>
                    </tr>
                </thead>
                <tbody>{objects.into_iter().map(row).collect_view()}</tbody>
            </Table>
        </section>
    }
}

#[component]
fn Days(days: Vec<DriftDay>) -> impl IntoView {
    if days.is_empty() {
        return view! { <Empty title="Nothing was reported yet" text="The usage of each hour is reported after the hour ends, for organisations that pay with Stripe." /> }.into_any();
    }
    let row = |day: DriftDay| {
        let mark = match (day.ledger == day.provider, day.ledger == day.provider + day.waiting) {
            (true, _) => view! { <span class="badge badge-ok">"agree"</span> },
            (false, true) => view! { <span class="badge">"queued"</span> },
            (false, false) => view! { <span class="badge badge-danger">"differ"</span> },
        };
        view! {
            <tr>
                <th scope="row"><Time at=day.day day=true /></th>
                <td><code>{day.org}</code></td>
                <td data-label="Product">{day.product}</td>
                <td class="num" data-label="Our ledger">{count(day.ledger)}</td>
                <td class="num" data-label="Not sent yet">{count(day.waiting)}</td>
                <td class="num" data-label="Stripe">{count(day.provider)}</td>
                <td>{mark}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="days">
            <h2 id="days">"Units by day"</h2>
            <Table stacks=true label="Units by day">
                <thead>
                    <tr>
                        <th scope="col">"Day (UTC)"</th>
                        <th scope="col">"Organisation"</th>
                        <th scope="col">"Product"</th>
                        <th scope="col" class="num">"Our ledger"</th>
                        <th scope="col" class="num">"Not sent yet"</th>
                        <th scope="col" class="num">"Stripe"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{days.into_iter().map(row).collect_view()}</tbody>
            </Table>
        </section>
    }
    .into_any()
}
