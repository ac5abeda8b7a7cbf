//! What a key may do with products.

use leptos::prelude::*;

use crate::actions::docs::list_scopes;
use crate::components::loaded::loaded;
use crate::types::docs::ProductScopes;

/// Check boxes for each product: all of it, reading, writing, or single operations. `chosen` is what was chosen before.
#[component]
pub fn ProductScopeChoice(chosen: StoredValue<String>) -> impl IntoView {
    let products = Resource::new(|| (), |()| list_scopes());
    loaded(
        move || async move { products.await },
        move || products.refetch(),
        move |products: Vec<ProductScopes>| products.into_iter().map(|product| view! { <Product product chosen /> }).collect_view(),
    )
}

#[component]
fn Product(product: ProductScopes, chosen: StoredValue<String>) -> impl IntoView {
    let ProductScopes { id, name, operations } = product;
    let is_chosen = move |scope: &str| chosen.with_value(|chosen| chosen.split(',').any(|known| known == scope));
    let check = move |scope: String, about: String| {
        let checked = is_chosen(&scope);
        view! {
            <label class="check">
                <input type="checkbox" name="scopes[]" value=scope.clone() checked=checked />
                <span class="grid min-w-0 sm:grid-cols-[10rem_1fr]"><code class="py-0.5 break-all">{scope.clone()}</code> " " <span class="hint">{about}</span></span>
            </label>
        }
    };
    let is_open = operations.iter().any(|(operation, _)| is_chosen(&format!("{id}:{operation}")));
    let whole = [("*", "Everything"), ("read", "What only reads"), ("write", "What changes something")]
        .map(|(action, about)| check(format!("{id}:{action}"), format!("{about} of {name}")));
    let single = operations.into_iter().map(|(operation, title)| check(format!("{id}:{operation}"), title)).collect_view();
    view! {
        <div class="grid gap-1.5 border-t border-line px-3 py-2.5" role="group" aria-label=name.clone()>
            {whole.collect_view()}
            <details open=is_open>
                <summary class="link">{format!("Single operations of {name}")}</summary>
                <div class="mt-1.5 grid gap-1.5">{single}</div>
            </details>
        </div>
    }
}
