//! The guide to the first call: a key, a call, a look at the logs. On this page, in three clicks.

use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::actions::keys::CreateKey;
use crate::browser::http::{self, Aborter};
use crate::components::call::{Call, CallResponse, ResponseView};
use crate::components::environment::env_href;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, use_scripted};
use crate::components::held_key::use_held_key;
use crate::components::icon::{Drawing, Icon};
use crate::components::no_script::NoScript;
use crate::components::secret_dialog::{NewSecret, SecretDialog};
use crate::types::account::Me;
use crate::types::environment::Environment;
use crate::types::key::KeyInput;
use crate::types::scope::PLATFORM;

/// Shown while an environment has no calls.
#[component]
pub fn Onboarding(
    me: Me,
    env: Environment,
    active_keys: u64,
    /// Runs after a key was created here.
    on_created: Callback<()>,
) -> impl IntoView {
    let may_create = me.org.as_ref().is_some_and(|org| org.role.can_manage_keys());
    match env {
        Environment::Sandbox => view! { <FirstCall me may_create active_keys on_created /> }.into_any(),
        Environment::Live => view! {
            <section class="card" aria-labelledby="first-live">
                <h2 id="first-live">"No live calls in the last 24 hours"</h2>
                <p class="mt-1 text-muted">"Live calls are billed. Try out your integration in the sandbox first; then give your program a live key."</p>
                {may_create
                    .then(|| view! { <p class="mt-3"><a class="btn" href=env_href("/dashboard/keys/new", env)>"Create live key"</a></p> })}
            </section>
        }
        .into_any(),
    }
}

#[component]
fn FirstCall(
    me: Me,
    may_create: bool,
    active_keys: u64,
    on_created: Callback<()>,
) -> impl IntoView {
    let held = use_held_key();
    let scripted = use_scripted();
    let create = ServerAction::<CreateKey>::new();
    let secret = RwSignal::new(None::<NewSecret>);
    let org = StoredValue::new(me.org.map(|org| org.id));
    let key = Memo::new(move |_| org.with_value(|org| held.get(org.as_ref())));
    Effect::new(move |_| {
        if let Some(Ok(created)) = create.value().get() {
            held.keep(org.get_value(), &created);
            secret.set(Some(created.into()));
            on_created.run(());
        }
    });
    let create_key = move |_| {
        create.dispatch(CreateKey {
            environment: Environment::Sandbox,
            scopes: PLATFORM.iter().map(|(scope, _)| (*scope).to_owned()).collect(),
            expires_in_days: None,
            input: KeyInput { name: "Sandbox key".into(), ..KeyInput::default() },
        });
    };

    let send_button = NodeRef::<html::Button>::new();
    // The button that opened the dialog is gone; the next step gets the focus.
    let on_stored = Callback::new(move |()| {
        if let Some(button) = send_button.get_untracked() {
            let _ = button.focus();
        }
    });
    let sending = RwSignal::new(false);
    let outcome = RwSignal::new(None::<Result<CallResponse, String>>);
    let send = move |_| {
        let Some(key) = key.get_untracked() else { return };
        sending.set(true);
        spawn_local(async move {
            let call = Call {
                method: "GET".into(),
                url: "/v1/customers".into(),
                headers: vec![("Authorization".into(), format!("Bearer {key}"))],
                body: None,
            };
            let response = http::send(&call, &Aborter::new()).await;
            outcome.try_set(Some(response));
            sending.try_set(false);
        });
    };

    let first = move || {
        match (key.get().is_some(), may_create, active_keys) {
        (true, ..) => view! {
            <p class="row min-h-9 font-medium text-ok"><Drawing icon=Icon::Done /> "You have a sandbox key."</p>
        }
        .into_any(),
        (_, true, 0) => view! {
            <button type="button" class="btn btn-primary" on:click=create_key disabled=move || !scripted.get() || create.pending().get()>
                "Create sandbox key"
            </button>
            <NoScript html="<p class='mt-2'><a class='link' href='/dashboard/keys/new'>Create a key without JavaScript</a></p>" />
        }
        .into_any(),
        (_, true, _) => view! {
            <p class="text-muted">"You have a sandbox key already. Not at hand? Create another."</p>
            <button type="button" class="btn mt-2" on:click=create_key disabled=move || !scripted.get() || create.pending().get()>
                "Create sandbox key"
            </button>
        }
        .into_any(),
        (_, false, _) => {
            view! { <p class="text-muted">"Your role cannot create keys. Ask an owner, an admin or a developer of the organisation."</p> }
                .into_any()
        }
    }
    };
    view! {
        <section class="card" aria-labelledby="first-call">
            <h2 id="first-call">"Make your first call"</h2>
            <ol class="mt-3 grid gap-6 md:grid-cols-2">
                <li class="min-w-0">
                    <h3>"1. Create a sandbox key"</h3>
                    <p class="mt-1 mb-3 text-muted">"A key for trying things out. The sandbox is counted, never billed."</p>
                    {first}
                    <FormAlert error=error_of(create) />
                </li>
                <li class="min-w-0">
                    <h3>"2. Send a test call"</h3>
                    <p class="mt-1 mb-3 text-muted"><code>"GET /v1/customers"</code> ", sent by this browser with your key."</p>
                    // One step at a time is highlighted.
                    <button
                        type="button"
                        class="btn"
                        class:btn-primary=move || key.get().is_some()
                        node_ref=send_button
                        on:click=send
                        disabled=move || key.get().is_none() || sending.get()
                    >
                        {move || if sending.get() { "Sending…" } else { "Send test call" }}
                    </button>
                </li>
            </ol>
            <div aria-live="polite">
                {move || {
                    outcome
                        .get()
                        .map(|outcome| match outcome {
                            Ok(response) => view! {
                                <div class="mt-4 border-t border-line pt-4"><ResponseView response environment=Environment::Sandbox /></div>
                            }
                            .into_any(),
                            Err(message) => view! { <p class="mt-4 alert alert-danger">{message}</p> }.into_any(),
                        })
                }}
            </div>
            <p class="mt-4 text-muted">
                "Or pick any operation under " <a class="link" href="/dashboard/try">"Try it"</a> ", or read the " <a class="link" href="/docs">"docs"</a> "."
            </p>
            <SecretDialog secret on_stored />
        </section>
    }
}
