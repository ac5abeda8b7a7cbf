//! The key that a call is sent with.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::actions::keys::CreateKey;
use crate::components::environment::env_href;
use crate::components::form_state::{error_of, use_scripted};
use crate::components::format::encode;
use crate::components::held_key::use_held_key;
use crate::components::session::use_session;
use crate::types::environment::Environment;
use crate::types::scope::PLATFORM;

/// Days that a key made with one click lasts.
const DAYS: u32 = 30;

/// The field, and a way to a key for those who have none. `scopes` are those of which one suffices.
#[component]
pub fn KeyField(key: RwSignal<String>, env: Environment, scopes: Vec<String>) -> impl IntoView {
    let visible = RwSignal::new(false);
    let (session, held) = (use_session(), use_held_key());
    let wanted = StoredValue::new(scopes);
    // What was made during this visit is at hand; what was typed is not replaced.
    Effect::new(move |_| {
        let known = wanted.with_value(|scopes| held.get_for(session.org_id().as_ref(), scopes));
        if let Some(known) = known.filter(|_| env == Environment::Sandbox && key.with_untracked(String::is_empty)) {
            key.set(known);
        }
    });
    view! {
        <div class="field">
            <label class="label" for="key">"Key"</label>
            <div class="flex gap-2">
                <input
                    class="input mono"
                    id="key"
                    type=move || if visible.get() { "text" } else { "password" }
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=format!("tg_{env}_…")
                    aria-describedby="key-hint"
                    prop:value=move || key.get()
                    on:input=move |ev| key.set(event_target_value(&ev))
                />
                <button type="button" class="btn" aria-pressed=move || if visible.get() { "true" } else { "false" } on:click=move |_| visible.update(|v| *v = !*v)>
                    "Show"
                </button>
            </div>
            <p class="hint" id="key-hint">"Stays in this page's memory; it is sent with the call and stored nowhere."</p>
            <KeyWay key env wanted />
        </div>
    }
}

/// One click for those who may make keys, the door for strangers.
#[component]
fn KeyWay(key: RwSignal<String>, env: Environment, wanted: StoredValue<Vec<String>>) -> impl IntoView {
    let (session, held) = (use_session(), use_held_key());
    let here = use_location().pathname;
    let scripted = use_scripted();
    let create = ServerAction::<CreateKey>::new();
    let error = error_of(create);
    Effect::new(move |_| {
        if let Some(Ok(created)) = create.value().get() {
            held.keep(session.org_id(), &created);
            key.set(created.key);
        }
    });
    let make = move |_| {
        create.dispatch(CreateKey {
            name: "Made while trying out".to_owned(),
            environment: Environment::Sandbox,
            scopes: wanted.with_value(|scopes| enough(scopes)),
            expires_in_days: Some(DAYS),
            ip_allow_list: String::new(),
            rate_limit: String::new(),
            spend_cap: None,
        });
    };
    let way = move || {
        Suspend::new(async move {
            let Ok(me) = session.me().await else {
                let login = format!("/login?next={}", encode(&here.get_untracked()));
                return view! { <p class="hint"><a class="link" href="/signup">"Sign up"</a> " for a sandbox key, or " <a class="link" href=login>"log in"</a> "."</p> }.into_any();
            };
            let may_create = me.org.is_some_and(|org| org.role.can_manage_keys());
            match (may_create, env) {
                (false, _) => ().into_any(),
                (true, Environment::Live) => {
                    view! { <p class="hint"><a class="link" href=env_href("/dashboard/keys/new", env)>"Create a key"</a></p> }.into_any()
                }
                (true, Environment::Sandbox) => view! {
                    <p>
                        <button
                            type="button"
                            class="btn btn-sm"
                            on:click=make
                            disabled=move || !scripted.get() || create.pending().get()
                            class:hidden=move || key.with(|key| !key.is_empty())
                        >
                            "Use a new sandbox key"
                        </button>
                    </p>
                }
                .into_any(),
            }
        })
    };
    view! {
        <Transition>{way}</Transition>
        <p class="field-error empty:hidden" role="alert">{move || error.get().map(|error| error.message)}</p>
    }
}

/// What a key needs for this product, or for this resource of the platform.
fn enough(scopes: &[String]) -> Vec<String> {
    let name = |scope: &str| scope.split(':').next().unwrap_or_default().to_owned();
    let product = scopes.first().map(|scope| name(scope)).unwrap_or_default();
    let own: Vec<String> = PLATFORM.iter().filter(|(scope, _)| name(scope) == product).map(|(scope, _)| (*scope).to_owned()).collect();
    if own.is_empty() { vec![format!("{product}:*")] } else { own }
}
