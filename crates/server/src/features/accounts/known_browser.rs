//! Browsers in which an account has logged in before. Each has a cookie that only this server can
//! create, so that strangers who guess the account's password use up the strangers' attempts and
//! never lock out the owner.
//!
//! An entry of the cookie is sealed for one account and its current password hash: it is worthless
//! for another account, and after a change of the password.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use tollgate_types::id::UserId;
use tollgate_types::time::{DAY, Timestamp};

use super::store::users::{self, UserRow};
use crate::accounts::sessions::Visitor;
use crate::sealer::Sealer;
use crate::{Base, Result, random};

/// How long an entry is valid after its log-in.
pub const VALID: i64 = 365 * DAY;
/// Accounts that one browser is known for. The one with the oldest log-in is removed first.
const MAX_ACCOUNTS: usize = 5;
/// Bytes of a browser's id.
const ID: usize = 8;
/// The separator of entries: not a character of base64url.
const SEPARATOR: char = '.';

/// A browser that is known for an account.
pub type BrowserId = [u8; ID];

/// The browser of `visitor`, if it is known for the account with this address.
pub async fn find(base: &Base, email: &str, visitor: &Visitor) -> Result<Option<BrowserId>> {
    if visitor.known.is_empty() {
        return Ok(None);
    }
    let user = users::find_by_email(&base.db, &email.trim().to_lowercase()).await?;
    Ok(user.and_then(|user| open(&base.sealer, &visitor.known, &user, base.clock.now())))
}

/// The new cookie value of `visitor` after `user` has logged in.
pub async fn remember(base: &Base, visitor: &Visitor, user: &UserId) -> Result<Option<String>> {
    let Some(user) = users::find(&base.db, user).await? else { return Ok(None) };
    add(&base.sealer, &visitor.known, &user, base.clock.now()).map(Some)
}

fn open(sealer: &Sealer, cookie: &str, user: &UserRow, now: Timestamp) -> Option<BrowserId> {
    cookie
        .split(SEPARATOR)
        .take(MAX_ACCOUNTS)
        .find_map(|entry| open_entry(sealer, entry, user, now))
}

fn open_entry(sealer: &Sealer, entry: &str, user: &UserRow, now: Timestamp) -> Option<BrowserId> {
    let opened = sealer.open(&owner(user), &BASE64_URL_SAFE_NO_PAD.decode(entry).ok()?).ok()?;
    let (id, since) = opened.split_first_chunk::<ID>()?;
    let since = i64::from_be_bytes(since.try_into().ok()?);
    (since <= now.0 && now.0 - since < VALID).then_some(*id)
}

fn add(sealer: &Sealer, cookie: &str, user: &UserRow, now: Timestamp) -> Result<String> {
    let id = open(sealer, cookie, user, now).unwrap_or_else(random::bytes::<ID>);
    let entry = sealer.seal(&owner(user), &[&id[..], &now.0.to_be_bytes()].concat())?;
    let others = cookie
        .split(SEPARATOR)
        .filter(|entry| !entry.is_empty() && open_entry(sealer, entry, user, now).is_none());
    let mut entries = vec![BASE64_URL_SAFE_NO_PAD.encode(entry)];
    entries.extend(others.take(MAX_ACCOUNTS - 1).map(str::to_owned));
    Ok(entries.join(&SEPARATOR.to_string()))
}

/// The associated data of an entry's seal.
fn owner(user: &UserRow) -> String {
    let password: String = Sha256::digest(user.password_hash.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("browser:{}:{password}", user.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000);

    fn user(password_hash: &str) -> UserRow {
        UserRow {
            id: random::id(),
            name: "Ada".into(),
            email: "ada@example.com".into(),
            password_hash: password_hash.into(),
            email_verified_at: None,
            is_operator: false,
        }
    }

    fn sealer() -> Sealer {
        Sealer::open_key(
            Some(&"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".parse().unwrap()),
            std::path::Path::new("/nowhere"),
        )
        .ok()
        .unwrap()
    }

    #[test]
    fn a_browser_is_known_for_the_accounts_it_logged_in_to_and_no_other() {
        let (sealer, ada, eve) = (sealer(), user("a"), user("a"));
        let cookie = add(&sealer, "", &ada, NOW).unwrap();
        let known = open(&sealer, &cookie, &ada, NOW).expect("known");
        assert!(open(&sealer, &cookie, &eve, NOW).is_none());
        let both = add(&sealer, &cookie, &eve, NOW).unwrap();
        assert_eq!(open(&sealer, &both, &ada, NOW), Some(known));
        assert!(open(&sealer, &both, &eve, NOW).is_some());
        // Another log-in adds no second entry, and the browser keeps its id.
        let again = add(&sealer, &both, &ada, NOW.plus(DAY)).unwrap();
        assert_eq!(
            (again.split('.').count(), open(&sealer, &again, &ada, NOW.plus(DAY))),
            (2, Some(known))
        );
    }

    #[test]
    fn an_entry_ends_with_its_time_or_with_the_password() {
        let (sealer, ada) = (sealer(), user("a"));
        let cookie = add(&sealer, "", &ada, NOW).unwrap();
        assert!(open(&sealer, &cookie, &ada, NOW.plus(VALID - 1)).is_some());
        assert!(open(&sealer, &cookie, &ada, NOW.plus(VALID)).is_none());
        assert!(open(&sealer, &cookie, &ada, NOW.plus(-1)).is_none());
        let changed = UserRow { password_hash: "b".into(), ..user("a") };
        assert!(open(&sealer, &cookie, &UserRow { id: ada.id.clone(), ..changed }, NOW).is_none());
    }

    #[test]
    fn no_other_text_is_an_entry_and_the_cookie_stays_small() {
        let (sealer, ada) = (sealer(), user("a"));
        let cookie = add(&sealer, "", &ada, NOW).unwrap();
        for bad in ["", ".", "....", "x", &cookie[1..], &format!("{cookie}A"), &"A".repeat(4_000)] {
            assert!(open(&sealer, bad, &ada, NOW).is_none(), "{bad}");
        }
        let mut cookie = cookie;
        for _ in 0..20 {
            cookie = add(&sealer, &cookie, &user("a"), NOW).unwrap();
        }
        assert!(
            cookie.split('.').count() == MAX_ACCOUNTS && cookie.len() < 512,
            "{}",
            cookie.len()
        );
    }
}
