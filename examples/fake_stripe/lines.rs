//! Invoice lines: licensed prices in advance, metered ones in arrears, prorations.

use super::clock::step;
use super::error::Failure;
use super::money::{Exact, tiered};
use super::state::{State, number, text};
use serde_json::{Value, json};

/// The content of a line before it has an id and an invoice.
#[derive(Clone, Debug)]
pub struct Line {
    pub amount: i64,
    pub description: String,
    pub period: (i64, i64),
    pub quantity: i64,
    pub unit: Exact,
    pub price: Value,
    pub item: String,
    pub proration: bool,
    pub metadata: Value,
}

impl State {
    /// The lines of a price for a quantity, one for each tier.
    pub fn price_lines(&self, item: &Value, quantity: i64, period: (i64, i64)) -> Vec<Line> {
        let price = &item["price"];
        let product = self
            .find("product", &text(price, "product"))
            .map(|product| text(product, "name"))
            .unwrap_or_default();
        let every = text(&price["recurring"], "interval");
        let line = |amount, description, quantity, unit| Line {
            amount,
            description,
            period,
            quantity,
            unit,
            price: price.clone(),
            item: text(item, "id"),
            proration: false,
            metadata: item["metadata"].clone(),
        };
        if price["billing_scheme"] != "tiered" {
            let unit = unit_amount(price);
            let description =
                format!("{quantity} × {product} (at {} / {every})", shown(unit, price));
            return vec![line(unit.times(quantity).round(), description, quantity, unit)];
        }
        let tiers = price["_tiers"].as_array().cloned().unwrap_or_default();
        let graduated = price["tiers_mode"] == "graduated";
        let lines = tiered(&tiers, graduated, quantity).into_iter().map(|part| {
            let unit = shown(part.unit, price);
            let description = if part.flat {
                format!("{product} (Tier {} flat fee at {unit} / {every})", part.tier)
            } else {
                format!("{} × {product} (Tier {} at {unit} / {every})", part.quantity, part.tier)
            };
            line(part.amount, description, part.quantity, part.unit)
        });
        lines.collect()
    }

    /// The price of an item for its whole period, before it is rounded for a proration.
    pub fn item_amount(&self, item: &Value) -> i64 {
        self.price_lines(item, number(item, "quantity"), (0, 0))
            .iter()
            .map(|line| line.amount)
            .sum()
    }

    /// The credit or charge for the rest of a period, rounded once.
    pub fn prorated(&self, item: &Value, period: (i64, i64), date: i64, credit: bool) -> Line {
        let (start, end) = period;
        let recurring = &item["price"]["recurring"];
        let (every, count) =
            (text(recurring, "interval"), number(recurring, "interval_count").max(1));
        // A price is for a whole interval, even if an anchor shortens the first one.
        let start =
            if step(start, count, &every) > end { step(end, -count, &every) } else { start };
        let amount = Exact::whole(self.item_amount(item)).share(end - date, end - start);
        let product = self
            .find("product", &text(&item["price"], "product"))
            .map(|product| text(product, "name"))
            .unwrap_or_default();
        let quantity = number(item, "quantity");
        let times = if quantity == 1 { String::new() } else { format!("{quantity} × ") };
        let word = if credit { "Unused" } else { "Remaining" };
        Line {
            amount: if credit { -amount } else { amount },
            description: format!(
                "{word} time on {times}{product} after {}",
                super::pages::day(date)
            ),
            period: (date, end),
            quantity,
            unit: unit_amount(&item["price"]),
            price: item["price"].clone(),
            item: text(item, "id"),
            proration: true,
            metadata: item["metadata"].clone(),
        }
    }

    /// An invoice item that is pending until the subscription's next invoice.
    pub fn pend(&mut self, sub: &Value, line: &Line) -> Result<Value, Failure> {
        let id = self.id("ii");
        let item = json!({
            "id": id, "object": "invoiceitem", "amount": line.amount, "currency": sub["currency"], "customer": sub["customer"],
            "date": self.now, "description": line.description, "discountable": !line.proration, "discounts": [], "invoice": null,
            "livemode": false, "metadata": line.metadata, "net_amount": line.amount,
            "parent": { "subscription_details": { "subscription": sub["id"], "subscription_item": line.item }, "type": "subscription_details" },
            "period": { "end": line.period.1, "start": line.period.0 }, "pricing": pricing(line), "proration": line.proration,
            "quantity": line.quantity, "tax_rates": [], "test_clock": null, "_price": line.price, "_unit": line.unit.text(),
        });
        let item = self.put("invoiceitem", item)?;
        self.emit("invoiceitem.created", &item, None);
        Ok(item)
    }

    /// Its line on the invoice.
    pub fn invoice_line(
        &mut self,
        invoice: &str,
        sub: &Value,
        line: &Line,
        invoice_item: Option<&str>,
    ) -> Value {
        let id = self.id("il");
        json!({
            "id": id, "object": "line_item", "amount": line.amount, "currency": sub["currency"], "description": line.description,
            "discount_amounts": [], "discountable": !line.proration, "discounts": [], "invoice": invoice, "livemode": false,
            "metadata": line.metadata,
            "parent": {
                "invoice_item_details": null,
                "subscription_item_details": {
                    "invoice_item": invoice_item, "proration": line.proration, "proration_details": { "credited_items": null },
                    "subscription": sub["id"], "subscription_item": line.item,
                },
                "type": "subscription_item_details",
            },
            "period": { "end": line.period.1, "start": line.period.0 }, "pretax_credit_amounts": [], "pricing": pricing(line),
            "quantity": line.quantity, "subscription": sub["id"], "subtotal": line.amount, "taxes": [],
        })
    }

    /// Moves the pending items of a subscription to an invoice.
    pub fn collect_pending(&mut self, invoice: &str, sub: &Value) -> Result<Vec<Value>, Failure> {
        let mut lines = Vec::new();
        for id in self.ids_where("invoiceitem", |item| {
            item["invoice"].is_null()
                && item["parent"]["subscription_details"]["subscription"] == sub["id"]
        }) {
            let mut item = self.get("invoiceitem", &id, "id")?;
            let line = Line {
                amount: number(&item, "amount"),
                description: text(&item, "description"),
                period: (number(&item["period"], "start"), number(&item["period"], "end")),
                quantity: number(&item, "quantity"),
                unit: item["_unit"].as_str().and_then(Exact::parse).unwrap_or_default(),
                price: item["_price"].clone(),
                item: text(&item["parent"]["subscription_details"], "subscription_item"),
                proration: item["proration"] == true,
                metadata: item["metadata"].clone(),
            };
            lines.push(self.invoice_line(invoice, sub, &line, Some(&id)));
            item["invoice"] = json!(invoice);
            self.put("invoiceitem", item)?;
        }
        Ok(lines)
    }
}

fn pricing(line: &Line) -> Value {
    json!({
        "price_details": { "price": line.price["id"], "product": line.price["product"] }, "type": "price_details",
        "unit_amount_decimal": line.unit.text(),
    })
}

fn unit_amount(price: &Value) -> Exact {
    price["unit_amount_decimal"].as_str().and_then(Exact::parse).unwrap_or_default()
}

/// A unit price in the currency's minor unit, which needs no table of currencies.
fn shown(unit: Exact, price: &Value) -> String {
    // In whole units: two more decimal places, and at least two.
    let text_of = unit.text();
    let (whole, places) = text_of.split_once('.').unwrap_or((&text_of, ""));
    let digits = format!("{whole:0>3}{places}");
    let (major, minor) = digits.split_at(whole.len().max(3) - 2);
    match text(price, "currency").as_str() {
        "usd" => format!("${major}.{minor}"),
        other => format!("{major}.{minor} {}", other.to_uppercase()),
    }
}
