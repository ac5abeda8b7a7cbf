//! Recently read customers, as response JSON. Only for the embedded database, which only one server
//! uses: there, no other process changes them.

use std::sync::Arc;

use bytes::Bytes;
use tollgate_types::environment::Environment;
use tollgate_types::id::{CustomerId, OrgId};

use crate::db::{Change, Db};
use crate::shared::{Epoch, ReadCache};

const CAPACITY: usize = 10_000;

#[derive(Clone)]
struct Entry {
    org: OrgId,
    environment: Environment,
    json: Bytes,
}

pub struct CustomerCache {
    entries: Option<Arc<ReadCache<CustomerId, Arc<Entry>>>>,
}

impl CustomerCache {
    pub fn new(db: &Db) -> Self {
        let entries = db.is_embedded().then(|| Arc::new(ReadCache::new(CAPACITY)));
        if let Some(entries) = &entries {
            let listener = Arc::clone(entries);
            db.changes().listen(move |change| match change {
                Change::Customer(id) => {
                    if let Ok(id) = id.parse() {
                        listener.forget(&id);
                    }
                }
                Change::Unsure | Change::Everything => listener.forget_all(),
                Change::Key(_)
                | Change::Org(_)
                | Change::Product(_)
                | Change::Person(_)
                | Change::Deliveries => {}
            });
        }
        Self { entries }
    }

    pub fn get(&self, id: &CustomerId, org: &OrgId, environment: Environment) -> Option<Bytes> {
        let entry = self.entries.as_ref()?.get(id)?;
        (entry.org == *org && entry.environment == environment).then(|| entry.json.clone())
    }

    pub fn epoch(&self) -> Option<Epoch> {
        self.entries.as_ref().map(|entries| entries.epoch())
    }

    pub fn keep(
        &self,
        epoch: Option<Epoch>,
        id: &CustomerId,
        org: &OrgId,
        environment: Environment,
        json: &Bytes,
    ) {
        if let (Some(entries), Some(epoch)) = (&self.entries, epoch) {
            entries.keep(
                epoch,
                id.clone(),
                Arc::new(Entry { org: org.clone(), environment, json: json.clone() }),
            );
        }
    }
}
