//! The scopes of products for a key.

use leptos::prelude::*;

use crate::actions::docs::list_scopes;
use crate::components::form_state::use_scripted;
use crate::components::format::plural;
use crate::components::loaded::loaded;
use crate::types::docs::ProductScopes;

/// Check boxes for each product: all scopes, reading, writing, or single operations. `chosen` has
/// the previous choice.
#[component]
pub fn ProductScopeChoice(chosen: StoredValue<String>) -> impl IntoView {
    let products = Resource::new(|| (), |()| list_scopes());
    loaded(
        move || async move { products.await },
        move || products.refetch(),
        move |products: Vec<ProductScopes>| view! { <Products products chosen /> },
    )
}

/// Up to this many products are shown unfolded and without a search field.
const FEW: usize = 3;

/// One foldable group per product, in a scrolling frame, so that the form stays short for any
/// number of products.
#[component]
fn Products(mut products: Vec<ProductScopes>, chosen: StoredValue<String>) -> impl IntoView {
    if products.is_empty() {
        return ().into_any();
    }
    let are_few = products.len() <= FEW;
    // Chosen scopes must be visible without scrolling.
    products.sort_by_key(|product| {
        !chosen.with_value(|chosen| chosen.split(',').any(|scope| is_of(scope, &product.id)))
    });
    let scripted = use_scripted();
    let wanted = RwSignal::new(String::new());
    let find = (!are_few).then(|| {
        view! {
            <div class="border-t border-line px-3 py-2.5">
                <label class="label" for="find-product">{format!("Products ({})", products.len())}</label>
                <input
                    class="input"
                    id="find-product"
                    type="search"
                    placeholder="Find a product or operation"
                    autocomplete="off"
                    disabled=move || !scripted.get()
                    on:input=move |event| wanted.set(event_target_value(&event).trim().to_lowercase())
                    // Enter would send the form.
                    on:keydown=move |event| if event.key() == "Enter" { event.prevent_default() }
                />
            </div>
        }
    });
    let class = if are_few { "" } else { "max-h-64 overflow-y-auto" };
    let groups = products
        .into_iter()
        .map(|product| view! { <Product product chosen is_open=are_few wanted /> })
        .collect_view();
    view! {
        {find}
        <div class=class tabindex=(!are_few).then_some("0") role="group" aria-label="Scopes of products">{groups}</div>
    }
    .into_any()
}

/// Whether a scope is one of a product's.
fn is_of(scope: &str, product: &str) -> bool {
    scope.strip_prefix(product).is_some_and(|rest| rest.starts_with(':'))
}

#[component]
fn Product(
    product: ProductScopes,
    chosen: StoredValue<String>,
    is_open: bool,
    wanted: RwSignal<String>,
) -> impl IntoView {
    let ProductScopes { id, name, operations, unlisted } = product;
    // The search text: its name and id, and its operations.
    let words = operations.iter().fold(format!("{name} {id}"), |words, (operation, title)| {
        format!("{words} {operation} {title}")
    });
    let words = words.to_lowercase();
    let is_hidden = Memo::new(move |_| wanted.with(|wanted| !words.contains(wanted.as_str())));
    let taken = chosen
        .with_value(|chosen| chosen.split(',').filter(|scope| is_of(scope, &id)).count() as u64);
    let is_taken = taken > 0;
    let is_unfolded = is_open || is_taken;
    let is_chosen = move |scope: &str| {
        chosen.with_value(|chosen| chosen.split(',').any(|known| known == scope))
    };
    let check = move |scope: String, about: String| {
        let checked = is_chosen(&scope);
        view! {
            <label class="check">
                <input type="checkbox" name="scopes[]" value=scope.clone() checked=checked />
                <span class="grid min-w-0 sm:grid-cols-[10rem_1fr]"><code class="py-0.5 break-all">{scope.clone()}</code> " " <span class="hint">{about}</span></span>
            </label>
        }
    };
    let is_single = operations.iter().any(|(operation, _)| is_chosen(&format!("{id}:{operation}")));
    let whole = [
        ("*", format!("All operations of {name}")),
        ("read", format!("Operations of {name} that only read data")),
        ("write", format!("Operations of {name} that change data")),
    ]
    .map(|(action, about)| check(format!("{id}:{action}"), about));
    let has_single = !operations.is_empty();
    let more = (unlisted > 0).then(|| {
        let text = format!(
            "{} not listed here. Create the key through the API to grant one of them alone.",
            plural(unlisted, "operation is", "operations are")
        );
        view! { <p class="hint mt-1.5">{text}</p> }
    });
    let single = operations
        .into_iter()
        .map(|(operation, title)| check(format!("{id}:{operation}"), title))
        .collect_view();
    view! {
        <details class="border-t border-line px-3 py-2" open=is_unfolded hidden=move || is_hidden.get()>
            <summary>
                <span class="font-medium">{name.clone()}</span> " " <code class="text-muted">{id}</code>
                {is_taken.then(|| view! { " " <span class="badge badge-accent">{plural(taken, "scope", "scopes")}</span> })}
            </summary>
            <div class="mt-1.5 grid gap-1.5" role="group" aria-label=name.clone()>
                {whole.into_iter().collect_view()}
                {has_single.then(|| view! {
                    <details open=is_single>
                        <summary class="link">{format!("Single operations of {name}")}</summary>
                        <div class="mt-1.5 grid gap-1.5">{single}</div>
                        {more}
                    </details>
                })}
            </div>
        </details>
    }
}
