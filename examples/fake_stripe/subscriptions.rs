//! Subscriptions as objects: creation, listing, cancelling. Changes are in `changes`.

mod fields;

use super::billing::{items, metered, period};
use super::clock::{anchored, period_end, step};
use super::customers::{card_number, card_outcome};
use super::error::{ApiResult, Failure};
use super::http::Call;
use super::invoices::Draft;
use super::lines::Line;
use super::money::Exact;
use super::state::{State, merge_metadata, number, or_null, overlay, text};
use serde_json::{Value, json};

pub use fields::{
    ANCHOR, BILLING_MODE, CANCEL, CHANGED_ITEM, CREATE, LIST, NO_TAX, PRORATION, TRIAL_SETTINGS,
    UPDATE,
};

const MAX_ITEMS: usize = 20;

/// Fields of Stripe's subscriptions that are empty here, or are set later.
const NULL: &[&str] = &[
    "application",
    "application_fee_percent",
    "billing_cycle_anchor_config",
    "billing_thresholds",
    "cancel_at",
    "canceled_at",
    "customer_account",
    "days_until_due",
    "default_payment_method",
    "default_source",
    "description",
    "ended_at",
    "latest_invoice",
    "next_pending_invoice_item_invoice",
    "on_behalf_of",
    "pause_collection",
    "pending_invoice_item_interval",
    "pending_setup_intent",
    "pending_update",
    "schedule",
    "test_clock",
    "transfer_data",
];

impl State {
    /// An item of a subscription, checked as in Stripe.
    pub fn item(&mut self, sub: &str, given: &Value, at: &str) -> ApiResult {
        let price = self.get("price", &text(given, "price"), &format!("{at}[price]"))?;
        if price["active"] != true {
            let message = format!(
                "The price specified is inactive. This field only accepts active prices: {}.",
                text(&price, "id")
            );
            return Err(Failure::invalid(message).param(format!("{at}[price]")));
        }
        if price["type"] != "recurring" {
            let message = format!(
                "The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`: {}.",
                text(&price, "id")
            );
            return Err(Failure::invalid(message).param(format!("{at}[price]")));
        }
        let metered = price["recurring"]["usage_type"] == "metered";
        if metered && given.get("quantity").is_some_and(|quantity| !quantity.is_null()) {
            return Err(Failure::invalid(format!(
                "Quantity should not be specified where usage_type is `metered`. Remove quantity from {at}."
            ))
            .param(format!("{at}[quantity]")));
        }
        let id = self.id("si");
        let mut item = json!({
            "id": id, "object": "subscription_item", "billing_thresholds": null, "created": self.now, "current_period_end": 0,
            "current_period_start": 0, "discounts": [], "metadata": {}, "plan": plan(&price), "price": price, "quantity": null,
            "subscription": sub, "tax_rates": [], "_used_from": self.now,
        });
        if metered {
            item.as_object_mut().map(|item| item.shift_remove("quantity"));
        } else {
            item["quantity"] = json!(given["quantity"].as_i64().unwrap_or(1));
        }
        merge_metadata(&mut item, given);
        Ok(item)
    }

    /// Creates a subscription and its first invoice. `on_session`: the customer is present and can
    /// authenticate.
    pub fn subscribe(&mut self, params: &Value, on_session: bool, at: &str) -> ApiResult {
        let customer = self.get("customer", &text(params, "customer"), "customer")?;
        let id = self.id("sub");
        let given = params["items"].as_array().cloned().unwrap_or_default();
        let mut items = Vec::new();
        for (index, item) in given.iter().enumerate() {
            items.push(self.item(&id, item, &format!("{at}[{index}]"))?);
        }
        check_items(&items, at)?;
        let (trial_end, anchor) = self.trial(params)?;
        let recurring = items[0]["price"]["recurring"].clone();
        let (interval, count) =
            (text(&recurring, "interval"), number(&recurring, "interval_count"));
        let end = trial_end.unwrap_or_else(|| period_end(anchor, self.now, &interval, count));
        let currency = items[0]["price"]["currency"].clone();
        let mode = params["billing_mode"]["type"].as_str().unwrap_or("flexible");
        let mut sub = json!({
            "id": id, "object": "subscription",
            "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null }, "billing_cycle_anchor": anchor,
            "billing_mode": { "flexible": if mode == "flexible" { json!({ "proration_discounts": "included" }) } else { Value::Null }, "type": mode },
            "billing_schedules": [], "cancel_at_period_end": false,
            "cancellation_details": { "comment": null, "feedback": null, "reason": null }, "collection_method": "charge_automatically",
            "created": self.now, "currency": currency, "customer": customer["id"],
            "default_tax_rates": [], "discounts": [],
            "invoice_settings": { "account_tax_ids": null, "custom_fields": null, "description": null, "footer": null, "issuer": { "type": "self" } },
            "items": { "object": "list", "data": items, "has_more": false, "total_count": given.len(), "url": format!("/v1/subscription_items?subscription={id}") },
            "livemode": false, "metadata": {},
            "payment_settings": { "payment_method_options": null, "payment_method_types": null, "save_default_payment_method": "off" },
            "start_date": self.now, "status": "incomplete", "trial_end": trial_end,
            "trial_settings": { "end_behavior": { "missing_payment_method": "create_invoice" } },
            "trial_start": trial_end.map(|_| self.now),
        });
        for field in NULL {
            sub[*field] = Value::Null;
        }
        overlay(
            &mut sub,
            params,
            &[
                "description",
                "default_payment_method",
                "trial_settings",
                "billing_cycle_anchor_config",
            ],
        );
        overlay(
            &mut sub["payment_settings"],
            &or_null(params, "payment_settings"),
            &["payment_method_types", "save_default_payment_method"],
        );
        merge_metadata(&mut sub, params);
        super::billing::set_period(&mut sub, self.now, end);
        if trial_end.is_some() {
            sub["status"] = json!("trialing");
        }
        if params["cancel_at_period_end"] == true {
            sub["cancel_at_period_end"] = json!(true);
            sub["cancel_at"] = json!(end);
        }
        let whole = step(anchor, -count, &interval);
        let partial =
            (trial_end.is_none() && anchor > self.now && end == anchor).then_some((whole, end));
        let lines = self.first_lines(&sub, partial, params["proration_behavior"] == "none");
        self.open(sub, lines, params, on_session)
    }

    /// The end of the trial, and the anchor of the cycle.
    fn trial(&self, params: &Value) -> Result<(Option<i64>, i64), Failure> {
        let days = params["trial_period_days"].as_i64().filter(|days| *days > 0);
        let given = params["trial_end"].as_i64();
        if days.is_some() && given.is_some() {
            return Err(Failure::invalid(
                "You may only specify one of these parameters: trial_end, trial_period_days.",
            ));
        }
        if given.is_some_and(|end| end <= self.now) {
            return Err(Failure::invalid(
                "Invalid timestamp: must be an integer Unix timestamp in the future.",
            )
            .param("trial_end"));
        }
        let trial_end = given.or(days.map(|days| self.now + days * 86_400));
        let config =
            params.get("billing_cycle_anchor_config").map(|config| anchored(self.now, config));
        let anchor = params["billing_cycle_anchor"].as_i64();
        if anchor.is_some() && config.is_some() {
            return Err(Failure::invalid(
                "You may only specify one of these parameters: billing_cycle_anchor, billing_cycle_anchor_config.",
            ));
        }
        let anchor = anchor.or(config);
        if anchor.is_some_and(|anchor| anchor < self.now) {
            return Err(Failure::invalid("`billing_cycle_anchor` cannot be in the past.")
                .param("billing_cycle_anchor"));
        }
        Ok((trial_end, anchor.or(trial_end).unwrap_or(self.now)))
    }

    fn first_lines(&self, sub: &Value, partial: Option<(i64, i64)>, free: bool) -> Vec<Line> {
        let (start, end) = period(sub);
        let mut lines = Vec::new();
        for item in items(sub).iter().filter(|item| !metered(item)) {
            if sub["status"] == "trialing" {
                let mut line = self.prorated(item, (start, end), start, false);
                let product = self
                    .find("product", &text(&item["price"], "product"))
                    .map(|product| text(product, "name"))
                    .unwrap_or_default();
                (line.amount, line.unit, line.proration) = (0, Exact::default(), false);
                line.description = format!("Trial period for {product}");
                lines.push(line);
            } else if let Some((from, to)) = partial {
                if !free {
                    lines.push(self.prorated(item, (from, to), start, false));
                }
            } else {
                lines.extend(self.price_lines(item, number(item, "quantity"), (start, end)));
            }
        }
        lines
    }

    /// Stores the subscription, bills it for the first time, and sets its status by the result of
    /// the payment.
    fn open(
        &mut self,
        sub: Value,
        lines: Vec<Line>,
        params: &Value,
        on_session: bool,
    ) -> ApiResult {
        let id = text(&sub, "id");
        let due: i64 = lines.iter().map(|line| line.amount).sum();
        let behavior = params["payment_behavior"].as_str().unwrap_or("allow_incomplete");
        if due > 0 && behavior != "default_incomplete" {
            let number = card_number(self, &text(&sub, "customer"), Some(&sub)).ok_or_else(|| {
                let message = "This customer has no attached payment source or default payment method. Please consider adding a default payment method.";
                Failure::invalid(message).code("resource_missing")
            })?;
            if behavior == "error_if_incomplete" {
                card_outcome(&number, on_session)?;
            }
        }
        let mut sub = self.put("subscription", sub)?;
        let draft = Draft {
            reason: "subscription_create",
            period: (self.now, self.now),
            lines,
            arrears: Vec::new(),
            finalize_after: 0,
        };
        // No event is recorded before the subscription has its invoice.
        let invoice = self.draft(&sub, draft)?;
        sub["latest_invoice"] = invoice["id"].clone();
        let sub = self.put("subscription", sub)?;
        self.emit("customer.subscription.created", &sub, None);
        let invoice = self.finalize_invoice(
            &text(&invoice, "id"),
            on_session,
            behavior != "default_incomplete",
        )?;
        let mut sub = self.get("subscription", &id, "id")?;
        if invoice["status"] == "paid" && sub["status"] == "incomplete" {
            sub["status"] = json!("active");
            sub = self.change("subscription", "customer.subscription.updated", sub)?;
        }
        Ok(sub)
    }
}

/// All prices need one currency and one interval, each price occurs once, and there is a maximum
/// number.
pub fn check_items(items: &[Value], at: &str) -> Result<(), Failure> {
    let first = items.first().ok_or_else(|| Failure::missing_parameter(at))?;
    let same = |name: &str| {
        items
            .iter()
            .all(|item| item["price"]["recurring"][name] == first["price"]["recurring"][name])
    };
    if !same("interval")
        || !same("interval_count")
        || items.iter().any(|item| item["price"]["currency"] != first["price"]["currency"])
    {
        return Err(Failure::invalid(
            "Currency and interval fields must match across all prices on this subscription.",
        )
        .param(at));
    }
    let twice = items.iter().enumerate().any(|(nth, item)| {
        items[..nth].iter().any(|other| other["price"]["id"] == item["price"]["id"])
    });
    if twice {
        return Err(Failure::invalid(
            "Cannot add multiple subscription items with the same price.",
        )
        .param(at));
    }
    if items.len() > MAX_ITEMS {
        return Err(
            Failure::invalid(format!("A subscription has at most {MAX_ITEMS} items.")).param(at)
        );
    }
    Ok(())
}

/// The price in the older form that items still contain.
fn plan(price: &Value) -> Value {
    let recurring = &price["recurring"];
    json!({
        "id": price["id"], "object": "plan", "active": price["active"], "amount": price["unit_amount"], "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"], "created": price["created"], "currency": price["currency"], "interval": recurring["interval"],
        "interval_count": recurring["interval_count"], "livemode": false, "metadata": price["metadata"], "meter": recurring["meter"],
        "nickname": price["nickname"], "product": price["product"], "tiers_mode": price["tiers_mode"], "transform_usage": null,
        "trial_period_days": null, "usage_type": recurring["usage_type"],
    })
}

impl State {
    /// Sets another price on an item.
    pub fn reprice(&self, item: &mut Value, price: Value) {
        item["plan"] = plan(&price);
        item["price"] = price;
    }
}

pub fn create(state: &mut State, call: &Call) -> ApiResult {
    state.subscribe(&call.params, call.params["off_session"] != true, "items")
}

pub fn cancel(state: &mut State, call: &Call) -> ApiResult {
    let mut sub = state.get("subscription", &call.id, "id")?;
    if !sub["ended_at"].is_null() {
        return Err(Failure::no_such("subscription", &call.id, "id"));
    }
    overlay(
        &mut sub["cancellation_details"],
        &or_null(&call.params, "cancellation_details"),
        &["comment", "feedback"],
    );
    if call.params["prorate"] == true {
        for item in items(&sub).iter().filter(|item| !metered(item)) {
            let credit = state.prorated(item, period(&sub), state.now, true);
            state.pend(&sub, &credit)?;
        }
    }
    state.put("subscription", sub)?;
    if call.params["invoice_now"] == true {
        state.bill_rest_now(&call.id)?;
    }
    state.end_subscription(&call.id, "canceled", Some("cancellation_requested"))
}

pub fn list(state: &mut State, call: &Call) -> ApiResult {
    let wanted = call.params.clone();
    state.list("subscription", call, move |sub| {
        let status = sub["status"].as_str().unwrap_or_default();
        let wanted_status = match wanted["status"].as_str() {
            None => status != "canceled",
            Some("all") => true,
            Some("ended") => matches!(status, "canceled" | "incomplete_expired"),
            Some(one) => status == one,
        };
        let price = wanted
            .get("price")
            .is_none_or(|price| items(sub).iter().any(|item| item["price"]["id"] == *price));
        wanted_status
            && price
            && wanted.get("customer").is_none_or(|customer| sub["customer"] == *customer)
    })
}
