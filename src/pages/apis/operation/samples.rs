//! The call as programs.

use leptos::prelude::*;

use crate::components::code_tabs::CodeTabs;
use crate::components::curl::mask;
use crate::types::docs::SampleView;

/// With the reader's key where the page has one; it is seen in part and copied whole.
#[component]
pub fn Samples(samples: RwSignal<Vec<SampleView>>, key: RwSignal<String>) -> impl IntoView {
    let key = Signal::derive(move || Some(key.get().trim().to_owned()).filter(|key| !key.is_empty()));
    view! {
        <section aria-labelledby="samples">
            <h2 id="samples" class="mb-2">"Samples"</h2>
            <CodeTabs group="sample" samples=samples.into() key />
            <p class="hint mt-2">
                {move || match key.get() {
                    Some(key) => format!("With your key {}: copying puts in the whole of it.", mask(&key)),
                    None => "Put your sandbox key in the place of YOUR_SANDBOX_KEY.".to_owned(),
                }}
            </p>
        </section>
    }
}
