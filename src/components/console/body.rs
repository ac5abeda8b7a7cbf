//! The body of a call: fields for a flat object, otherwise text.

use leptos::prelude::*;

use super::super::text_box::TextBox;
use super::request::{Extras, object, values_of};
use crate::types::docs::{DraftBody, DraftField, FieldKind};

#[component]
pub fn BodyField(body: DraftBody, extras: RwSignal<Extras>) -> impl IntoView {
    let DraftBody { content_types, fields, .. } = body;
    let has_form = !fields.is_empty();
    let is_form = RwSignal::new(has_form);
    let fields = StoredValue::new(fields);
    let text = move || extras.with(|extras| extras.body.clone());
    let types = (content_types.len() > 1).then(|| {
        let options = content_types.into_iter().map(|name| view! { <option value=name.clone()>{name.clone()}</option> }).collect_view();
        view! {
            <div class="field">
                <label class="label" for="content-type">"Content-Type"</label>
                <select
                    class="select"
                    id="content-type"
                    prop:value=move || extras.with(|extras| extras.content_type.clone())
                    on:change=move |ev| extras.update(|extras| extras.content_type = event_target_value(&ev))
                >
                    {options}
                </select>
            </div>
        }
    });
    let switch = has_form.then(|| {
        view! {
            <div class="row mb-2">
                <button type="button" class="btn btn-sm" aria-pressed=move || is_form.get().to_string() on:click=move |_| is_form.update(|is_form| *is_form = !*is_form)>
                    "Form"
                </button>
            </div>
        }
    });
    view! {
        <fieldset class="console-body">
            <legend class="label">"Body"</legend>
            {types}
            {switch}
            {move || {
                if is_form.get() {
                    view! { <Fields fields extras /> }.into_any()
                } else {
                    view! {
                        <div class="field">
                            <label class="visually-hidden" for="body-text">"Body as text"</label>
                            <TextBox
                                id="body-text"
                                class="textarea mono"
                                rows=9
                                value=untrack(text)
                                prop:value=text
                                on:input=move |ev| extras.update(|extras| extras.body = event_target_value(&ev))
                            />
                        </div>
                    }
                    .into_any()
                }
            }}
        </fieldset>
    }
}

#[component]
fn Fields(fields: StoredValue<Vec<DraftField>>, extras: RwSignal<Extras>) -> impl IntoView {
    let values = Memo::new(move |_| {
        fields.with_value(|fields| extras.with(|extras| values_of(fields, &extras.body)))
    });
    // Text that is not an object with these fields is kept when it is viewed as a form.
    let is_readable = values.with_untracked(Option::is_some);
    if !is_readable {
        return view! { <p class="alert alert-warn mb-2">"The text is not a JSON object, so it cannot be shown as a form."</p> }.into_any();
    }
    let set = move |place: usize, value: String| {
        let mut now = values.get_untracked().unwrap_or_default();
        if let Some(old) = now.get_mut(place) {
            *old = value;
        }
        extras.update(|extras| extras.body = fields.with_value(|fields| object(fields, &now)));
    };
    let views = fields.get_value().into_iter().enumerate().map(|(place, field)| {
        let id = format!("body-{place}");
        let value =
            Signal::derive(move || values.with(|values| values.as_ref().and_then(|values| values.get(place).cloned())).unwrap_or_default());
        let options = match field.kind {
            FieldKind::Bool => vec!["true".to_owned(), "false".to_owned()],
            _ => field.options.clone(),
        };
        let input = if options.is_empty() {
            view! {
                <input
                    class="input mono"
                    id=id.clone()
                    type="text"
                    inputmode=(field.kind == FieldKind::Number).then_some("decimal")
                    autocomplete="off"
                    spellcheck="false"
                    value=value.get_untracked()
                    prop:value=move || value.get()
                    on:change=move |ev| set(place, event_target_value(&ev))
                />
            }
            .into_any()
        } else {
            let options = options.into_iter().map(|option| {
                let text = option.clone();
                view! { <option value=option.clone() selected=move || value.with(|value| *value == option)>{text}</option> }
            });
            view! {
                <select class="select" id=id.clone() on:change=move |ev| set(place, event_target_value(&ev))>
                    <option value="">"(left out)"</option>
                    {options.collect_view()}
                </select>
            }
            .into_any()
        };
        view! {
            <div class="field">
                <label class="label" for=id><code>{field.name}</code> {field.is_required.then_some(" (required)")}</label>
                {input}
                <p class="hint empty:hidden">{field.about}</p>
            </div>
        }
    });
    views.collect_view().into_any()
}
