//! What the limits of plans and caps mean for live calls: what counts against them, when calls are
//! refused, who is notified, and how much is left. The counters themselves are in
//! [`quota`](crate::quota).

mod count;
mod notices;
mod refusal;
mod refusal_notices;
mod report;

pub use count::count;
pub use refusal::{
    Reached, Refuses, cap_limit, first, of_cap, of_change, of_product, price_nano, refusals,
    set_spend_cap_knowingly, unit_limit,
};
pub use refusal_notices::notify_refused;
pub use report::{by_month, keys_of_month, of_month, overview, plan_usage};
