//! The portal's revenue: by product, by partner, and failed payments.

pub mod drift;
pub mod simulate;

use std::collections::BTreeMap;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::actions::revenue::load_revenue;
use crate::components::empty::Empty;
use crate::components::format::{count, plural};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::stat::Stat;
use crate::components::table::Table;
use crate::components::time::Time;
use crate::types::billing::{FailedPayment, Revenue, RevenueRow, RevenueSum};
use crate::types::money::Currency;
use crate::types::time::Timestamp;

const PATH: &str = "/admin/billing";

/// Links between the pages about money.
#[component]
pub fn Pages(current: &'static str) -> impl IntoView {
    let link = |(path, text): (&'static str, &'static str)| {
        view! { <a href=path aria-current=(path == current).then_some("page")>{text}</a> }
    };
    let pages =
        [(PATH, "Revenue"), (simulate::PATH, "Try a price"), (drift::PATH, "Compare with Stripe")];
    view! {
        <nav aria-label="Money" class="tabs">{pages.map(link).collect_view()}</nav>
    }
}

#[component]
pub fn RevenuePage() -> impl IntoView {
    let query = use_query_map();
    let month = Memo::new(move |_| query.with(|query| query.get("month")).unwrap_or_default());
    let cursor = Memo::new(move |_| query.with(|query| query.get("cursor")).unwrap_or_default());
    let revenue = Resource::new(
        move || (month.get(), cursor.get()),
        |(month, cursor)| load_revenue(month, cursor),
    );
    view! {
        <PageHead title="Revenue" lead="Revenue of one month from plans and usage, before tax, calculated from the portal's own ledger." />
        <Pages current=PATH />
        {loaded(move || async move { revenue.await }, move || revenue.refetch(), move |revenue| view! { <Report revenue /> })}
    }
}

/// Totals of one currency over all products; amounts in different currencies are never added.
fn totals(sums: &[RevenueSum]) -> Vec<RevenueSum> {
    let mut totals = BTreeMap::<Currency, RevenueSum>::new();
    for sum in sums {
        let total = totals
            .entry(sum.currency)
            .or_insert_with(|| RevenueSum::none(sum.currency, String::new()));
        total.partners += sum.partners;
        total.paying += sum.paying;
        total.units += sum.units;
        total.monthly_price += sum.monthly_price;
        total.overage += sum.overage;
    }
    totals.into_values().collect()
}

#[component]
fn Report(revenue: Revenue) -> impl IntoView {
    let Revenue { month, sums, summed_at, rows, next_cursor, failed, has_more_failed } = revenue;
    let totals = totals(&sums)
        .into_iter()
        .map(|sum| {
            let currency = sum.currency;
            view! {
                <dl class="stats">
                    <Stat label="Monthly prices (MRR)" value=currency.amount(sum.monthly_price) note=plural(sum.paying, "paid subscription", "paid subscriptions") />
                    <Stat label="Overage" value=currency.amount(sum.overage) note=plural(sum.units, "billed unit", "billed units") />
                    <Stat label="Total" value=currency.amount(sum.monthly_price + sum.overage) note=month.month_name() />
                </dl>
            }
        })
        .collect_view();
    let is_partial = summed_at.is_none().then(|| {
        view! {
            <p class="alert alert-warn">
                "These are the totals of the first 1,000 partners. The totals of all partners are being calculated: reload the page in a minute."
            </p>
        }
    });
    let is_empty = sums.is_empty();
    view! {
        <div class="stack gap-4">
            <Months month />
            {is_empty.then(|| view! { <Empty title="No revenue" text="No organisation had a paid plan or billed usage in this month." /> })}
            {is_partial}
            {totals}
            {(!is_empty).then(|| view! { <Products sums /> <Partners rows month next_cursor /> })}
            <Failed failed has_more=has_more_failed />
        </div>
    }
}

/// `2026-11`, as in the URL.
fn in_url(month: Timestamp) -> String {
    month.to_string().chars().take(7).collect()
}

#[component]
fn Months(month: Timestamp) -> impl IntoView {
    let link = |month: Timestamp| format!("{PATH}?month={}", in_url(month));
    let (before, after) = (month.plus(-1).month(), month.next_month());
    view! {
        <nav class="row" aria-label="Months">
            <a class="btn btn-sm" href=link(before)>{before.month_name()}</a>
            <strong>{month.month_name()}</strong>
            <a class="btn btn-sm" href=link(after)>{after.month_name()}</a>
        </nav>
    }
}

#[component]
fn Products(sums: Vec<RevenueSum>) -> impl IntoView {
    let row = |sum: RevenueSum| {
        let currency = sum.currency;
        view! {
            <tr>
                <th scope="row">{sum.product}</th>
                <td class="num" data-label="Partners">{count(sum.partners)}</td>
                <td class="num" data-label="Billed units">{count(sum.units)}</td>
                <td class="num" data-label="Monthly prices">{currency.amount(sum.monthly_price)}</td>
                <td class="num" data-label="Overage">{currency.amount(sum.overage)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="products">
            <h2 id="products">"By product"</h2>
            <Table stacks=true label="Revenue by product">
                <thead>
                    <tr>
                        <th scope="col">"Product"</th>
                        <th scope="col" class="num">"Partners"</th>
                        <th scope="col" class="num">"Billed units"</th>
                        <th scope="col" class="num">"Monthly prices"</th>
                        <th scope="col" class="num">"Overage"</th>
                    </tr>
                </thead>
                <tbody>{sums.into_iter().map(row).collect_view()}</tbody>
            </Table>
        </section>
    }
}

#[component]
fn Partners(rows: Vec<RevenueRow>, month: Timestamp, next_cursor: Option<String>) -> impl IntoView {
    let more = next_cursor.map(|cursor| {
        let href = format!("{PATH}?month={}&cursor={cursor}#partners", in_url(month));
        view! { <p class="row">"The table shows 100 partners at a time." <a class="btn btn-sm" href=href>"Show the next 100"</a></p> }
    });
    let row = |row: RevenueRow| {
        view! {
            <tr>
                <th scope="row">{row.org_name} <code class="block font-normal text-muted">{row.org_id}</code></th>
                <td data-label="Product">{row.product}</td>
                <td data-label="Plan">{row.plan}</td>
                <td class="num" data-label="Billed units">{count(row.units)}</td>
                <td class="num" data-label="Monthly price">{row.currency.amount(row.monthly_price)}</td>
                <td class="num" data-label="Overage">{row.currency.amount(row.overage)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="partners">
            <h2 id="partners">"By partner"</h2>
            <Table stacks=true label="Revenue by partner">
                <thead>
                    <tr>
                        <th scope="col">"Partner"</th>
                        <th scope="col">"Product"</th>
                        <th scope="col">"Plan"</th>
                        <th scope="col" class="num">"Billed units"</th>
                        <th scope="col" class="num">"Monthly price"</th>
                        <th scope="col" class="num">"Overage"</th>
                    </tr>
                </thead>
                <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
            </Table>
            {more}
        </section>
    }
}

/// Of any month: an operator should look at them.
#[component]
fn Failed(failed: Vec<FailedPayment>, has_more: bool) -> impl IntoView {
    let is_empty = failed.is_empty();
    let row = |payment: FailedPayment| {
        view! {
            <tr>
                <th scope="row">{payment.org_name}</th>
                <td data-label="Invoice">{payment.number}</td>
                <td data-label="Created"><Time at=payment.at /></td>
                <td class="num" data-label="Amount">{payment.currency.signed(payment.total)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="failed">
            <h2 id="failed">"Failed payments"</h2>
            {if is_empty {
                view! { <p class="text-muted">"No failed payments."</p> }.into_any()
            } else {
                view! {
                    <Table stacks=true label="Failed payments">
                        <thead>
                            <tr>
                                <th scope="col">"Partner"</th>
                                <th scope="col">"Invoice"</th>
                                <th scope="col">"Created"</th>
                                <th scope="col" class="num">"Amount"</th>
                            </tr>
                        </thead>
                        <tbody>{failed.into_iter().map(row).collect_view()}</tbody>
                    </Table>
                }
                    .into_any()
            }}
            {has_more.then(|| view! { <p class="text-muted">"The table shows the 100 newest failed payments; there are older ones."</p> })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_different_currencies_are_never_added() {
        let sum = |product: &str, currency: &str, monthly_price, overage| RevenueSum {
            monthly_price,
            overage,
            ..RevenueSum::none(currency.parse().unwrap(), product.into())
        };
        let totals = totals(&[
            sum("shop", "usd", 2_900, 5),
            sum("shop", "eur", 100, 0),
            sum("maps", "usd", 100, 7),
        ]);
        let all: Vec<_> = totals
            .iter()
            .map(|sum| (sum.currency.as_str(), sum.monthly_price, sum.overage))
            .collect();
        assert_eq!(all, [("eur", 100, 0), ("usd", 3_000, 12)]);
    }
}
