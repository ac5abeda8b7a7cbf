//! Invoices, line by line.

use leptos::prelude::*;

use super::usage::billed_href;
use crate::components::capped::Capped;
use crate::components::format::count;
use crate::components::icon::{Drawing, Icon};
use crate::components::table::Table;
use crate::types::billing::{Invoice, InvoiceLine, InvoiceState};
use crate::types::bounds::INVOICES;
use crate::types::money::Currency;

/// Newest first.
#[component]
pub fn Invoices(invoices: Vec<Invoice>, product: String) -> impl IntoView {
    let (is_empty, shown) = (invoices.is_empty(), invoices.len());
    view! {
        <section class="stack" aria-labelledby="invoices">
            <h2 id="invoices">"Invoices"</h2>
            {is_empty.then(|| view! { <p class="text-muted">"No invoices yet. The first one is created at the end of the month or with your first payment."</p> })}
            {invoices.into_iter().map(|invoice| view! { <Entry invoice product=product.clone() /> }).collect_view()}
            <Capped shown most=INVOICES what="newest invoices" others="Contact us for older invoices." />
        </section>
    }
}

#[component]
fn Entry(invoice: Invoice, product: String) -> impl IntoView {
    let (state, badge) = match invoice.state {
        InvoiceState::Draft => ("draft", "badge"),
        InvoiceState::Open => ("open", "badge badge-warn"),
        InvoiceState::Paid => ("paid", "badge badge-ok"),
        InvoiceState::Failed => ("payment failed", "badge badge-danger"),
        InvoiceState::Void => ("void", "badge"),
        InvoiceState::NotCharged => ("not charged", "badge"),
    };
    let currency = invoice.currency;
    let link = |url: String, text: &'static str| {
        (!url.is_empty()).then(|| view! { <a class="link" href=url rel="external">{text}</a> })
    };
    let (page, pdf) = (link(invoice.page_url, "Open at Stripe"), link(invoice.pdf_url, "PDF"));
    view! {
        <details class="card">
            <summary class="card-head sm:grid sm:grid-cols-[14rem_minmax(0,1fr)_8rem_9rem]">
                <span>{format!("{} to {} (UTC)", invoice.from.day(), invoice.to.plus(-1).day())}</span>
                <span>{invoice.number}</span>
                <span><span class=badge>{state}</span></span>
                <span class="row sm:justify-end">
                    <strong>{currency.signed(invoice.total)}</strong>
                    <Drawing icon=Icon::Unfold />
                </span>
            </summary>
            <div class="card-body stack">
                <Lines lines=invoice.lines product currency />
                <p class="row">{page} {pdf}</p>
            </div>
        </details>
    }
}

#[component]
fn Lines(lines: Vec<InvoiceLine>, product: String, currency: Currency) -> impl IntoView {
    let row = move |line: InvoiceLine| {
        let behind = line.units.is_some().then(|| {
            let (href, month) = (billed_href(&product, line.from.month(), None), line.from.month_name());
            view! { <a class="link block font-normal" href=href>{format!("See the usage of {month}")}</a> }
        });
        view! {
            <tr>
                <th scope="row" class="whitespace-normal">{line.text} {behind}</th>
                <td class="num">{line.units.map(count)}</td>
                <td class="num">{currency.signed(line.amount)}</td>
            </tr>
        }
    };
    view! {
        <Table label="Lines of the invoice">
            <thead>
                <tr>
                    <th scope="col">"What"</th>
                    <th scope="col" class="num">"Units"</th>
                    <th scope="col" class="num">"Amount"</th>
                </tr>
            </thead>
            <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
        </Table>
    }
}
