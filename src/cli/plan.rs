use clap::Subcommand;

use crate::server::access::Operator;
use crate::server::config::Config;
use crate::server::{Error, Result, billing, plans, products};
use crate::types::number::plural;
use crate::types::plan::{NewPlan, Plan};
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
    /// Price per month, such as 29 or 29.50
    #[arg(long, default_value = "0")]
    price: String,
    /// Price per unit above the included units, in the same currency as --price, such as 0.002.
    /// Without it and without --tiers, the plan rejects calls above its included units
    #[arg(long, conflicts_with = "tiers")]
    overage: Option<String>,
    #[command(flatten)]
    new: NewPlan,
    /// Private plan: only `org set-plan` can assign it
    #[arg(long)]
    private: bool,
    #[arg(long)]
    json: bool,
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
            products::check_exists(&db, &args.new.product).await?;
            let new = new_plan(args)?;
            if !new.confirm {
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
    let currency = args.new.currency;
    let monthly_price = currency
        .read(&args.price)
        .map_err(|error| Error::field("price", "invalid_format", format!("--price: {error}.")))?;
    let overage = args.overage.as_deref().map(|text| currency.read_unit(text)).transpose();
    let overage = overage.map_err(|_| {
        Error::field(
            "overage",
            "invalid_format",
            format!(
                "--overage: a price per unit is a number such as 0.002, in {}.",
                currency.as_str().to_uppercase()
            ),
        )
    })?;
    Ok(NewPlan { monthly_price, overage, is_public: !args.private, ..args.new })
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
