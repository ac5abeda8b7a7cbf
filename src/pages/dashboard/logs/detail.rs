//! One call, by its request id.

use std::time::Duration;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;

use super::explain::{Steps, or_dash};
use super::filter::filter_href;
use crate::actions::logs::get_log;
use crate::components::badge::{EnvBadge, Method, StatusBadge};
use crate::components::copy_button::CopyButton;
use crate::components::environment::{env_href, use_env};
use crate::components::format::bytes;
use crate::components::loaded::loaded;
use crate::components::lookup::Lookup;
use crate::components::marked::Marked;
use crate::components::no_script::NoScript;
use crate::components::session::use_session;
use crate::components::status;
use crate::components::time::Time;
use crate::types::code::Code;
use crate::types::log::{Ended, Explained, LogFilter};
use crate::types::money::Currency;

/// A very recent call may not be stored yet; the page checks again this often, with this pause.
const LOOKS: u32 = 3;
const BETWEEN: Duration = Duration::from_millis(700);

/// Everything that was recorded about one call.
#[component]
pub fn LogPage() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|p| p.get("id")).unwrap_or_default());
    // A request that is not found is a result with its own page, not an error.
    let log = Resource::new(
        move || id.get(),
        |id| async move {
            match get_log(id).await {
                Ok(log) => Ok(Ok(log)),
                Err(error) if error.code == Code::NotFound => Ok(Err(error.message)),
                Err(error) => Err(error),
            }
        },
    );
    let looks = StoredValue::new(0);
    Effect::new(move |_| {
        id.track();
        looks.set_value(0);
    });
    let look_again = move || {
        looks.update_value(|n| *n += 1);
        if looks.get_value() <= LOOKS {
            set_timeout(
                move || {
                    if looks.try_get_value().is_some() {
                        log.refetch()
                    }
                },
                BETWEEN,
            );
        }
    };
    view! {
        <Title text=title(id) />
        <p class="mb-2"><a class="link" href=move || env_href("/dashboard/logs", env.get())>"All logs"</a></p>
        <div class="page-head">
            <h1 class="min-w-0 break-all">"Request " <code class="text-lg">{move || id.get()}</code></h1>
            <div class="actions"><CopyButton text=id label="Copy id" /></div>
        </div>
        {loaded(
            move || async move { Ok((session.me().await?.currency, log.await?)) },
            move || log.refetch(),
            move |(currency, found)| match found {
                Ok(explained) => view! { <Detail explained currency /> }.into_any(),
                Err(why) => view! { <NotYet id=id.get_untracked() why look_again retry=Callback::new(move |()| log.refetch()) /> }.into_any(),
            },
        )}
    }
}

/// The page's title. On the server the head is written last, when a page that was ready immediately
/// may already be disposed of.
fn title(id: Memo<String>) -> impl Fn() -> String + Send + Sync + 'static {
    let first = id.get_untracked();
    move || format!("Request {}", id.try_get().unwrap_or_else(|| first.clone()))
}

#[component]
fn NotYet(
    id: String,
    why: String,
    look_again: impl Fn() + 'static,
    retry: Callback<()>,
) -> impl IntoView {
    status::not_found();
    Effect::new(move |_| look_again());
    view! {
        <div class="card empty" role="status">
            <h2>"This request is not in the log"</h2>
            <p><Marked text=why /></p>
            <button type="button" class="btn" on:click=move |_| retry.run(())>"Look again"</button>
            <NoScript html="<p>Reload the page to look again.</p>" />
        </div>
        <div class="mt-4"><Lookup id="request-id" label="Look up another request id" value=id /></div>
    }
}

/// How a body ended early.
const fn ended(ended: Ended) -> &'static str {
    match ended {
        Ended::Complete => "",
        Ended::Open => "– still being sent",
        Ended::Aborted => "– the caller closed the connection before the end",
        Ended::UpstreamFailed => "– the product’s server closed the connection before the end",
        Ended::TimedOut => "– the product’s server stopped sending before the end",
    }
}

#[component]
fn Detail(explained: Explained, currency: Currency) -> impl IntoView {
    let log = explained.log.clone();
    let same = LogFilter {
        product: log.product.clone(),
        operation: log.operation.clone(),
        ..LogFilter::default()
    };
    let operation = if log.operation.is_empty() {
        "–".into_any()
    } else {
        let name = match explained.docs.clone() {
            Some(docs) => {
                view! { <a class="link" href=docs><code>{log.operation.clone()}</code></a> }
                    .into_any()
            }
            None => view! { <code>{log.operation.clone()}</code> }.into_any(),
        };
        view! { {name} " · " <a class="link" href=filter_href(&same, log.environment)>"All calls of this operation"</a> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="call">
            <p class="row mb-4" id="call">
                <StatusBadge status=log.status />
                <Method name=log.method />
                <code class="break-all">{log.path}</code>
                <EnvBadge environment=log.environment />
            </p>
            <dl class="details">
                <dt>"Time"</dt>
                <dd><Time at=log.created_at long=true /></dd>
                <dt>"Product"</dt>
                <dd>{or_dash(log.product.clone())}</dd>
                <dt>"Operation"</dt>
                <dd>{operation}</dd>
                <dt>"Request body"</dt>
                <dd>{bytes(log.request_bytes)}</dd>
                <dt>"Response body"</dt>
                <dd>{bytes(log.response_bytes)} {ended(log.ended)}</dd>
                <dt>"Source IP"</dt>
                <dd>{or_dash(log.source_ip)}</dd>
                <dt>"User agent"</dt>
                <dd>{or_dash(log.user_agent)}</dd>
                <dt>"Client request id"</dt>
                <dd><code>{or_dash(log.client_request_id)}</code></dd>
            </dl>
        </section>
        <Steps explained currency />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_outlives_the_page() {
        let page = Owner::new();
        let title = page.with(|| title(Memo::new(|_| "req_1".to_owned())));
        assert_eq!(title(), "Request req_1");
        page.cleanup();
        assert_eq!(title(), "Request req_1");
    }
}
