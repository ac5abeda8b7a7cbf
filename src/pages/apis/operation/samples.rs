//! The call as code samples.

use leptos::prelude::*;

use crate::components::code_block::CodeBlock;
use crate::components::code_tabs::CodeTabs;
use crate::components::curl::mask;
use crate::types::docs::SampleView;

/// With the reader's key if the page has one; it is masked on the page and copied completely.
#[component]
pub fn Samples(samples: RwSignal<Vec<SampleView>>, key: RwSignal<String>) -> impl IntoView {
    let key =
        Signal::derive(move || Some(key.get().trim().to_owned()).filter(|key| !key.is_empty()));
    view! {
        <section aria-labelledby="samples">
            <h2 id="samples" class="mb-2">"Samples"</h2>
            <CodeTabs group="sample" samples=samples.into() key />
            <p class="hint mt-2">
                {move || match key.get() {
                    Some(key) => format!("With your key {}: copying inserts the complete key.", mask(&key)),
                    None => "Replace YOUR_SANDBOX_KEY with your sandbox key.".to_owned(),
                }}
            </p>
        </section>
    }
}

/// Samples that the author of the document wrote, for the API behind the gateway.
#[component]
pub fn DocumentSamples(samples: Vec<SampleView>) -> impl IntoView {
    if samples.is_empty() {
        return ().into_any();
    }
    let blocks = samples
        .into_iter()
        .map(|sample| view! { <CodeBlock label=sample.label code=Signal::stored(sample.code) /> })
        .collect_view();
    view! {
        <section aria-labelledby="document-samples" class="stack mt-4">
            <h2 id="document-samples">"Samples of the document"</h2>
            {blocks}
        </section>
    }
    .into_any()
}
