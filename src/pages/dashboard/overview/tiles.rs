//! The four numbers above the chart.

use leptos::prelude::*;

use crate::components::format::{count, micros, percent, plural};
use crate::components::stat::Stat;
use crate::types::environment::Environment;
use crate::types::usage::Overview;

/// Calls, errors, p95 and billed units.
#[component]
pub fn Tiles(#[prop(into)] data: Signal<Overview>, env: Environment) -> impl IntoView {
    let billing = match env {
        Environment::Sandbox => "the sandbox is never billed",
        Environment::Live => "units that count towards the price",
    };
    let p95 = move || data.with(|o| o.p95_us.map_or_else(|| "–".to_owned(), micros));
    view! {
        <dl class="stats">
            <Stat
                label="Calls"
                value=move || data.with(|o| count(o.calls))
                note=move || data.with(|o| format!("with {}", plural(o.active_keys, "active key", "active keys")))
            />
            <Stat
                label="Errors"
                value=move || data.with(|o| count(o.errors))
                note=move || data.with(|o| format!("{} of calls", percent(o.errors, o.calls)))
            />
            <Stat label="p95 latency" value=p95 note="95 of 100 calls were faster" />
            <Stat label="Billed units" value=move || data.with(|o| count(o.billed_units)) note=billing />
        </dl>
    }
}
