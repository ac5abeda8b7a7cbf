//! What each key's calls cost this month.

use leptos::prelude::*;

use crate::components::format::count;
use crate::types::money::Currency;
use crate::types::plan::KeySpend;

/// Nothing at all where no key was billed yet.
#[component]
pub fn KeysOfMonth(keys: Vec<KeySpend>, currency: Currency) -> impl IntoView {
    let is_empty = keys.is_empty();
    let row = move |key: KeySpend| {
        view! {
            <tr>
                <th scope="row">{key.name} <br /> <code>{key.prefix}"…"</code></th>
                <td class="num">{count(key.units)}</td>
                <td class="num">{currency.amount(key.amount)}</td>
            </tr>
        }
    };
    (!is_empty).then(|| {
        view! {
            <section class="stack" aria-labelledby="keys">
                <h2 id="keys">"By key"</h2>
                <div class="table-wrap" tabindex="0" role="group" aria-label="What each key used">
                    <table class="table">
                        <caption class="visually-hidden">"Keys that were billed this month, the dearest first"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Key"</th>
                                <th scope="col" class="num">"Billed units"</th>
                                <th scope="col" class="num">"Overage"</th>
                            </tr>
                        </thead>
                        <tbody>{keys.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            </section>
        }
    })
}
