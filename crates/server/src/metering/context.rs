//! What features of every kind need: settings, time, storage, and the network. A feature takes
//! this, or less; the state of one feature belongs to [`App`](crate::App), which only what is above
//! the features takes.

use std::sync::Arc;

use tollgate_proxy::outbound::Outbound;

use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::journal::Journal;
use crate::sealer::Sealer;
use crate::shared::Shared;

pub struct Base {
    pub config: Config,
    pub clock: Clock,
    pub db: Db,
    pub journal: Journal,
    pub shared: Shared,
    pub sealer: Arc<Sealer>,
    pub outbound: Outbound,
}
