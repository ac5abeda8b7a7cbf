//! The account itself, and reading one object of any kind.

use super::error::{ApiResult, Failure};
use super::http::Call;
use super::params::Param;
use super::state::State;
use serde_json::{Value, json};

pub const NONE: &[Param] = &[];
/// Fields that are only included on request.
const INCLUDABLE: &[&str] = &["line_items", "payments", "tiers"];
const ID: &str = "acct_1FakeTollgate";

pub fn own(_state: &mut State, _call: &Call) -> ApiResult {
    let address = json!({ "city": null, "country": null, "line1": null, "line2": null, "postal_code": null, "state": null });
    Ok(json!({
        "id": ID, "object": "account",
        "business_profile": {
            "annual_revenue": null, "estimated_worker_count": null, "mcc": null, "minority_owned_business_designation": null,
            "name": "Fake Stripe", "product_description": null, "support_address": address, "support_email": null, "support_phone": null,
            "support_url": null, "url": null,
        },
        "business_type": null, "capabilities": { "card_payments": "active", "transfers": "active" }, "charges_enabled": true,
        "controller": { "type": "account" }, "country": "US", "created": 1_700_000_000, "default_currency": "usd", "details_submitted": true,
        "email": "owner@example.com", "metadata": {}, "payouts_enabled": true, "settings": settings(), "type": "standard",
    }))
}

fn settings() -> Value {
    let prefix = json!({ "statement_descriptor_prefix": null, "statement_descriptor_prefix_kana": null, "statement_descriptor_prefix_kanji": null });
    let mut payments = prefix.clone();
    for field in ["statement_descriptor", "statement_descriptor_kana", "statement_descriptor_kanji"]
    {
        payments[field] = Value::Null;
    }
    let mut cards = prefix;
    cards["decline_on"] = json!({ "avs_failure": true, "cvc_failure": true });
    json!({
        "bacs_debit_payments": { "display_name": null, "service_user_number": null },
        "branding": { "icon": null, "logo": null, "primary_color": null, "secondary_color": null },
        "card_issuing": { "tos_acceptance": { "date": null, "ip": null } }, "card_payments": cards,
        "dashboard": { "display_name": "Fake Stripe", "timezone": "Etc/UTC" },
        "invoices": { "default_account_tax_ids": null, "hosted_payment_method_save": null }, "payments": payments,
        "payouts": { "debit_negative_balances": true, "schedule": { "delay_days": 2, "interval": "daily" }, "statement_descriptor": null },
        "sepa_debit_payments": {},
    })
}

pub fn by_id(state: &mut State, call: &Call) -> ApiResult {
    if call.id == ID {
        return own(state, call);
    }
    let message = format!(
        "The provided key does not have access to account '{}' (or that account does not exist).",
        call.id
    );
    let mut failure = Failure::invalid(message).code("account_invalid");
    failure.status = 403;
    Err(failure)
}

macro_rules! retrieve {
    ($($name:ident: $kind:literal),* $(,)?) => {
        $(pub fn $name(state: &mut State, call: &Call) -> ApiResult { state.get($kind, &call.id, "id") })*
    };
}

retrieve! {
    product: "product", price: "price", meter: "billing.meter", checkout_session: "checkout.session", payment_method: "payment_method",
    subscription: "subscription", schedule: "subscription_schedule", invoice: "invoice", event: "event", thin_event: "v2.core.event",
    webhook_endpoint: "webhook_endpoint", portal_configuration: "billing_portal.configuration",
}

/// A deleted customer is still returned, with its few remaining fields.
pub fn customer(state: &mut State, call: &Call) -> ApiResult {
    state
        .find("customer", &call.id)
        .cloned()
        .ok_or_else(|| Failure::no_such("customer", &call.id, "id"))
}

impl State {
    /// One page of a kind, newest first.
    pub fn list(&self, kind: &str, call: &Call, wanted: impl Fn(&Value) -> bool) -> ApiResult {
        let created = &call.params["created"];
        let all: Vec<&Value> = self
            .table(kind)
            .rev()
            .filter(|object| in_range(&object["created"], created) && wanted(object))
            .collect();
        page(&all, call)
    }

    /// Replaces the id at a path by its object, or includes a field that is only returned on
    /// request.
    pub fn expand(&self, value: &mut Value, path: &str, whole: &str) -> Result<(), Failure> {
        if let Value::Array(items) = value {
            return items.iter_mut().try_for_each(|item| self.expand(item, path, whole));
        }
        let refused = || {
            Failure::invalid(format!("This property cannot be expanded ({whole})."))
                .param("expand")
                .before_running()
        };
        let (field, rest) = path.split_once('.').unwrap_or((path, ""));
        let hidden = format!("_{field}");
        if let Some(shown) = value.get(&hidden).filter(|_| INCLUDABLE.contains(&field)).cloned() {
            value[field] = shown;
        }
        let inner = value.get_mut(field).ok_or_else(refused)?;
        if let Some(object) = inner.as_str().and_then(|id| self.by_id(id)) {
            *inner = object.clone();
        }
        match (rest.is_empty(), &*inner) {
            (true, Value::Object(_) | Value::Array(_) | Value::Null) | (false, Value::Null) => {
                Ok(())
            }
            (false, Value::Object(_) | Value::Array(_)) => self.expand(inner, rest, whole),
            _ => Err(refused()),
        }
    }
}

/// Limits a page by `limit`, `starting_after` and `ending_before`.
pub fn page(all: &[&Value], call: &Call) -> ApiResult {
    let params = &call.params;
    let limit = usize::try_from(params["limit"].as_i64().unwrap_or(10)).unwrap_or(10);
    let place = |name: &str| -> Result<Option<usize>, Failure> {
        let Some(id) = params[name].as_str() else { return Ok(None) };
        let place = all.iter().position(|object| object["id"] == id);
        place.map(Some).ok_or_else(|| Failure::no_such("object", id, name))
    };
    let (data, has_more) = match (place("starting_after")?, place("ending_before")?) {
        (Some(_), Some(_)) => {
            return Err(Failure::invalid(
                "You may only specify one of these parameters: starting_after, ending_before.",
            ));
        }
        (_, Some(end)) => (&all[end.saturating_sub(limit)..end], end > limit),
        (after, None) => {
            let start = after.map_or(0, |at| at + 1);
            (&all[start..all.len().min(start + limit)], all.len() > start + limit)
        }
    };
    Ok(json!({ "object": "list", "data": data, "has_more": has_more, "url": call.path }))
}

fn in_range(created: &Value, range: &Value) -> bool {
    let Some(at) = created.as_i64() else { return true };
    if let Some(exact) = range.as_i64() {
        return at == exact;
    }
    let holds = |name: &str, test: fn(i64, i64) -> bool| {
        range[name].as_i64().is_none_or(|bound| test(at, bound))
    };
    holds("gt", |a, b| a > b)
        && holds("gte", |a, b| a >= b)
        && holds("lt", |a, b| a < b)
        && holds("lte", |a, b| a <= b)
}
