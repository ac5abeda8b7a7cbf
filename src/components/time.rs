//! Points in time. Always UTC, with the zone: the server and all readers show the same.

use std::time::Duration;

use leptos::prelude::*;

use crate::browser;
use crate::types::time::{SECOND, Timestamp};

/// How often relative times are updated.
const REFRESH_MS: i64 = 15 * SECOND;
const REFRESH: Duration = Duration::from_millis(REFRESH_MS.unsigned_abs());

/// When the server rendered the page, by its clock. The server provides it as context when it
/// renders.
#[derive(Clone, Copy, Debug)]
pub struct RenderedAt(pub Timestamp);

/// The current time, by the server's clock.
#[derive(Clone, Copy)]
struct Now {
    time: RwSignal<Timestamp>,
    /// By how much this machine's clock is behind the server's, in milliseconds.
    behind: StoredValue<i64>,
}

impl Now {
    fn update(self) {
        self.time.set(browser::now().plus(self.behind.get_value()));
    }
}

/// Sets the current time once, at the root: the browser takes over the server's time, so that both
/// render the same relative times, and continues from there regardless of its own clock.
pub fn provide_now() {
    let now = RwSignal::new(SharedValue::new(browser::now).into_inner());
    let now = Now { time: now, behind: StoredValue::new(0) };
    provide_context(now);
    Effect::new(move |_| {
        now.behind.set_value(now.time.get_untracked().0 - browser::now().0);
        set_interval(move || now.update(), REFRESH);
    });
}

/// A relative time: `5 min ago`, with the exact time and its zone on hover, and for machines.
#[component]
pub fn Time(
    at: Timestamp,
    /// The exact time: `21 Nov 2026, 21:32:58 UTC`.
    #[prop(optional)]
    long: bool,
    /// Only the day: `21 Nov 2026`.
    #[prop(optional)]
    day: bool,
    /// Only the time of day, for axes: `21:00`.
    #[prop(optional)]
    clock: bool,
) -> impl IntoView {
    let title = at.long();
    let text = match (long, day, clock) {
        (true, ..) => title.clone().into_any(),
        (_, true, _) => at.day().into_any(),
        (_, _, true) => at.clock().into_any(),
        _ => {
            let now: Now = expect_context();
            // What happened since the last refresh would appear to be in the future.
            Effect::new(move |_| {
                let ahead = at.0 - now.time.get_untracked().0;
                if (1..=REFRESH_MS).contains(&ahead) {
                    now.update();
                }
            });
            (move || at.relative(now.time.get())).into_any()
        }
    };
    view! { <time datetime=at.to_string() title=title>{text}</time> }
}

/// The same, or a word without a time.
#[component]
pub fn MaybeTime(at: Option<Timestamp>, or: &'static str) -> impl IntoView {
    match at {
        Some(at) => view! { <Time at /> }.into_any(),
        None => view! { <span class="text-muted">{or}</span> }.into_any(),
    }
}
