//! The contents of the tables, a file per subject.

mod billing;
mod calls;
mod keys;
mod messages;
mod people;
mod products;
mod webhooks;

use super::sink::{Row, Table};
use super::world::World;

/// The values of a row, in the order of its columns.
macro_rules! row {
    ($($value:expr),* $(,)?) => { vec![$($value.into()),*] };
}
use row;

type Rows<'a> = Box<dyn Iterator<Item = Row> + 'a>;
type Tables<'a> = Vec<(Table, Rows<'a>)>;

fn table(name: &'static str, columns: &'static str) -> Table {
    Table { name, columns }
}

impl World {
    /// All tables, each after those that it refers to.
    pub fn tables(&self) -> Tables<'_> {
        [
            self.people_tables(),
            self.products_tables(),
            self.keys_tables(),
            self.webhooks_tables(),
            self.calls_tables(),
            self.billing_tables(),
            self.messages_tables(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
