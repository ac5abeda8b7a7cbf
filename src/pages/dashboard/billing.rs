//! The organisation's costs: one product's plan, month, forecast and invoices.

pub mod change;
mod invoices;
mod month;
mod subscription;
mod unsubscribed;
pub mod usage;

use std::time::Duration;

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::change::{Change, Offers};
use self::invoices::Invoices;
use self::month::Month;
use self::subscription::SubscriptionStatus;
use self::unsubscribed::Unsubscribed;
use crate::actions::billing::{CancelPlan, ChoosePlan, ResumePlan, load_billing, load_offers};
use crate::actions::error::UiError;
use crate::actions::plan::SetSpendCap;
use crate::components::fields::FormAlert;
use crate::components::form_state::{error_of, successes};
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::session::ForRole;
use crate::pages::dashboard::plan::CapForm;
use crate::pages::dashboard::plan::keys::KeysOfMonth;
use crate::types::code::Code;
use crate::types::product::PLATFORM;
use crate::types::role::Role;

const PATH: &str = "/dashboard/billing";
/// How often the page checks for a plan that was just paid for, and for how long.
const EACH: Duration = Duration::from_secs(1);
const LOOKS: u32 = 30;

/// Plan, usage and quota, current and expected cost, spend cap, invoices.
#[component]
pub fn BillingPage() -> impl IntoView {
    let query = use_query_map();
    let product = Memo::new(move |_| {
        query.with(|query| {
            query.get("product").filter(|id| !id.is_empty()).unwrap_or_else(|| PLATFORM.to_owned())
        })
    });
    let wanted =
        Memo::new(move |_| query.with(|query| query.get("plan").and_then(|id| id.parse().ok())));
    let is_paid = Memo::new(move |_| query.with(|query| query.get("checkout").is_some()));
    let (choose, cancel, resume) = (
        ServerAction::<ChoosePlan>::new(),
        ServerAction::<CancelPlan>::new(),
        ServerAction::<ResumePlan>::new(),
    );
    let set_cap = ServerAction::<SetSpendCap>::new();
    let done = (successes(choose), successes(cancel), successes(resume), successes(set_cap));
    let changes = move || (done.0.get(), done.1.get(), done.2.get(), done.3.get());
    // Without a plan of the product, only the available plans are shown.
    let view = Resource::new(
        move || (product.get(), changes()),
        |(product, _)| async move {
            match load_billing(product.clone()).await {
                Err(error) if error.code == Code::NotFound => Ok(Err(load_offers(product).await?)),
                found => Ok::<_, UiError>(Ok(found?)),
            }
        },
    );
    let holds = StoredValue::new(false);
    Effect::new(move |_| {
        if is_paid.get() {
            look_again(move || holds.get_value(), move || view.refetch());
        }
    });
    view! {
        <PageHead title="Billing" lead="Usage and cost of your live calls this month, the forecast, and your invoices." />
        <FormAlert error=error_of(choose) />
        <FormAlert error=error_of(cancel) />
        <FormAlert error=error_of(resume) />
        {loaded(
            move || async move { view.await },
            move || view.refetch(),
            move |found| {
                let view = match found {
                    Ok(view) => view,
                    Err(offers) => return view! { <Unsubscribed product=product.get() offers wanted=wanted.get() choose /> }.into_any(),
                };
                let (currency, cap) = (view.plan.currency, view.spend_cap.map(|cap| view.plan.currency.plain(cap)).unwrap_or_default());
                let code = currency.as_str().to_uppercase();
                let (offers, current, product) = (view.offers.clone(), view.plan.id.clone(), view.product.clone());
                let (invoices, keys, standing) = (view.invoices.clone(), view.keys.clone(), view.clone());
                let is_charged = view.subscription.as_ref().is_some_and(|held| held.is_charged);
                let thanks = if is_charged {
                    format!("Thank you. The plan {} is active.", view.plan.name)
                } else {
                    "Thank you. The payment is being confirmed. The plan takes effect within seconds.".to_owned()
                };
                holds.set_value(is_charged);
                view! {
                    <div class="stack gap-4">
                        {is_paid.get().then(|| view! { <p class="alert alert-ok" role="status">{thanks}</p> })}
                        <Products path=PATH products=view.products.clone() current=product.clone() />
                        {wanted.get().filter(|plan| *plan != current).map(|plan| view! { <Change plan action=choose currency is_charged /> })}
                        <SubscriptionStatus view=standing cancel resume />
                        <Month view />
                        <ForRole can=Role::can_manage_plan>
                            <CapForm action=set_cap cap=cap.clone() currency=code.clone() />
                        </ForRole>
                        <KeysOfMonth keys currency />
                        <Offers offers current product=product.clone() />
                        <Invoices invoices product />
                    </div>
                }
                .into_any()
            },
        )}
    }
}

/// Reloads every second until `holds`, for a while: the payment provider notifies the server of a
/// payment, not the browser.
fn look_again(holds: impl Fn() -> bool + 'static, load: impl Fn() + 'static) {
    let (left, handle) = (StoredValue::new(LOOKS), StoredValue::new(None::<IntervalHandle>));
    let stop = move || {
        if let Some(handle) = handle.get_value() {
            handle.clear();
        }
    };
    let look = move || {
        left.update_value(|left| *left = left.saturating_sub(1));
        if holds() || left.get_value() == 0 { stop() } else { load() }
    };
    handle.set_value(set_interval_with_handle(look, EACH).ok());
    on_cleanup(stop);
}

/// Links to the other products' parts, if there are any.
#[component]
pub fn Products(
    /// The page of one product.
    path: &'static str,
    products: Vec<String>,
    current: String,
) -> impl IntoView {
    (products.len() > 1).then(|| {
        let link = |product: String| {
            let (is_current, href) = (product == current, format!("{path}?product={product}"));
            view! {
                <li>
                    <a class="btn btn-sm" href=href aria-current=is_current.then_some("page")>
                        {product}
                    </a>
                </li>
            }
        };
        view! {
            <nav aria-label="Products">
                <ul class="row">{products.iter().cloned().map(link).collect_view()}</ul>
            </nav>
        }
    })
}
