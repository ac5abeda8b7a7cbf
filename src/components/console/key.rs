//! The key of a call.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use crate::actions::keys::CreateKey;
use crate::components::after::with_next;
use crate::components::environment::env_href;
use crate::components::form_state::{error_of, use_scripted};
use crate::components::held_key::use_held_key;
use crate::components::marked::marked;
use crate::components::session::use_session;
use crate::types::environment::Environment;
use crate::types::key::KeyInput;
use crate::types::scope::PLATFORM;

/// Lifetime in days of a key created with one click.
const DAYS: u32 = 30;

/// The field, and how to get a key. One of `scopes` is sufficient.
#[component]
pub fn KeyField(key: RwSignal<String>, env: Environment, scopes: Vec<String>) -> impl IntoView {
    let visible = RwSignal::new(false);
    let (session, held) = (use_session(), use_held_key());
    let wanted = StoredValue::new(scopes);
    // A key created during this visit is filled in; an entered one is not replaced.
    Effect::new(move |_| {
        let known = wanted.with_value(|scopes| held.get_for(session.org_id().as_ref(), scopes));
        if let Some(known) =
            known.filter(|_| env == Environment::Sandbox && key.with_untracked(String::is_empty))
        {
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
            <p class="hint" id="key-hint">"The key stays in this page's memory. It is sent with the call and not stored."</p>
            <KeyWay key env wanted />
        </div>
    }
}

/// One click for members who may create keys; links to sign up and log in for others.
#[component]
fn KeyWay(
    key: RwSignal<String>,
    env: Environment,
    wanted: StoredValue<Vec<String>>,
) -> impl IntoView {
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
            environment: Environment::Sandbox,
            scopes: wanted.with_value(|scopes| enough(scopes)),
            expires_in_days: Some(DAYS),
            input: KeyInput { name: "Created in the console".to_owned(), ..KeyInput::default() },
        });
    };
    let way = move || {
        Suspend::new(async move {
            let Ok(me) = session.me().await else {
                let here = here.get_untracked();
                let (sign_up, log_in) = (with_next("/signup", &here), with_next("/login", &here));
                return view! { <p class="hint"><a class="link" href=sign_up>"Sign up"</a> " for a sandbox key, or " <a class="link" href=log_in>"log in"</a> "."</p> }.into_any();
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
        <p class="field-error empty:hidden" role="alert">{move || error.get().map(|error| marked(&error.message))}</p>
    }
}

/// The scopes that a key needs for this product, or for this resource of the platform.
fn enough(scopes: &[String]) -> Vec<String> {
    let name = |scope: &str| scope.split(':').next().unwrap_or_default().to_owned();
    let product = scopes.first().map(|scope| name(scope)).unwrap_or_default();
    let own: Vec<String> = PLATFORM
        .iter()
        .filter(|(scope, _)| name(scope) == product)
        .map(|(scope, _)| (*scope).to_owned())
        .collect();
    if own.is_empty() { vec![format!("{product}:*")] } else { own }
}
