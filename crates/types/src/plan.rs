//! Plans: the one description of their settings. A setting is a field of [`Plan`] (as stored and
//! shown), of [`NewPlan`] (as the admin API and the command line send it) and of [`PlanForm`] (as
//! the operator's form sends it). [`PlanForm::read`] and [`NewPlan::version`] convert from one to
//! the next.

mod derived;
mod fields;
mod rate;
#[cfg(test)]
mod tests;
mod usage;

use serde::{Deserialize, Serialize};

use self::fields::{Faults, checked, not};
pub use self::rate::{PlanRate, PlanRateError};
pub use self::usage::{KeySpend, PlanUsage};
use crate::error::FieldError;
use crate::id::{OrgId, PlanId};
use crate::money::{Currency, MAX_AMOUNT, Prices, UnitPrice, known_currency};
use crate::time::Timestamp;

/// The longest trial that Stripe accepts.
const MAX_TRIAL_DAYS: u32 = 730;

/// One version of a plan. A plan never changes: a change is a new version with its own id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Plan {
    /// Id of this version of the plan.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "plan_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: PlanId,
    /// Id of the product. `platform` is the portal's own API.
    pub product: String,
    /// Name of the plan, the same for all its versions.
    pub name: String,
    /// Number of the version, starting at 1.
    pub version: u64,
    /// Whether this is the product's default plan, which applies to organisations without a
    /// subscription.
    pub is_default: bool,
    /// Whether all organisations can choose the plan. If false, only an operator can assign it, or
    /// the organisation in `offered_to` can choose it.
    pub is_public: bool,
    /// Id of the only organisation that can choose the plan. Null: `is_public` decides who can
    /// choose it.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub offered_to: Option<OrgId>,
    /// Length of the free trial of a new subscriber in days. 0: no trial.
    pub trial_days: u32,
    /// ISO 4217 code of the currency, in lower case.
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "usd"))]
    pub currency: Currency,
    /// Price per month in minor units of `currency`: 4900 is 49.00 USD, 4,900 JPY or 4.900 KWD.
    pub monthly_price: u64,
    /// Units per month that are included in the monthly price.
    pub included_units: u64,
    /// Whether calls are refused with `quota_exceeded` when the included units are used up. If
    /// false, further units are billed as overage.
    pub is_hard: bool,
    /// Prices of all units of a month, in graduated tiers from the first unit on. Included units
    /// have the price 0.
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<crate::money::Tier>))]
    pub prices: Prices,
    /// Rate limit of each key. Null: the server's default limit applies.
    pub key_rate: Option<PlanRate>,
    /// Rate limit of all keys of an organisation together. Null: the server's default limit
    /// applies.
    pub org_rate: Option<PlanRate>,
    /// Time when this version was created (RFC 3339, UTC).
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Time when the plan was archived (RFC 3339, UTC): nobody can subscribe to it any more, and
    /// its subscribers keep it. Null if it is not archived.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub archived_at: Option<Timestamp>,
}

/// A plan to create.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema, clap::Args))]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// Id of the product. In the admin API, it is in the path.
    #[cfg_attr(
        feature = "ssr",
        arg(long, default_value = crate::product::PLATFORM, help = "The product's id")
    )]
    #[serde(skip)]
    pub product: String,
    /// Name of the plan, 1 to 40 characters. An existing name creates the next version of that
    /// plan.
    #[cfg_attr(feature = "ssr", schema(min_length = 1, max_length = 40, example = "Starter"))]
    pub name: String,
    /// ISO 4217 code of the currency. An organisation is billed in one currency. Default: `usd`.
    #[cfg_attr(
        feature = "ssr",
        schema(value_type = String, default = "usd", example = "usd"),
        arg(long, default_value = "usd", help = "Currency code (ISO 4217), such as usd")
    )]
    #[serde(default, deserialize_with = "known_currency")]
    pub currency: Currency,
    /// Price per month in minor units of `currency`: 4900 is 49.00 USD, 4,900 JPY or 4.900 KWD.
    #[cfg_attr(feature = "ssr", schema(example = 4900), arg(skip))]
    pub monthly_price: u64,
    /// Units per month that are included in the monthly price.
    #[cfg_attr(
        feature = "ssr",
        schema(example = 10_000),
        arg(
            long = "included",
            value_name = "INCLUDED",
            help = "Units per month that the price includes"
        )
    )]
    pub included_units: u64,
    /// Price of each unit beyond the included units, in minor units of `currency`: a decimal number
    /// with up to 12 places, so `0.3` is 0.3 cents. Without `overage` and `tiers`, calls are
    /// refused when the included units are used up. Cannot be combined with `tiers`.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, example = "0.3"), arg(skip))]
    #[serde(default)]
    pub overage: Option<UnitPrice>,
    /// Prices of all units of a month, in graduated tiers from the first unit on, at most 20 tiers.
    /// The included units must have the price 0. Absent or null: `overage` applies. Cannot be
    /// combined with `overage`.
    #[cfg_attr(
        feature = "ssr",
        schema(value_type = Option<Vec<crate::money::Tier>>),
        arg(long, help = "Graduated prices per unit as JSON, in minor units such as cents: \
            [{\"up_to\":1000,\"unit_price\":\"0\"},{\"up_to\":null,\"unit_price\":\"0.2\"}]")
    )]
    #[serde(default)]
    pub tiers: Option<Prices>,
    /// Rate limit of each key. Absent or null: the server's default limit applies.
    #[cfg_attr(
        feature = "ssr",
        arg(
            long,
            help = "Rate limit per key, as CALLS/SECONDS or CALLS/SECONDS/BURST; default: the \
            server's settings"
        )
    )]
    #[serde(default)]
    pub key_rate: Option<PlanRate>,
    /// Rate limit of all keys of an organisation together. Absent or null: the server's default
    /// limit applies.
    #[cfg_attr(
        feature = "ssr",
        arg(long, help = "Rate limit of all keys of an organisation combined")
    )]
    #[serde(default)]
    pub org_rate: Option<PlanRate>,
    /// Whether this is the product's default plan, which applies to organisations without a
    /// subscription. Default: false.
    #[cfg_attr(
        feature = "ssr",
        arg(
            long = "default",
            help = "Default plan: applies to organisations without a subscription"
        )
    )]
    #[serde(default)]
    pub is_default: bool,
    /// Whether all organisations can choose the plan. If false, only an operator can assign it.
    /// Default: true.
    #[cfg_attr(feature = "ssr", schema(default = true), arg(skip = true))]
    #[serde(default = "yes")]
    pub is_public: bool,
    /// Id of the only organisation that can choose the plan. The plan is then not public, whatever
    /// `is_public` is. Absent or null: `is_public` decides.
    #[cfg_attr(
        feature = "ssr",
        schema(value_type = Option<String>),
        arg(
            long = "only-for",
            value_name = "ORG",
            help = "Offer the plan only to the organisation with this id"
        )
    )]
    #[serde(default)]
    pub offered_to: Option<OrgId>,
    /// Length of the free trial of a new subscriber in days, up to 730. Default: 0, no trial.
    #[cfg_attr(
        feature = "ssr",
        schema(maximum = 730),
        arg(long, default_value_t = 0, help = "Free trial for new subscribers, in days")
    )]
    #[serde(default)]
    pub trial_days: u32,
    /// Whether to create a default plan even if live calls of organisations that have used more
    /// units than it includes are then refused immediately. If false, such a plan is refused with
    /// `validation_failed`. Default: false.
    #[cfg_attr(
        feature = "ssr",
        arg(
            long = "yes",
            help = "Create a default plan even if it makes Tollgate reject \
            organisations' live calls immediately"
        )
    )]
    #[serde(default)]
    pub confirm: bool,
}

const fn yes() -> bool {
    true
}

impl NewPlan {
    /// A free plan that every organisation can choose and that includes no units.
    pub fn public(product: &str, name: &str) -> Self {
        Self { product: product.into(), name: name.into(), is_public: true, ..Self::default() }
    }

    /// The plan's version with these terms.
    pub fn version(self, id: PlanId, version: u64, created_at: Timestamp) -> Plan {
        Plan {
            id,
            version,
            name: self.name.trim().to_owned(),
            is_default: self.is_default,
            is_public: self.is_public && self.offered_to.is_none(),
            trial_days: self.trial_days,
            currency: self.currency,
            monthly_price: self.monthly_price,
            included_units: self.included_units,
            is_hard: self.is_hard(),
            prices: self.prices(),
            key_rate: self.key_rate,
            org_rate: self.org_rate,
            created_at,
            archived_at: None,
            product: self.product,
            offered_to: self.offered_to,
        }
    }

    /// # Errors
    /// Every field whose value is not allowed.
    pub fn check(&self) -> Result<(), Vec<FieldError>> {
        let mut faults = Faults::default();
        let length = self.name.trim().chars().count();
        if !(1..=40).contains(&length) || self.name.chars().any(char::is_control) {
            let message = "Give the plan a name of 1 to 40 visible characters.";
            faults.add("name", "invalid_length", message);
        }
        if self.monthly_price > MAX_AMOUNT || self.included_units > MAX_AMOUNT {
            let message = format!("Prices and units may be at most {MAX_AMOUNT}.");
            faults.add("monthly_price", "out_of_range", message);
        }
        if self.trial_days > MAX_TRIAL_DAYS {
            let message = format!("A trial may have at most {MAX_TRIAL_DAYS} days.");
            faults.add("trial_days", "out_of_range", message);
        }
        let prices = self.prices();
        if prices.cost(self.included_units) != prices.cost(0) {
            faults.add("prices", "invalid_value", "The included units must have the price 0.");
        }
        for (field, rate) in [("key_rate", self.key_rate), ("org_rate", self.org_rate)] {
            if rate.is_some_and(|rate| !rate.is_right()) {
                let message = "A rate must be 1 to 1000000000 calls in 1 to 86400 seconds.";
                faults.add(field, "out_of_range", message);
            }
        }
        faults.end()
    }
}

/// A plan to create, as the fields of the operator's form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanForm {
    pub product: String,
    pub name: String,
    /// Empty: US dollars.
    #[serde(default)]
    pub currency: String,
    /// Per month: `49.00`; empty: free.
    #[serde(default)]
    pub price: String,
    pub included: String,
    /// Per thousand units of overage; empty: free of charge.
    #[serde(default)]
    pub overage: String,
    /// Stops at the included units.
    #[serde(default, deserialize_with = "checked")]
    pub hard: bool,
    /// Calls per second of each key, and of all of an organisation's keys combined; empty: the
    /// server's settings.
    #[serde(default)]
    pub rate: String,
    #[serde(default)]
    pub burst: String,
    #[serde(default, deserialize_with = "checked")]
    pub default: bool,
    #[serde(default, deserialize_with = "checked")]
    pub private: bool,
    /// Days of free trial; empty: none.
    #[serde(default)]
    pub trial: String,
    /// The id of the only organisation that it is offered to; empty: all.
    #[serde(default)]
    pub only_for: String,
    /// `yes`: whatever a new default plan breaks.
    #[serde(default)]
    pub confirm: String,
}

impl PlanForm {
    /// # Errors
    /// Every field that cannot be parsed.
    pub fn read(self) -> Result<NewPlan, Vec<FieldError>> {
        let mut faults = Faults::default();
        let currency: Currency =
            faults.optional("currency", &self.currency, str::parse, not("a currency"));
        let amount = |text: &str| currency.read(text);
        let monthly_price = faults.optional("price", &self.price, amount, not("an amount"));
        let per_thousand = faults.optional("overage", &self.overage, amount, not("an amount"));
        let included_units = faults.read(
            "included",
            &self.included,
            str::parse,
            |_| "Enter a whole number of units.",
        );
        if self.hard && per_thousand > 0 {
            let message = "A plan that stops at its included units cannot have overage.";
            faults.add("overage", "invalid_value", message);
        }
        let rate = faults.take(PlanRate::per_second(&self.rate, &self.burst));
        let trial_days =
            faults.optional("trial", &self.trial, str::parse, |_| "Enter a whole number of days.");
        let offered_to = faults.optional(
            "only_for",
            &self.only_for,
            |id| id.parse().map(Some),
            |_| "Enter the organisation's id: org_…",
        );
        // Minor units per thousand are thousandths of a minor unit each.
        let price = format!("{}.{:03}", per_thousand / 1_000, per_thousand % 1_000);
        let price = faults.read("overage", &price, str::parse, not("an amount"));
        faults.end()?;
        Ok(NewPlan {
            product: self.product,
            name: self.name,
            currency,
            monthly_price,
            included_units,
            overage: (!self.hard).then_some(price),
            tiers: None,
            key_rate: rate,
            org_rate: rate,
            is_default: self.default,
            is_public: !self.private,
            offered_to,
            trial_days,
            confirm: self.confirm == "yes",
        })
    }
}
