//! Form fields with their label, hint and error.

use leptos::prelude::*;

use super::focus::focus_on_failure;
use super::form_state::sent_or;
use super::format::encode;
use super::marked::marked;
use super::text_box::TextBox;
use crate::actions::error::UiError;
use crate::browser;
use crate::types::code::Code;
use crate::types::error::FieldError as FieldFault;

/// One line of text. The browser checks what it can; the server's error appears below it. Without
/// scripts, the value of a refused form stays.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    /// If a page has two fields with the same name.
    #[prop(optional)]
    id: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional, into)] value: String,
    #[prop(default = true)] required: bool,
    /// The first field of a page that is one form: the user starts there.
    #[prop(optional)]
    autofocus: bool,
    #[prop(optional)] minlength: Option<u32>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional, into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let value = if kind == "password" { value } else { sent_or(error, name, value) };
    let message = Memo::new(move |_| {
        error.with(|e| e.as_ref().and_then(|e| e.field(name).map(str::to_owned)))
    });
    let hint_id = format!("{id}-hint");
    let error_id = format!("{id}-error");
    let described = match hint {
        Some(_) => format!("{hint_id} {error_id}"),
        None => error_id.clone(),
    };
    view! {
        <div class="field">
            <label class="label" for=id>{label}</label>
            <input
                class="input"
                id=id
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                placeholder=placeholder
                required=required
                autofocus=autofocus
                minlength=minlength
                maxlength=maxlength
                aria-describedby=described
                aria-invalid=move || message.get().is_some().then_some("true")
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <FieldError id=error_id message />
        </div>
    }
}

/// Many lines of text.
#[component]
pub fn TextArea(
    name: &'static str,
    label: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(default = 4)] rows: u32,
    /// For code.
    #[prop(optional)]
    mono: bool,
    #[prop(optional, into)] value: String,
    #[prop(optional, into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    let value = sent_or(error, name, value);
    let message = Memo::new(move |_| error.with(|e| e.as_ref().and_then(|e| e.entries(name))));
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described = if hint.is_some() { format!("{hint_id} {error_id}") } else { error_id.clone() };
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <TextBox
                id=name
                name=name
                class=if mono { "textarea font-mono" } else { "textarea" }
                rows=rows
                spellcheck=!mono
                described_by=described
                invalid=Signal::derive(move || message.get().is_some())
                value=value
            />
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <FieldError id=error_id message />
        </div>
    }
}

/// A box that must be checked before a form does something irreversible or destructive. The server
/// refuses the form without it.
#[component]
pub fn Confirm(
    #[prop(into)] label: String,
    /// If a page has more than one.
    #[prop(default = "confirm".to_owned(), into)]
    id: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <label class="check">
                <input id=id type="checkbox" name="confirm" value="yes" required=true />
                " "
                {label}
            </label>
        </div>
    }
}

/// Appears when the server refused a form that must be confirmed: what it would break, and the box.
#[component]
pub fn ConfirmRefused(
    #[prop(into)] error: Signal<Option<UiError>>,
    label: &'static str,
    /// If a page has more than one.
    #[prop(default = "confirm")]
    id: &'static str,
) -> impl IntoView {
    move || {
        let consequence = error.with(|error| {
            error.as_ref().and_then(|error| error.field("confirm").map(str::to_owned))
        });
        consequence.map(|consequence| {
            view! {
                <p class="alert alert-danger mb-4" role="alert">{marked(&consequence)}</p>
                <Confirm id label />
            }
        })
    }
}

/// The place of a field's error, present before there is one, so that it can be referenced.
#[component]
pub fn FieldError(id: String, #[prop(into)] message: Signal<Option<String>>) -> impl IntoView {
    view! { <p class="field-error whitespace-pre-line empty:hidden" id=id>{move || message.get().map(|message| marked(&message))}</p> }
}

/// The errors of a form. Announced when they appear, and scrolled into view: without scripts by the
/// browser, which focuses the first element with `autofocus`.
#[component]
pub fn FormAlert(#[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    let place = focus_on_failure(error);
    view! {
        <div role="alert" class="form-alert" tabindex="-1" node_ref=place autofocus=move || error.with(Option::is_some)>
            {move || {
                error
                    .get()
                    .map(|error| {
                        view! {
                            <div class="alert alert-danger mb-4">
                                <p>{marked(&error.message)}</p>
                                <Faults faults=error.fields />
                                {(error.code == Code::NotSignedIn).then(|| view! { <LogInBeside /> })}
                                {error.request_id.map(|id| view! { <p class="hint">"Request id " <code>{id}</code></p> })}
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// For several errors, links to their fields.
#[component]
fn Faults(faults: Vec<FieldFault>) -> impl IntoView {
    (faults.len() > 1).then(|| {
        let links = faults.into_iter().map(|fault| {
            let field = fault.location.split(['[', '.']).next().unwrap_or_default().to_owned();
            view! { <li><a class="link" href=format!("#{field}") rel="external">{marked(&fault.message)}</a></li> }
        });
        view! { <ul class="mt-2 list-disc pl-5">{links.collect_view()}</ul> }
    })
}

/// For a form whose session has ended. In a new tab, so that the entered values stay.
#[component]
fn LogInBeside() -> impl IntoView {
    view! {
        <p class="mt-1">
            <a class="link" href=format!("/login?next={}", encode(&browser::here())) target="_blank" rel="external">"Log in in a new tab"</a>
            ", then send this form again. What you entered stays here."
        </p>
    }
}
