//! Checkout sessions for subscriptions.

use super::customers::{attach_card, from_checkout};
use super::error::{ApiResult, Failure};
use super::http::Call;
use super::params::{AFTER, BEFORE, ID, Kind, LIMIT, METADATA, Param, QUANTITY, URL, may, must};
use super::state::{State, merge_metadata, or_null, overlay, text};
use super::subscriptions::{ANCHOR, BILLING_MODE, NO_TAX, TRIAL_SETTINGS};
use serde_json::{Value, json};

const ADJUSTABLE: Kind = Kind::Object(&[must("enabled", Kind::Bool)]);
const LINE: Kind = Kind::Object(&[
    may("adjustable_quantity", ADJUSTABLE),
    must("price", ID),
    may("quantity", QUANTITY),
]);
const SUBSCRIPTION: Kind = Kind::Object(&[
    may("billing_cycle_anchor", Kind::Time),
    may("billing_cycle_anchor_config", ANCHOR),
    may("billing_mode", BILLING_MODE),
    may("description", Kind::Text(500)),
    METADATA,
    may("proration_behavior", Kind::Enum(&["create_prorations", "none"])),
    may("trial_end", Kind::Time),
    may("trial_period_days", Kind::Int(1, 730)),
    may("trial_settings", TRIAL_SETTINGS),
]);
const ENABLED: Kind = Kind::Object(&[must("enabled", Kind::Bool)]);
const UPDATES: Kind = Kind::Enum(&["auto", "never"]);

pub const CREATE: &[Param] = &[
    must("mode", Kind::Enum(&["payment", "setup", "subscription"])),
    may("line_items", Kind::List(&LINE)),
    may("allow_promotion_codes", Kind::Bool),
    may("automatic_tax", NO_TAX),
    may("billing_address_collection", Kind::Enum(&["auto", "required"])),
    may("cancel_url", URL),
    may("client_reference_id", Kind::Text(200)),
    may("currency", Kind::Text(3)),
    may("customer", ID),
    may("customer_email", Kind::Text(800)),
    may(
        "customer_update",
        Kind::Object(&[may("address", UPDATES), may("name", UPDATES), may("shipping", UPDATES)]),
    ),
    may("expires_at", Kind::Time),
    may("locale", Kind::Text(10)),
    METADATA,
    may("payment_method_collection", Kind::Enum(&["always", "if_required"])),
    may("payment_method_types", Kind::List(&Kind::Enum(&["card"]))),
    may("subscription_data", SUBSCRIPTION),
    may("success_url", URL),
    may("tax_id_collection", ENABLED),
    may("ui_mode", Kind::Enum(&["hosted", "hosted_page"])),
];
pub const LIST: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    may("created", Kind::Range),
    may("customer", ID),
    may("status", Kind::Enum(&["complete", "expired", "open"])),
    may("subscription", ID),
];
const HOUR: i64 = 3600;
/// Fields of Stripe's sessions that are empty here.
const NULL: &[&str] = &[
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer",
    "customer_account",
    "customer_email",
    "invoice",
    "invoice_creation",
    "locale",
    "origin_context",
    "payment_intent",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "success_url",
    "wallet_options",
];
/// A checkout can only start a trial with an end date if it is at least two days away.
const TRIAL_AWAY: i64 = 48 * HOUR;

pub fn create(state: &mut State, call: &Call) -> ApiResult {
    let params = &call.params;
    check(state, params)?;
    let lines = lines(state, params)?;
    let amount: i64 = lines.iter().map(|line| line["amount_total"].as_i64().unwrap_or(0)).sum();
    let trial = ["trial_end", "trial_period_days"]
        .iter()
        .any(|name| params["subscription_data"].get(*name).is_some());
    let due = if trial { 0 } else { amount };
    let customer = match params["customer"].as_str() {
        Some(customer) => state.get("customer", customer, "customer")?,
        None => Value::Null,
    };
    let id = state.id("cs_test");
    let mut session = json!({
        "id": id, "object": "checkout.session",
        "amount_subtotal": due, "amount_total": due,
        "automatic_tax": { "enabled": false, "liability": null, "provider": null, "status": null },
        "created": state.now, "currency": lines[0]["currency"],
        "custom_fields": [], "custom_text": { "after_submit": null, "shipping_address": null, "submit": null, "terms_of_service_acceptance": null },
        "customer_creation": if customer.is_null() { json!("always") } else { Value::Null },
        "customer_details": details(&customer, &or_null(params, "customer_email")), "discounts": [],
        "expires_at": state.now + 24 * HOUR, "livemode": false, "metadata": {},
        "mode": "subscription", "payment_method_collection": "always",
        "payment_method_options": { "card": { "request_three_d_secure": "automatic" } },
        "payment_method_types": ["card"], "payment_status": "unpaid", "phone_number_collection": { "enabled": false },
        "saved_payment_method_options": { "allow_redisplay_filters": ["always"], "payment_method_remove": "disabled", "payment_method_save": null },
        "shipping_options": [], "status": "open",
        "total_details": { "amount_discount": 0, "amount_shipping": 0, "amount_tax": 0 }, "ui_mode": "hosted_page",
        "url": format!("{}/c/pay/{id}", state.base),
        "_line_items": { "object": "list", "data": lines, "has_more": false, "url": format!("/v1/checkout/sessions/{id}/line_items") },
        "_items": or_null(params, "line_items"), "_subscription": or_null(params, "subscription_data"),
    });
    for field in NULL {
        session[*field] = Value::Null;
    }
    let fields = [
        "allow_promotion_codes",
        "billing_address_collection",
        "cancel_url",
        "client_reference_id",
        "customer",
        "customer_email",
        "expires_at",
        "locale",
        "payment_method_collection",
        "success_url",
        "ui_mode",
    ];
    overlay(&mut session, params, &fields);
    merge_metadata(&mut session, params);
    state.put("checkout.session", session)
}

fn check(state: &State, params: &Value) -> Result<(), Failure> {
    if params["mode"] != "subscription" {
        return Err(Failure::invalid("The fake checks out subscriptions only.").param("mode"));
    }
    if params.get("success_url").is_none() {
        return Err(Failure::missing_parameter("success_url"));
    }
    for name in ["success_url", "cancel_url"] {
        if params[name]
            .as_str()
            .is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://"))
        {
            return Err(Failure::invalid("Not a valid URL").code("url_invalid").param(name));
        }
    }
    let both = |a: &str, b: &str, of: &Value| of.get(a).is_some() && of.get(b).is_some();
    if both("customer", "customer_email", params) {
        return Err(Failure::invalid(
            "You may only specify one of these parameters: customer, customer_email.",
        ));
    }
    let data = &params["subscription_data"];
    if both("trial_end", "trial_period_days", data) {
        return Err(Failure::invalid(
            "You may only specify one of these parameters: trial_end, trial_period_days.",
        ));
    }
    if data["trial_end"].as_i64().is_some_and(|end| end < state.now + TRIAL_AWAY) {
        return Err(Failure::invalid(
            "The `trial_end` date has to be at least 2 days in the future.",
        )
        .param("subscription_data[trial_end]"));
    }
    if data["billing_cycle_anchor"].as_i64().is_some_and(|anchor| anchor <= state.now) {
        return Err(Failure::invalid("`billing_cycle_anchor` must be in the future.")
            .param("subscription_data[billing_cycle_anchor]"));
    }
    if data.get("billing_cycle_anchor").is_some()
        && (data.get("trial_end").is_some() || data.get("trial_period_days").is_some())
    {
        return Err(Failure::invalid("You cannot combine a trial with `billing_cycle_anchor`.")
            .param("subscription_data[billing_cycle_anchor]"));
    }
    let window = state.now + HOUR / 2..=state.now + 24 * HOUR;
    if params["expires_at"].as_i64().is_some_and(|at| !window.contains(&at)) {
        return Err(Failure::invalid(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout Session creation.",
        )
        .param("expires_at"));
    }
    Ok(())
}

fn lines(state: &mut State, params: &Value) -> Result<Vec<Value>, Failure> {
    let given = params["line_items"]
        .as_array()
        .filter(|lines| !lines.is_empty())
        .cloned()
        .ok_or_else(|| Failure::missing_parameter("line_items"))?;
    let mut items = Vec::new();
    for (index, line) in given.iter().enumerate() {
        let at = format!("line_items[{index}]");
        let item = state.item("", line, &at)?;
        if line.get("quantity").is_none() && !super::billing::metered(&item) {
            return Err(Failure::missing_parameter(&format!("{at}[quantity]")));
        }
        items.push(item);
    }
    super::subscriptions::check_items(&items, "line_items")?;
    let mut out = Vec::new();
    for item in &items {
        let amount = if super::billing::metered(item) { 0 } else { state.item_amount(item) };
        let name = state
            .find("product", &text(&item["price"], "product"))
            .map(|product| product["name"].clone());
        let id = state.id("li");
        out.push(json!({
            "id": id, "object": "item", "adjustable_quantity": null, "amount_discount": 0, "amount_subtotal": amount, "amount_tax": 0,
            "amount_total": amount, "currency": item["price"]["currency"], "description": name, "metadata": {}, "price": item["price"],
            "quantity": or_null(item, "quantity"),
        }));
    }
    Ok(out)
}

fn details(customer: &Value, email: &Value) -> Value {
    if customer.is_null() && email.is_null() {
        return Value::Null;
    }
    let email = if email.is_null() { &customer["email"] } else { email };
    json!({
        "address": null, "business_name": null, "email": email, "individual_name": null, "name": or_null(customer, "name"), "phone": null,
        "tax_exempt": "none", "tax_ids": [],
    })
}

pub fn line_items(state: &mut State, call: &Call) -> ApiResult {
    let session = state.get("checkout.session", &call.id, "id")?;
    let lines = session["_line_items"]["data"].as_array().cloned().unwrap_or_default();
    super::account::page(&lines.iter().collect::<Vec<_>>(), call)
}

pub fn list(state: &mut State, call: &Call) -> ApiResult {
    let wanted = call.params.clone();
    state.list("checkout.session", call, move |session| {
        ["customer", "status", "subscription"]
            .into_iter()
            .all(|name| wanted.get(name).is_none_or(|value| session[name] == *value))
    })
}

pub fn expire(state: &mut State, call: &Call) -> ApiResult {
    let session = state.get("checkout.session", &call.id, "id")?;
    if session["status"] != "open" {
        let message = format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of {}.",
            text(&session, "status")
        );
        return Err(Failure::invalid(message));
    }
    expire_now(state, &call.id)
}

pub fn expire_now(state: &mut State, id: &str) -> ApiResult {
    let mut session = state.get("checkout.session", id, "id")?;
    session["status"] = json!("expired");
    session["url"] = Value::Null;
    let session = state.put("checkout.session", session)?;
    state.emit("checkout.session.expired", &session, None);
    Ok(session)
}

/// Handles the button "Pay". A decline changes nothing, so the customer can try another card.
pub fn pay(state: &mut State, id: &str, card: &str, email: Option<&str>) -> ApiResult {
    let session = state.get("checkout.session", id, "id")?;
    if session["status"] != "open" {
        return Err(Failure::invalid("This checkout session is no longer open."));
    }
    let mut copy = state.copy();
    let session = pay_on(&mut copy, session, card, email)?;
    state.adopt(copy);
    Ok(session)
}

fn pay_on(state: &mut State, mut session: Value, card: &str, email: Option<&str>) -> ApiResult {
    if session["customer"].is_null() {
        let email = if session["customer_email"].is_null() {
            json!(email)
        } else {
            session["customer_email"].clone()
        };
        session["customer"] = from_checkout(state, &email)?["id"].clone();
    }
    let customer = text(&session, "customer");
    let card = attach_card(state, &customer, card)?;
    let mut asked = session["_subscription"].as_object().cloned().unwrap_or_default();
    asked.insert("customer".into(), json!(customer));
    asked.insert("items".into(), session["_items"].clone());
    asked.insert("payment_behavior".into(), json!("error_if_incomplete"));
    asked.insert("default_payment_method".into(), card["id"].clone());
    let sub = state.subscribe(&Value::Object(asked), true, "line_items")?;
    let invoice = state.get("invoice", &text(&sub, "latest_invoice"), "invoice")?;
    let owner = state.get("customer", &customer, "customer")?;
    session["subscription"] = sub["id"].clone();
    session["invoice"] = invoice["id"].clone();
    session["status"] = json!("complete");
    session["payment_status"] =
        json!(if invoice["amount_paid"] == 0 { "no_payment_required" } else { "paid" });
    session["customer_details"] = details(&owner, &Value::Null);
    session["url"] = Value::Null;
    let session = state.put("checkout.session", session)?;
    state.emit("checkout.session.completed", &session, None);
    Ok(session)
}
