//! Content that has to be loaded first: a skeleton, then the content or the error.

use std::future::Future;

use leptos::prelude::*;

use super::error_alert::ErrorAlert;
use super::status;
use crate::types::code::Code;
use crate::types::error::UiError;

/// Shows what `load` gives; where there is no such thing, the page is answered with 404. On the server
/// the page waits for it, so that the HTML is complete; in the browser a skeleton holds its place, and
/// when it loads again, the old content stays till then.
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
                    match data.await {
                        Ok(data) => view(data).into_any(),
                        Err(error) => {
                            if error.code == Code::NotFound {
                                status::not_found();
                            }
                            view! { <ErrorAlert error retry /> }.into_any()
                        }
                    }
                })
            }}
        </Transition>
    }
}

/// Where content will be.
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
