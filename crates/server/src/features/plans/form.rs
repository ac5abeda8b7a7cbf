//! A plan as form fields.

use tollgate_types::error::FieldError;
use tollgate_types::id::OrgId;
use tollgate_types::money::{Currency, Prices, UnitPrice};
use tollgate_types::plan::PlanRate;

use super::NewPlan;
use crate::{Error, Result};

#[derive(Default)]
pub struct PlanForm {
    pub product: String,
    pub name: String,
    /// Empty: US dollars.
    pub currency: String,
    /// Per month: `49.00`; empty: free.
    pub price: String,
    pub included: String,
    /// Per thousand units of overage.
    pub overage: String,
    /// Stops at the included units.
    pub hard: bool,
    /// Calls per second of each key, and of all of an organisation's keys combined; empty: the
    /// server's settings.
    pub rate: String,
    pub burst: String,
    pub default: bool,
    pub private: bool,
    /// Days of free trial; empty: none.
    pub trial: String,
    /// The id of the only organisation that it is offered to; empty: all.
    pub only_for: String,
}

impl PlanForm {
    /// # Errors
    /// `validation_failed`, with every field that cannot be parsed.
    pub fn read(self) -> Result<NewPlan> {
        let mut errors = Vec::new();
        let currency = match self.currency.trim() {
            "" => Currency::default(),
            code => code.parse().unwrap_or_else(|error| {
                errors.push(FieldError::new(
                    "currency",
                    "invalid_format",
                    format!("Not a currency: {error}."),
                ));
                Currency::default()
            }),
        };
        let mut amount = |field: &'static str, text: &str| {
            if text.trim().is_empty() {
                return 0;
            }
            currency.read(text).unwrap_or_else(|error| {
                errors.push(FieldError::new(
                    field,
                    "invalid_format",
                    format!("Not an amount: {error}."),
                ));
                0
            })
        };
        let monthly_price = amount("price", &self.price);
        let per_thousand = amount("overage", &self.overage);
        let included_units = self.included.trim().parse().unwrap_or_else(|_| {
            errors.push(FieldError::new(
                "included",
                "invalid_format",
                "Enter a whole number of units.",
            ));
            0
        });
        if self.hard && per_thousand > 0 {
            errors.push(FieldError::new(
                "overage",
                "invalid_value",
                "A plan that stops at its included units cannot have overage.",
            ));
        }
        let number = |text: &str| {
            if text.trim().is_empty() { Ok(None) } else { text.trim().parse().map(Some) }
        };
        let rate = match (number(&self.rate), number(&self.burst)) {
            (Ok(Some(calls)), Ok(burst)) => {
                Some(PlanRate { calls, seconds: 1, burst }).filter(PlanRate::is_right)
            }
            (Ok(None), Ok(None)) => None,
            _ => Some(PlanRate { calls: 0, seconds: 0, burst: None }).filter(PlanRate::is_right),
        };
        if rate.is_none() && !(self.rate.trim().is_empty() && self.burst.trim().is_empty()) {
            let has_rate = matches!(number(&self.rate), Ok(Some(1..)));
            errors.push(FieldError::new(
                if has_rate { "burst" } else { "rate" },
                "invalid_format",
                "Enter whole numbers of at least 1 for calls per second and burst.",
            ));
        }
        let trial_days =
            if self.trial.trim().is_empty() { Ok(0) } else { self.trial.trim().parse() };
        if trial_days.is_err() {
            errors.push(FieldError::new(
                "trial",
                "invalid_format",
                "Enter a whole number of days.",
            ));
        }
        let offered_to =
            Some(self.only_for.trim()).filter(|id| !id.is_empty()).map(str::parse).transpose();
        if offered_to.is_err() {
            errors.push(FieldError::new(
                "only_for",
                "invalid_format",
                "Enter the organisation's id: org_…",
            ));
        }
        if !errors.is_empty() {
            return Err(Error::fields(errors));
        }
        let offered_to: Option<OrgId> = offered_to.unwrap_or_default();
        // Minor units per thousand are thousandths of a minor unit each.
        let price: UnitPrice = format!("{}.{:03}", per_thousand / 1_000, per_thousand % 1_000)
            .parse()
            .map_err(anyhow::Error::from)?;
        Ok(NewPlan {
            product: self.product,
            name: self.name,
            is_default: self.default,
            is_public: !self.private && offered_to.is_none(),
            offered_to,
            trial_days: trial_days.unwrap_or_default(),
            currency,
            monthly_price,
            included_units,
            is_hard: self.hard,
            prices: Prices::after(included_units, price),
            key_rate: rate,
            org_rate: rate,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> PlanForm {
        let text = str::to_owned;
        PlanForm {
            product: text("pets"),
            name: text("Starter"),
            currency: text(""),
            price: text("49.00"),
            included: text("10000"),
            overage: text("3.00"),
            hard: false,
            rate: text("20"),
            burst: text(""),
            default: false,
            private: true,
            ..PlanForm::default()
        }
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        let plan = form().read().unwrap();
        assert_eq!(
            (plan.monthly_price, plan.included_units, plan.is_public),
            (4_900, 10_000, false)
        );
        assert_eq!(plan.prices.cost(11_000).rounded(), 300);
        assert_eq!(plan.org_rate.unwrap().to_string(), "20/1");
        let yen = PlanForm {
            currency: "JPY".into(),
            price: "5000".into(),
            overage: "70".into(),
            ..form()
        }
        .read()
        .unwrap();
        assert_eq!(
            (
                yen.currency.as_str(),
                yen.monthly_price,
                yen.prices.tiers()[1].unit_price.to_string().as_str()
            ),
            ("jpy", 5_000, "0.07")
        );
        assert_eq!(
            PlanForm { overage: "0.07".into(), ..form() }.read().unwrap().prices.tiers()[1]
                .unit_price
                .to_string(),
            "0.007"
        );
    }

    #[test]
    fn each_field_that_cannot_be_read_is_named() {
        let empty = String::new;
        for (bad, field) in [
            (PlanForm { price: "4.999".into(), ..form() }, "price"),
            (PlanForm { currency: "dollar".into(), ..form() }, "currency"),
            (PlanForm { included: "many".into(), ..form() }, "included"),
            (PlanForm { hard: true, ..form() }, "overage"),
            (PlanForm { rate: "0".into(), ..form() }, "rate"),
            (PlanForm { rate: empty(), burst: "5".into(), ..form() }, "rate"),
            (PlanForm { rate: "5".into(), burst: "many".into(), ..form() }, "burst"),
            (PlanForm { trial: "a week".into(), ..form() }, "trial"),
            (PlanForm { only_for: "Acme".into(), ..form() }, "only_for"),
        ] {
            let Err(Error::Problem(problem)) = bad.read() else { panic!("{field}") };
            assert_eq!(problem.errors[0].location, field);
        }
        let ours = PlanForm {
            only_for: "org_01h2xcejqtf2nbrexx3vqjhp41".into(),
            trial: "14".into(),
            private: false,
            ..form()
        }
        .read()
        .unwrap();
        assert!(!ours.is_public && ours.offered_to.is_some() && ours.trial_days == 14);
        assert!(
            PlanForm { rate: empty(), overage: empty(), hard: true, ..form() }
                .read()
                .unwrap()
                .key_rate
                .is_none()
        );
    }
}
