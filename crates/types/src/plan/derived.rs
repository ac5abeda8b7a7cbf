//! What follows from a plan's settings.

use super::{NewPlan, Plan};
use crate::id::OrgId;
use crate::money::Prices;

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

impl NewPlan {
    /// Whether calls are refused when the included units are used up.
    pub const fn is_hard(&self) -> bool {
        self.overage.is_none() && self.tiers.is_none()
    }

    /// Prices of all units of a month.
    pub fn prices(&self) -> Prices {
        let after = || Prices::after(self.included_units, self.overage.unwrap_or_default());
        self.tiers.clone().unwrap_or_else(after)
    }
}
