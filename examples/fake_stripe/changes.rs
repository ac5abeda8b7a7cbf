//! Changes of a subscription: other items, prorations, trials, cancelling later.

use super::billing::{arrears, items, metered, period};
use super::customers::{card_number, card_outcome};
use super::error::{ApiResult, Failure};
use super::http::Call;
use super::invoices::Draft;
use super::lines::Line;
use super::state::{State, merge_metadata, number, overlay, text};
use super::subscriptions::check_items;
use serde_json::{Value, json};

/// The new items, and the cost of the change.
struct Change {
    items: Vec<Value>,
    prorations: Vec<Line>,
    /// Usage until now under prices that are removed.
    usage: Vec<Line>,
}

pub fn update(state: &mut State, call: &Call) -> ApiResult {
    let params = &call.params;
    let mut sub = state.get("subscription", &call.id, "id")?;
    if !sub["ended_at"].is_null() {
        let message =
            "A canceled subscription can only update its cancellation_details and metadata.";
        return Err(Failure::invalid(message));
    }
    if params["cancel_at_period_end"] == true && params["cancel_at"].is_i64() {
        return Err(Failure::invalid(
            "You may only specify one of these parameters: cancel_at, cancel_at_period_end.",
        ));
    }
    overlay(&mut sub, params, &["description", "default_payment_method", "trial_settings"]);
    overlay(
        &mut sub["cancellation_details"],
        &params["cancellation_details"],
        &["comment", "feedback"],
    );
    merge_metadata(&mut sub, params);
    set_cancellation(state, &mut sub, params)?;
    let change =
        if params.get("items").is_some() { Some(plan_change(state, &sub, params)?) } else { None };
    let restart = params["billing_cycle_anchor"] == "now";
    let behavior = params["proration_behavior"].as_str().unwrap_or("create_prorations");
    if let Some(change) = &change {
        check_payment(state, &sub, change, params)?;
    }
    let mut bill_now = false;
    if let Some(change) = change {
        bill_now = behavior == "always_invoice"
            && !(change.prorations.is_empty() && change.usage.is_empty());
        for line in change.prorations.iter().chain(&change.usage).filter(|_| !restart) {
            state.pend(&sub, line)?;
        }
        if restart {
            restart_credits(state, &sub, behavior)?;
        }
        sub["items"]["total_count"] = json!(change.items.len());
        sub["items"]["data"] = Value::Array(change.items);
    } else if restart {
        restart_credits(state, &sub, behavior)?;
    }
    set_trial(state, &mut sub, params)?;
    let mut sub = state.change("subscription", "customer.subscription.updated", sub)?;
    if restart || params["trial_end"] == "now" {
        let invoice = state.renew(&call.id, state.now, Some(state.now))?;
        state.finalize_invoice(&text(&invoice, "id"), true, true)?;
    } else if bill_now {
        let (start, _) = period(&sub);
        let draft = Draft {
            reason: "subscription_update",
            period: (start, state.now),
            lines: Vec::new(),
            arrears: Vec::new(),
            finalize_after: 0,
        };
        let invoice = state.draft(&sub, draft)?;
        sub["latest_invoice"] = invoice["id"].clone();
        state.put("subscription", sub)?;
        state.finalize_invoice(&text(&invoice, "id"), params["off_session"] != true, true)?;
    }
    state.get("subscription", &call.id, "id")
}

fn set_cancellation(state: &State, sub: &mut Value, params: &Value) -> Result<(), Failure> {
    let at = match (params["cancel_at_period_end"].as_bool(), params.get("cancel_at")) {
        (Some(true), _) => Some(period(sub).1),
        (_, Some(at)) if at.is_i64() => at.as_i64(),
        (Some(false), _) | (_, Some(_)) => None,
        (None, None) => return Ok(()),
    };
    if !sub["schedule"].is_null() {
        let message = format!(
            "The subscription is managed by the subscription schedule `{}`, and updating any cancelation behavior directly is not allowed. Please update the schedule instead.",
            text(sub, "schedule")
        );
        return Err(Failure::invalid(message));
    }
    if at.is_some_and(|at| at < state.now) {
        return Err(Failure::invalid("`cancel_at` must be in the future.").param("cancel_at"));
    }
    sub["cancel_at_period_end"] = json!(params["cancel_at_period_end"] == true);
    sub["cancel_at"] = json!(at);
    sub["canceled_at"] = json!(at.map(|_| state.now));
    sub["cancellation_details"]["reason"] = json!(at.map(|_| "cancellation_requested"));
    Ok(())
}

/// Ends a trial now, or later than planned.
fn set_trial(state: &State, sub: &mut Value, params: &Value) -> Result<(), Failure> {
    match params.get("trial_end") {
        Some(Value::String(_)) => sub["trial_end"] = json!(state.now),
        Some(end) if sub["status"] == "trialing" && end.as_i64() > Some(state.now) => {
            sub["trial_end"] = end.clone();
            sub["billing_cycle_anchor"] = end.clone();
            let start = period(sub).0;
            super::billing::set_period(sub, start, number(sub, "trial_end"));
        }
        Some(_) if sub["status"] != "trialing" => {
            return Err(Failure::invalid(
                "The fake gives no trial to a subscription that has begun.",
            )
            .param("trial_end"));
        }
        Some(_) => {
            return Err(Failure::invalid(
                "Invalid timestamp: must be an integer Unix timestamp in the future.",
            )
            .param("trial_end"));
        }
        None => {}
    }
    Ok(())
}

fn plan_change(state: &mut State, sub: &Value, params: &Value) -> Result<Change, Failure> {
    let date = params["proration_date"].as_i64().unwrap_or(state.now);
    let (start, end) = period(sub);
    if !(start..=end).contains(&date) {
        return Err(Failure::invalid(
            "Cannot set `proration_date` outside of the current subscription period.",
        )
        .param("proration_date"));
    }
    let before = items(sub);
    let mut after = before.clone();
    for (index, given) in params["items"].as_array().into_iter().flatten().enumerate() {
        change_item(state, sub, &mut after, given, &format!("items[{index}]"))?;
    }
    check_items(&after, "items")?;
    let was = &before[0]["price"]["recurring"];
    let is = &after[0]["price"]["recurring"];
    if (was["interval"] != is["interval"] || was["interval_count"] != is["interval_count"])
        && params["billing_cycle_anchor"] != "now"
    {
        return Err(Failure::invalid(
            "The fake changes the interval only together with `billing_cycle_anchor=now`.",
        )
        .param("items"));
    }
    let mut change = Change { items: Vec::new(), prorations: Vec::new(), usage: Vec::new() };
    let free = sub["status"] == "trialing" || params["proration_behavior"] == "none";
    let flexible = sub["billing_mode"]["type"] == "flexible" && sub["status"] != "trialing";
    for old in &before {
        let new = after.iter().find(|new| new["id"] == old["id"]);
        let same = new.is_some_and(|new| {
            new["price"]["id"] == old["price"]["id"] && new["quantity"] == old["quantity"]
        });
        if same {
            continue;
        }
        if metered(old) {
            let owed = arrears(sub, state.now)
                .into_iter()
                .filter(|arrear| flexible && arrear["item"]["id"] == old["id"]);
            for arrear in owed {
                change.usage.extend(
                    state
                        .usage_lines(&arrear, &text(sub, "customer"))
                        .into_iter()
                        .filter(|line| line.amount != 0),
                );
            }
        } else if !free {
            change.prorations.push(state.prorated(old, (start, end), date, true));
        }
    }
    for mut new in after {
        let old = before.iter().find(|old| old["id"] == new["id"]);
        let same = old.is_some_and(|old| {
            new["price"]["id"] == old["price"]["id"] && new["quantity"] == old["quantity"]
        });
        if !same && !metered(&new) && !free {
            change.prorations.push(state.prorated(&new, (start, end), date, false));
        }
        // In the flexible mode, the old price is billed until now. In the classic mode, the new
        // price applies to all usage.
        if !same && metered(&new) && (flexible || old.is_none()) {
            new["_used_from"] = json!(state.now);
        }
        change.items.push(new);
    }
    Ok(change)
}

fn change_item(
    state: &mut State,
    sub: &Value,
    after: &mut Vec<Value>,
    given: &Value,
    at: &str,
) -> Result<(), Failure> {
    let id = text(sub, "id");
    let Some(existing) = given["id"].as_str() else {
        if given.get("price").is_none() {
            return Err(Failure::missing_parameter(&format!("{at}[price]")));
        }
        let mut item = state.item(&id, given, at)?;
        (item["current_period_start"], item["current_period_end"]) =
            (json!(period(sub).0), json!(period(sub).1));
        after.push(item);
        return Ok(());
    };
    let place = after.iter().position(|item| item["id"] == existing);
    let place = place
        .ok_or_else(|| Failure::no_such("subscription_item", existing, &format!("{at}[id]")))?;
    if given["deleted"] == true {
        after.remove(place);
        return Ok(());
    }
    let mut asked = given.clone();
    if given.get("price").is_none() {
        asked["price"] = after[place]["price"]["id"].clone();
    }
    // Checks the price and quantity like those of a new item.
    let checked = state.item(&id, &asked, at)?;
    let item = &mut after[place];
    let price = checked["price"].clone();
    if given.get("price").is_some() {
        state.reprice(item, price);
    }
    if metered(item) {
        item.as_object_mut().map(|item| item.shift_remove("quantity"));
    } else if given.get("quantity").is_some() || item["quantity"].is_null() {
        item["quantity"] = checked["quantity"].clone();
    }
    merge_metadata(item, given);
    Ok(())
}

/// `error_if_incomplete` changes nothing if the charge would fail.
fn check_payment(
    state: &State,
    sub: &Value,
    change: &Change,
    params: &Value,
) -> Result<(), Failure> {
    let due: i64 = change.prorations.iter().chain(&change.usage).map(|line| line.amount).sum();
    if params["payment_behavior"] != "error_if_incomplete"
        || params["proration_behavior"] != "always_invoice"
        || due <= 0
    {
        return Ok(());
    }
    let number = card_number(state, &text(sub, "customer"), Some(sub)).unwrap_or_default();
    card_outcome(&number, params["off_session"] != true)
}

/// Before a cycle is restarted, the rest of the old one is credited.
fn restart_credits(state: &mut State, sub: &Value, behavior: &str) -> Result<(), Failure> {
    if behavior == "none" || sub["status"] == "trialing" {
        return Ok(());
    }
    for item in items(sub).iter().filter(|item| !metered(item)) {
        let credit = state.prorated(item, period(sub), state.now, true);
        state.pend(sub, &credit)?;
    }
    Ok(())
}
