//! The HTML shell, `<App>`, and the table of pages.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, Title, provide_meta_context};
use leptos_router::components::{Outlet, ParentRoute, Route, Router, Routes};
use leptos_router::{SsrMode, path};

use crate::browser::IS_BROWSER;
use crate::components::focus::FocusOnNavigation;
use crate::components::form_state::WithoutApp;
use crate::components::held_key::HeldKey;
use crate::components::origin::provide_origin;
use crate::components::text_box::escaped;
use crate::components::time::provide_now;
use crate::pages::admin::Admin;
use crate::pages::admin::audit::AdminAuditPage;
use crate::pages::admin::billing::RevenuePage;
use crate::pages::admin::billing::drift::DriftPage;
use crate::pages::admin::billing::simulate::SimulatePage;
use crate::pages::admin::diff::DiffPage;
use crate::pages::admin::plans::PlansPage;
use crate::pages::admin::product::AdminProductPage;
use crate::pages::admin::products::ProductsPage;
use crate::pages::admin::products::new::NewProductPage;
use crate::pages::admin::tokens::TokensPage;
use crate::pages::apis::CataloguePage;
use crate::pages::apis::operation::OperationPage;
use crate::pages::apis::product::ProductPage;
use crate::pages::apis::schema::SchemaPage;
use crate::pages::apis::webhook::WebhookPage as ApiWebhookPage;
use crate::pages::dashboard::Dashboard;
use crate::pages::dashboard::audit::AuditPage;
use crate::pages::dashboard::billing::BillingPage;
use crate::pages::dashboard::billing::usage::UsagePage;
use crate::pages::dashboard::events::EventsPage;
use crate::pages::dashboard::events::detail::EventPage;
use crate::pages::dashboard::find::FindPage;
use crate::pages::dashboard::keys::KeysPage;
use crate::pages::dashboard::keys::detail::KeyPage;
use crate::pages::dashboard::keys::new::NewKeyPage;
use crate::pages::dashboard::logs::LogsPage;
use crate::pages::dashboard::logs::detail::LogPage;
use crate::pages::dashboard::orgs_new::NewOrgPage;
use crate::pages::dashboard::overview::OverviewPage;
use crate::pages::dashboard::plan::PlanPage;
use crate::pages::dashboard::settings::SettingsPage;
use crate::pages::dashboard::team::TeamPage;
use crate::pages::dashboard::try_it::TryPage;
use crate::pages::dashboard::webhooks::WebhooksPage;
use crate::pages::dashboard::webhooks::debug::DebugPage;
use crate::pages::dashboard::webhooks::delivery::DeliveryPage;
use crate::pages::dashboard::webhooks::endpoint::WebhookPage;
use crate::pages::dashboard::webhooks::new::NewWebhookPage;
use crate::pages::dashboard::webhooks::rotate::RotatePage;
use crate::pages::dev::outbox::OutboxPage;
use crate::pages::docs::DocsPage;
use crate::pages::docs::errors::{ErrorPage, ErrorsPage};
use crate::pages::docs::keys::KeysGuidePage;
use crate::pages::docs::upstream::UpstreamGuidePage;
use crate::pages::docs::webhooks::WebhooksGuidePage;
use crate::pages::home::HomePage;
use crate::pages::invitations::InvitationPage;
use crate::pages::login::LoginPage;
use crate::pages::not_found::NotFoundPage;
use crate::pages::reset::ResetPage;
use crate::pages::reset_password::ResetPasswordPage;
use crate::pages::search::SearchPage;
use crate::pages::signup::SignUpPage;
use crate::pages::verify_email::VerifyEmailPage;

/// Runs before the first paint, so that a chosen theme does not flash.
const THEME_SCRIPT: &str = "try{var t=localStorage.getItem('theme');\
    if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch(e){}";

/// The HTML document around the app, rendered on the server only. The page of a refused form does
/// not start the app in the browser.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let scripts = use_context::<WithoutApp>().is_none().then(|| {
        let options = options.clone();
        view! { <AutoReload options=options.clone() /> <HydrationScripts options /> }
    });
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="description" content="Tollgate is a self-hosted API portal: sign up, get a key, try the API in the browser, and see every call." />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" type="image/svg+xml" href="/favicon.svg" />
                <script nonce=use_nonce() inner_html=THEME_SCRIPT></script>
                <HashedStylesheet id="leptos" options=options />
                {scripts}
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

/// The title of a page in the framework's form: the server writes it into the HTML unescaped, the
/// browser sets it as text.
fn full_title(text: String) -> String {
    let text = if IS_BROWSER { text } else { escaped(&text) };
    format!("{text} · Tollgate")
}

/// All pages. Those that load data are rendered completely on the server, so that they can be read
/// and used before any script has arrived.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_origin();
    provide_now();
    HeldKey::provide();
    view! {
        <Title formatter=full_title />
        // For the browser to follow: the router would scroll there, but not move the focus.
        <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
        <Router>
            <FocusOnNavigation />
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/signup") view=SignUpPage ssr=SsrMode::Async />
                <Route path=path!("/login") view=LoginPage />
                <Route path=path!("/reset") view=ResetPage />
                <Route path=path!("/reset-password") view=ResetPasswordPage />
                <Route path=path!("/verify-email") view=VerifyEmailPage />
                <Route path=path!("/invitations") view=InvitationPage ssr=SsrMode::Async />
                <ParentRoute path=path!("/docs") view=Outlet ssr=SsrMode::Async>
                    <Route path=path!("") view=DocsPage />
                    <Route path=path!("keys") view=KeysGuidePage />
                    <Route path=path!("webhooks") view=WebhooksGuidePage />
                    <Route path=path!("upstream") view=UpstreamGuidePage />
                    <Route path=path!("errors") view=ErrorsPage />
                    <Route path=path!("errors/:code") view=ErrorPage />
                </ParentRoute>
                <ParentRoute path=path!("/apis") view=Outlet ssr=SsrMode::Async>
                    <Route path=path!("") view=CataloguePage />
                    <Route path=path!(":product") view=ProductPage />
                    <Route path=path!(":product/:operation") view=OperationPage />
                    <Route path=path!(":product/schemas/:schema") view=SchemaPage />
                    <Route path=path!(":product/webhooks/:webhook") view=ApiWebhookPage />
                </ParentRoute>
                <Route path=path!("/search") view=SearchPage ssr=SsrMode::Async />
                <Route path=path!("/dev/outbox") view=OutboxPage ssr=SsrMode::Async />
                <ParentRoute path=path!("/dashboard") view=Dashboard ssr=SsrMode::Async>
                    <Route path=path!("") view=OverviewPage />
                    <Route path=path!("keys") view=KeysPage />
                    <Route path=path!("keys/new") view=NewKeyPage />
                    <Route path=path!("keys/:id") view=KeyPage />
                    <Route path=path!("try") view=TryPage />
                    <Route path=path!("find") view=FindPage />
                    <Route path=path!("logs") view=LogsPage />
                    <Route path=path!("logs/:id") view=LogPage />
                    <Route path=path!("webhooks") view=WebhooksPage />
                    <Route path=path!("webhooks/new") view=NewWebhookPage />
                    <Route path=path!("webhooks/debug") view=DebugPage />
                    <Route path=path!("webhooks/deliveries/:id") view=DeliveryPage />
                    <Route path=path!("webhooks/:id") view=WebhookPage />
                    <Route path=path!("webhooks/:id/rotate") view=RotatePage />
                    <Route path=path!("events") view=EventsPage />
                    <Route path=path!("events/:id") view=EventPage />
                    <Route path=path!("plan") view=PlanPage />
                    <Route path=path!("billing") view=BillingPage />
                    <Route path=path!("billing/usage") view=UsagePage />
                    <Route path=path!("team") view=TeamPage />
                    <Route path=path!("audit") view=AuditPage />
                    <Route path=path!("settings") view=SettingsPage />
                    <Route path=path!("orgs/new") view=NewOrgPage />
                </ParentRoute>
                <ParentRoute path=path!("/admin") view=Admin ssr=SsrMode::Async>
                    <Route path=path!("") view=ProductsPage />
                    <Route path=path!("products") view=ProductsPage />
                    <Route path=path!("products/new") view=NewProductPage />
                    <Route path=path!("products/:id") view=AdminProductPage />
                    <Route path=path!("products/:id/diff") view=DiffPage />
                    <Route path=path!("products/:id/plans") view=PlansPage />
                    <Route path=path!("billing") view=RevenuePage />
                    <Route path=path!("billing/simulate") view=SimulatePage />
                    <Route path=path!("billing/drift") view=DriftPage />
                    <Route path=path!("tokens") view=TokensPage />
                    <Route path=path!("audit") view=AdminAuditPage />
                </ParentRoute>
            </Routes>
        </Router>
    }
}
