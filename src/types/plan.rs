//! Plans, and what of one was used this month.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::id::{KeyId, OrgId, PlanId};
use super::money::{Currency, Prices};
use super::time::Timestamp;

/// One version of a plan. It never changes; a new version is another plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Plan {
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "plan_01h2xcejqtf2nbrexx3vqjhp41"))]
    pub id: PlanId,
    pub product: String,
    pub name: String,
    pub version: u64,
    /// Who has no subscription is on the product's default plan.
    pub is_default: bool,
    /// Offered to everybody, or given by the operator only.
    pub is_public: bool,
    /// The one organisation that a plan is offered to which is not public.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>))]
    pub offered_to: Option<OrgId>,
    /// Days that a new subscriber pays nothing for.
    pub trial_days: u32,
    #[cfg_attr(feature = "ssr", schema(value_type = String, example = "usd"))]
    pub currency: Currency,
    /// In minor units.
    pub monthly_price: u64,
    pub included_units: u64,
    /// Stops at the included units, or goes on as overage.
    pub is_hard: bool,
    /// Of a month's units, the included ones free.
    #[cfg_attr(feature = "ssr", schema(value_type = Vec<super::money::Tier>))]
    pub prices: Prices,
    /// For each key; none where the server's settings hold.
    pub key_rate: Option<PlanRate>,
    /// For the organisation's keys together.
    pub org_rate: Option<PlanRate>,
    #[cfg_attr(feature = "ssr", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// From then on nobody can subscribe to it; who has, keeps it.
    #[cfg_attr(feature = "ssr", schema(value_type = Option<String>, format = DateTime))]
    pub archived_at: Option<Timestamp>,
}

impl Plan {
    /// Whether members of the organisation may choose it themselves.
    pub fn is_offered_to(&self, org: &OrgId) -> bool {
        self.archived_at.is_none() && (self.is_public || self.offered_to.as_ref() == Some(org))
    }

    /// Whether there is anything in it to pay for.
    pub fn is_paid(&self) -> bool {
        self.monthly_price > 0 || self.prices.are_paid()
    }
}

/// `calls` in `seconds`, and so many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PlanRate {
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000, example = 20))]
    pub calls: u32,
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 86_400, example = 1))]
    pub seconds: u32,
    /// Null: one window's worth.
    #[cfg_attr(feature = "ssr", schema(minimum = 1, maximum = 1_000_000_000))]
    #[serde(default)]
    pub burst: Option<u32>,
}

#[derive(Debug, thiserror::Error)]
#[error("must be CALLS/SECONDS or CALLS/SECONDS/BURST, such as 20/1: 1 to 1000000000 calls, and 1 to 86400 seconds")]
pub struct PlanRateError;

impl PlanRate {
    /// Whether the numbers are within what a rate can be.
    pub fn is_right(&self) -> bool {
        let calls = 1..=1_000_000_000;
        calls.contains(&self.calls) && self.burst.is_none_or(|burst| calls.contains(&burst)) && (1..=86_400).contains(&self.seconds)
    }
}

impl FromStr for PlanRate {
    type Err = PlanRateError;

    fn from_str(text: &str) -> Result<Self, PlanRateError> {
        let numbers: Result<Vec<u32>, _> = text.split('/').map(|number| number.trim().parse()).collect();
        let rate = match numbers.map_err(|_| PlanRateError)?.as_slice() {
            [calls, seconds] => Self { calls: *calls, seconds: *seconds, burst: None },
            [calls, seconds, burst] => Self { calls: *calls, seconds: *seconds, burst: Some(*burst) },
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

/// An organisation's plan and what was used of it this month, for the plan page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanUsage {
    pub plan: Plan,
    /// Billed units.
    pub units: u64,
    /// What they cost beyond the plan's monthly price, in minor units.
    pub overage: u64,
    /// The most that a month's overage may cost.
    pub spend_cap: Option<u64>,
    /// When the month ends and counting begins anew.
    pub resets_at: Timestamp,
    /// Keys that were billed this month, the dearest first.
    pub keys: Vec<KeySpend>,
    /// Plans that can be switched to.
    pub offers: Vec<Plan>,
}

/// What one key's calls cost this month.
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
