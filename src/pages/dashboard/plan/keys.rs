//! The cost of each key's calls this month.

use leptos::prelude::*;

use crate::components::capped::Capped;
use crate::components::format::count;
use crate::components::table::Table;
use crate::pages::dashboard::keys::key_href;
use crate::types::bounds::KEYS_OF_MONTH;
use crate::types::environment::Environment;
use crate::types::money::Currency;
use crate::types::plan::KeySpend;

/// Empty if no key was billed yet.
#[component]
pub fn KeysOfMonth(keys: Vec<KeySpend>, currency: Currency) -> impl IntoView {
    let (is_empty, shown) = (keys.is_empty(), keys.len());
    let row = move |key: KeySpend| {
        // Only live calls are billed.
        let href = key_href(&key.key_id, Environment::Live);
        view! {
            <tr>
                <th scope="row"><a class="link" href=href>{key.name}</a> <code class="block font-normal text-muted">{key.prefix}"…"</code></th>
                <td class="num" data-label="Billed units">{count(key.units)}</td>
                <td class="num" data-label="Overage">{currency.amount(key.amount)}</td>
            </tr>
        }
    };
    (!is_empty).then(|| {
        view! {
            <section class="stack" aria-labelledby="keys">
                <h2 id="keys">"By key, over all products"</h2>
                <Table stacks=true label="Usage by key" caption="Keys that were billed this month, highest amount first">
                    <thead>
                        <tr>
                            <th scope="col">"Key"</th>
                            <th scope="col" class="num">"Billed units"</th>
                            <th scope="col" class="num">"Overage"</th>
                        </tr>
                    </thead>
                    <tbody>{keys.into_iter().map(row).collect_view()}</tbody>
                </Table>
                <Capped shown most=KEYS_OF_MONTH what="keys with the highest cost" others="The operation getUsage of the API lists more." />
            </section>
        }
    })
}
