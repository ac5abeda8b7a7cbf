//! Work that is due when the clock moves: renewals, trials, collections, expiries.

use super::clock::period_end;
use super::error::{ApiResult, Failure};
use super::invoices::Draft;
use super::state::{State, number, text};
use serde_json::{Value, json};

const DAY: i64 = 86_400;
const HOUR: i64 = 3600;
/// In Stripe, the first payment of a subscription must succeed within 23 hours.
const FIRST_PAYMENT: i64 = 23 * HOUR;

/// Work that is due, with the id of its object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    Finalize(String),
    Collect(String),
    TrialNotice(String),
    End(String),
    Renew(String),
    Forget(String),
    Expire(String),
}

impl State {
    /// The earliest work that is due until `target`.
    pub fn next_task(&self, target: i64) -> Option<(i64, Task)> {
        let mut due = Vec::new();
        for invoice in self.table("invoice") {
            let id = text(invoice, "id");
            if let ("draft", Some(at), true) = (
                invoice["status"].as_str()?,
                invoice["automatically_finalizes_at"].as_i64(),
                invoice["auto_advance"] == true,
            ) {
                due.push((at, Task::Finalize(id)));
            } else if let ("open", Some(at)) =
                (invoice["status"].as_str()?, invoice["next_payment_attempt"].as_i64())
            {
                due.push((at, Task::Collect(id)));
            }
        }
        for sub in self.table("subscription").filter(|sub| sub["ended_at"].is_null()) {
            due.extend(next_of(sub));
        }
        for session in self.table("checkout.session").filter(|session| session["status"] == "open")
        {
            due.push((number(session, "expires_at"), Task::Expire(text(session, "id"))));
        }
        due.into_iter().filter(|(at, _)| *at <= target).min()
    }

    pub fn run(&mut self, task: Task) -> Result<(), Failure> {
        match task {
            Task::Finalize(id) => self.finalize_invoice(&id, false, true).map(drop),
            Task::Collect(id) => self.collect(&id, false).map(drop),
            Task::TrialNotice(id) => {
                let mut sub = self.get("subscription", &id, "id")?;
                sub["_noticed"] = json!(true);
                let sub = self.put("subscription", sub)?;
                self.emit("customer.subscription.trial_will_end", &sub, None);
                Ok(())
            }
            Task::End(id) => {
                self.bill_rest(&id)?;
                self.end_subscription(&id, "canceled", Some("cancellation_requested")).map(drop)
            }
            Task::Renew(id) => self.renew(&id, self.now, None).map(drop),
            Task::Forget(id) => self.end_subscription(&id, "incomplete_expired", None).map(drop),
            Task::Expire(id) => super::checkout::expire_now(self, &id).map(drop),
        }
    }

    /// Starts the next period at `at`: usage of the last period in arrears, licences of the next
    /// one in advance. A new `anchor` restarts the cycle.
    pub fn renew(&mut self, id: &str, at: i64, anchor: Option<i64>) -> ApiResult {
        let before = self.get("subscription", id, "id")?;
        let trial = before["status"] == "trialing";
        let (start, _) = period(&before);
        // Usage during a trial is free.
        let arrears = if trial { Vec::new() } else { arrears(&before, at) };
        let mut sub = self.apply_phase(before.clone(), at)?;
        if trial {
            sub["status"] = json!("active");
        }
        let anchor = anchor
            .or_else(|| trial.then_some(at))
            .unwrap_or_else(|| number(&sub, "billing_cycle_anchor"));
        sub["billing_cycle_anchor"] = json!(anchor);
        let first = sub["items"]["data"][0]["price"]["recurring"].clone();
        let end = period_end(
            anchor,
            at,
            first["interval"].as_str().unwrap_or("month"),
            number(&first, "interval_count"),
        );
        set_period(&mut sub, at, end);
        let mut lines = Vec::new();
        for item in items(&sub).iter().filter(|item| !metered(item)) {
            lines.extend(self.price_lines(item, number(item, "quantity"), (at, end)));
        }
        let reason = if anchor == at && !trial && at != period(&before).1 {
            "subscription_update"
        } else {
            "subscription_cycle"
        };
        let wait = if reason == "subscription_cycle" { self.config.finalize_after } else { 0 };
        // The pending items must use the new state of the subscription.
        self.put("subscription", sub.clone())?;
        let invoice = self.draft(
            &sub,
            Draft { reason, period: (start, at), lines, arrears, finalize_after: wait },
        )?;
        sub["latest_invoice"] = invoice["id"].clone();
        self.put("subscription", before)?;
        self.change("subscription", "customer.subscription.updated", sub)?;
        Ok(invoice)
    }

    /// The last invoice of a subscription that ends: its usage and all pending items.
    fn bill_rest(&mut self, id: &str) -> Result<(), Failure> {
        let mut sub = self.get("subscription", id, "id")?;
        let pending = self.table("invoiceitem").any(|item| {
            item["invoice"].is_null()
                && item["parent"]["subscription_details"]["subscription"] == *id
        });
        let arrears =
            if sub["status"] == "trialing" { Vec::new() } else { arrears(&sub, self.now) };
        if arrears.is_empty() && !pending {
            return Ok(());
        }
        let draft = Draft {
            reason: "subscription_cycle",
            period: (period(&sub).0, self.now),
            lines: Vec::new(),
            arrears,
            finalize_after: self.config.finalize_after,
        };
        let invoice = self.draft(&sub, draft)?;
        sub["latest_invoice"] = invoice["id"].clone();
        self.put("subscription", sub)?;
        Ok(())
    }

    /// Bills usage and pending items now, for a cancellation that requests it.
    pub fn bill_rest_now(&mut self, id: &str) -> Result<(), Failure> {
        self.bill_rest(id)?;
        let latest = text(&self.get("subscription", id, "id")?, "latest_invoice");
        if self.find("invoice", &latest).is_some_and(|invoice| invoice["status"] == "draft") {
            self.finalize_invoice(&latest, false, true)?;
        }
        Ok(())
    }

    pub fn end_subscription(&mut self, id: &str, status: &str, reason: Option<&str>) -> ApiResult {
        let mut sub = self.get("subscription", id, "id")?;
        sub["status"] = json!(status);
        sub["ended_at"] = json!(self.now);
        if sub["canceled_at"].is_null() {
            sub["canceled_at"] = json!(self.now);
        }
        if let Some(reason) = reason {
            sub["cancellation_details"]["reason"] = json!(reason);
        }
        let sub = self.put("subscription", sub)?;
        self.emit("customer.subscription.deleted", &sub, None);
        for invoice in self.ids_where("invoice", |invoice| {
            invoice["status"] == "open"
                && invoice["parent"]["subscription_details"]["subscription"] == *id
        }) {
            let mut invoice = self.get("invoice", &invoice, "id")?;
            invoice["auto_advance"] = json!(false);
            invoice["next_payment_attempt"] = Value::Null;
            self.put("invoice", invoice)?;
        }
        Ok(sub)
    }
}

fn next_of(sub: &Value) -> Vec<(i64, Task)> {
    let id = || text(sub, "id");
    if sub["status"] == "incomplete" {
        return vec![(number(sub, "created") + FIRST_PAYMENT, Task::Forget(id()))];
    }
    let end = period(sub).1;
    let mut due = Vec::new();
    match sub["cancel_at"].as_i64() {
        Some(at) if at <= end => due.push((at, Task::End(id()))),
        _ => due.push((end, Task::Renew(id()))),
    }
    if let (Some(trial_end), true, false) =
        (sub["trial_end"].as_i64(), sub["status"] == "trialing", sub["_noticed"] == true)
    {
        due.push((trial_end - 3 * DAY, Task::TrialNotice(id())));
    }
    due
}

/// The items of a subscription.
pub fn items(sub: &Value) -> Vec<Value> {
    sub["items"]["data"].as_array().cloned().unwrap_or_default()
}

pub fn metered(item: &Value) -> bool {
    item["price"]["recurring"]["usage_type"] == "metered"
}

/// The current period, which all items share.
pub fn period(sub: &Value) -> (i64, i64) {
    let first = &sub["items"]["data"][0];
    (number(first, "current_period_start"), number(first, "current_period_end"))
}

pub fn set_period(sub: &mut Value, start: i64, end: i64) {
    for item in sub["items"]["data"].as_array_mut().into_iter().flatten() {
        item["current_period_start"] = json!(start);
        item["current_period_end"] = json!(end);
        item["_used_from"] = json!(start);
    }
}

/// The amount due for metered items until `to`.
pub fn arrears(sub: &Value, to: i64) -> Vec<Value> {
    items(sub)
        .into_iter()
        .filter(metered)
        .map(|item| json!({ "from": item["_used_from"], "to": to, "item": item }))
        .collect()
}
