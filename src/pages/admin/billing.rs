//! What the portal earns: by product, by partner, and what was not paid.

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
use crate::components::time::Time;
use crate::types::billing::{FailedPayment, Revenue, RevenueRow};
use crate::types::money::Currency;
use crate::types::time::Timestamp;

const PATH: &str = "/admin/billing";

/// Links between the pages on money.
#[component]
pub fn Pages(current: &'static str) -> impl IntoView {
    let link = |(path, text): (&'static str, &'static str)| {
        view! { <a href=path aria-current=(path == current).then_some("page")>{text}</a> }
    };
    let pages = [(PATH, "Revenue"), (simulate::PATH, "Try a price"), (drift::PATH, "Compare with Stripe")];
    view! {
        <nav aria-label="Money" class="tabs">{pages.map(link).collect_view()}</nav>
    }
}

#[component]
pub fn RevenuePage() -> impl IntoView {
    let query = use_query_map();
    let month = Memo::new(move |_| query.with(|query| query.get("month")).unwrap_or_default());
    let revenue = Resource::new(move || month.get(), load_revenue);
    view! {
        <PageHead title="Revenue" lead="What a month's plans and usage come to, before tax, by our own ledger." />
        <Pages current=PATH />
        {loaded(move || async move { revenue.await }, move || revenue.refetch(), move |revenue| view! { <Report revenue /> })}
    }
}

/// Sums of one currency; amounts of different ones are never added.
#[derive(Clone, Copy, Default)]
struct Sum {
    monthly: u64,
    overage: u64,
    units: u64,
    partners: u64,
    /// Of the partners, those with a monthly price.
    paying: u64,
}

impl Sum {
    fn add(&mut self, row: &RevenueRow) {
        self.monthly += row.monthly_price;
        self.overage += row.overage;
        self.units += row.units;
        self.partners += 1;
        self.paying += u64::from(row.monthly_price > 0);
    }
}

/// By currency, and by product within it.
fn sums(rows: &[RevenueRow]) -> BTreeMap<Currency, (Sum, BTreeMap<String, Sum>)> {
    let mut sums = BTreeMap::<Currency, (Sum, BTreeMap<String, Sum>)>::new();
    for row in rows {
        let (all, products) = sums.entry(row.currency).or_default();
        all.add(row);
        products.entry(row.product.clone()).or_default().add(row);
    }
    sums
}

#[component]
fn Report(revenue: Revenue) -> impl IntoView {
    let Revenue { month, rows, failed } = revenue;
    let sums: Vec<_> = sums(&rows).into_iter().collect();
    let totals = sums
        .iter()
        .map(|(currency, (sum, _))| {
            view! {
                <dl class="stats">
                    <Stat label="Monthly prices (MRR)" value=currency.amount(sum.monthly) note=plural(sum.paying, "paid subscription", "paid subscriptions") />
                    <Stat label="Overage" value=currency.amount(sum.overage) note=plural(sum.units, "billed unit", "billed units") />
                    <Stat label="Together" value=currency.amount(sum.monthly + sum.overage) note=month.month_name() />
                </dl>
            }
        })
        .collect_view();
    let is_empty = rows.is_empty();
    let by_product = sums
        .into_iter()
        .flat_map(|(currency, (_, products))| products.into_iter().map(move |(product, sum)| (product, currency, sum)))
        .collect::<Vec<_>>();
    view! {
        <div class="stack gap-4">
            <Months month />
            {is_empty.then(|| view! { <Empty title="Nothing to earn from" text="No organisation had a paid plan or billed usage in this month." /> })}
            {totals}
            {(!is_empty).then(|| view! { <Products rows=by_product /> <Partners rows /> })}
            <Failed failed />
        </div>
    }
}

/// `2026-11`, as the URL has it.
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
fn Products(rows: Vec<(String, Currency, Sum)>) -> impl IntoView {
    let row = |(product, currency, sum): (String, Currency, Sum)| {
        view! {
            <tr>
                <th scope="row">{product}</th>
                <td class="num">{count(sum.partners)}</td>
                <td class="num">{count(sum.units)}</td>
                <td class="num">{currency.amount(sum.monthly)}</td>
                <td class="num">{currency.amount(sum.overage)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="products">
            <h2 id="products">"By product"</h2>
            <div class="table-wrap" tabindex="0" role="group" aria-label="Revenue by product">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Product"</th>
                            <th scope="col" class="num">"Partners"</th>
                            <th scope="col" class="num">"Billed units"</th>
                            <th scope="col" class="num">"Monthly prices"</th>
                            <th scope="col" class="num">"Overage"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                </table>
            </div>
        </section>
    }
}

#[component]
fn Partners(rows: Vec<RevenueRow>) -> impl IntoView {
    let row = |row: RevenueRow| {
        view! {
            <tr>
                <th scope="row">{row.org_name} <code class="block font-normal text-muted">{row.org_id}</code></th>
                <td>{row.product}</td>
                <td>{row.plan}</td>
                <td class="num">{count(row.units)}</td>
                <td class="num">{row.currency.amount(row.monthly_price)}</td>
                <td class="num">{row.currency.amount(row.overage)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="partners">
            <h2 id="partners">"By partner"</h2>
            <div class="table-wrap" tabindex="0" role="group" aria-label="Revenue by partner">
                <table class="table">
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
                </table>
            </div>
        </section>
    }
}

/// Of whichever month: somebody should look after them.
#[component]
fn Failed(failed: Vec<FailedPayment>) -> impl IntoView {
    let is_empty = failed.is_empty();
    let row = |payment: FailedPayment| {
        view! {
            <tr>
                <th scope="row">{payment.org_name}</th>
                <td>{payment.number}</td>
                <td><Time at=payment.at /></td>
                <td class="num">{payment.currency.signed(payment.total)}</td>
            </tr>
        }
    };
    view! {
        <section class="stack" aria-labelledby="failed">
            <h2 id="failed">"Failed payments"</h2>
            {if is_empty {
                view! { <p class="text-muted">"None is waiting to be made up for."</p> }.into_any()
            } else {
                view! {
                    <div class="table-wrap" tabindex="0" role="group" aria-label="Failed payments">
                        <table class="table">
                            <thead>
                                <tr>
                                    <th scope="col">"Partner"</th>
                                    <th scope="col">"Invoice"</th>
                                    <th scope="col">"Made"</th>
                                    <th scope="col" class="num">"Amount"</th>
                                </tr>
                            </thead>
                            <tbody>{failed.into_iter().map(row).collect_view()}</tbody>
                        </table>
                    </div>
                }
                    .into_any()
            }}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_different_currencies_are_never_added() {
        let row = |currency: &str, monthly_price, overage| RevenueRow {
            org_id: String::new(),
            org_name: String::new(),
            product: "shop".into(),
            plan: String::new(),
            currency: currency.parse().unwrap(),
            monthly_price,
            units: 1,
            overage,
        };
        let sums = sums(&[row("usd", 2_900, 5), row("eur", 100, 0), row("usd", 100, 7)]);
        let all: Vec<_> =
            sums.iter().map(|(currency, (sum, products))| (currency.as_str(), sum.monthly, sum.overage, products.len())).collect();
        assert_eq!(all, [("eur", 100, 0, 1), ("usd", 3_000, 12, 1)]);
    }
}
