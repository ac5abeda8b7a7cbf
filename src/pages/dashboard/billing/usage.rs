//! The billed usage of a month: by operation, by key of an operation, with links to the calls.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::billing::load_billed;
use crate::components::capped::Capped;
use crate::components::empty::Empty;
use crate::components::environment::env_href;
use crate::components::format::{count, encode};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::table::Table;
use crate::types::billing::{Billed, KeyUnits, OperationSpend};
use crate::types::bounds::{BILLED_KEYS, BILLED_OPERATIONS};
use crate::types::environment::Environment;
use crate::types::id::RequestId;
use crate::types::product::PLATFORM;
use crate::types::time::Timestamp;

const PATH: &str = "/dashboard/billing/usage";

/// The page of a product's month, or of one operation in it.
pub fn billed_href(product: &str, month: Timestamp, operation: Option<&str>) -> String {
    let month: String = month.to_string().chars().take(7).collect();
    let operation =
        operation.map_or_else(String::new, |operation| format!("&operation={}", encode(operation)));
    format!("{PATH}?product={}&month={month}{operation}", encode(product))
}

/// The calls of a key to an operation, starting with the month's last one.
fn calls_href(month: Timestamp, operation: &str, key: &str) -> String {
    // Ids sort by time: the first possible id of the next month.
    let end = RequestId::from(u128::from(month.next_month().0.unsigned_abs()) << 80);
    let path =
        format!("/dashboard/logs?operation={}&key={}&cursor={end}", encode(operation), encode(key));
    env_href(&path, Environment::Live)
}

#[component]
pub fn UsagePage() -> impl IntoView {
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        let get = |name: &str| query.with(|query| query.get(name)).unwrap_or_default();
        let product = Some(get("product"))
            .filter(|product| !product.is_empty())
            .unwrap_or_else(|| PLATFORM.to_owned());
        (product, get("month"), get("operation"))
    });
    let billed = Resource::new(
        move || wanted.get(),
        |(product, month, operation)| load_billed(product, month, operation),
    );
    view! {
        <PageHead title="What was used" lead="Billed units of one month by operation and key, with links to the calls." />
        {loaded(move || async move { billed.await }, move || billed.refetch(), |billed| view! { <Report billed /> })}
    }
}

#[component]
fn Report(billed: Billed) -> impl IntoView {
    let Billed { product, month, operation, operations, keys } = billed;
    let back = match &operation {
        Some(_) => (billed_href(&product, month, None), "All operations"),
        None => (format!("/dashboard/billing?product={}", encode(&product)), "Billing"),
    };
    let title = match &operation {
        Some(operation) => format!("{operation} in {}", month.month_name()),
        None => format!("{product} in {}", month.month_name()),
    };
    let table = match operation {
        Some(operation) => view! { <Keys keys month operation /> }.into_any(),
        None if operations.is_empty() => {
            view! { <Empty title="Nothing was billed" text="No live calls to this product were billed this month." /> }.into_any()
        }
        None => view! { <Operations operations product month /> }.into_any(),
    };
    view! {
        <div class="stack">
            <p><a class="link" href=back.0>{back.1}</a></p>
            <h2>{title}</h2>
            {table}
        </div>
    }
}

#[component]
fn Operations(operations: Vec<OperationSpend>, product: String, month: Timestamp) -> impl IntoView {
    let sum = |field: fn(&OperationSpend) -> u64| operations.iter().map(field).sum::<u64>();
    let (calls, units) = (sum(|spend| spend.calls), sum(|spend| spend.units));
    let row = |spend: OperationSpend| {
        let href = billed_href(&product, month, Some(&spend.operation));
        view! { <Row name=spend.operation href calls=spend.calls units=spend.units /> }
    };
    let shown = operations.len();
    let rows = operations.into_iter().map(row).collect_view();
    view! {
        <UsageTable label="Operations that were billed, the most used first" first="Operation" rows calls units />
        <Capped shown most=BILLED_OPERATIONS what="most used operations" />
    }
}

#[component]
fn Keys(keys: Vec<KeyUnits>, month: Timestamp, operation: String) -> impl IntoView {
    let sum = |field: fn(&KeyUnits) -> u64| keys.iter().map(field).sum::<u64>();
    let (calls, units) = (sum(|key| key.calls), sum(|key| key.units));
    let row = |key: KeyUnits| {
        let href = calls_href(month, &operation, key.key_id.as_str());
        view! { <Row name=key.name prefix=key.prefix href calls=key.calls units=key.units /> }
    };
    let shown = keys.len();
    let rows = keys.into_iter().map(row).collect_view();
    view! {
        <p class="text-muted">"Each key links to its calls, as far back as logs are kept."</p>
        <UsageTable label="Keys that were billed, the most used first" first="Key" rows calls units />
        <Capped shown most=BILLED_KEYS what="most used keys" />
    }
}

#[component]
fn Row(
    name: String,
    #[prop(optional)] prefix: String,
    href: String,
    calls: u64,
    units: u64,
) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">
                <a class="link" href=href>{name}</a>
                {(!prefix.is_empty()).then(|| view! { <code class="block font-normal text-muted">{prefix} "…"</code> })}
            </th>
            <td class="num" data-label="Billed calls">{count(calls)}</td>
            <td class="num" data-label="Billed units">{count(units)}</td>
        </tr>
    }
}

#[component]
fn UsageTable<V: IntoView + 'static>(
    label: &'static str,
    first: &'static str,
    rows: V,
    calls: u64,
    units: u64,
) -> impl IntoView {
    view! {
        <Table stacks=true label=label>
            <thead>
                <tr>
                    <th scope="col">{first}</th>
                    <th scope="col" class="num">"Billed calls"</th>
                    <th scope="col" class="num">"Billed units"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
            <tfoot>
                <tr>
                    <th scope="row">"Total"</th>
                    <td class="num" data-label="Billed calls">{count(calls)}</td>
                    <td class="num" data-label="Billed units">{count(units)}</td>
                </tr>
            </tfoot>
        </Table>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_leads_to_its_last_call_and_to_no_later_one() {
        let month: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        let href = calls_href(month, "listCustomers", "key_1");
        let cursor: RequestId =
            href.split("cursor=").nth(1).unwrap().split('&').next().unwrap().parse().unwrap();
        let call =
            |at: &str| u128::from(at.parse::<Timestamp>().unwrap().0.unsigned_abs()) << 80 | 7;
        assert!(
            call("2026-11-30T23:59:59.999Z") < cursor.value()
                && cursor.value() < call("2026-12-01T00:00:00Z")
        );
        assert!(
            billed_href("a b", month, Some("x"))
                .ends_with("?product=a%20b&month=2026-11&operation=x")
        );
    }
}
