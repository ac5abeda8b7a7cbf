//! The console of the operation on its page.

use leptos::prelude::*;

use crate::components::console::{Console, KeyField};
use crate::components::no_script::NoScript;
use crate::types::docs::{Draft, SampleView};
use crate::types::environment::Environment;

/// In the sandbox only: a public page is no place for live keys.
#[component]
pub fn TryIt(
    draft: Draft,
    scopes: Vec<String>,
    key: RwSignal<String>,
    samples: RwSignal<Vec<SampleView>>,
) -> impl IntoView {
    view! {
        <section aria-labelledby="try" class="mt-8">
            <div class="section-head">
                <h2 id="try" class="scroll-mt-4">"Try it " <span class="badge badge-sandbox">"sandbox"</span></h2>
            </div>
            <NoScript html="<p class='alert mb-4'>Sending needs JavaScript. The samples above do the same.</p>" />
            <Console draft env=Environment::Sandbox key samples>
                <KeyField key env=Environment::Sandbox scopes />
            </Console>
        </section>
    }
}
