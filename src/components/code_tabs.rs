//! The same code in several languages, one of which is visible. Works without scripts.

use leptos::prelude::*;

use super::code_block::CodeBlock;
use super::curl::mask;
use crate::types::docs::SampleView;
use crate::types::environment::Environment;

/// The placeholder for the reader's key in samples, and what is shown for it without a key in the
/// live environment.
const KEY: &str = "YOUR_SANDBOX_KEY";
const LIVE_KEY: &str = "YOUR_LIVE_KEY";

#[component]
pub fn CodeTabs(
    /// Distinguishes several instances on a page.
    group: &'static str,
    samples: Signal<Vec<SampleView>>,
    key: Signal<Option<String>>,
    /// The environment of the call.
    #[prop(default = Environment::Sandbox)]
    env: Environment,
) -> impl IntoView {
    let placeholder = match env {
        Environment::Sandbox => KEY,
        Environment::Live => LIVE_KEY,
    };
    // The set of languages does not change; only the code does.
    let languages = samples.get_untracked();
    let code = move |place: usize| {
        samples.with(|samples| {
            samples.get(place).map(|sample| sample.code.clone()).unwrap_or_default()
        })
    };
    let tabs = languages
        .iter()
        .enumerate()
        .map(|(i, sample)| {
            let id = format!("{group}-{}", sample.language);
            view! {
                <input type="radio" name=format!("{group}-language") id=id.clone() checked=i == 0 />
                <label for=id>{sample.label.clone()}</label>
            }
        })
        .collect_view();
    let panels = languages
        .into_iter()
        .enumerate()
        .map(|(i, sample)| {
            let with = move |text: &str| code(i).replace(KEY, text);
            let shown = Signal::derive(move || key.get().map_or_else(|| with(placeholder), |key| with(&mask(&key))));
            let copied = Signal::derive(move || key.get().map_or_else(|| with(placeholder), |key| with(&key)));
            view! { <div class="code-panel"><CodeBlock label=sample.label code=shown copies=copied /></div> }
        })
        .collect_view();
    view! { <div class="code-tabs" role="group" aria-label="Languages">{tabs} {panels}</div> }
}
