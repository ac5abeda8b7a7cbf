//! Products and prices.

use super::error::{ApiResult, Failure};
use super::http::Call;
use super::money::Exact;
use super::params::{
    AFTER, AMOUNT, BEFORE, ID, Kind, LIMIT, METADATA, Param, TEXT, URL, may, must,
};
use super::state::{State, merge_metadata, or_null, overlay, text};
use serde_json::{Map, Value, json};

pub const CREATE_PRODUCT: &[Param] = &[
    may("id", ID),
    must("name", TEXT),
    may("active", Kind::Bool),
    may("description", Kind::Text(40_000)),
    METADATA,
    may("statement_descriptor", Kind::Text(22)),
    may("tax_code", ID),
    may("unit_label", Kind::Text(12)),
    may("url", URL),
];
pub const UPDATE_PRODUCT: &[Param] = &[
    may("name", TEXT),
    may("active", Kind::Bool),
    may("default_price", ID),
    may("description", Kind::Clear(&Kind::Text(40_000))),
    METADATA,
    may("statement_descriptor", Kind::Text(22)),
    may("tax_code", Kind::Clear(&ID)),
    may("unit_label", Kind::Clear(&Kind::Text(12))),
    may("url", Kind::Clear(&URL)),
];
pub const LIST_PRODUCTS: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    may("active", Kind::Bool),
    may("ids", Kind::List(&ID)),
    may("created", Kind::Range),
    may("url", URL),
];

const PRODUCT_FIELDS: &[&str] = &[
    "name",
    "active",
    "default_price",
    "description",
    "statement_descriptor",
    "tax_code",
    "unit_label",
    "url",
];
const INTERVAL: Kind = Kind::Enum(&["day", "week", "month", "year"]);
const RECURRING: Kind = Kind::Object(&[
    must("interval", INTERVAL),
    may("interval_count", Kind::Int(1, 156)),
    may("meter", ID),
    may("usage_type", Kind::Enum(&["licensed", "metered"])),
]);
const TIER: Kind = Kind::Object(&[
    must("up_to", Kind::UpTo),
    may("unit_amount", AMOUNT),
    may("unit_amount_decimal", Kind::Decimal),
    may("flat_amount", AMOUNT),
    may("flat_amount_decimal", Kind::Decimal),
]);
const TAX_BEHAVIOR: Kind = Kind::Enum(&["inclusive", "exclusive", "unspecified"]);
const PRODUCT_DATA: Kind = Kind::Object(&[
    must("name", TEXT),
    may("active", Kind::Bool),
    METADATA,
    may("unit_label", Kind::Text(12)),
]);

pub const CREATE_PRICE: &[Param] = &[
    must("currency", Kind::Text(3)),
    may("active", Kind::Bool),
    may("billing_scheme", Kind::Enum(&["per_unit", "tiered"])),
    may("lookup_key", Kind::Text(200)),
    METADATA,
    may("nickname", TEXT),
    may("product", ID),
    may("product_data", PRODUCT_DATA),
    may("recurring", RECURRING),
    may("tax_behavior", TAX_BEHAVIOR),
    may("tiers", Kind::List(&TIER)),
    may("tiers_mode", Kind::Enum(&["graduated", "volume"])),
    may("transfer_lookup_key", Kind::Bool),
    may("unit_amount", AMOUNT),
    may("unit_amount_decimal", Kind::Decimal),
];
pub const UPDATE_PRICE: &[Param] = &[
    may("active", Kind::Bool),
    may("lookup_key", Kind::Clear(&Kind::Text(200))),
    METADATA,
    may("nickname", Kind::Clear(&TEXT)),
    may("tax_behavior", TAX_BEHAVIOR),
    may("transfer_lookup_key", Kind::Bool),
];
const LIST_RECURRING: Kind = Kind::Object(&[
    may("interval", INTERVAL),
    may("meter", ID),
    may("usage_type", Kind::Enum(&["licensed", "metered"])),
]);
pub const LIST_PRICES: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    may("active", Kind::Bool),
    may("created", Kind::Range),
    may("currency", Kind::Text(3)),
    may("lookup_keys", Kind::List(&Kind::Text(200))),
    may("product", ID),
    may("recurring", LIST_RECURRING),
    may("type", Kind::Enum(&["one_time", "recurring"])),
];

pub fn create_product(state: &mut State, call: &Call) -> ApiResult {
    let id = call.params["id"].as_str().map_or_else(|| state.id("prod"), str::to_owned);
    if state.find("product", &id).is_some() {
        return Err(Failure::invalid("Product already exists.")
            .code("resource_already_exists")
            .param("id"));
    }
    let mut product = json!({
        "id": id, "object": "product", "active": true, "attributes": [], "created": state.now, "default_price": null, "description": null,
        "images": [], "livemode": false, "marketing_features": [], "metadata": {}, "name": "", "package_dimensions": null,
        "shippable": null, "statement_descriptor": null, "tax_code": null, "type": "service", "unit_label": null,
        "updated": state.now, "url": null,
    });
    overlay(&mut product, &call.params, PRODUCT_FIELDS);
    merge_metadata(&mut product, &call.params);
    let product = state.put("product", product)?;
    state.emit("product.created", &product, None);
    Ok(product)
}

pub fn update_product(state: &mut State, call: &Call) -> ApiResult {
    let mut product = state.get("product", &call.id, "id")?;
    if let Some(price) = call.params["default_price"].as_str() {
        state.get("price", price, "default_price")?;
    }
    overlay(&mut product, &call.params, PRODUCT_FIELDS);
    merge_metadata(&mut product, &call.params);
    product["updated"] = json!(state.now);
    state.change("product", "product.updated", product)
}

pub fn list_products(state: &mut State, call: &Call) -> ApiResult {
    let (active, ids) = (or_null(&call.params, "active"), call.params["ids"].as_array().cloned());
    let url = or_null(&call.params, "url");
    state.list("product", call, move |product| {
        (active.is_null() || product["active"] == active)
            && (url.is_null() || product["url"] == url)
            && ids.as_ref().is_none_or(|ids| ids.contains(&product["id"]))
    })
}

/// Codes that look like currencies but are not.
const UNKNOWN: [&str; 3] = ["xyz", "xxx", "abc"];

/// Amounts must be a multiple of this: <https://docs.stripe.com/currencies#special-cases>.
fn step(currency: &str) -> i64 {
    match currency {
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 10,
        "isk" | "ugx" => 100,
        _ => 1,
    }
}

pub fn create_price(state: &mut State, call: &Call) -> ApiResult {
    let params = &call.params;
    let currency = text(params, "currency").to_lowercase();
    if currency.len() != 3
        || !currency.bytes().all(|byte| byte.is_ascii_lowercase())
        || UNKNOWN.contains(&currency.as_str())
    {
        return Err(Failure::invalid(format!("Invalid currency: {currency}.")).param("currency"));
    }
    let amounts = amounts(params)?;
    if params["unit_amount"].as_i64().is_some_and(|amount| amount % step(&currency) != 0) {
        let message = format!(
            "Invalid {} amount. The amount must be a multiple of {}.",
            currency.to_uppercase(),
            step(&currency)
        );
        return Err(Failure::invalid(message).param("unit_amount"));
    }
    let recurring = recurring(state, params)?;
    let product = match (params["product"].as_str(), params.get("product_data")) {
        (Some(_), Some(_)) => {
            return Err(Failure::invalid(
                "You may only specify one of these parameters: product, product_data.",
            ));
        }
        (Some(id), None) => text(&state.get("product", id, "product")?, "id"),
        (None, Some(data)) => text(&create_product(state, &Call::of(data.clone()))?, "id"),
        (None, None) => return Err(Failure::missing_parameter("product")),
    };
    let id = state.id("price");
    let mut price = json!({
        "id": id, "object": "price", "active": true, "billing_scheme": "per_unit", "created": state.now, "currency": currency,
        "custom_unit_amount": null, "livemode": false, "lookup_key": null, "metadata": {}, "nickname": null, "product": product,
        "recurring": recurring, "tax_behavior": "unspecified", "tiers_mode": null, "transform_quantity": null,
        "type": if recurring.is_null() { "one_time" } else { "recurring" }, "unit_amount": null, "unit_amount_decimal": null,
    });
    overlay(
        &mut price,
        params,
        &["active", "billing_scheme", "nickname", "tax_behavior", "tiers_mode"],
    );
    for (field, value) in amounts {
        price[field] = value;
    }
    merge_metadata(&mut price, params);
    set_lookup_key(state, &mut price, params)?;
    let price = state.put("price", price)?;
    state.emit("price.created", &price, None);
    Ok(price)
}

fn recurring(state: &State, params: &Value) -> ApiResult {
    let Some(given) = params.get("recurring") else { return Ok(Value::Null) };
    let usage_type = given["usage_type"].as_str().unwrap_or("licensed");
    match (usage_type, given["meter"].as_str()) {
        ("metered", None) => {
            let message = "Prices with `usage_type=metered` must be backed by meters. Use the `recurring[meter]` parameter to attach a meter.";
            return Err(Failure::invalid(message).param("recurring[meter]"));
        }
        ("metered", Some(meter)) => {
            let meter = state.get("billing.meter", meter, "recurring[meter]")?;
            if meter["status"] != "active" {
                return Err(Failure::invalid("The meter is not active.")
                    .code("archived_meter")
                    .param("recurring[meter]"));
            }
        }
        (_, Some(_)) => {
            return Err(Failure::invalid(
                "`recurring[meter]` can only be set when `recurring[usage_type]` is `metered`.",
            )
            .param("recurring[meter]"));
        }
        _ => {}
    }
    Ok(json!({
        "interval": given["interval"], "interval_count": given["interval_count"].as_i64().unwrap_or(1), "meter": or_null(given, "meter"),
        "trial_period_days": null, "usage_type": usage_type,
    }))
}

/// An amount, or the same amount as a decimal.
fn pair(given: &Value, name: &str, at: &str) -> Result<Option<Exact>, Failure> {
    let decimal = format!("{name}_decimal");
    let clash = || {
        Failure::invalid(format!(
            "You may only specify one of these parameters: {at}{name}, {at}{decimal}."
        ))
        .param(format!("{at}{name}"))
    };
    match (given[name].as_i64(), given[&decimal].as_str().and_then(Exact::parse)) {
        (Some(_), Some(_)) => Err(clash()),
        (Some(whole), None) => Ok(Some(Exact::whole(whole))),
        (None, exact) => Ok(exact),
    }
}

fn amounts(params: &Value) -> Result<Map<String, Value>, Failure> {
    let mut fields = Map::new();
    let unit = pair(params, "unit_amount", "")?;
    if params["billing_scheme"] != "tiered" {
        let misplaced =
            ["tiers", "tiers_mode"].into_iter().find(|name| params.get(*name).is_some());
        if let Some(name) = misplaced {
            return Err(Failure::invalid(format!(
                "`{name}` can only be set when `billing_scheme=tiered`."
            ))
            .param(name));
        }
        let unit = unit.ok_or_else(|| Failure::missing_parameter("unit_amount"))?;
        fields.insert("unit_amount".into(), json!(unit.as_whole()));
        fields.insert("unit_amount_decimal".into(), json!(unit.text()));
        return Ok(fields);
    }
    if unit.is_some() {
        return Err(Failure::invalid("`unit_amount` cannot be set when `billing_scheme=tiered`.")
            .param("unit_amount"));
    }
    if params.get("tiers_mode").is_none() {
        return Err(Failure::missing_parameter("tiers_mode"));
    }
    fields.insert("_tiers".into(), tiers(params)?);
    Ok(fields)
}

/// The bounds of tiers increase, and the last tier has none.
fn tiers(params: &Value) -> ApiResult {
    let given = params["tiers"]
        .as_array()
        .filter(|tiers| !tiers.is_empty())
        .ok_or_else(|| Failure::missing_parameter("tiers"))?;
    let mut out = Vec::new();
    let mut below = 0;
    for (index, tier) in given.iter().enumerate() {
        let at = format!("tiers[{index}]");
        let last = index + 1 == given.len();
        let bound = tier["up_to"].as_i64();
        if last != bound.is_none() {
            return Err(Failure::invalid(
                "The last tier, and only it, must have `up_to` set to `inf`.",
            )
            .param(format!("{at}[up_to]")));
        }
        if bound.is_some_and(|bound| bound <= below) {
            return Err(Failure::invalid(
                "Each tier's `up_to` must be greater than the previous one's.",
            )
            .param(format!("{at}[up_to]")));
        }
        below = bound.unwrap_or(below);
        let (unit, flat) = (pair(tier, "unit_amount", &at)?, pair(tier, "flat_amount", &at)?);
        if unit.is_none() && flat.is_none() {
            return Err(Failure::invalid("Each tier needs a `unit_amount` or a `flat_amount`.")
                .code("parameter_missing")
                .param(at));
        }
        out.push(json!({
            "flat_amount": flat.and_then(Exact::as_whole), "flat_amount_decimal": flat.map(Exact::text),
            "unit_amount": unit.and_then(Exact::as_whole), "unit_amount_decimal": unit.map(Exact::text), "up_to": bound,
        }));
    }
    Ok(Value::Array(out))
}

/// A lookup key belongs to one price. Only `transfer_lookup_key` moves it.
fn set_lookup_key(state: &mut State, price: &mut Value, params: &Value) -> Result<(), Failure> {
    let Some(key) = params.get("lookup_key") else { return Ok(()) };
    let holder = state
        .table("price")
        .find(|other| !key.is_null() && other["lookup_key"] == *key && other["id"] != price["id"])
        .cloned();
    if let Some(mut holder) = holder {
        if params["transfer_lookup_key"] != true {
            let message =
                format!("A price (`{}`) already uses that lookup key.", text(&holder, "id"));
            return Err(Failure::invalid(message).param("lookup_key"));
        }
        holder["lookup_key"] = Value::Null;
        state.change("price", "price.updated", holder)?;
    }
    price["lookup_key"] = key.clone();
    Ok(())
}

pub fn update_price(state: &mut State, call: &Call) -> ApiResult {
    let mut price = state.get("price", &call.id, "id")?;
    overlay(&mut price, &call.params, &["active", "nickname", "tax_behavior"]);
    merge_metadata(&mut price, &call.params);
    set_lookup_key(state, &mut price, &call.params)?;
    state.change("price", "price.updated", price)
}

pub fn list_prices(state: &mut State, call: &Call) -> ApiResult {
    let wanted = call.params.clone();
    state.list("price", call, move |price| {
        let same = |name: &str| wanted.get(name).is_none_or(|value| price[name] == *value);
        let recurring = |name: &str| {
            wanted["recurring"].get(name).is_none_or(|value| price["recurring"][name] == *value)
        };
        ["active", "currency", "product", "type"].into_iter().all(same)
            && ["interval", "meter", "usage_type"].into_iter().all(recurring)
            && wanted["lookup_keys"]
                .as_array()
                .is_none_or(|keys| keys.contains(&price["lookup_key"]))
    })
}
