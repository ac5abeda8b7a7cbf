//! The last 24 hours at a glance, and the guide to the first call.

mod live;
mod onboarding;
mod tiles;

use leptos::prelude::*;

use self::live::{Connection, LiveOverview};
use self::onboarding::Onboarding;
use self::tiles::Tiles;
use crate::actions::usage::load_overview;
use crate::components::chart::UsageChart;
use crate::components::environment::use_env;
use crate::components::loaded::loaded;
use crate::components::notices::Notices;
use crate::components::page_head::PageHead;
use crate::components::session::use_session;
use crate::types::account::Me;
use crate::types::environment::Environment;
use crate::types::usage::Overview;

/// Follows the environment in the URL.
#[component]
pub fn OverviewPage() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let overview = Resource::new(
        move || env.get(),
        |env| async move { load_overview(env).await.map(|o| (env, o)) },
    );
    view! {
        <PageHead title="Overview" lead="The last 24 hours, live." />
        <Notices />
        {loaded(
            move || async move { Ok((session.me().await?, overview.await?)) },
            move || overview.refetch(),
            |(me, (env, overview))| view! { <Loaded me env overview /> },
        )}
    }
}

/// From here on the numbers update live: this is rendered once per environment.
#[component]
fn Loaded(me: Me, env: Environment, overview: Overview) -> impl IntoView {
    // Decided once: the guide stays while its own first call changes the numbers.
    let guided = overview.calls == 0;
    let active_keys = overview.active_keys;
    let live = LiveOverview::start(env, overview);
    let data = live.data;
    let points = Signal::derive(move || data.with(|o| o.points.clone()));
    let connection = move || match live.connection.get() {
        Connection::Waiting => ("badge invisible", ""),
        Connection::Live => ("badge badge-ok", "Updating"),
        Connection::Lost => ("badge badge-warn", "Reconnecting…"),
    };
    view! {
        <div class="stack gap-4">
            {guided.then(|| view! { <Onboarding me env active_keys on_created=Callback::new(move |()| live.fetch(env)) /> })}
            <Tiles data env />
            <section class="card" aria-label="Usage">
                <UsageChart points>
                    <span role="status" class=move || connection().0>
                        {move || connection().1}
                    </span>
                </UsageChart>
            </section>
        </div>
    }
}
