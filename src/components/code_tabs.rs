//! The same in several languages, one of which is seen. Works without script.

use leptos::prelude::*;

use super::code_block::CodeBlock;
use super::curl::mask;
use crate::types::docs::SampleView;

/// What stands in samples where the reader's key belongs.
const KEY: &str = "YOUR_SANDBOX_KEY";

/// `group` keeps apart what stands twice on a page.
#[component]
pub fn CodeTabs(group: &'static str, samples: Signal<Vec<SampleView>>, key: Signal<Option<String>>) -> impl IntoView {
    // Which languages there are does not change; only the code does.
    let languages = samples.get_untracked();
    let code = move |place: usize| samples.with(|samples| samples.get(place).map(|sample| sample.code.clone()).unwrap_or_default());
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
            let shown = Signal::derive(move || key.get().map_or_else(|| code(i), |key| code(i).replace(KEY, &mask(&key))));
            let copied = Signal::derive(move || key.get().map_or_else(|| code(i), |key| code(i).replace(KEY, &key)));
            view! { <div class="code-panel"><CodeBlock label=sample.label code=shown copies=copied /></div> }
        })
        .collect_view();
    view! { <div class="code-tabs" role="group" aria-label="Languages">{tabs} {panels}</div> }
}
