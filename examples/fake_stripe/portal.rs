//! The customer portal: its configuration, its sessions, and the effects of its buttons.

use super::billing::{items, metered, period};
use super::changes;
use super::error::{ApiResult, Failure};
use super::http::Call;
use super::params::{AFTER, BEFORE, ID, Kind, LIMIT, METADATA, Param, TEXT, URL, may, must};
use super::schedules;
use super::state::{State, merge_metadata, or_null, overlay, text};
use serde_json::{Value, json};

const TOGGLE: Kind = Kind::Object(&[must("enabled", Kind::Bool)]);
const PRODUCT: Kind = Kind::Object(&[must("product", ID), must("prices", Kind::List(&ID))]);
const CONDITION: Kind =
    Kind::Object(&[must("type", Kind::Enum(&["decreasing_item_amount", "shortening_interval"]))]);
const CANCEL: Kind = Kind::Object(&[
    may("enabled", Kind::Bool),
    may("mode", Kind::Enum(&["at_period_end", "immediately"])),
    may("proration_behavior", Kind::Enum(&["always_invoice", "create_prorations", "none"])),
    may(
        "cancellation_reason",
        Kind::Object(&[must("enabled", Kind::Bool), may("options", Kind::List(&TEXT))]),
    ),
]);
const UPDATE: Kind = Kind::Object(&[
    may("enabled", Kind::Bool),
    may(
        "default_allowed_updates",
        Kind::Clear(&Kind::List(&Kind::Enum(&["price", "promotion_code", "quantity"]))),
    ),
    may("products", Kind::Clear(&Kind::List(&PRODUCT))),
    may("proration_behavior", Kind::Enum(&["always_invoice", "create_prorations", "none"])),
    may(
        "schedule_at_period_end",
        Kind::Object(&[may("conditions", Kind::Clear(&Kind::List(&CONDITION)))]),
    ),
]);
const CUSTOMER: Kind = Kind::Object(&[
    may("enabled", Kind::Bool),
    may(
        "allowed_updates",
        Kind::Clear(&Kind::List(&Kind::Enum(&[
            "address", "email", "name", "phone", "shipping", "tax_id",
        ]))),
    ),
]);
const FEATURES: Kind = Kind::Object(&[
    may("customer_update", CUSTOMER),
    may("invoice_history", TOGGLE),
    may("payment_method_update", TOGGLE),
    may("subscription_cancel", CANCEL),
    may("subscription_update", UPDATE),
]);
const PROFILE: Kind = Kind::Object(&[
    may("headline", Kind::Clear(&Kind::Text(60))),
    may("privacy_policy_url", URL),
    may("terms_of_service_url", URL),
]);
pub const CONFIGURE: &[Param] = &[
    may("active", Kind::Bool),
    may("business_profile", PROFILE),
    may("default_return_url", Kind::Clear(&URL)),
    may("features", FEATURES),
    METADATA,
    may("name", Kind::Clear(&TEXT)),
];
pub const LIST: &[Param] =
    &[LIMIT, AFTER, BEFORE, may("active", Kind::Bool), may("is_default", Kind::Bool)];
const TARGET: Kind = Kind::Object(&[must("subscription", ID)]);
const FLOW: Kind = Kind::Object(&[
    must(
        "type",
        Kind::Enum(&["payment_method_update", "subscription_cancel", "subscription_update"]),
    ),
    may("subscription_cancel", TARGET),
    may("subscription_update", TARGET),
]);
pub const CREATE: &[Param] = &[
    must("customer", ID),
    may("configuration", ID),
    may("flow_data", FLOW),
    may("locale", Kind::Text(10)),
    may("return_url", URL),
];

pub fn create_configuration(state: &mut State, call: &Call) -> ApiResult {
    if call.params.get("features").is_none() {
        return Err(Failure::missing_parameter("features"));
    }
    let id = state.id("bpc");
    let blank = blank(state, &id, false);
    configure(state, blank, &call.params)
}

pub fn update_configuration(state: &mut State, call: &Call) -> ApiResult {
    let configuration = state.get("billing_portal.configuration", &call.id, "id")?;
    configure(state, configuration, &call.params)
}

fn blank(state: &State, id: &str, is_default: bool) -> Value {
    json!({
        "id": id, "object": "billing_portal.configuration", "active": true, "application": null,
        "business_profile": { "headline": null, "privacy_policy_url": null, "terms_of_service_url": null }, "created": state.now,
        "default_return_url": null,
        "features": {
            "customer_update": { "allowed_updates": [], "enabled": false }, "invoice_history": { "enabled": is_default },
            "payment_method_update": { "enabled": is_default, "payment_method_configuration": null },
            "subscription_cancel": { "cancellation_reason": { "enabled": false, "options": [] }, "enabled": is_default, "mode": "at_period_end", "proration_behavior": "none" },
            "subscription_update": { "billing_cycle_anchor": null, "default_allowed_updates": [], "enabled": false, "products": [], "proration_behavior": "none",
                "schedule_at_period_end": { "conditions": [] }, "trial_update_behavior": "end_trial" },
        },
        "is_default": is_default, "livemode": false, "login_page": { "enabled": false, "url": null }, "metadata": {}, "name": null,
        "updated": state.now,
    })
}

fn configure(state: &mut State, mut configuration: Value, params: &Value) -> ApiResult {
    overlay(&mut configuration, params, &["active", "default_return_url", "name"]);
    overlay(
        &mut configuration["business_profile"],
        &or_null(params, "business_profile"),
        &["headline", "privacy_policy_url", "terms_of_service_url"],
    );
    merge_metadata(&mut configuration, params);
    for (feature, given) in params["features"].as_object().into_iter().flatten() {
        for (field, value) in given.as_object().into_iter().flatten() {
            configuration["features"][feature][field] =
                if value.is_null() { json!([]) } else { value.clone() };
        }
    }
    let update = &configuration["features"]["subscription_update"];
    for (index, entry) in update["products"].as_array().into_iter().flatten().enumerate() {
        let at = format!("features[subscription_update][products][{index}]");
        state.get("product", &text(entry, "product"), &format!("{at}[product]"))?;
        for price in entry["prices"].as_array().into_iter().flatten() {
            let price =
                state.get("price", price.as_str().unwrap_or_default(), &format!("{at}[prices]"))?;
            if price["product"] != entry["product"] {
                return Err(Failure::invalid("The price does not belong to the product.")
                    .param(format!("{at}[prices]")));
            }
        }
    }
    configuration["updated"] = json!(state.now);
    state.put("billing_portal.configuration", configuration)
}

pub fn list_configurations(state: &mut State, call: &Call) -> ApiResult {
    let wanted = call.params.clone();
    state.list("billing_portal.configuration", call, move |one| {
        ["active", "is_default"]
            .into_iter()
            .all(|name| wanted.get(name).is_none_or(|value| one[name] == *value))
    })
}

/// The configuration that an operator would have saved in the dashboard.
pub fn add_default(state: &mut State) {
    let id = state.id("bpc");
    let default = blank(state, &id, true);
    let _ = state.put("billing_portal.configuration", default);
}

pub fn create(state: &mut State, call: &Call) -> ApiResult {
    let params = &call.params;
    let customer = state.get("customer", &text(params, "customer"), "customer")?;
    let configuration =
        match params["configuration"].as_str() {
            Some(id) => state.get("billing_portal.configuration", id, "configuration")?,
            None => state.table("billing_portal.configuration").find(|one| one["is_default"] == true).cloned().ok_or_else(|| {
                Failure::invalid("No configuration provided and your test mode default configuration has not been created.")
            })?,
        };
    let flow = or_null(params, "flow_data");
    for name in ["subscription_cancel", "subscription_update"] {
        if flow["type"] == name {
            let id = flow[name]["subscription"]
                .as_str()
                .ok_or_else(|| Failure::missing_parameter(&format!("flow_data[{name}]")))?;
            state.get("subscription", id, &format!("flow_data[{name}][subscription]"))?;
            if configuration["features"][name]["enabled"] != true {
                return Err(Failure::invalid(format!(
                    "The `{name}` feature is disabled in the portal's configuration."
                ))
                .param("flow_data[type]"));
            }
        }
    }
    let id = state.id("bps");
    let flow = if flow.is_null() {
        flow
    } else {
        json!({
            "after_completion": { "hosted_confirmation": null, "redirect": null, "type": "portal_homepage" }, "subscription_cancel": or_null(&flow, "subscription_cancel"),
            "subscription_update": or_null(&flow, "subscription_update"), "subscription_update_confirm": null, "type": flow["type"],
        })
    };
    let mut session = json!({
        "id": id, "object": "billing_portal.session", "configuration": configuration["id"], "created": state.now, "customer": customer["id"],
        "customer_account": null, "flow": flow, "livemode": false, "locale": null, "on_behalf_of": null,
        "return_url": configuration["default_return_url"], "url": format!("{}/p/session/{id}", state.base),
    });
    overlay(&mut session, params, &["locale", "return_url"]);
    state.put("billing_portal.session", session)
}

/// The products that a subscription can be switched to: the configured ones, if Stripe's portal
/// supports the switch.
pub fn choices(state: &State, configuration: &Value, sub: &Value) -> Vec<Value> {
    let update = &configuration["features"]["subscription_update"];
    let all = items(sub);
    let simple = all.len() == 1 && !all.iter().any(metered);
    if update["enabled"] != true
        || !(simple || state.config.portal_switches_metered)
        || !sub["schedule"].is_null()
    {
        return Vec::new();
    }
    let current: Vec<&Value> = all.iter().map(|item| &item["price"]["product"]).collect();
    update["products"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| !current.contains(&&entry["product"]))
        .cloned()
        .collect()
}

/// A button of the portal: `switch` (with a product), `cancel`, `resume` or `card` (with a number).
pub fn press(state: &mut State, session: &str, action: &str, sub: &str, value: &str) -> ApiResult {
    let session = state.get("billing_portal.session", session, "id")?;
    let configuration = state.get(
        "billing_portal.configuration",
        &text(&session, "configuration"),
        "configuration",
    )?;
    let features = &configuration["features"];
    let customer = text(&session, "customer");
    if action == "card" {
        let card = attach_here(state, features, &customer, value)?;
        for id in state.ids_where("subscription", |sub| {
            sub["customer"] == customer && sub["ended_at"].is_null()
        }) {
            let mut sub = state.get("subscription", &id, "id")?;
            sub["default_payment_method"] = card["id"].clone();
            state.change("subscription", "customer.subscription.updated", sub)?;
        }
        return Ok(card);
    }
    let sub = state.get("subscription", sub, "subscription")?;
    if sub["customer"] != customer {
        return Err(Failure::no_such("subscription", &text(&sub, "id"), "subscription"));
    }
    let change = match action {
        "cancel"
            if features["subscription_cancel"]["enabled"] == true
                && features["subscription_cancel"]["mode"] == "at_period_end" =>
        {
            json!({ "cancel_at_period_end": true })
        }
        "cancel" if features["subscription_cancel"]["enabled"] == true => {
            return super::subscriptions::cancel(
                state,
                &Call { id: text(&sub, "id"), params: json!({}), ..Call::default() },
            );
        }
        "resume" => json!({ "cancel_at_period_end": false }),
        "switch" => return switch(state, &configuration, sub, value),
        _ => return Err(Failure::invalid("The portal's configuration does not allow this.")),
    };
    // A planned switch is dropped, so that the subscription can be cancelled.
    if let Some(schedule) = sub["schedule"].as_str().map(str::to_owned) {
        schedules::release(state, &Call { id: schedule, params: json!({}), ..Call::default() })?;
    }
    changes::update(state, &Call { id: text(&sub, "id"), params: change, ..Call::default() })
}

fn attach_here(state: &mut State, features: &Value, customer: &str, number: &str) -> ApiResult {
    if features["payment_method_update"]["enabled"] != true {
        return Err(Failure::invalid("The portal's configuration does not allow this."));
    }
    super::customers::attach_card(state, customer, number)
}

fn switch(state: &mut State, configuration: &Value, sub: Value, product: &str) -> ApiResult {
    let entry =
        choices(state, configuration, &sub).into_iter().find(|entry| entry["product"] == product);
    let entry = entry.ok_or_else(|| {
        Failure::invalid("The subscription cannot be switched to this product in the portal.")
    })?;
    let id = text(&sub, "id");
    let prices: Vec<Value> = entry["prices"].as_array().cloned().unwrap_or_default();
    let (mut before, mut after) = (0, 0);
    for item in items(&sub).iter().filter(|item| !metered(item)) {
        before += state.item_amount(item);
    }
    for price in &prices {
        let item = state.item(&id, &json!({ "price": price }), "items")?;
        if !metered(&item) {
            after += state.item_amount(&item);
        }
    }
    let update = &configuration["features"]["subscription_update"];
    let conditions = update["schedule_at_period_end"]["conditions"].as_array();
    let later = after < before
        && conditions
            .is_some_and(|all| all.iter().any(|one| one["type"] == "decreasing_item_amount"));
    let wanted: Vec<Value> = prices.iter().map(|price| json!({ "price": price })).collect();
    if later {
        let schedule = schedules::from_subscription(state, sub.clone(), &json!({}))?;
        state.emit("subscription_schedule.created", &schedule, None);
        let (start, end) = period(&sub);
        let kept = schedule["phases"][0]["items"].clone();
        let phases = json!([{ "items": kept, "start_date": start, "end_date": end }, { "items": wanted, "proration_behavior": "none" }]);
        let call = Call {
            id: text(&schedule, "id"),
            params: json!({ "phases": phases }),
            ..Call::default()
        };
        schedules::update(state, &call)?;
        return state.get("subscription", &id, "id");
    }
    let mut changed: Vec<Value> =
        items(&sub).iter().map(|item| json!({ "id": item["id"], "deleted": true })).collect();
    changed.extend(wanted);
    let params = json!({ "items": changed, "proration_behavior": update["proration_behavior"] });
    changes::update(state, &Call { id, params, ..Call::default() })
}
