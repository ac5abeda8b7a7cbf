//! Creating a key.

use leptos::ev::SubmitEvent;
use leptos::form::FromFormData;
use leptos::html;
use leptos::prelude::*;
use leptos_router::hooks::{use_navigate, use_query_map};

use super::bounds::{BOUNDS, Bounds, BoundsFields};
use super::product_scopes::ProductScopeChoice;
use crate::actions::keys::CreateKey;
use crate::components::environment::{env_href, use_env};
use crate::components::fields::{FieldError, FormAlert, TextField};
use crate::components::form_state::{error_of, sent_values, use_scripted};
use crate::components::held_key::use_held_key;
use crate::components::one_time::OneTime;
use crate::components::page_head::PageHead;
use crate::components::secret_dialog::{NewSecret, SecretDialog};
use crate::components::session::{PageForRole, use_session};
use crate::components::submit::Submit;
use crate::types::environment::Environment;
use crate::types::role::Role;
use crate::types::scope::PLATFORM;

/// Value and label of each choice of expiry.
const EXPIRIES: [(&str, &str); 5] = [
    ("", "Never"),
    ("7", "In 7 days"),
    ("30", "In 30 days"),
    ("90", "In 90 days"),
    ("365", "In 365 days"),
];

#[component]
pub fn NewKeyPage() -> impl IntoView {
    view! { <PageForRole can=Role::can_manage_keys><NewKey /></PageForRole> }
}

/// The form, then the key in its dialog, then back to the list.
#[component]
fn NewKey() -> impl IntoView {
    let env = use_env();
    let session = use_session();
    let held = use_held_key();
    let navigate = use_navigate();
    let create = ServerAction::<CreateKey>::new();
    let error = error_of(create);
    let sent = sent_values(error);
    // A link can choose scopes.
    let scopes = match &sent {
        Some(sent) => sent.all("scopes[]").collect::<Vec<_>>().join(","),
        None => use_query_map().with_untracked(|query| query.get("scopes")).unwrap_or_default(),
    };
    let sent = sent.unwrap_or_default();
    let expires = sent.text("expires_in_days");
    let is_bound = BOUNDS.iter().any(|name| !sent.text(name).is_empty());
    let error_at = move |field: &'static str| {
        Signal::derive(move || {
            error.with(|e| e.as_ref().and_then(|e| e.field(field).map(str::to_owned)))
        })
    };
    let expires_error = error_at("expires_at");
    let secret = RwSignal::new(None::<NewSecret>);
    let made_in = StoredValue::new(Environment::Sandbox);
    Effect::new(move |_| {
        if let Some(Ok(created)) = create.value().get() {
            held.keep(session.org_id_now(), &created);
            made_in.set_value(created.view.environment);
            secret.set(Some(created.into()));
        }
    });
    let on_stored = Callback::new(move |()| {
        navigate(&env_href("/dashboard/keys", made_in.get_value()), Default::default())
    });
    // Without scripts, the form is sent to a separate page that shows the key.
    let submit = move |ev: SubmitEvent| {
        if let Ok(new) = CreateKey::from_event(&ev) {
            ev.prevent_default();
            create.dispatch(new);
        }
    };
    view! {
        <PageHead title="Create key" lead="The key is shown once, right after you create it." />
        <div class="card page-narrow">
            <form method="post" action="/dashboard/keys/new" on:submit=submit>
                <FormAlert error />
                <OneTime />
                <TextField name="name" label="Name" autofocus=true maxlength=80 placeholder="Checkout service" hint="Where it will be used. Only your organisation sees it." error />
                <fieldset class="field">
                    <legend class="label">"Environment"</legend>
                    <div class="mt-1 grid gap-2 sm:grid-cols-2">
                        <EnvChoice to=Environment::Sandbox chosen=env label="Sandbox" class="choice choice-sandbox" hint="For trying things out. Counted, never billed." />
                        <EnvChoice to=Environment::Live chosen=env label="Live" class="choice" hint="For your customers. Billed; needs a verified e-mail address." />
                    </div>
                </fieldset>
                <ScopeChoice chosen=scopes error=error_at("scopes") />
                <div class="field">
                    <label class="label" for="expires_at">"Expires"</label>
                    <select
                        class="select max-w-60"
                        id="expires_at"
                        name="expires_in_days"
                        aria-describedby="expires_at-error"
                        aria-invalid=move || expires_error.get().is_some().then_some("true")
                    >
                        {EXPIRIES.into_iter().map(|(value, label)| view! { <option value=value selected=value == expires>{label}</option> }).collect_view()}
                    </select>
                    <FieldError id="expires_at-error".to_owned() message=expires_error />
                </div>
                <details class="field" open=is_bound>
                    <summary class="link">"Addresses and limits"</summary>
                    <div class="mt-3"><BoundsFields bounds=Bounds::default() error /></div>
                </details>
                <div class="form-actions">
                    <Submit label="Create key" pending=create.pending() />
                    <a class="btn" href=move || env_href("/dashboard/keys", env.get())>"Cancel"</a>
                </div>
            </form>
        </div>
        <SecretDialog secret on_stored />
    }
}

#[component]
fn EnvChoice(
    to: Environment,
    chosen: Memo<Environment>,
    label: &'static str,
    class: &'static str,
    hint: &'static str,
) -> impl IntoView {
    view! {
        <label class=class>
            <input type="radio" name="environment" value=to.as_str() checked=move || chosen.get() == to />
            <span><span class="font-medium">{label}</span> " " <span class="hint">{hint}</span></span>
        </label>
    }
}

/// Check boxes by resource, and one for all of them.
#[component]
fn ScopeChoice(error: Signal<Option<String>>, chosen: String) -> impl IntoView {
    // With a product's scopes already chosen, the platform's scopes are folded.
    let is_platform_open = chosen.is_empty()
        || chosen.split(',').any(|scope| PLATFORM.iter().any(|(known, _)| *known == scope));
    let chosen = StoredValue::new(chosen);
    // The boxes keep their own state: what was checked before the script arrived stays checked.
    let boxes = PLATFORM.map(|_| NodeRef::<html::Input>::new());
    let all = NodeRef::<html::Input>::new();
    let is_checked =
        |node: NodeRef<html::Input>| node.get_untracked().is_some_and(|node| node.checked());
    let toggle_all = move |_| {
        let on = is_checked(all);
        boxes.iter().filter_map(|node| node.get_untracked()).for_each(|node| node.set_checked(on));
    };
    let follow = move |_| {
        if let Some(all) = all.get_untracked() {
            all.set_checked(boxes.iter().all(|node| is_checked(*node)));
        }
    };
    let scripted = use_scripted();
    let resources =
        PLATFORM.iter().map(|(scope, _)| resource(scope)).fold(Vec::new(), |mut seen, name| {
            if seen.last() != Some(&name) {
                seen.push(name);
            }
            seen
        });
    let group = move |name: &'static str| {
        let boxes = PLATFORM
            .into_iter()
            .zip(boxes)
            .filter(move |((scope, _), _)| resource(scope) == name)
            .map(|((scope, about), node)| {
                let checked = chosen.with_value(|chosen| chosen.split(',').any(|c| c == scope));
                view! {
                    <label class="check">
                        <input
                            type="checkbox"
                            name="scopes[]"
                            value=scope
                            checked=checked
                            node_ref=node
                            on:change=follow
                        />
                        <span class="grid min-w-0 sm:grid-cols-[10rem_1fr]"><code class="py-0.5">{scope}</code> " " <span class="hint">{about}</span></span>
                    </label>
                }
            })
            .collect_view();
        view! { <div class="grid gap-1.5 border-t border-line px-3 py-2.5" role="group" aria-label=name>{boxes}</div> }
    };
    view! {
        <fieldset class="field" id="scopes" tabindex="-1" aria-describedby="scopes-hint scopes-error">
            <legend class="label">"Scopes"</legend>
            <p class="hint" id="scopes-hint">"What the key may do. Choose no more than it needs."</p>
            <div class="mt-1 rounded border border-line">
                <label class="check px-3 py-2">
                    <input type="checkbox" node_ref=all on:change=toggle_all disabled=move || !scripted.get() />
                    <span class="font-medium">"All scopes of the platform"</span>
                </label>
                <details class="border-t border-line" open=is_platform_open>
                    <summary class="px-3 py-2">"Single scopes of the platform"</summary>
                    {resources.into_iter().map(group).collect_view()}
                </details>
                <ProductScopeChoice chosen />
            </div>
            <FieldError id="scopes-error".to_owned() message=error />
        </fieldset>
    }
}

fn resource(scope: &'static str) -> &'static str {
    scope.split_once(':').map_or(scope, |(name, _)| name)
}
