//! Webhooks: an organisation's endpoints, and deliveries to them (Standard Webhooks).
//!
//! A delivery, one event to one endpoint, is written in the transaction of the event (transactional
//! outbox). So there is no event list to poll, in which late commits would be missed, and no time
//! at which an event exists without its deliveries. A worker on each instance claims due deliveries
//! ([`claim`]), sends them, and records the outcome ([`outcome`]). After a crash in between, they
//! are delivered again with the same `webhook-id`.

mod change;
mod claim;
mod debug;
mod deliveries;
mod destination;
mod endpoints;
mod event_types;
pub mod events;
mod fan_out;
mod fields;
pub mod form;
mod mails;
mod outcome;
mod receiver_check;
mod recover;
mod samples;
mod schedule;
mod sealed;
mod secret;
mod send;
mod store;
mod sweep;
mod wake;

pub use change::{create, delete, disable, enable, rotate_secret, update};
pub use claim::{Claimed, Claims, Reliability, claim_due};
pub use debug::{Pasted, diagnose};
pub use deliveries::{find_delivery, get_delivery, list_deliveries, of_event, retry, send_test};
pub use endpoints::{get, get_with_health, list, list_with_health};
pub use event_types::is_pattern;
pub use fan_out::fan_out;
pub use fields::{EndpointUpdate, NewEndpoint};
pub use outcome::{Attempted, Tried, record};
pub use receiver_check::check_receiver;
pub use recover::{recover, replay};
pub use samples::samples;
pub use sealed::{Sealed, sealed};
pub use send::{TIMEOUT, attempt};
pub use sweep::sweep;
pub use wake::Wake;
