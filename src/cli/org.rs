use clap::Subcommand;
use serde_json::json;

use crate::server::access::{Actor, Permit};
use crate::server::config::Config;
use crate::server::{Error, Result, accounts, plans, usage_limits};
use crate::types::id::OrgId;
use crate::types::number::plural;
use crate::types::plan::PlanRate;
use crate::types::product::PLATFORM;

#[derive(Subcommand)]
pub enum Command {
    /// Create an organisation
    Create {
        name: String,
        /// The e-mail address of the account that owns it
        #[arg(long)]
        owner: Option<String>,
        #[arg(long)]
        json: bool,
    },
    /// Change an organisation's plan immediately
    SetPlan {
        org: OrgId,
        /// The plan's id, or its name for the newest version
        plan: String,
        /// The product that the plan belongs to
        #[arg(long, default_value = PLATFORM)]
        product: String,
        /// Change the plan even if it makes Tollgate reject live calls immediately
        #[arg(long)]
        yes: bool,
        #[arg(long)]
        json: bool,
    },
    /// Set an organisation's own rate limits; limits that you leave out return to the plan's
    SetLimit {
        org: OrgId,
        /// Rate limit per key, as CALLS/SECONDS or CALLS/SECONDS/BURST
        #[arg(long)]
        key: Option<PlanRate>,
        /// Rate limit of all keys combined, in the same form
        #[arg(long = "org-rate", value_name = "RATE")]
        org_rate: Option<PlanRate>,
        #[arg(long)]
        json: bool,
    },
    /// List all organisations
    List {
        #[arg(long)]
        json: bool,
    },
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    let now = config.clock().now();
    match command {
        Command::Create { name, owner, json } => {
            let owner = match owner {
                Some(email) => Some(
                    accounts::find_user_by_email(&db, &email)
                        .await?
                        .ok_or_else(|| Error::not_found("account"))?
                        .id,
                ),
                None => None,
            };
            let id = accounts::create_org(
                &db,
                &name,
                owner.as_ref(),
                false,
                &Actor::command_line(),
                now,
            )
            .await?;
            if json {
                println!("{}", json!({ "id": id, "name": name }));
            } else {
                println!("Created the organisation {name}: {id}");
            }
        }
        Command::SetPlan { org, plan, product, yes, json } => {
            let plan = plans::find(&db, &product, &plan).await?;
            if !yes
                && let Some(consequence) =
                    usage_limits::of_change(&db, &org, &plan, None, now).await?
            {
                let consequence = consequence.sentence();
                return Err(Error::unconfirmed(format!(
                    "{consequence} Nothing was changed; repeat the command with --yes to change the plan anyway."
                )));
            }
            let plan =
                plans::set_plan(&db, &Permit::for_command_line(org.clone()), &plan.id, now).await?;
            if json {
                println!("{}", json!({ "org_id": org, "plan": plan }));
            } else {
                println!("{org} is on {} (version {}) of {product}.", plan.name, plan.version);
            }
        }
        Command::SetLimit { org, key, org_rate, json } => {
            let limits = plans::set_org_limits(
                &db,
                &Permit::for_command_line(org.clone()),
                key,
                org_rate,
                now,
            )
            .await?;
            let text = |rate: Option<PlanRate>| {
                rate.map_or_else(|| "as in its plan".to_owned(), |rate| rate.to_string())
            };
            if json {
                println!("{}", json!({ "org_id": org, "limits": limits }));
            } else {
                println!(
                    "{org}: each key {}, all keys combined {}.",
                    text(limits.key_rate),
                    text(limits.org_rate)
                );
            }
        }
        Command::List { json } => {
            let orgs = accounts::list_orgs(&db).await?;
            if json {
                println!("{}", serde_json::to_string(&orgs)?);
            } else {
                for org in orgs {
                    println!(
                        "{}  {:>11}  {}  {}",
                        org.id,
                        plural(org.members.unsigned_abs(), "member", "members"),
                        org.created_at.day(),
                        org.name
                    );
                }
            }
        }
    }
    db.close().await;
    Ok(())
}
