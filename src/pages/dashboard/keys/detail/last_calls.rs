//! The last calls of a key.

use leptos::prelude::*;

use crate::pages::dashboard::logs::{LogTable, filter_href};
use crate::types::key::KeyView;
use crate::types::log::{LogFilter, RequestLog};

/// A few calls, and a link to all of them.
#[component]
pub fn LastCalls(key_view: KeyView, logs: Vec<RequestLog>) -> impl IntoView {
    let all = filter_href(
        &LogFilter { key_id: key_view.id.to_string(), ..LogFilter::default() },
        key_view.environment,
    );
    let calls = if logs.is_empty() {
        view! { <p class="text-muted">"No recent calls."</p> }.into_any()
    } else {
        view! { <LogTable logs env=key_view.environment /> }.into_any()
    };
    view! {
        <section aria-labelledby="recent">
            <div class="section-head">
                <h2 id="recent">"Recent calls"</h2>
                <a class="link" href=all>"All calls with this key"</a>
            </div>
            {calls}
        </section>
    }
}
