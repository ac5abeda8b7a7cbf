use clap::Subcommand;

use crate::server::access::Actor;
use crate::server::clock::Clock;
use crate::server::config::Config;
use crate::server::plans::{self, NewPlan};
use crate::server::{Error, Result, products};
use crate::types::id::OrgId;
use crate::types::money::{Currency, Prices, UnitPrice};
use crate::types::plan::{Plan, PlanRate};
use crate::types::product::PLATFORM;

#[derive(Subcommand)]
pub enum Command {
    /// List all plans of a product, archived ones at the end
    List {
        /// The product's id
        #[arg(long, default_value = PLATFORM)]
        product: String,
        #[arg(long)]
        json: bool,
    },
    /// Make a plan, or the next version of the one with this name
    Create(CreateArgs),
    /// Offer a plan no more; its subscribers keep it
    Archive {
        /// The plan's id, or its name for the newest version
        plan: String,
        /// The product's id
        #[arg(long, default_value = PLATFORM)]
        product: String,
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args)]
pub struct CreateArgs {
    name: String,
    /// The product's id
    #[arg(long, default_value = PLATFORM)]
    product: String,
    /// Price of a month, such as 29 or 29.50
    #[arg(long, default_value = "0")]
    price: String,
    #[arg(long, default_value = "usd")]
    currency: Currency,
    /// Units of a month that cost nothing more
    #[arg(long)]
    included: u64,
    /// Price of each further unit, in minor units such as cents, with up to 12 decimal places. Without it
    /// and --tiers the plan stops at its included units
    #[arg(long, conflicts_with = "tiers")]
    overage: Option<UnitPrice>,
    /// Graduated prices of a month's units: [{"up_to":1000,"unit_price":"0"},{"up_to":null,"unit_price":"0.2"}]
    #[arg(long, value_parser = parse_tiers)]
    tiers: Option<Prices>,
    /// Rate limit of each key, as CALLS/SECONDS or CALLS/SECONDS/BURST; default: the server's settings
    #[arg(long)]
    key_rate: Option<PlanRate>,
    /// Rate limit of an organisation's keys together
    #[arg(long)]
    org_rate: Option<PlanRate>,
    /// For whoever has no subscription
    #[arg(long)]
    default: bool,
    /// Not offered: only `org set-plan` gives it
    #[arg(long)]
    private: bool,
    /// Offered to one organisation only, by its id
    #[arg(long, value_name = "ORG")]
    only_for: Option<OrgId>,
    /// Days that a new subscriber pays nothing for
    #[arg(long, default_value_t = 0)]
    trial_days: u32,
    #[arg(long)]
    json: bool,
}

fn parse_tiers(text: &str) -> Result<Prices, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    let (actor, now) = (Actor::command_line(), Clock::default().now());
    match command {
        Command::List { product, json } => {
            products::check_exists(&db, &product).await?;
            let plans = plans::list(&db, &product).await?;
            if json {
                println!("{}", serde_json::to_string(&plans)?);
            } else {
                plans.iter().for_each(|plan| println!("{}", line(plan)));
            }
        }
        Command::Create(args) => {
            let json = args.json;
            products::check_exists(&db, &args.product).await?;
            let plan = plans::create(&db, new_plan(args)?, &actor, now).await?;
            print(&plan, json)?;
        }
        Command::Archive { plan, product, json } => {
            let plan = plans::find(&db, &product, &plan).await?;
            print(&plans::archive(&db, &plan.id, &actor, now).await?, json)?;
        }
    }
    db.close().await;
    Ok(())
}

fn new_plan(args: CreateArgs) -> Result<NewPlan> {
    let price = args.currency.read(&args.price).map_err(|error| Error::field("price", "invalid_format", format!("--price: {error}.")))?;
    let is_hard = args.overage.is_none() && args.tiers.is_none();
    Ok(NewPlan {
        product: args.product,
        name: args.name,
        is_default: args.default,
        is_public: !args.private && args.only_for.is_none(),
        offered_to: args.only_for,
        trial_days: args.trial_days,
        currency: args.currency,
        monthly_price: price,
        included_units: args.included,
        is_hard,
        prices: args.tiers.unwrap_or_else(|| Prices::after(args.included, args.overage.unwrap_or_default())),
        key_rate: args.key_rate,
        org_rate: args.org_rate,
    })
}

fn print(plan: &Plan, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(plan)?);
    } else {
        println!("{}", line(plan));
    }
    Ok(())
}

fn line(plan: &Plan) -> String {
    let quota = if plan.is_hard { "hard" } else { "soft" };
    let marks = [(plan.is_default, "default"), (!plan.is_public, "private"), (plan.archived_at.is_some(), "archived")];
    let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
    format!(
        "{}  {} v{}  {} a month  {} units {quota}  {}",
        plan.id,
        plan.name,
        plan.version,
        plan.currency.amount(plan.monthly_price),
        plan.included_units,
        marks.join(" ")
    )
}
