//! Form fields with their label, hint and error.

use leptos::prelude::*;

use crate::types::error::UiError;

/// One line of text. The browser checks what it can; the server's word on the field appears below it.
#[component]
pub fn TextField(
    name: &'static str,
    label: &'static str,
    /// Where a page has two fields of one name.
    #[prop(optional)]
    id: Option<&'static str>,
    #[prop(default = "text")] kind: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional)] hint: Option<&'static str>,
    #[prop(optional)] placeholder: Option<&'static str>,
    #[prop(optional, into)] value: String,
    #[prop(default = true)] required: bool,
    /// The first field of a page that is one form: there is nothing to do before it.
    #[prop(optional)]
    autofocus: bool,
    #[prop(optional)] minlength: Option<u32>,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional, into)] error: Signal<Option<UiError>>,
) -> impl IntoView {
    let id = id.unwrap_or(name);
    let message = Memo::new(move |_| error.with(|e| e.as_ref().and_then(|e| e.field(name).map(str::to_owned))));
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
    let message = Memo::new(move |_| error.with(|e| e.as_ref().and_then(|e| e.field(name).map(str::to_owned))));
    let (hint_id, error_id) = (format!("{name}-hint"), format!("{name}-error"));
    let described = if hint.is_some() { format!("{hint_id} {error_id}") } else { error_id.clone() };
    view! {
        <div class="field">
            <label class="label" for=name>{label}</label>
            <textarea
                class=if mono { "textarea font-mono" } else { "textarea" }
                id=name
                name=name
                rows=rows
                spellcheck=if mono { "false" } else { "true" }
                autocomplete="off"
                aria-describedby=described
                aria-invalid=move || message.get().is_some().then_some("true")
            >
                {value}
            </textarea>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
            <FieldError id=error_id message />
        </div>
    }
}

/// The place of a field's error, present before there is one, so that it can be pointed at.
#[component]
pub fn FieldError(id: String, #[prop(into)] message: Signal<Option<String>>) -> impl IntoView {
    view! { <p class="field-error empty:hidden" id=id>{move || message.get()}</p> }
}

/// What went wrong with a form as a whole. Announced when it appears.
#[component]
pub fn FormAlert(#[prop(into)] error: Signal<Option<UiError>>) -> impl IntoView {
    view! {
        <div role="alert">
            {move || {
                error
                    .get()
                    .map(|error| {
                        view! {
                            <div class="alert alert-danger mb-4">
                                <p>{error.message}</p>
                                {error.request_id.map(|id| view! { <p class="hint">"Request id " <code>{id}</code></p> })}
                            </div>
                        }
                    })
            }}
        </div>
    }
}
