//! Who is notified about an organisation's money, and about its programs.

use tollgate_types::id::OrgId;

use super::store::members;
use crate::Result;
use crate::db::Tx;

/// The maximum number of mails per notice, however large the team is.
const MAX: i64 = super::team::MAX_TEAM;

pub use members::ContactRow as Contact;

/// Owners, admins and billing contacts, in the transaction of the change that they are notified of.
pub async fn billing_contacts(tx: &mut Tx, org: &OrgId) -> Result<Vec<Contact>> {
    members::billing_contacts(tx, org, MAX).await
}

/// Owners, admins and developers with verified addresses, in the transaction of the change that
/// they are notified of.
pub async fn technical_contacts(tx: &mut Tx, org: &OrgId) -> Result<Vec<Contact>> {
    members::technical_contacts(tx, org, MAX).await
}
