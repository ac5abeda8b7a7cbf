//! Content that has to be loaded first: a skeleton, then the content or the error.

use std::future::Future;

use leptos::prelude::*;

use super::error_alert::ErrorAlert;
use super::focus::keep_focus;
use super::status;
use crate::actions::error::UiError;

/// Shows the result of `load`; if it does not exist, or is not accessible, the page has the status
/// 404 or 403. On the server the page waits for it, so that the HTML is complete; in the browser a
/// skeleton is shown first, and on a reload the old content stays until then.
pub fn loaded<T, Fut, V>(
    load: impl Fn() -> Fut + Send + Sync + 'static,
    retry: impl Fn() + Send + Sync + 'static,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> impl IntoView
where
    T: Send + 'static,
    Fut: Future<Output = Result<T, UiError>> + Send + 'static,
    V: IntoView + 'static,
{
    let retry = Callback::new(move |()| retry());
    view! {
        <Transition fallback=|| view! { <Skeleton /> }>
            {move || {
                let (data, view) = (load(), view.clone());
                Suspend::new(async move {
                    let data = data.await;
                    keep_focus();
                    match data {
                        Ok(data) => view(data).into_any(),
                        Err(error) => {
                            status::refused(error.code);
                            view! { <ErrorAlert error retry /> }.into_any()
                        }
                    }
                })
            }}
        </Transition>
    }
}

/// A placeholder for content.
#[component]
pub fn Skeleton(#[prop(default = 6)] lines: usize) -> impl IntoView {
    let line = || view! { <span class="skeleton h-9"></span> };
    view! {
        <div class="stack">
            <span class="visually-hidden" role="status">"Loading…"</span>
            {(0..lines).map(|_| line()).collect_view()}
        </div>
    }
}
