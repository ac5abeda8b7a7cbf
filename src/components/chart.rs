//! Calls per hour, as columns. Rendered on the server; the browser only updates changes.
//!
//! The columns are an SVG stretched to its place; the texts around it are HTML, so that they keep
//! their size on a phone.

mod column;
mod scale;

use leptos::prelude::*;

use self::column::{Column, Hit, WIDTH};
use self::scale::Scale;
use super::format::{count, percent, plural};
use super::table::Table;
use super::time::Time;
use crate::types::time::HOUR;
use crate::types::usage::UsagePoint;

/// Height of the drawing in its own units.
const HEIGHT: f64 = 200.0;
/// Every how many hours the axis is labelled.
const LABEL_EVERY: usize = 6;

fn describe(point: UsagePoint) -> String {
    format!(
        "{} to {} UTC: {}, {}",
        point.hour.clock(),
        point.hour.plus(HOUR).clock(),
        plural(point.calls, "call", "calls"),
        plural(point.errors, "error", "errors"),
    )
}

/// The first data determines the number of columns; later data moves through them.
#[component]
pub fn UsageChart(
    #[prop(into)] points: Signal<Vec<UsagePoint>>,
    /// Beside the title.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let columns = points.with_untracked(Vec::len);
    let scale = Memo::new(move |_| {
        Scale::for_max(points.with(|p| p.iter().map(|p| p.calls).max().unwrap_or(0)))
    });
    let pointed = RwSignal::new(None::<usize>);
    let read = RwSignal::new(None::<usize>);
    let focused = RwSignal::new(columns.saturating_sub(1));
    let point = move |i: usize| points.with(|p| p.get(i).copied());
    // The keyboard has priority over a resting pointer. Without a column to read, the current hour.
    let readout = move || {
        read.get().or(pointed.get()).or(columns.checked_sub(1)).and_then(point).map(describe)
    };
    let width = columns as f64 * WIDTH;
    view! {
        <figure class="stack gap-3" aria-labelledby="chart-title">
            <figcaption class="row justify-between gap-x-4">
                <span class="row gap-x-3">
                    <span id="chart-title" class="text-base font-semibold">"Calls per hour"</span>
                    {children.map(|children| children())}
                </span>
                <span class="chart-legend" aria-hidden="true"><span>"Succeeded"</span><span class="is-error">"Errors"</span></span>
            </figcaption>
            <p class="text-muted text-sm tabular-nums" aria-live="off">{readout}</p>
            <div class="mt-2 flex gap-2">
                // Each number is centred on its line, whatever the size of the font.
                <div class="flex h-48 min-w-6 flex-col-reverse justify-between text-right text-muted text-xs tabular-nums" aria-hidden="true">
                    {move || {
                        scale
                            .get()
                            .ticks()
                            .map(|tick| view! { <span class="flex h-0 items-center justify-end">{count(tick)}</span> })
                            .collect_view()
                    }}
                </div>
                <div class="min-w-0 grow">
                    <svg class="chart h-48" viewBox=format!("0 0 {width} {HEIGHT}") preserveAspectRatio="none" role="group" aria-label="Calls per hour, one column per hour. Use the arrow keys to move between hours.">
                        {(0..=Scale::STEPS)
                            .map(|i| {
                                let y = HEIGHT * i as f64 / Scale::STEPS as f64;
                                let class = if i == Scale::STEPS { "chart-axis" } else { "chart-grid" };
                                view! { <line class=class x1="0" x2=width y1=y y2=y vector-effect="non-scaling-stroke" /> }
                            })
                            .collect_view()}
                        {(0..columns)
                            .map(|i| view! { <Column index=i point=Signal::derive(move || point(i)) scale height=HEIGHT /> })
                            .collect_view()}
                        {(0..columns)
                            .map(|i| {
                                let label = Signal::derive(move || point(i).map(describe).unwrap_or_default());
                                view! { <Hit index=i columns height=HEIGHT label pointed read focused /> }
                            })
                            .collect_view()}
                    </svg>
                    <div class="flex pt-1 text-muted text-xs tabular-nums" aria-hidden="true">
                        {(0..columns)
                            .map(|i| {
                                let label = move || point(i).filter(|_| i % LABEL_EVERY == 0).map(|p| view! { <Time at=p.hour clock=true /> });
                                view! { <span class="w-0 grow whitespace-nowrap">{label}</span> }
                            })
                            .collect_view()}
                    </div>
                </div>
            </div>
            <div class="row justify-between"><ChartTable points /><span class="text-muted text-xs">"Hours in UTC"</span></div>
        </figure>
    }
}

/// The same numbers as text.
#[component]
fn ChartTable(points: Signal<Vec<UsagePoint>>) -> impl IntoView {
    let rows = move || {
        let points = points.get();
        points
            .into_iter()
            .rev()
            .map(|p| {
                view! {
                    <tr>
                        <th scope="row"><Time at=p.hour long=true /></th>
                        <td class="num" data-label="Calls">{count(p.calls)}</td>
                        <td class="num" data-label="Errors">{count(p.errors)}</td>
                        <td class="num" data-label="Error rate">{percent(p.errors, p.calls)}</td>
                        <td class="num" data-label="Billed units">{count(p.billed_units)}</td>
                    </tr>
                }
            })
            .collect_view()
    };
    view! {
        <details class="min-w-0 open:w-full">
            <summary class="link text-sm">"As a table"</summary>
            <Table stacks=true label="Calls per hour, table" caption="Calls per hour, newest first" class="mt-2">
                <thead>
                    <tr>
                        <th scope="col">"Hour"</th>
                        <th scope="col" class="num">"Calls"</th>
                        <th scope="col" class="num">"Errors"</th>
                        <th scope="col" class="num">"Error rate"</th>
                        <th scope="col" class="num">"Billed units"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
        </details>
    }
}
