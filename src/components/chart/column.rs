//! One hour of the chart: its drawing, and its target for the pointer and the keyboard.

use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::SvgElement;

use super::scale::Scale;
use crate::types::usage::UsagePoint;

/// Width of a column and the gap next to it, in the drawing's units.
pub const WIDTH: f64 = 30.0;
const GAP: f64 = 8.0;
/// Height of the smallest part.
const LEAST: f64 = 2.0;

/// Errors are stacked on top of successful calls; together they are the hour's calls.
#[component]
pub fn Column(
    index: usize,
    #[prop(into)] point: Signal<Option<UsagePoint>>,
    scale: Memo<Scale>,
    height: f64,
) -> impl IntoView {
    let x = index as f64 * WIDTH + GAP / 2.0;
    let part = move |of: fn(UsagePoint) -> u64| {
        point.get().map_or(0.0, |p| scale.get().part(of(p)) * height)
    };
    // Non-zero values are always visible, however small.
    let seen = move |part: f64| if part > 0.0 { part.max(LEAST) } else { 0.0 };
    let errors = move || seen(part(|p| p.errors.min(p.calls)));
    let calls = move || seen(part(|p| p.calls)).max(errors());
    view! {
        <rect class="chart-bar" x=x width=WIDTH - GAP y=move || height - calls() + errors() height=move || calls() - errors() />
        <rect class="chart-error" x=x width=WIDTH - GAP y=move || height - calls() height=errors />
    }
}

fn id(index: usize) -> String {
    format!("chart-hour-{index}")
}

/// One tab stop for the whole chart; arrows, Home and End move between hours.
#[component]
pub fn Hit(
    index: usize,
    columns: usize,
    height: f64,
    #[prop(into)] label: Signal<String>,
    pointed: RwSignal<Option<usize>>,
    read: RwSignal<Option<usize>>,
    focused: RwSignal<usize>,
) -> impl IntoView {
    let on_key = move |ev: KeyboardEvent| {
        let to = match ev.key().as_str() {
            "ArrowLeft" => index.saturating_sub(1),
            "ArrowRight" => (index + 1).min(columns.saturating_sub(1)),
            "Home" => 0,
            "End" => columns.saturating_sub(1),
            _ => return,
        };
        ev.prevent_default();
        if let Some(element) = document().get_element_by_id(&id(to)) {
            let _ = element.unchecked_into::<SvgElement>().focus();
        }
    };
    view! {
        <rect
            id=id(index)
            class="chart-hit"
            x=index as f64 * WIDTH
            y="0"
            width=WIDTH
            height=height
            vector-effect="non-scaling-stroke"
            role="img"
            aria-label=move || label.get()
            tabindex=move || if focused.get() == index { "0" } else { "-1" }
            on:keydown=on_key
            on:focus=move |_| {
                focused.set(index);
                read.set(Some(index));
            }
            on:blur=move |_| read.set(None)
            on:mouseenter=move |_| pointed.set(Some(index))
            on:mouseleave=move |_| pointed.set(None)
        />
    }
}
