use clap::Subcommand;

use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::plans::{self, NewPlan};
use crate::server::{Error, Result, billing, products};
use crate::types::id::OrgId;
use crate::types::money::{Currency, Prices};
use crate::types::number::plural;
use crate::types::plan::{Plan, PlanRate};
use crate::types::product::PLATFORM;

#[derive(Subcommand)]
pub enum Command {
    /// List all plans of a product, archived plans last
    List {
        /// The product's id
        #[arg(long, default_value = PLATFORM)]
        product: String,
        #[arg(long)]
        json: bool,
    },
    /// Create a plan, or the next version of the plan with this name; if the terms are the same,
    /// nothing changes
    Create(CreateArgs),
    /// Archive a plan: it is no longer offered, and current subscribers keep it
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
    /// Price per month, such as 29 or 29.50
    #[arg(long, default_value = "0")]
    price: String,
    /// Currency code (ISO 4217), such as usd
    #[arg(long, default_value = "usd")]
    currency: Currency,
    /// Units per month that the price includes
    #[arg(long)]
    included: u64,
    /// Price per unit above the included units, in the same currency as --price, such as 0.002.
    /// Without it and without --tiers, the plan rejects calls above its included units
    #[arg(long, conflicts_with = "tiers")]
    overage: Option<String>,
    /// Graduated prices per unit as JSON, in minor units such as cents:
    /// [{"up_to":1000,"unit_price":"0"},{"up_to":null,"unit_price":"0.2"}]
    #[arg(long, value_parser = parse_tiers)]
    tiers: Option<Prices>,
    /// Rate limit per key, as CALLS/SECONDS or CALLS/SECONDS/BURST; default: the server's settings
    #[arg(long)]
    key_rate: Option<PlanRate>,
    /// Rate limit of all keys of an organisation combined
    #[arg(long)]
    org_rate: Option<PlanRate>,
    /// Default plan: applies to organisations without a subscription
    #[arg(long)]
    default: bool,
    /// Private plan: only `org set-plan` can assign it
    #[arg(long)]
    private: bool,
    /// Offer the plan only to the organisation with this id
    #[arg(long, value_name = "ORG")]
    only_for: Option<OrgId>,
    /// Free trial for new subscribers, in days
    #[arg(long, default_value_t = 0)]
    trial_days: u32,
    /// Create a default plan even if it makes Tollgate reject organisations' live calls immediately
    #[arg(long)]
    yes: bool,
    #[arg(long)]
    json: bool,
}

fn parse_tiers(text: &str) -> Result<Prices, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

pub async fn run(config: &Config, command: Command) -> Result<()> {
    let db = super::open(config).await?;
    let (operator, now) = (Operator::command_line(), config.clock().now());
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
            let is_confirmed = args.yes;
            let new = new_plan(args)?;
            if !is_confirmed {
                let hint = |error: Error| match error {
                    Error::Problem(problem)
                        if problem.errors.iter().any(|field| field.location == "confirm") =>
                    {
                        Error::unconfirmed(format!(
                            "{} Nothing was changed; repeat the command with --yes to create the plan anyway.",
                            problem.detail
                        ))
                    }
                    other => other,
                };
                plans::check_default(&db, &new, now).await.map_err(hint)?;
            }
            if config.billing.stripe_secret_key.is_some() {
                billing::check_chargeable(&new)?;
            }
            let (plan, _) = plans::create_once(&db, new, &operator, now).await?;
            print(&plan, json)?;
        }
        Command::Archive { plan, product, json } => {
            let plan = plans::find(&db, &product, &plan).await?;
            print(&plans::archive(&db, &plan.id, &operator, now).await?, json)?;
        }
    }
    db.close().await;
    Ok(())
}

fn new_plan(args: CreateArgs) -> Result<NewPlan> {
    let price = args
        .currency
        .read(&args.price)
        .map_err(|error| Error::field("price", "invalid_format", format!("--price: {error}.")))?;
    let overage = args.overage.as_deref().map(|text| args.currency.read_unit(text)).transpose();
    let overage = overage.map_err(|_| {
        Error::field(
            "overage",
            "invalid_format",
            format!(
                "--overage: a price per unit is a number such as 0.002, in {}.",
                args.currency.as_str().to_uppercase()
            ),
        )
    })?;
    let is_hard = overage.is_none() && args.tiers.is_none();
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
        prices: args
            .tiers
            .unwrap_or_else(|| Prices::after(args.included, overage.unwrap_or_default())),
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
    let marks = [
        (plan.is_default, "default"),
        (!plan.is_public, "private"),
        (plan.archived_at.is_some(), "archived"),
    ];
    let marks: Vec<&str> = marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect();
    format!(
        "{}  {} v{}  {} per month  {} {quota}  {}",
        plan.id,
        plan.name,
        plan.version,
        plan.currency.amount(plan.monthly_price),
        plural(plan.included_units, "unit", "units"),
        marks.join(" ")
    )
}
