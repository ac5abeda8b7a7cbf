//! The cost of a month, line by line, calculated by Tollgate: for invoices without a payment
//! provider, previews and forecasts. Pure functions.

use tollgate_types::billing::InvoiceLine;
use tollgate_types::money::{Currency, Exact, share};
use tollgate_types::plan::Plan;
use tollgate_types::time::{HOUR, Timestamp};

use super::amounts;
use super::stripe_objects::Line;

/// A part of a month in which one plan was active.
#[derive(Clone, Debug)]
pub struct Stretch {
    pub from: Timestamp,
    pub to: Timestamp,
    pub plan: Plan,
}

/// Usage of one hour.
#[derive(Clone, Copy, Debug)]
pub struct Used {
    pub hour: i64,
    pub units: u64,
    /// In 10^-9 minor units, at the prices of that time.
    pub amount_nano: u64,
}

/// The month from `from` to `to`: each part's share of its plan's price, then the units.
pub fn month(
    stretches: &[Stretch],
    used: &[Used],
    (from, to): (Timestamp, Timestamp),
) -> Vec<InvoiceLine> {
    let part = |at: Timestamp| (at.0 - from.0).max(0).unsigned_abs();
    let mut lines = Vec::new();
    for stretch in stretches.iter().filter(|stretch| stretch.plan.monthly_price > 0) {
        let amount =
            share(stretch.plan.monthly_price, part(stretch.from), part(stretch.to), part(to));
        let is_whole = (stretch.from, stretch.to) == (from, to);
        let text = if is_whole {
            stretch.plan.name.clone()
        } else {
            format!("{}, part of the month", stretch.plan.name)
        };
        lines.push(InvoiceLine {
            text,
            units: None,
            unit_price: None,
            amount: amount.cast_signed(),
            from: stretch.from,
            to: stretch.to,
        });
    }
    if let [only] = stretches {
        let units = used.iter().map(|used| used.units).sum();
        lines.extend(usage(&only.plan, units, from, to));
    } else {
        // Each unit at the price at its time, which the ledger stores.
        for (i, stretch) in stretches.iter().enumerate() {
            let begins = if i == 0 { i64::MIN } else { stretch.from.hour().0 };
            let ends = stretches.get(i + 1).map_or(i64::MAX, |next| next.from.hour().0);
            let within = used.iter().filter(|used| (begins..ends).contains(&used.hour));
            let (units, nano) = within.fold((0, 0), |(units, nano): (u64, u64), used| {
                (units + used.units, nano.saturating_add(used.amount_nano))
            });
            if units > 0 {
                let amount = Exact::nano(nano).rounded().cast_signed();
                let text = format!("Units on {}", stretch.plan.name);
                lines.push(InvoiceLine {
                    text,
                    units: Some(units),
                    unit_price: None,
                    amount,
                    from: stretch.from,
                    to: stretch.to,
                });
            }
        }
    }
    lines
}

/// A month's units, per tier.
pub fn usage(plan: &Plan, units: u64, from: Timestamp, to: Timestamp) -> Vec<InvoiceLine> {
    let charges = plan.prices.charges(units).into_iter();
    let line = |charge: tollgate_types::money::Charged| {
        let is_included =
            charge.amount == 0 && charge.unit_price == tollgate_types::money::UnitPrice::default();
        InvoiceLine {
            text: if is_included { "Included units" } else { "Units above the included units" }
                .to_owned(),
            units: Some(charge.units),
            unit_price: Some(charge.unit_price.to_string()),
            amount: charge.amount.cast_signed(),
            from,
            to,
        }
    };
    charges.map(line).collect()
}

pub fn total(lines: &[InvoiceLine]) -> i64 {
    lines.iter().map(|line| line.amount).sum()
}

/// The credit for the rest of the current plan's month, and the charge for the new plan, for a
/// change at `at`.
pub fn switch_lines(present: Option<&Plan>, new: &Plan, at: Timestamp) -> Vec<InvoiceLine> {
    let (from, to) = (at.month(), at.next_month());
    let rest = |plan: &Plan| {
        share(
            plan.monthly_price,
            (at.0 - from.0).unsigned_abs(),
            (to.0 - from.0).unsigned_abs(),
            (to.0 - from.0).unsigned_abs(),
        )
    };
    let line = |text: String, amount: i64| InvoiceLine {
        text,
        units: None,
        unit_price: None,
        amount,
        from: at,
        to,
    };
    let back = present
        .filter(|plan| plan.monthly_price > 0)
        .map(|plan| line(format!("Rest of the month on {}", plan.name), -rest(plan).cast_signed()));
    let charged = (new.monthly_price > 0)
        .then(|| line(format!("{} until the end of the month", new.name), rest(new).cast_signed()));
    back.into_iter().chain(charged).collect()
}

/// Converts a Stripe line, for usage or not.
pub fn line(line: &Line, currency: Currency, is_usage: bool) -> InvoiceLine {
    InvoiceLine {
        text: line.description.clone().unwrap_or_else(|| "Charge".to_owned()),
        units: line.quantity.filter(|_| is_usage),
        unit_price: line.unit_price().map(|price| amounts::unit_price_from_stripe(currency, price)),
        amount: amounts::from_stripe(currency, line.amount),
        from: line.period.start.into(),
        to: line.period.end.into(),
    }
}

/// The expected value of `so_far` at `to`, at the rate since `from`; at the start of a month the
/// rate is unknown.
pub fn forecast(so_far: u64, from: Timestamp, now: Timestamp, to: Timestamp) -> u64 {
    let whole = u128::from((to.0 - from.0).max(1).unsigned_abs());
    let passed = u128::from((now.0 - from.0).max(1).unsigned_abs())
        .clamp(u128::from(HOUR.unsigned_abs()).min(whole), whole);
    u64::try_from((u128::from(so_far) * whole).div_ceil(passed.max(1))).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
