//! Limits on actions without an account: guessing passwords, and sending mail to others.

use tollgate_proxy::network::network;
use tollgate_types::code::Code;
use tollgate_types::id::{OrgId, UserId};
use tollgate_types::number::plural;

use crate::access::Actor;
use crate::accounts::sessions::Visitor;
use crate::config::Rate;
use crate::shared::{Bucket, Limiter, Policy};
use crate::{Base, Error, Result};

use super::fields::Email;
use super::known_browser::BrowserId;

/// How many times the attempts of one account a source address has: offices share an address.
const PER_SOURCE: u32 = 5;
/// How many times the attempts of one source address all strangers together have for one account,
/// and in how many times its window: 100 attempts an hour if one address has 10 in five minutes.
const ALL_SOURCES: u32 = 10;
const ALL_SOURCES_WINDOWS: u32 = 12;
/// Verification links that one person can request, and that one address receives, which may belong
/// to somebody else.
const VERIFICATION_MAILS: Rate = Rate { calls: 3, seconds: 600 };
const VERIFICATION_MAILS_TO_ADDRESS: Rate = Rate { calls: 10, seconds: 86_400 };
/// Reset links for one address that one source can request.
const RESET_MAILS: Rate = Rate { calls: 3, seconds: 600 };
/// Reset links that all strangers together can request for one address: a few at once, and then
/// about one an hour, the lifetime of a link.
const RESET_MAILS_TO_ADDRESS: Rate = Rate { calls: 20, seconds: 86_400 };
const RESET_MAILS_AT_ONCE: u32 = 6;
/// Invitations that one organisation, and one person over all organisations, can send.
const INVITATIONS: Rate = Rate { calls: 30, seconds: 3600 };
/// Invitations from one source address. Offices share an address.
const INVITATIONS_FROM_SOURCE: Rate = Rate { calls: 60, seconds: 3600 };
/// Invitations that one address receives, over all senders.
const INVITATIONS_TO_ADDRESS: Rate = Rate { calls: 5, seconds: 86_400 };

/// One attempt to log in to `email`. A browser that is known for the account has its own attempts:
/// strangers who guess from anywhere cannot use them up.
pub fn log_in(
    base: &Base,
    email: &str,
    visitor: &Visitor,
    known: Option<&BrowserId>,
) -> Result<()> {
    let (limiter, now_us, rate) =
        (base.shared.local(), base.clock.now_us(), base.config.limits.limit_login);
    let email = email.trim().to_lowercase();
    if let Some(browser) = known {
        return take(limiter, now_us, &[Bucket::new("login_known", (&email, browser), rate)]);
    }
    let slow = Rate {
        calls: rate.calls.saturating_mul(ALL_SOURCES),
        seconds: rate.seconds.saturating_mul(ALL_SOURCES_WINDOWS).min(86_400),
    };
    let buckets = [
        Bucket::new("login", (&email, visitor.network()), rate),
        Bucket::new("login_account", &email, slow),
        source("login_source", base, visitor),
    ];
    take(limiter, now_us, &buckets)
}

/// One unauthenticated attempt that costs a hash or a mail.
pub fn from_source(base: &Base, visitor: &Visitor) -> Result<()> {
    take(base.shared.local(), base.clock.now_us(), &[source("account_source", base, visitor)])
}

/// One attempt to enter one's own password.
pub fn own_password(base: &Base, user: &UserId) -> Result<()> {
    let bucket = Bucket::new("own_password", user.as_str(), base.config.limits.limit_login);
    take(base.shared.local(), base.clock.now_us(), &[bucket])
}

/// One verification mail to oneself.
pub fn verification_mail(base: &Base, user: &UserId) -> Result<()> {
    let buckets = [
        Bucket::new("verification_mail", user.as_str(), VERIFICATION_MAILS),
        Bucket::new("verification_mail_to_address", user.as_str(), VERIFICATION_MAILS_TO_ADDRESS),
    ];
    take(base.shared.local(), base.clock.now_us(), &buckets)
}

/// One invitation. What this instance has not seen is counted in the database: see
/// [`super::invitations`].
pub fn invitation(base: &Base, org: &OrgId, actor: &Actor, to: &Email) -> Result<()> {
    let network = actor.source_ip.map(network);
    let buckets = [
        Bucket::new("invitation", org.as_str(), INVITATIONS),
        Bucket::new("invitation_by_person", &actor.id, INVITATIONS),
        Bucket::of_nobody("invitation_from_source", network, INVITATIONS_FROM_SOURCE),
        Bucket::of_nobody("invitation_to_address", to.as_str(), INVITATIONS_TO_ADDRESS),
    ];
    take(base.shared.local(), base.clock.now_us(), &buckets)
}

/// Whether another reset mail may be sent to `email`. Not an error: the requester must not learn of
/// it. As for log-ins, a known browser has its own mails.
pub fn may_mail_reset(
    base: &Base,
    email: &Email,
    visitor: &Visitor,
    known: Option<&BrowserId>,
) -> bool {
    let (limiter, now_us, email) = (base.shared.local(), base.clock.now_us(), email.as_str());
    if let Some(browser) = known {
        return take(
            limiter,
            now_us,
            &[Bucket::new("reset_mail_known", (email, browser), RESET_MAILS)],
        )
        .is_ok();
    }
    let buckets = [
        Bucket::new("reset_mail", (email, visitor.network()), RESET_MAILS),
        Bucket::new("reset_mail_to_address", email, RESET_MAILS_TO_ADDRESS)
            .with_burst(Some(RESET_MAILS_AT_ONCE)),
    ];
    take(limiter, now_us, &buckets).is_ok()
}

fn source(policy: Policy, base: &Base, visitor: &Visitor) -> Bucket {
    Bucket::new(policy, visitor.network(), base.config.limits.limit_login.times(PER_SOURCE))
}

fn take<const N: usize>(limiter: &Limiter, now_us: i64, buckets: &[Bucket; N]) -> Result<()> {
    let verdicts = limiter.take(now_us, buckets);
    let longest =
        verdicts.iter().filter(|verdict| !verdict.allowed).map(|verdict| verdict.retry_us).max();
    longest.map_or(Ok(()), |retry_us| Err(too_many(retry_us)))
}

fn too_many(retry_us: i64) -> Error {
    let seconds = u64::try_from(retry_us).unwrap_or(0).div_ceil(1_000_000).max(1);
    let wait = plural(seconds.div_ceil(60), "minute", "minutes");
    Error::new(Code::RateLimited, format!("Too many attempts. Try again in {wait}."))
        .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_who_tries_too_often_gets_the_time_to_wait() {
        let limiter = Limiter::default();
        let bucket = [Bucket::new("login", "ada@example.com", Rate { calls: 2, seconds: 300 })];
        assert!(take(&limiter, 1, &bucket).is_ok());
        assert!(take(&limiter, 1, &bucket).is_ok());
        let Err(Error::Problem(problem)) = take(&limiter, 1, &bucket) else {
            panic!("a third attempt passed")
        };
        assert_eq!((problem.code, problem.retry_after), (Code::RateLimited, Some(150)));
        assert_eq!(problem.detail, "Too many attempts. Try again in 3 minutes.");
    }
}
