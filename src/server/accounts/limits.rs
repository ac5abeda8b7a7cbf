//! Limits on what strangers can try: guessing passwords, and having mail sent to others.

use crate::server::config::Rate;
use crate::server::session::Visitor;
use crate::server::shared::{Bucket, Limiter, Policy};
use crate::server::{App, Error, Result};
use crate::types::code::Code;
use crate::types::id::{OrgId, UserId};

use super::fields::Email;

/// A source address may try so many times as often as one account: offices share an address.
const PER_SOURCE: u32 = 5;
/// Verification links that one person can ask for.
const VERIFICATION_MAILS: Rate = Rate { calls: 3, seconds: 600 };
/// Reset links that are sent to one address.
const RESET_MAILS: Rate = Rate { calls: 3, seconds: 600 };
/// Invitations that one organisation can send.
const INVITATIONS: Rate = Rate { calls: 30, seconds: 3600 };

/// One attempt to log in to `email`, whoever it belongs to.
pub fn log_in(app: &App, email: &str, visitor: &Visitor) -> Result<()> {
    let account = Bucket::new("login", email.trim().to_lowercase(), app.config.limits.limit_login);
    take(app.shared.local(), app.clock.now_us(), &[account, source("login_source", app, visitor)])
}

/// One attempt to do without a session what costs us a hash or a mail.
pub fn from_source(app: &App, visitor: &Visitor) -> Result<()> {
    take(app.shared.local(), app.clock.now_us(), &[source("account_source", app, visitor)])
}

/// One attempt to name one's own password.
pub fn own_password(app: &App, user: &UserId) -> Result<()> {
    let bucket = Bucket::new("own_password", user.as_str(), app.config.limits.limit_login);
    take(app.shared.local(), app.clock.now_us(), &[bucket])
}

/// One verification mail to oneself.
pub fn verification_mail(app: &App, user: &UserId) -> Result<()> {
    take(app.shared.local(), app.clock.now_us(), &[Bucket::new("verification_mail", user.as_str(), VERIFICATION_MAILS)])
}

/// One invitation.
pub fn invitation(app: &App, org: &OrgId) -> Result<()> {
    take(app.shared.local(), app.clock.now_us(), &[Bucket::new("invitation", org.as_str(), INVITATIONS)])
}

/// Whether one more reset mail may go to `email`. Not an error: the asker must not learn of it.
pub fn may_mail_reset(app: &App, email: &Email) -> bool {
    let [verdict] = app.shared.local().take(app.clock.now_us(), &[Bucket::new("reset_mail", email.as_str(), RESET_MAILS)]);
    verdict.allowed
}

fn source(policy: Policy, app: &App, visitor: &Visitor) -> Bucket {
    Bucket::new(policy, visitor.network(), app.config.limits.limit_login.times(PER_SOURCE))
}

fn take<const N: usize>(limiter: &Limiter, now_us: i64, buckets: &[Bucket; N]) -> Result<()> {
    let verdicts = limiter.take(now_us, buckets);
    let longest = verdicts.iter().filter(|verdict| !verdict.allowed).map(|verdict| verdict.retry_us).max();
    longest.map_or(Ok(()), |retry_us| Err(too_many(retry_us)))
}

fn too_many(retry_us: i64) -> Error {
    let seconds = u64::try_from(retry_us).unwrap_or(0).div_ceil(1_000_000).max(1);
    let wait = match seconds.div_ceil(60) {
        1 => "a minute".to_owned(),
        minutes => format!("{minutes} minutes"),
    };
    Error::new(Code::RateLimited, format!("Too many attempts. Try again in {wait}.")).retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_tries_too_often_is_told_how_long_to_wait() {
        let limiter = Limiter::default();
        let bucket = [Bucket::new("login", "ada@example.com", Rate { calls: 2, seconds: 300 })];
        assert!(take(&limiter, 1, &bucket).is_ok());
        assert!(take(&limiter, 1, &bucket).is_ok());
        let Err(Error::Problem(problem)) = take(&limiter, 1, &bucket) else { panic!("a third attempt passed") };
        assert_eq!((problem.code, problem.retry_after), (Code::RateLimited, Some(150)));
        assert_eq!(problem.detail, "Too many attempts. Try again in 3 minutes.");
    }
}
