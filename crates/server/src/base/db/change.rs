//! Change notifications between instances, so that their caches drop outdated entries.

use std::fmt;
use std::sync::OnceLock;

use parking_lot::RwLock;

/// Something cached has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The key with this visible prefix was created, disabled, enabled or revoked.
    Key(String),
    /// The customer with this id was changed or deleted.
    Customer(String),
    /// The plan, limits or caps of the organisation with this id changed.
    Org(String),
    /// The product with this id was registered or changed.
    Product(String),
    /// A session of the person with this id ended, or their place in an organisation changed.
    Person(String),
    /// There is something to deliver to a webhook endpoint.
    Deliveries,
    /// Changes of other processes may have been missed: cached entries are uncertain, but may be
    /// used if the database is unavailable.
    Unsure,
    /// An unknown change: drop everything.
    Everything,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(prefix) => write!(f, "key:{prefix}"),
            Self::Customer(id) => write!(f, "customer:{id}"),
            Self::Org(id) => write!(f, "org:{id}"),
            Self::Product(id) => write!(f, "product:{id}"),
            Self::Person(id) => write!(f, "person:{id}"),
            Self::Deliveries => f.write_str("deliveries"),
            Self::Unsure => f.write_str("unsure"),
            Self::Everything => f.write_str("everything"),
        }
    }
}

impl Change {
    /// Parses the output of [`Display`](fmt::Display). Unknown values from a newer version count as
    /// everything.
    pub fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some(("key", prefix)) => Self::Key(prefix.to_owned()),
            Some(("customer", id)) => Self::Customer(id.to_owned()),
            Some(("org", id)) => Self::Org(id.to_owned()),
            Some(("product", id)) => Self::Product(id.to_owned()),
            Some(("person", id)) => Self::Person(id.to_owned()),
            None if text == "deliveries" => Self::Deliveries,
            _ => Self::Everything,
        }
    }
}

type Listener = Box<dyn Fn(&Change) + Send + Sync>;

/// The caches that are notified.
#[derive(Default)]
pub struct Changes {
    listeners: RwLock<Vec<Listener>>,
    /// Another channel to other instances' caches, besides the database's own.
    others: OnceLock<Listener>,
}

impl Changes {
    pub fn listen(&self, listener: impl Fn(&Change) + Send + Sync + 'static) {
        self.listeners.write().push(Box::new(listener));
    }

    /// Sets the other channel, once.
    pub fn pass_on(&self, outlet: impl Fn(&Change) + Send + Sync + 'static) {
        let _ = self.others.set(Box::new(outlet));
    }

    /// Announces a change made here.
    pub(super) fn announce(&self, change: &Change) {
        self.publish(change);
        if let Some(pass_on) = self.others.get() {
            pass_on(change);
        }
    }

    /// Notifies the caches of this instance of a change made anywhere.
    pub fn publish(&self, change: &Change) {
        for listener in self.listeners.read().iter() {
            listener(change);
        }
    }
}
