//! The hosted pages for customers: checkout, portal, invoice. Plain forms without scripts.

use super::billing::{items, period};
use super::error::Failure;
use super::http::Response;
use super::state::{State, number, text};
use super::{checkout, pdf, portal};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use std::collections::HashMap;
use std::fmt::Write as _;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}td,th{padding:.4rem;text-align:left;border-bottom:1px solid #ccc}\
input,select,button{font:inherit;padding:.4rem .6rem;margin:.3rem 0}label{display:block}.bad{color:#a00}\
section{border:1px solid #ccc;padding:1rem;margin:1rem 0}";

/// Returns a page, or `None` if there is none at this path.
pub fn answer(state: &mut State, method: &str, path: &str, form: &str) -> Option<Response> {
    let fields: HashMap<String, String> =
        url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let response = match (method, parts.as_slice()) {
        ("GET", ["c", "pay", id]) => checkout_page(state, id, None),
        ("POST", ["c", "pay", id]) if field("action") == "cancel" => checkout_left(state, id),
        ("POST", ["c", "pay", id]) => match checkout::pay(
            state,
            id,
            field("card"),
            Some(field("email")).filter(|email| !email.is_empty()),
        ) {
            Ok(session) => {
                Ok(redirect(&text(&session, "success_url").replace("{CHECKOUT_SESSION_ID}", id)))
            }
            Err(failure) => checkout_page(state, id, Some(&failure)),
        },
        ("GET", ["p", "session", id]) => portal_page(state, id, None),
        ("POST", ["p", "session", id, action]) => {
            match portal::press(
                state,
                id,
                action,
                field("subscription"),
                field(if *action == "card" { "card" } else { "product" }),
            ) {
                Ok(_) => Ok(redirect(&format!("{}/p/session/{id}", state.base))),
                Err(failure) => portal_page(state, id, Some(&failure)),
            }
        }
        ("GET", ["i", id]) => state.get("invoice", id, "id").map(|invoice| invoice_page(&invoice)),
        ("GET", ["i", id, "pdf"]) => state.get("invoice", id, "id").map(|invoice| Response {
            status: 200,
            headers: vec![
                ("content-type", "application/pdf".into()),
                ("content-disposition", format!("attachment; filename=\"{id}.pdf\"")),
            ],
            body: pdf::write(&lines_of(&invoice)),
        }),
        _ => return None,
    };
    Some(response.unwrap_or_else(|failure| {
        html(failure.status, "Not here", &format!("<p class=bad>{}</p>", escape(&failure.message)))
    }))
}

fn html(status: u16, title: &str, body: &str) -> Response {
    let title = escape(title);
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1>{body}</main></html>"
    );
    Response {
        status,
        headers: vec![
            ("content-type", "text/html; charset=utf-8".into()),
            ("cache-control", "no-store".into()),
        ],
        body: page,
    }
}

fn redirect(to: &str) -> Response {
    Response { status: 303, headers: vec![("location", to.into())], body: String::new() }
}

fn checkout_left(state: &State, id: &str) -> Result<Response, Failure> {
    let session = state.get("checkout.session", id, "id")?;
    let back = session["cancel_url"].as_str().or(session["success_url"].as_str());
    Ok(redirect(back.unwrap_or("/")))
}

fn checkout_page(state: &State, id: &str, failure: Option<&Failure>) -> Result<Response, Failure> {
    let session = state.get("checkout.session", id, "id")?;
    if session["status"] != "open" {
        let status = text(&session, "status");
        return Ok(html(410, "Checkout", &format!("<p>This checkout session is {status}.</p>")));
    }
    let mut rows = String::new();
    for line in session["_line_items"]["data"].as_array().into_iter().flatten() {
        let usage = line["price"]["recurring"]["usage_type"] == "metered";
        let amount = if usage {
            "by usage".into()
        } else {
            money(number(line, "amount_total"), &text(line, "currency"))
        };
        let _ = write!(rows, "<tr><td>{}<td>{amount}", escape(&text(line, "description")));
    }
    let email = if session["customer"].is_null() && session["customer_email"].is_null() {
        "<label>Email <input name=email type=email required autocomplete=email></label>"
    } else {
        ""
    };
    let due = money(number(&session, "amount_total"), &text(&session, "currency"));
    let body = format!(
        "{}<table><caption>Your subscription</caption><tr><th>Item<th>Amount{rows}</table><p>Due today: <strong>{due}</strong></p>\
<form method=post>{email}<label>Card number <input name=card inputmode=numeric required value=\"4242 4242 4242 4242\"></label>\
<button name=action value=pay>Pay</button> <button name=action value=cancel formnovalidate>Cancel</button></form>",
        alert(failure)
    );
    Ok(html(if failure.is_some() { 402 } else { 200 }, "Checkout", &body))
}

fn alert(failure: Option<&Failure>) -> String {
    failure
        .map(|failure| format!("<p class=bad role=alert>{}</p>", escape(&failure.message)))
        .unwrap_or_default()
}

fn portal_page(state: &State, id: &str, failure: Option<&Failure>) -> Result<Response, Failure> {
    let session = state.get("billing_portal.session", id, "id")?;
    let configuration =
        state.get("billing_portal.configuration", &text(&session, "configuration"), "id")?;
    let features = &configuration["features"];
    let mut body = alert(failure);
    if let Some(back) = session["return_url"].as_str() {
        let _ = write!(body, "<p><a href=\"{}\">Return to the site</a></p>", escape(back));
    }
    for sub in state
        .table("subscription")
        .filter(|sub| sub["customer"] == session["customer"] && sub["ended_at"].is_null())
    {
        body.push_str(&subscription_section(state, id, &configuration, sub));
    }
    if features["payment_method_update"]["enabled"] == true {
        let _ = write!(
            body,
            "<section><h2>Payment method</h2><form method=post action=\"/p/session/{id}/card\"><label>Card number <input name=card inputmode=numeric required></label><button>Save card</button></form></section>"
        );
    }
    if features["invoice_history"]["enabled"] == true {
        let mut rows = String::new();
        for invoice in state.table("invoice").rev().filter(|invoice| {
            invoice["customer"] == session["customer"] && invoice["status"] != "draft"
        }) {
            let amount = money(number(invoice, "total"), &text(invoice, "currency"));
            let (id, name, status) =
                (text(invoice, "id"), text(invoice, "number"), text(invoice, "status"));
            let _ = write!(
                rows,
                "<tr><td>{}<td><a href=\"/i/{id}\">{name}</a><td>{amount}<td>{status}",
                day(number(invoice, "created"))
            );
        }
        let _ = write!(
            body,
            "<section><h2>Invoices</h2><table><tr><th>Date<th>Number<th>Amount<th>Status{rows}</table></section>"
        );
    }
    Ok(html(if failure.is_some() { 400 } else { 200 }, "Billing", &body))
}

fn subscription_section(
    state: &State,
    session: &str,
    configuration: &Value,
    sub: &Value,
) -> String {
    let id = text(sub, "id");
    let names: Vec<String> = items(sub)
        .iter()
        .filter_map(|item| state.find("product", &text(&item["price"], "product")))
        .map(|product| text(product, "name"))
        .collect();
    let end = day(period(sub).1);
    let (action, label) = if sub["cancel_at"].is_null() {
        ("cancel", "Cancel plan")
    } else {
        ("resume", "Keep plan")
    };
    let mut body = format!(
        "<section><h2>{}</h2><p>Status: {}. {} {end}.</p>",
        escape(&names.join(", ")),
        text(sub, "status"),
        if sub["cancel_at"].is_null() { "Renews on" } else { "Ends on" }
    );
    let choices = portal::choices(state, configuration, sub);
    if !choices.is_empty() {
        let options: String = choices
            .iter()
            .map(|entry| {
                let product = text(entry, "product");
                let name = state
                    .find("product", &product)
                    .map(|product| text(product, "name"))
                    .unwrap_or_default();
                format!("<option value=\"{product}\">{}", escape(&name))
            })
            .collect();
        let _ = write!(
            body,
            "<form method=post action=\"/p/session/{session}/switch\"><input type=hidden name=subscription value=\"{id}\"><label>Plan <select name=product>{options}</select></label><button>Update plan</button></form>"
        );
    }
    if !sub["schedule"].is_null() {
        let _ = write!(body, "<p>Another plan begins on {end}.</p>");
    }
    if action == "resume" || configuration["features"]["subscription_cancel"]["enabled"] == true {
        let _ = write!(
            body,
            "<form method=post action=\"/p/session/{session}/{action}\"><input type=hidden name=subscription value=\"{id}\"><button>{label}</button></form>"
        );
    }
    body.push_str("</section>");
    body
}

fn invoice_page(invoice: &Value) -> Response {
    let rows: String =
        lines_of(invoice).iter().map(|line| format!("<p>{}</p>", escape(line))).collect();
    html(
        200,
        "Invoice",
        &format!("{rows}<p><a href=\"/i/{}/pdf\">Download invoice</a></p>", text(invoice, "id")),
    )
}

fn lines_of(invoice: &Value) -> Vec<String> {
    let currency = text(invoice, "currency");
    let mut lines = vec![
        format!("Invoice {} - {}", text(invoice, "number"), text(invoice, "status")),
        format!("Date {}", day(number(invoice, "created"))),
    ];
    for line in invoice["lines"]["data"].as_array().into_iter().flatten() {
        lines.push(format!(
            "{}: {}",
            text(line, "description"),
            money(number(line, "amount"), &currency)
        ));
    }
    lines.push(format!("Total {}", money(number(invoice, "total"), &currency)));
    lines.push(format!("Amount due {}", money(number(invoice, "amount_due"), &currency)));
    lines
}

/// An amount with two decimal places. The fake supports no currencies with others.
fn money(minor: i64, currency: &str) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{}.{:02} {}", minor.abs() / 100, minor.abs() % 100, currency.to_uppercase())
}

pub fn day(at: i64) -> String {
    Timestamp::from_second(at)
        .map(|time| time.to_zoned(TimeZone::UTC).date().to_string())
        .unwrap_or_default()
}

pub fn iso(at: i64) -> String {
    Timestamp::from_second(at).map(|time| time.to_string()).unwrap_or_default()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
