//! Customers and their cards.

use super::error::{ApiResult, Failure};
use super::http::Call;
use super::params::{AFTER, BEFORE, ID, Kind, LIMIT, METADATA, Param, TEXT, may, must};
use super::state::{State, merge_metadata, or_null, overlay, text};
use serde_json::{Value, json};

const ADDRESS: Kind = Kind::Object(&[
    may("city", Kind::Clear(&TEXT)),
    may("country", Kind::Clear(&TEXT)),
    may("line1", Kind::Clear(&TEXT)),
    may("line2", Kind::Clear(&TEXT)),
    may("postal_code", Kind::Clear(&TEXT)),
    may("state", Kind::Clear(&TEXT)),
]);
const INVOICE_SETTINGS: Kind = Kind::Object(&[may("default_payment_method", ID)]);

pub const WRITE: &[Param] = &[
    may("address", Kind::Clear(&ADDRESS)),
    may("balance", Kind::Int(-99_999_999_999, 99_999_999_999)),
    may("description", Kind::Clear(&TEXT)),
    may("email", Kind::Clear(&Kind::Text(512))),
    may("invoice_settings", INVOICE_SETTINGS),
    METADATA,
    may("name", Kind::Clear(&Kind::Text(256))),
    may("payment_method", ID),
    may("phone", Kind::Clear(&Kind::Text(20))),
    may("preferred_locales", Kind::List(&TEXT)),
    may("tax_exempt", Kind::Clear(&Kind::Enum(&["none", "exempt", "reverse"]))),
];
pub const LIST: &[Param] =
    &[LIMIT, AFTER, BEFORE, may("email", Kind::Text(512)), may("created", Kind::Range)];
pub const LIST_CARDS: &[Param] =
    &[LIMIT, AFTER, BEFORE, must("customer", ID), may("type", Kind::Enum(&["card"]))];
const FIELDS: &[&str] = &[
    "address",
    "balance",
    "description",
    "email",
    "name",
    "phone",
    "preferred_locales",
    "tax_exempt",
];

pub fn create(state: &mut State, call: &Call) -> ApiResult {
    let customer = blank(state);
    let customer = fill(state, customer, &call.params)?;
    let customer = state.put("customer", customer)?;
    state.emit("customer.created", &customer, None);
    Ok(customer)
}

pub fn update(state: &mut State, call: &Call) -> ApiResult {
    let customer = state.get("customer", &call.id, "id")?;
    let customer = fill(state, customer, &call.params)?;
    state.change("customer", "customer.updated", customer)
}

pub fn delete(state: &mut State, call: &Call) -> ApiResult {
    let customer = state.get("customer", &call.id, "id")?;
    let gone = json!({ "id": call.id, "object": "customer", "deleted": true });
    state.put("customer", gone.clone())?;
    state.emit("customer.deleted", &customer, None);
    for id in state
        .ids_where("subscription", |sub| sub["customer"] == call.id && sub["ended_at"].is_null())
    {
        state.end_subscription(&id, "canceled", None)?;
    }
    Ok(gone)
}

fn blank(state: &mut State) -> Value {
    let id = state.id("cus");
    let prefix: String = id.chars().rev().take(8).collect::<String>().to_uppercase();
    json!({
        "id": id, "object": "customer", "address": null, "balance": 0, "created": state.now, "currency": null,
        "default_source": null, "delinquent": false, "description": null, "discount": null, "email": null,
        "invoice_prefix": prefix,
        "invoice_settings": { "custom_fields": null, "default_payment_method": null, "footer": null, "rendering_options": null },
        "livemode": false, "metadata": {}, "name": null, "next_invoice_sequence": 1, "phone": null,
        "preferred_locales": [], "shipping": null, "tax_exempt": "none", "test_clock": null,
    })
}

fn fill(state: &State, mut customer: Value, params: &Value) -> ApiResult {
    overlay(&mut customer, params, FIELDS);
    merge_metadata(&mut customer, params);
    if let Some(card) = params["invoice_settings"]["default_payment_method"].as_str() {
        let card = state.get("payment_method", card, "invoice_settings[default_payment_method]")?;
        if card["customer"] != customer["id"] {
            return Err(Failure::invalid(
                "The customer does not have a payment method with this ID. It must be attached to the customer first.",
            )
            .code("resource_missing")
            .param("invoice_settings[default_payment_method]"));
        }
        customer["invoice_settings"]["default_payment_method"] = card["id"].clone();
    }
    if params.get("payment_method").is_some() {
        return Err(Failure::invalid("The fake takes cards on its hosted pages only.")
            .param("payment_method"));
    }
    Ok(customer)
}

/// A new customer for a checkout that was opened without one.
pub fn from_checkout(state: &mut State, email: &Value) -> ApiResult {
    let mut customer = blank(state);
    customer["email"] = email.clone();
    let customer = state.put("customer", customer)?;
    state.emit("customer.created", &customer, None);
    Ok(customer)
}

/// Stripe's test cards, by their effect.
pub fn card_outcome(number: &str, on_session: bool) -> Result<(), Failure> {
    match number {
        "4000000000000002" => {
            Err(Failure::card("card_declined", Some("generic_decline"), "Your card was declined."))
        }
        "4000000000009995" => Err(Failure::card(
            "card_declined",
            Some("insufficient_funds"),
            "Your card has insufficient funds.",
        )),
        "4000000000000341" => {
            Err(Failure::card("card_declined", Some("generic_decline"), "Your card was declined."))
        }
        // Requires authentication for every payment. The hosted page counts as authentication.
        "4000002760003184" if !on_session => Err(Failure::card(
            "authentication_required",
            Some("authentication_required"),
            "Your card was declined. This transaction requires authentication.",
        )),
        _ => Ok(()),
    }
}

const KNOWN_CARDS: &[&str] = &[
    "4242424242424242",
    "5555555555554444",
    "4000000000000002",
    "4000000000009995",
    "4000000000000341",
    "4000002760003184",
    "4000002500003155",
];

/// Attaches a test card and makes it the default. Refuses other numbers, and cards that cannot be
/// attached.
pub fn attach_card(state: &mut State, customer: &str, number: &str) -> ApiResult {
    let number: String = number.chars().filter(char::is_ascii_digit).collect();
    if !KNOWN_CARDS.contains(&number.as_str()) {
        return Err(Failure::card("incorrect_number", None, "Your card number is incorrect."));
    }
    if matches!(number.as_str(), "4000000000000002" | "4000000000009995") {
        card_outcome(&number, true)?;
    }
    let mut owner = state.get("customer", customer, "customer")?;
    let id = state.id("pm");
    let card = json!({
        "id": id, "object": "payment_method", "allow_redisplay": "always",
        "billing_details": { "address": { "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null },
            "email": owner["email"], "name": null, "phone": null, "tax_id": null },
        "card": { "brand": if number.starts_with('5') { "mastercard" } else { "visa" },
            "checks": { "address_line1_check": null, "address_postal_code_check": null, "cvc_check": "pass" },
            "country": "US", "display_brand": "visa", "exp_month": 12, "exp_year": 2040, "fingerprint": "fakefingerprint", "funding": "credit",
            "generated_from": null, "last4": &number[number.len() - 4..], "networks": { "available": ["visa"], "preferred": null },
            "regulated_status": "unregulated", "three_d_secure_usage": { "supported": true }, "wallet": null },
        "created": state.now, "customer": customer, "livemode": false, "metadata": {}, "type": "card", "_number": number,
    });
    let card = state.put("payment_method", card)?;
    state.emit("payment_method.attached", &card, None);
    owner["invoice_settings"]["default_payment_method"] = card["id"].clone();
    state.change("customer", "customer.updated", owner)?;
    Ok(card)
}

/// The card that pays for a subscription: its own, otherwise the customer's.
pub fn card_number(state: &State, customer: &str, subscription: Option<&Value>) -> Option<String> {
    let own =
        subscription.and_then(|sub| sub["default_payment_method"].as_str().map(str::to_owned));
    let customers = || {
        state.find("customer", customer)?["invoice_settings"]["default_payment_method"]
            .as_str()
            .map(str::to_owned)
    };
    let card = own.or_else(customers)?;
    Some(text(state.find("payment_method", &card)?, "_number"))
}

pub fn list(state: &mut State, call: &Call) -> ApiResult {
    let email = or_null(&call.params, "email");
    state.list("customer", call, move |customer| {
        customer["deleted"] != true && (email.is_null() || customer["email"] == email)
    })
}

pub fn list_cards(state: &mut State, call: &Call) -> ApiResult {
    state.get("customer", &text(&call.params, "customer"), "customer")?;
    let customer = or_null(&call.params, "customer");
    state.list("payment_method", call, move |card| card["customer"] == customer)
}
