//! The rules of accounts on a real database, without a server.

mod invitations;
mod links;
mod sessions;
mod sign_up;
mod team;
mod trail;

use tollgate_types::code::Code;
use tollgate_types::id::{OrgId, UserId};
use tollgate_types::role::Role;
use tollgate_types::time::Timestamp;

use super::{NewAccount, sign_up as rules, store};
use crate::accounts::sessions::{self as rows, Session, Token, Visitor};
use crate::config::Config;
use crate::db::Db;
use crate::test_support::{TestDb, on_both};
use crate::{Error, Result, random};

const NOW: Timestamp = Timestamp(1_800_000_000_000);
const PASSWORD: &str = "correct horse battery";

struct World {
    db: Db,
    config: Config,
    _database: TestDb,
}

impl World {
    async fn new(database: TestDb) -> Self {
        let db = Db::open(database.url(), database.data_dir()).await.unwrap();
        db.migrate().await.unwrap();
        Self { db, config: Config::from_flags(["--dev-outbox"]).unwrap(), _database: database }
    }

    /// Signs a person up, with an organisation named after them.
    async fn sign_up(&self, name: &str) -> Person {
        let form = form(name, &format!("{name}@example.com"), "");
        let new = rules::create(&self.db, &self.config, form, &visitor(None), NOW).await.unwrap();
        self.log_in(new.user, new.org).await
    }

    async fn log_in(&self, user: UserId, org: OrgId) -> Person {
        let token = rows::start(&self.db, &visitor(None), &user, Some(&org), NOW).await.unwrap();
        Person { user, org, token }
    }

    /// The session of a person, as a request at `now` finds it.
    async fn session_at(&self, person: &Person, now: Timestamp) -> Option<Session> {
        rows::find(&self.db, &person.visitor(), now).await.unwrap()
    }

    async fn session(&self, person: &Person) -> Session {
        self.session_at(person, NOW).await.expect("signed in")
    }

    /// Signs a person up and makes them a member of somebody else's organisation, in a session for
    /// it.
    async fn join(&self, name: &str, org: &OrgId, role: Role) -> Person {
        let person = self.sign_up(name).await;
        let mut tx = self.db.begin().await.unwrap();
        store::members::insert(&mut tx, org, &person.user, role, NOW).await.unwrap();
        tx.commit().await.unwrap();
        self.log_in(person.user, org.clone()).await
    }

    /// The token in the newest mail to `name`.
    async fn mailed_token(&self, name: &str) -> String {
        let mails = crate::mail::outbox(&self.db, &self.config, true).await.unwrap();
        let mail = mails.iter().find(|mail| {
            mail.recipient == format!("{name}@example.com") && mail.body.contains("token=")
        });
        let (_, rest) = mail.expect("a mail with a link").body.split_once("token=").unwrap();
        rest.split_whitespace().next().unwrap().to_owned()
    }
}

struct Person {
    user: UserId,
    org: OrgId,
    token: Token,
}

impl Person {
    fn visitor(&self) -> Visitor {
        visitor(Token::parse(self.token.expose()))
    }
}

fn visitor(token: Option<Token>) -> Visitor {
    Visitor {
        source_ip: Some([192, 0, 2, 1].into()),
        user_agent: "tests".into(),
        request_id: random::id(),
        token,
        known: String::new(),
    }
}

fn form(name: &str, email: &str, invitation: &str) -> NewAccount {
    NewAccount {
        name: name.into(),
        email: email.into(),
        password: PASSWORD.into(),
        org_name: format!("{name}'s"),
        invitation: invitation.into(),
    }
}

#[track_caller]
fn code<T>(result: Result<T>) -> Code {
    result.err().expect("an error").code()
}

#[track_caller]
fn fields<T>(result: Result<T>) -> Vec<(String, String)> {
    let Err(Error::Problem(problem)) = result else { panic!("no problem") };
    problem.errors.into_iter().map(|field| (field.location, field.code)).collect()
}
