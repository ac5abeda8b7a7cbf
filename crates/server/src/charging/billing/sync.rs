//! Plans at Stripe: a Product per plan, with a licensed Price for the month and a metered,
//! graduated Price on the product's Billing Meter for the units. Each step first looks for the
//! result of an earlier one.

use std::collections::HashMap;

use stripe_billing::BillingMeterStatus;
use stripe_billing::billing_meter::{
    CreateBillingMeter, CreateBillingMeterCustomerMapping, CreateBillingMeterCustomerMappingType,
    CreateBillingMeterDefaultAggregation, CreateBillingMeterDefaultAggregationFormula,
    CreateBillingMeterValueSettings, ListBillingMeter,
};
use stripe_product::price::{
    CreatePrice, CreatePriceRecurring, CreatePriceRecurringInterval, CreatePriceRecurringUsageType,
    CreatePriceTiers, CreatePriceTiersUpTo, ListPrice,
};
use stripe_product::product::{CreateProduct, RetrieveProduct};
use stripe_shared::{PriceBillingScheme, PriceTiersMode};
use stripe_types::Currency;
use tollgate_types::code::Code;
use tollgate_types::money::{self, Tier};
use tollgate_types::plan::Plan;
use tollgate_types::time::Timestamp;

use super::amounts;
use super::client::{Fault, Stripe};
use super::objects::{self, METER, PRICE_MONTH, PRICE_UNITS, PRODUCT};
use super::store;
use super::stripe_objects::{Found, Made, Meter, Price};
use crate::db::Db;
use crate::{Error, Result, plans};

/// Pages of meters that are searched.
const PAGES: usize = 50;

/// Creates what is missing at Stripe, for all plans that are offered or subscribed to. A plan never
/// changes, so existing objects stay.
pub async fn sync(db: &Db, stripe: &Stripe, now: Timestamp) -> Result<()> {
    let mut fault = None;
    for plan in plans::all(db).await?.iter().filter(|plan| plan.is_paid()) {
        // If Stripe rejects one plan, the others can still be sold.
        if let Err(cause) = provide(db, stripe, plan, now).await {
            tracing::warn!(plan = %plan.id, %cause, "a plan cannot be created at the payment provider");
            fault = Some(cause);
        }
    }
    fault.map_or(Ok(()), Err)
}

/// The prices of a plan at Stripe.
pub struct Sold {
    pub month: String,
    /// `None` if usage costs nothing.
    pub units: Option<String>,
}

/// The plan's prices, created if they are missing.
pub async fn provide(db: &Db, stripe: &Stripe, plan: &Plan, now: Timestamp) -> Result<Sold> {
    let known = |kind| store::objects::find(db, kind, plan.id.as_str());
    let (month, units) = (known(PRICE_MONTH).await?, known(PRICE_UNITS).await?);
    if let Some(month) = month
        && units.is_some() == objects::is_metered(plan)
    {
        return Ok(Sold { month, units });
    }
    // Before anything is created at Stripe.
    let amount = amounts::to_stripe(plan.currency, plan.monthly_price)?;
    let product = product(stripe, plan).await?;
    let print = objects::plan_fingerprint(plan);
    store::objects::save(db, (PRODUCT, plan.id.as_str()), &product, &print, now).await?;
    let month =
        price(stripe, plan, &product, PRICE_MONTH, |request| licensed(request, amount)).await?;
    store::objects::save(db, (PRICE_MONTH, plan.id.as_str()), &month, &print, now).await?;
    let mut units = None;
    if objects::is_metered(plan) {
        let meter = meter(db, stripe, &plan.product, now).await?;
        let made =
            price(stripe, plan, &product, PRICE_UNITS, |request| metered(request, plan, &meter))
                .await?;
        store::objects::save(db, (PRICE_UNITS, plan.id.as_str()), &made, &print, now).await?;
        units = Some(made);
    }
    Ok(Sold { month, units })
}

async fn product(stripe: &Stripe, plan: &Plan) -> Result<String> {
    let id = objects::product_id(plan);
    match stripe.get::<Made>(&RetrieveProduct::new(id.as_str())).await {
        Ok(found) => return Ok(found.id),
        Err(fault) if fault.is_not_found() => {}
        Err(fault) => return Err(fault.into()),
    }
    let metadata = HashMap::from([(objects::API.to_owned(), plan.product.clone())]);
    let request = CreateProduct::new(format!("{} {}", plan.product, plan.name))
        .id(id.as_str())
        .metadata(metadata);
    match stripe.post::<Made>(&request, &format!("{id}.make")).await {
        Ok(made) => Ok(made.id),
        Err(fault) if fault.is_taken() => Ok(id),
        Err(fault) => Err(fault.into()),
    }
}

/// The price with the plan's lookup key, which is unique at Stripe.
async fn price(
    stripe: &Stripe,
    plan: &Plan,
    product: &str,
    kind: &str,
    complete: impl FnOnce(CreatePrice) -> CreatePrice,
) -> Result<String> {
    let key = objects::lookup_key(plan, kind);
    let find = ListPrice::new().lookup_keys(vec![key.clone()]).limit(1);
    if let Some(found) = stripe.get::<Found<Price>>(&find).await?.data.into_iter().next() {
        return Ok(found.id);
    }
    let code = plan.currency.as_str();
    let unknown = || {
        Error::new(
            Code::Conflict,
            format!("Stripe does not support the currency {}.", code.to_uppercase()),
        )
    };
    let currency: Currency = code.parse().map_err(|_| unknown())?;
    let metadata = HashMap::from([
        (objects::PLAN.to_owned(), plan.id.to_string()),
        (objects::API.to_owned(), plan.product.clone()),
    ]);
    let request = complete(
        CreatePrice::new(currency).product(product).lookup_key(key.as_str()).metadata(metadata),
    );
    match stripe.post::<Made>(&request, &format!("{key}.make")).await {
        Ok(made) => Ok(made.id),
        Err(fault) if fault.is_taken() => {
            let found = stripe.get::<Found<Price>>(&find).await?.data.into_iter().next();
            Ok(found.ok_or_else(|| Error::from(fault))?.id)
        }
        Err(fault) => Err(fault.into()),
    }
}

fn licensed(request: CreatePrice, amount: i64) -> CreatePrice {
    let every_month = CreatePriceRecurring::new(CreatePriceRecurringInterval::Month);
    request.nickname("Month").unit_amount(amount).recurring(every_month)
}

/// Graduated; a plan with one tier has a single unit price, because Stripe requires at least two
/// tiers.
fn metered(request: CreatePrice, plan: &Plan, meter: &str) -> CreatePrice {
    let mut recurring = CreatePriceRecurring::new(CreatePriceRecurringInterval::Month);
    recurring.meter = Some(meter.to_owned());
    recurring.usage_type = Some(CreatePriceRecurringUsageType::Metered);
    let request = request.nickname("Units").recurring(recurring);
    match plan.prices.tiers() {
        [only] => request
            .unit_amount_decimal(amounts::unit_price_to_stripe(plan.currency, only.unit_price)),
        tiers => {
            let tiers: Vec<CreatePriceTiers> =
                tiers.iter().map(|found| tier(plan.currency, found)).collect();
            request
                .billing_scheme(PriceBillingScheme::Tiered)
                .tiers_mode(PriceTiersMode::Graduated)
                .tiers(tiers)
        }
    }
}

fn tier(currency: money::Currency, tier: &Tier) -> CreatePriceTiers {
    let up_to = tier
        .up_to
        .map_or(CreatePriceTiersUpTo::Inf, |end| CreatePriceTiersUpTo::I64(end.cast_signed()));
    let mut made = CreatePriceTiers::new(up_to);
    made.unit_amount_decimal = Some(amounts::unit_price_to_stripe(currency, tier.unit_price));
    made
}

/// The meter that counts a product's units, per Stripe customer, in whole numbers.
async fn meter(db: &Db, stripe: &Stripe, product: &str, now: Timestamp) -> Result<String> {
    if let Some(known) = store::objects::find(db, METER, product).await? {
        return Ok(known);
    }
    let event_name = objects::event_name(product);
    let found = match find_meter(stripe, &event_name).await? {
        Some(found) => found,
        None => {
            let sum = CreateBillingMeterDefaultAggregation::new(
                CreateBillingMeterDefaultAggregationFormula::Sum,
            );
            let customer = CreateBillingMeterCustomerMapping::new(
                objects::CUSTOMER_KEY,
                CreateBillingMeterCustomerMappingType::ById,
            );
            let request =
                CreateBillingMeter::new(sum, format!("Units of {product}"), event_name.as_str())
                    .customer_mapping(customer)
                    .value_settings(CreateBillingMeterValueSettings::new(objects::VALUE_KEY));
            match stripe.post::<Made>(&request, &format!("{event_name}.make")).await {
                Ok(made) => made.id,
                Err(fault @ Fault::Refused { .. }) => {
                    find_meter(stripe, &event_name).await?.ok_or_else(|| Error::from(fault))?
                }
                Err(fault) => return Err(fault.into()),
            }
        }
    };
    store::objects::save(db, (METER, product), &found, &event_name, now).await?;
    Ok(found)
}

async fn find_meter(stripe: &Stripe, event_name: &str) -> Result<Option<String>> {
    let mut request = ListBillingMeter::new().status(BillingMeterStatus::Active).limit(100);
    for _ in 0..PAGES {
        let page: Found<Meter> = stripe.get(&request).await?;
        if let Some(meter) = page.data.iter().find(|meter| meter.event_name == event_name) {
            return Ok(Some(meter.id.clone()));
        }
        let Some(last) = page.data.last().filter(|_| page.has_more) else { break };
        request = ListBillingMeter::new()
            .status(BillingMeterStatus::Active)
            .limit(100)
            .starting_after(last.id.as_str());
    }
    Ok(None)
}
