//! The call as programs.

use leptos::prelude::*;

use crate::components::code_tabs::CodeTabs;
use crate::components::curl::mask;
use crate::components::held_key::use_held_key;
use crate::components::session::use_session;
use crate::types::docs::SampleView;

/// With the reader's key where one was made during this visit; it is seen in part and copied whole.
#[component]
pub fn Samples(samples: Vec<SampleView>) -> impl IntoView {
    let (session, held) = (use_session(), use_held_key());
    let key = Signal::derive(move || held.get(session.org_id_now().as_ref()));
    view! {
        <section aria-labelledby="samples">
            <h2 id="samples" class="mb-2">"Samples"</h2>
            <CodeTabs group="sample" samples=Signal::stored(samples) key />
            <p class="hint mt-2">
                {move || match key.get() {
                    Some(key) => format!("With your sandbox key {}: copying puts in the whole of it.", mask(&key)),
                    None => "Put your sandbox key in the place of YOUR_SANDBOX_KEY.".to_owned(),
                }}
            </p>
        </section>
    }
}
