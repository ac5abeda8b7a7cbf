//! Invoices: drafted, finalised, paid or not.

use super::account::page;
use super::customers::{card_number, card_outcome};
use super::error::{ApiResult, Failure};
use super::http::Call;
use super::lines::Line;
use super::params::{AFTER, BEFORE, ID, Kind, LIMIT, Param, may};
use super::state::{State, number, or_null, text};
use serde_json::{Value, json};

pub const LIST: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    may("collection_method", Kind::Enum(&["charge_automatically", "send_invoice"])),
    may("created", Kind::Range),
    may("customer", ID),
    may("status", Kind::Enum(&["draft", "open", "paid", "uncollectible", "void"])),
    may("subscription", ID),
];
pub const LINES: &[Param] = &[LIMIT, AFTER, BEFORE];
pub const LIST_ITEMS: &[Param] = &[
    LIMIT,
    AFTER,
    BEFORE,
    may("created", Kind::Range),
    may("customer", ID),
    may("invoice", ID),
    may("pending", Kind::Bool),
];
pub const FINALIZE: &[Param] = &[may("auto_advance", Kind::Bool)];
pub const PAY: &[Param] = &[
    may("off_session", Kind::Bool),
    may("paid_out_of_band", Kind::Bool),
    may("payment_method", ID),
];
const DAY: i64 = 86_400;

/// Fields of Stripe's invoices that are empty here, or are set later.
const ZERO: &[&str] = &[
    "amount_due",
    "amount_overpaid",
    "amount_paid",
    "amount_remaining",
    "amount_shipping",
    "attempt_count",
    "post_payment_credit_notes_amount",
    "pre_payment_credit_notes_amount",
    "starting_balance",
    "subtotal",
    "subtotal_excluding_tax",
    "total",
    "total_excluding_tax",
];
const EMPTY: &[&str] = &[
    "customer_tax_ids",
    "default_tax_rates",
    "discounts",
    "total_discount_amounts",
    "total_pretax_credit_amounts",
    "total_taxes",
];
const NULL: &[&str] = &[
    "account_tax_ids",
    "application",
    "custom_fields",
    "customer_shipping",
    "default_payment_method",
    "default_source",
    "description",
    "due_date",
    "effective_at",
    "ending_balance",
    "footer",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "number",
    "on_behalf_of",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "test_clock",
    "webhooks_delivered_at",
];

/// The inputs of a new invoice.
pub struct Draft {
    pub reason: &'static str,
    pub period: (i64, i64),
    pub lines: Vec<Line>,
    /// Metered items as `{item, from, to}`. They are counted again when the invoice is finalised.
    pub arrears: Vec<Value>,
    pub finalize_after: i64,
}

impl State {
    /// Writes a draft and records its event. Like in Stripe, an invoice is created even if there is
    /// nothing to bill.
    pub fn draft(&mut self, sub: &Value, draft: Draft) -> ApiResult {
        let customer = self.get("customer", &text(sub, "customer"), "customer")?;
        let id = self.id("in");
        let mut fixed = self.collect_pending(&id, sub)?;
        for line in &draft.lines {
            fixed.push(self.invoice_line(&id, sub, line, None));
        }
        let mut invoice = json!({
            "id": id, "object": "invoice", "account_country": "US", "account_name": "Fake Stripe",

            "attempted": false, "auto_advance": sub["status"] != "unpaid",
            "automatic_tax": { "disabled_reason": null, "enabled": false, "liability": null, "provider": null, "status": null },
            "automatically_finalizes_at": self.now + draft.finalize_after, "billing_reason": draft.reason,
            "collection_method": sub["collection_method"], "created": self.now, "currency": sub["currency"],
            "customer": sub["customer"], "customer_address": customer["address"], "customer_email": customer["email"],
            "customer_name": customer["name"], "customer_phone": customer["phone"], "customer_tax_exempt": "none",


            "issuer": { "type": "self" },
            "lines": { "data": [], "has_more": false, "object": "list", "url": format!("/v1/invoices/{id}/lines") },
            "livemode": false, "metadata": {},
            "parent": { "quote_details": null, "subscription_details": { "metadata": sub["metadata"], "subscription": sub["id"] }, "type": "subscription_details" },
            "payment_settings": { "default_mandate": null, "payment_method_options": null, "payment_method_types": null },
            "period_end": draft.period.1, "period_start": draft.period.0,

            "status": "draft",
            "status_transitions": { "finalized_at": null, "marked_uncollectible_at": null, "paid_at": null, "voided_at": null },


            "_fixed": fixed, "_arrears": draft.arrears, "_payments": { "object": "list", "data": [], "has_more": false, "url": "/v1/invoice_payments" },
        });
        for (fields, value) in [(NULL, Value::Null), (ZERO, json!(0)), (EMPTY, json!([]))] {
            for field in fields {
                invoice[*field] = value.clone();
            }
        }
        self.fill(&mut invoice, sub);
        let invoice = self.put("invoice", invoice)?;
        self.emit("invoice.created", &invoice, None);
        Ok(invoice)
    }

    /// Counts usage and calculates totals. Usage may have arrived after the draft was created.
    fn fill(&mut self, invoice: &mut Value, sub: &Value) {
        let id = text(invoice, "id");
        let mut lines = invoice["_fixed"].as_array().cloned().unwrap_or_default();
        for arrear in invoice["_arrears"].as_array().cloned().unwrap_or_default() {
            for line in self.usage_lines(&arrear, &text(sub, "customer")) {
                lines.push(self.invoice_line(&id, sub, &line, None));
            }
        }
        let total: i64 = lines.iter().map(|line| number(line, "amount")).sum();
        let balance = self
            .find("customer", &text(sub, "customer"))
            .map_or(0, |customer| number(customer, "balance"));
        for field in ["subtotal", "subtotal_excluding_tax", "total", "total_excluding_tax"] {
            invoice[field] = json!(total);
        }
        let due = (total + balance).max(0);
        invoice["starting_balance"] = json!(balance);
        invoice["amount_due"] = json!(due);
        invoice["amount_remaining"] = json!(due);
        invoice["lines"]["total_count"] = json!(lines.len());
        invoice["lines"]["data"] = Value::Array(lines);
    }

    pub fn usage_lines(&self, arrear: &Value, customer: &str) -> Vec<Line> {
        let item = &arrear["item"];
        let period = (number(arrear, "from"), number(arrear, "to"));
        let meter = self
            .find("billing.meter", &text(&item["price"]["recurring"], "meter"))
            .cloned()
            .unwrap_or_default();
        self.price_lines(item, self.used(&meter, customer, period.0, period.1).max(0), period)
    }

    /// Opens a draft and assigns its number. If nothing is to be charged, it is paid immediately.
    pub fn finalize_invoice(&mut self, id: &str, on_session: bool, collect: bool) -> ApiResult {
        let mut invoice = self.get("invoice", id, "invoice")?;
        if invoice["status"] != "draft" {
            return Err(Failure::invalid(
                "This invoice is already finalized, you can't re-finalize a non-draft invoice.",
            )
            .code("invoice_not_editable"));
        }
        let sub = self.get(
            "subscription",
            &text(&invoice["parent"]["subscription_details"], "subscription"),
            "subscription",
        )?;
        self.fill(&mut invoice, &sub);
        if self.failing_finalizations > 0 {
            self.failing_finalizations -= 1;
            return self.refuse_to_finalize(invoice);
        }
        let mut customer = self.get("customer", &text(&invoice, "customer"), "customer")?;
        let sequence = number(&customer, "next_invoice_sequence");
        let left = number(&invoice, "total") + number(&customer, "balance");
        // An amount that is too small to charge, or a credit, stays on the customer's balance.
        let kept = if left < self.config.minimum_charge { left } else { 0 };
        let due = left - kept;
        invoice["number"] = json!(format!("{}-{sequence:04}", text(&customer, "invoice_prefix")));
        invoice["status"] = json!("open");
        invoice["auto_advance"] = json!(collect && sub["status"] != "unpaid");
        invoice["last_finalization_error"] = Value::Null;
        invoice["ending_balance"] = json!(kept);
        invoice["amount_due"] = json!(due);
        invoice["amount_remaining"] = json!(due);
        invoice["effective_at"] = json!(self.now);
        invoice["automatically_finalizes_at"] = Value::Null;
        invoice["status_transitions"]["finalized_at"] = json!(self.now);
        invoice["hosted_invoice_url"] = json!(format!("{}/i/{id}", self.base));
        invoice["invoice_pdf"] = json!(format!("{}/i/{id}/pdf", self.base));
        customer["next_invoice_sequence"] = json!(sequence + 1);
        customer["balance"] = json!(kept);
        customer["currency"] = invoice["currency"].clone();
        self.change("customer", "customer.updated", customer)?;
        let invoice = self.put("invoice", invoice)?;
        self.emit("invoice.finalized", &invoice, None);
        if due == 0 {
            return self.mark_paid(id, false);
        }
        if collect && invoice["auto_advance"] == true {
            self.collect(id, on_session)
        } else {
            Ok(invoice)
        }
    }

    /// Stays a draft until somebody finalises it, like an invoice whose tax could not be
    /// calculated.
    fn refuse_to_finalize(&mut self, mut invoice: Value) -> ApiResult {
        invoice["auto_advance"] = json!(false);
        invoice["automatically_finalizes_at"] = Value::Null;
        invoice["last_finalization_error"] = json!({ "code": "customer_tax_location_invalid", "message": "The customer's location isn't recognized.", "type": "invalid_request_error" });
        let invoice = self.put("invoice", invoice)?;
        self.emit("invoice.finalization_failed", &invoice, None);
        Ok(invoice)
    }

    /// Charges the card once. A decline is recorded, not returned.
    pub fn collect(&mut self, id: &str, on_session: bool) -> ApiResult {
        let invoice = self.get("invoice", id, "invoice")?;
        match self.try_card(&invoice, on_session) {
            Ok(()) => self.mark_paid(id, true),
            Err(failure) => self.mark_failed(id, &failure),
        }
    }

    pub fn try_card(&self, invoice: &Value, on_session: bool) -> Result<(), Failure> {
        let sub = self.find(
            "subscription",
            &text(&invoice["parent"]["subscription_details"], "subscription"),
        );
        let number = card_number(self, &text(invoice, "customer"), sub).ok_or_else(|| {
            Failure::invalid(
                "This customer has no attached payment source or default payment method.",
            )
            .code("resource_missing")
        })?;
        card_outcome(&number, on_session)
    }

    fn mark_paid(&mut self, id: &str, charged: bool) -> ApiResult {
        let mut invoice = self.get("invoice", id, "invoice")?;
        let due = number(&invoice, "amount_due");
        if charged {
            invoice["attempt_count"] = json!(number(&invoice, "attempt_count") + 1);
            let (payment, intent) = (self.id("inpay"), self.id("pi"));
            invoice["_payments"]["data"] = json!([{
                "id": payment, "object": "invoice_payment", "amount_paid": due, "amount_requested": due, "created": self.now,
                "currency": invoice["currency"], "invoice": id, "is_default": true, "livemode": false,
                "payment": { "payment_intent": intent, "type": "payment_intent" }, "status": "paid",
                "status_transitions": { "canceled_at": null, "paid_at": self.now },
            }]);
        }
        invoice["attempted"] = json!(true);
        invoice["status"] = json!("paid");
        invoice["amount_paid"] = json!(due);
        invoice["amount_remaining"] = json!(0);
        invoice["auto_advance"] = json!(false);
        invoice["next_payment_attempt"] = Value::Null;
        invoice["status_transitions"]["paid_at"] = json!(self.now);
        let invoice = self.put("invoice", invoice)?;
        self.emit("invoice.paid", &invoice, None);
        self.emit("invoice.payment_succeeded", &invoice, None);
        let sub = text(&invoice["parent"]["subscription_details"], "subscription");
        let still_open = self.table("invoice").any(|other| {
            other["status"] == "open"
                && other["parent"]["subscription_details"]["subscription"] == *sub
        });
        if let Some(mut sub) = self.find("subscription", &sub).cloned() {
            let waiting =
                matches!(sub["status"].as_str(), Some("past_due" | "unpaid" | "incomplete"));
            if waiting && !still_open {
                sub["status"] = json!("active");
                self.change("subscription", "customer.subscription.updated", sub)?;
            }
        }
        Ok(invoice)
    }

    fn mark_failed(&mut self, id: &str, failure: &Failure) -> ApiResult {
        let mut invoice = self.get("invoice", id, "invoice")?;
        let attempts = number(&invoice, "attempt_count") + 1;
        let first = invoice["billing_reason"] == "subscription_create";
        let wait = usize::try_from(attempts - 1)
            .ok()
            .and_then(|nth| self.config.retry_days.get(nth))
            .filter(|_| !first)
            .copied();
        invoice["attempt_count"] = json!(attempts);
        invoice["attempted"] = json!(true);
        invoice["next_payment_attempt"] = json!(wait.map(|days| self.now + days * DAY));
        let invoice = self.put("invoice", invoice)?;
        self.emit("invoice.payment_failed", &invoice, None);
        if failure.code == Some("authentication_required") {
            self.emit("invoice.payment_action_required", &invoice, None);
        }
        let id = text(&invoice["parent"]["subscription_details"], "subscription");
        let Some(mut sub) =
            self.find("subscription", &id).cloned().filter(|sub| sub["ended_at"].is_null())
        else {
            return Ok(invoice);
        };
        let status = match (wait, first) {
            (_, true) => return Ok(invoice),
            (Some(_), _) => "past_due".to_owned(),
            (None, _) => self.config.after_retries.clone(),
        };
        if status == "canceled" {
            self.end_subscription(&id, "canceled", Some("payment_failed"))?;
        } else {
            sub["status"] = json!(status);
            self.change("subscription", "customer.subscription.updated", sub)?;
        }
        Ok(invoice)
    }
}

pub fn list(state: &mut State, call: &Call) -> ApiResult {
    let wanted = call.params.clone();
    state.list("invoice", call, move |invoice| {
        let same = |name: &str| wanted.get(name).is_none_or(|value| invoice[name] == *value);
        let sub = wanted
            .get("subscription")
            .is_none_or(|sub| invoice["parent"]["subscription_details"]["subscription"] == *sub);
        sub && ["collection_method", "customer", "status"].into_iter().all(same)
    })
}

pub fn lines(state: &mut State, call: &Call) -> ApiResult {
    let invoice = state.get("invoice", &call.id, "id")?;
    let lines = invoice["lines"]["data"].as_array().cloned().unwrap_or_default();
    page(&lines.iter().collect::<Vec<_>>(), call)
}

pub fn list_items(state: &mut State, call: &Call) -> ApiResult {
    let wanted = call.params.clone();
    state.list("invoiceitem", call, move |item| {
        let same = |name: &str| wanted.get(name).is_none_or(|value| item[name] == *value);
        let pending = or_null(&wanted, "pending")
            .as_bool()
            .is_none_or(|pending| item["invoice"].is_null() == pending);
        same("customer") && same("invoice") && pending
    })
}

pub fn finalize(state: &mut State, call: &Call) -> ApiResult {
    state.get("invoice", &call.id, "id")?;
    state.finalize_invoice(&call.id, false, call.params["auto_advance"] != false)
}

pub fn pay(state: &mut State, call: &Call) -> ApiResult {
    let invoice = state.get("invoice", &call.id, "id")?;
    if invoice["status"] == "draft" {
        state.finalize_invoice(&call.id, false, false)?;
    }
    let invoice = state.get("invoice", &call.id, "id")?;
    match invoice["status"].as_str() {
        Some("open") => {}
        Some("paid") => {
            return Err(Failure::invalid("Invoice is already paid").code("invoice_already_paid"));
        }
        _ => return Err(Failure::invalid("This invoice can no longer be paid.")),
    }
    if call.params["paid_out_of_band"] == true {
        return state.mark_paid(&call.id, false);
    }
    let outcome = state.try_card(&invoice, call.params["off_session"] != true);
    let after = state.collect(&call.id, call.params["off_session"] != true)?;
    outcome.map(|()| after)
}
