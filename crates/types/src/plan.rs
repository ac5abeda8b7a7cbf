//! Plans, and their usage in a month.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::{KeyId, OrgId, PlanId};
use super::money::{Currency, Prices};
use super::time::Timestamp;

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
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<super::money::Tier>))]
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

impl Plan {
    /// Whether members of the organisation may choose it themselves.
    pub fn is_offered_to(&self, org: &OrgId) -> bool {
        self.archived_at.is_none() && (self.is_public || self.offered_to.as_ref() == Some(org))
    }

    /// Whether it is a free plan, whose units count once per owner.
    pub const fn is_free_allowance(&self) -> bool {
        self.is_public && self.is_hard && self.monthly_price == 0
    }

    /// Whether the plan can cost anything.
    pub fn is_paid(&self) -> bool {
        self.monthly_price > 0 || self.prices.are_paid()
    }
}

/// A rate limit of a plan: a number of calls per time window, with an optional burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanRate {
    /// Maximum calls per window, 1 to 1,000,000,000.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000, example = 20))]
    pub calls: u32,
    /// Length of the window in seconds, 1 to 86,400 (one day).
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 86_400, example = 1))]
    pub seconds: u32,
    /// Maximum calls in a burst, 1 to 1,000,000,000. Absent or null: the same as `calls`.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000))]
    #[serde(default)]
    pub burst: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "must be CALLS/SECONDS or CALLS/SECONDS/BURST, such as 20/1: 1 to 1000000000 calls, and 1 to 86400 seconds"
)]
pub struct PlanRateError;

impl PlanRate {
    /// Whether the numbers are within the allowed ranges.
    pub fn is_right(&self) -> bool {
        let calls = 1..=1_000_000_000;
        calls.contains(&self.calls)
            && self.burst.is_none_or(|burst| calls.contains(&burst))
            && (1..=86_400).contains(&self.seconds)
    }
}

impl FromStr for PlanRate {
    type Err = PlanRateError;

    fn from_str(text: &str) -> Result<Self, PlanRateError> {
        let numbers: Result<Vec<u32>, _> =
            text.split('/').map(|number| number.trim().parse()).collect();
        let rate = match numbers.map_err(|_| PlanRateError)?.as_slice() {
            [calls, seconds] => Self { calls: *calls, seconds: *seconds, burst: None },
            [calls, seconds, burst] => {
                Self { calls: *calls, seconds: *seconds, burst: Some(*burst) }
            }
            _ => return Err(PlanRateError),
        };
        if rate.is_right() { Ok(rate) } else { Err(PlanRateError) }
    }
}

impl fmt::Display for PlanRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.calls, self.seconds)?;
        self.burst.map_or(Ok(()), |burst| write!(f, "/{burst}"))
    }
}

/// An organisation's plan and its usage this month, for the plan page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanUsage {
    /// The product of everything except `keys`.
    pub product: String,
    /// Products with plans, which can be chosen on the page.
    pub products: Vec<String>,
    pub plan: Plan,
    /// Billed units.
    pub units: u64,
    /// Overage, in minor units.
    pub overage: u64,
    /// Maximum overage per month, in minor units.
    pub spend_cap: Option<u64>,
    /// When the next month starts and the usage resets.
    pub resets_at: Timestamp,
    /// Keys that were billed this month, over all products, highest amount first.
    pub keys: Vec<KeySpend>,
    /// Plans that can be switched to.
    pub offers: Vec<Plan>,
}

/// Cost of one key's calls this month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeySpend {
    pub key_id: KeyId,
    pub name: String,
    pub prefix: String,
    pub units: u64,
    /// In minor units.
    pub amount: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_with_or_without_its_burst() {
        for text in ["20/1", "100/60/500"] {
            assert_eq!(text.parse::<PlanRate>().unwrap().to_string(), text);
        }
        for bad in ["", "20", "0/1", "20/0", "20/1/0", "1/2/3/4", "20/86401", "-1/1", "a/b"] {
            assert!(bad.parse::<PlanRate>().is_err(), "{bad}");
        }
    }
}
