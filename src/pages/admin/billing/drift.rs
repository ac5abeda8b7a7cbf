//! Our ledger and Stripe's meters side by side, day by day.

use leptos::prelude::*;

use super::Pages;
use crate::actions::revenue::load_drift;
use crate::components::empty::Empty;
use crate::components::format::{count, plural};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::types::billing::{Drift, DriftDay, ObjectDrift};

pub const PATH: &str = "/admin/billing/drift";

#[component]
pub fn DriftPage() -> impl IntoView {
    let drift = Resource::new(|| (), |()| load_drift());
    view! {
        <PageHead title="Compare with Stripe" lead="Billed units of the last 35 days, in our ledger and in Stripe's meters, and what plans are sold by there." >
            <button type="button" class="btn" on:click=move |_| drift.refetch()>"Compare again"</button>
        </PageHead>
        <Pages current=PATH />
        {loaded(
            move || async move { drift.await },
            move || drift.refetch(),
            |drift| match drift {
                Some(drift) => view! { <Compared drift /> }.into_any(),
                None => view! { <Empty title="Stripe is not connected" text="Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET, and start the portal again. Until then invoices are computed and not charged." /> }.into_any(),
            },
        )}
    }
}

#[component]
fn Compared(drift: Drift) -> impl IntoView {
    let Drift { objects, days, alarms } = drift;
    let differing = days.iter().filter(|day| day.ledger != day.provider + day.waiting).count() as u64;
    let verdict = if differing == 0 && objects.is_empty() && alarms == 0 {
        view! { <p class="alert alert-ok" role="status">"Both agree: every billed unit is there or on its way, and every plan is as it should be."</p> }.into_any()
    } else {
        let parts = [
            (differing > 0).then(|| plural(differing, "day differs", "days differ")),
            (!objects.is_empty())
                .then(|| plural(objects.len() as u64, "object is not as it should be", "objects are not as they should be")),
            (alarms > 0).then(|| format!("{} given up", plural(alarms, "report of usage was", "reports of usage were"))),
        ];
        let text = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
        view! { <p class="alert alert-danger" role="alert">{text} "."</p> }.into_any()
    };
    view! {
        <div class="stack gap-4">
            {verdict}
            {(!objects.is_empty()).then(|| view! { <Objects objects /> })}
            <Days days />
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
            <div class="table-wrap" tabindex="0" role="group" aria-label="Plans and meters that differ">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Ours"</th>
                            <th scope="col">"At Stripe"</th>
                            <th scope="col">"What is wrong"</th>
                        </tr>
                    </thead>
                    <tbody>{objects.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Days(days: Vec<DriftDay>) -> impl IntoView {
    if days.is_empty() {
        return view! { <Empty title="Nothing was reported yet" text="Usage of an hour is reported when the hour is over, for organisations that pay by Stripe." /> }.into_any();
    }
    let row = |day: DriftDay| {
        let mark = match (day.ledger == day.provider, day.ledger == day.provider + day.waiting) {
            (true, _) => view! { <span class="badge badge-ok">"agree"</span> },
            (false, true) => view! { <span class="badge">"on the way"</span> },
            (false, false) => view! { <span class="badge badge-danger">"differ"</span> },
        };
        view! {
            <tr>
                <th scope="row">{day.day.day()}</th>
                <td><code>{day.org}</code></td>
                <td>{day.product}</td>
                <td class="num">{count(day.ledger)}</td>
                <td class="num">{count(day.waiting)}</td>
                <td class="num">{count(day.provider)}</td>
                <td>{mark}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="days">
            <h2 id="days">"Units by day"</h2>
            <div class="table-wrap" tabindex="0" role="group" aria-label="Units by day">
                <table class="table">
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
                </table>
            </div>
        </section>
    }
    .into_any()
}
