//! Creates a demo organisation and a product that it can call. Their credentials are saved in
//! `demo.json` in the data folder, readable only by its owner, so that a second run prints the same
//! keys: they are stored nowhere else.

mod product;

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use serde::{Deserialize, Serialize};

use crate::server::access::{self, Actor, ManageKeys, Permit, ReadKeys};
use crate::server::config::Config;
use crate::server::db::Db;
use crate::server::keys::ParsedKey;
use crate::server::{Error, Result, accounts, admin, keys, plans, random};
use crate::types::code::Code;
use crate::types::environment::Environment;
use crate::types::id::{OrgId, UserId};
use crate::types::key::{KeyState, NewKey};
use crate::types::product::PLATFORM;
use crate::types::role::Role;
use crate::types::scope;
use crate::types::time::Timestamp;

#[derive(clap::Args)]
pub struct Args {
    #[arg(long)]
    json: bool,
    /// Create the demo even if the database has real organisations or TOLLGATE_BASE_URL is public
    /// (https)
    #[arg(long)]
    force: bool,
    /// Create only the product, and only if nobody has signed up yet; print nothing
    #[arg(long, conflicts_with = "json")]
    product: bool,
}

const EMAIL: &str = "demo@example.com";
const OPERATOR: &str = "operator@example.com";

#[derive(Clone, Deserialize, Serialize)]
struct Demo {
    email: String,
    password: String,
    org_id: OrgId,
    keys: Keys,
    operator: Operator,
}

#[derive(Clone, Deserialize, Serialize)]
struct Keys {
    sandbox: String,
    live: String,
}

#[derive(Clone, Deserialize, Serialize)]
struct Operator {
    email: String,
    password: String,
    /// `None` in files written by older versions.
    admin_token: Option<String>,
}

pub async fn run(config: &Config, args: &Args) -> Result<()> {
    if config.is_public() && !args.force {
        let detail = format!(
            "{} is public, and a demo adds an operator and a product that are not yours. Run it on a server that only you can reach, or pass --force",
            config.base_url()
        );
        return Err(Error::new(Code::Conflict, detail));
    }
    let db = super::open(config).await?;
    let now = config.clock().now();
    let orgs = accounts::list_orgs(&db).await?;
    if args.product {
        if orgs.is_empty() && !product::is_there(&db).await? {
            product::make(&db, now).await?;
        }
        db.close().await;
        return Ok(());
    }
    if !args.force && orgs.iter().any(|org| !org.is_demo) {
        return Err(Error::new(
            Code::Conflict,
            "this database has real organisations, so no demo was created; pass --force to create it anyway",
        ));
    }
    let note = config.data_dir.join("demo.json");
    let demo = match read_note(&note) {
        Some(demo) if still_works(&db, &demo, now).await? => demo,
        _ => make(&db, &note, now).await?,
    };
    db.close().await;
    if args.json {
        println!("{}", serde_json::to_string(&demo)?);
    } else {
        println!("Organisation  {}", demo.org_id);
        println!("Partner       {}  {}", demo.email, demo.password);
        println!("Operator      {}  {}", demo.operator.email, demo.operator.password);
        println!("Admin token   {}", demo.operator.admin_token.as_deref().unwrap_or_default());
        println!("Sandbox key   {}", demo.keys.sandbox);
        println!("Live key      {}", demo.keys.live);
    }
    Ok(())
}

fn read_note(path: &Path) -> Option<Demo> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// Whether everything in the file still works: a key may be revoked or the database emptied.
async fn still_works(db: &Db, demo: &Demo, now: Timestamp) -> Result<bool> {
    let people = accounts::find_user_by_email(db, &demo.email).await?.is_some()
        && accounts::find_user_by_email(db, &demo.operator.email).await?.is_some();
    if !people || accounts::find_org(db, &demo.org_id).await?.is_none() {
        return Ok(false);
    }
    let token = demo.operator.admin_token.as_deref().unwrap_or_default();
    if !admin::token_works(db, token).await? || !product::is_there(db).await? {
        return Ok(false);
    }
    let permit = Permit::<ReadKeys>::for_command_line(demo.org_id.clone());
    let found = keys::list_keys(db, &permit, None, None, 1_000, now).await?.data;
    let works = |text: &str| {
        let prefix = ParsedKey::parse(text).map(|key| key.prefix.to_string());
        found
            .iter()
            .any(|key| Some(&key.prefix) == prefix.as_ref() && key.state == KeyState::Active)
    };
    Ok(works(&demo.keys.sandbox) && works(&demo.keys.live))
}

async fn make(db: &Db, note: &Path, now: Timestamp) -> Result<Demo> {
    let (owner, password) = person(db, EMAIL, "Demo partner", false, now).await?;
    let (_, operator_password) = person(db, OPERATOR, "Demo operator", true, now).await?;
    let existing = accounts::list_orgs(db).await?.into_iter().find(|org| org.is_demo);
    let org = match existing {
        Some(org) => org.id,
        None => {
            accounts::create_org(
                db,
                "Demo organisation",
                Some(&owner),
                true,
                &Actor::command_line(),
                now,
            )
            .await?
        }
    };
    accounts::add_member(db, &org, &owner, Role::Owner, &Actor::command_line(), now).await?;
    product::make(db, now).await?;
    subscribe(db, &org, PLATFORM, now).await?;
    subscribe(db, &org, product::ID, now).await?;
    let token =
        admin::create_token(db, &access::Operator::command_line(), "Demo", now).await?.token;
    let demo = Demo {
        email: EMAIL.into(),
        password,
        keys: Keys {
            sandbox: key(db, &org, Environment::Sandbox, now).await?,
            live: key(db, &org, Environment::Live, now).await?,
        },
        operator: Operator {
            email: OPERATOR.into(),
            password: operator_password,
            admin_token: Some(token),
        },
        org_id: org,
    };
    write_note(note, &demo)?;
    Ok(demo)
}

/// A plan that allows calls above its quota, so that the demo does not stop working.
async fn subscribe(db: &Db, org: &OrgId, product: &str, now: Timestamp) -> Result<()> {
    if let Some(plan) = plans::offers(db, product).await?.iter().find(|plan| !plan.is_hard) {
        plans::set_plan(db, &Permit::for_command_line(org.clone()), &plan.id, now).await?;
    }
    Ok(())
}

/// Creates the account if it is missing, and sets a new password.
async fn person(
    db: &Db,
    email: &str,
    name: &str,
    is_operator: bool,
    now: Timestamp,
) -> Result<(UserId, String)> {
    let password = random::base62(20);
    if let Some(user) = accounts::find_user_by_email(db, email).await? {
        accounts::set_password(db, email, &password, now).await?;
        return Ok((user.id, password));
    }
    let new = accounts::NewUser {
        name: name.into(),
        email: email.into(),
        password: password.clone(),
        is_operator,
        verified: true,
    };
    Ok((accounts::create_user(db, new, now).await?, password))
}

async fn key(db: &Db, org: &OrgId, environment: Environment, now: Timestamp) -> Result<String> {
    let permit = Permit::<ManageKeys>::for_command_line(org.clone());
    let platform = scope::PLATFORM.iter().map(|(scope, _)| (*scope).to_owned());
    let scopes = platform.chain([format!("{}:*", product::ID)]).collect();
    let new = NewKey {
        name: format!("Demo {environment} key"),
        environment,
        scopes,
        ..NewKey::default()
    };
    Ok(keys::create_key(db, &permit, new, now).await?.key)
}

fn write_note(path: &Path, demo: &Demo) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension("new");
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(serde_json::to_string_pretty(demo)?.as_bytes())?;
    fs::rename(&draft, path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(())
}
