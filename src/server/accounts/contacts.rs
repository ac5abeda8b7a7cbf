//! Who is told what concerns an organisation's money, and what its programs.

use super::store::members;
use crate::server::Result;
use crate::server::db::Tx;
use crate::types::id::OrgId;

/// Mails for one notice.
const MAX: i64 = 50;

pub use members::ContactRow as Contact;

/// Owners, admins and billing contacts, as part of the transaction of what they are told.
pub async fn billing_contacts(tx: &mut Tx, org: &OrgId) -> Result<Vec<Contact>> {
    members::billing_contacts(tx, org, MAX).await
}

/// Mail addresses of the owners, admins and developers, as part of the transaction of what they are told.
pub async fn technical_contacts(tx: &mut Tx, org: &OrgId) -> Result<Vec<String>> {
    members::technical_contacts(tx, org, MAX).await
}
