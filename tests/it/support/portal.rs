//! A server inside the test's process.

use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use futures::FutureExt;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tollgate::server::access::{Actor, ManageKeys, Operator, Permit};
use tollgate::server::app::Parts;
use tollgate::server::clock::Clock;
use tollgate::server::config::Config;
use tollgate::server::gateway::{Api, Gateway};
use tollgate::server::products::{self, Registration};
use tollgate::server::{App, accounts, keys};
use tollgate::types::environment::Environment;
use tollgate::types::id::OrgId;
use tollgate::types::key::{CreatedKey, NewKey};
use tollgate::types::scope::PLATFORM;
use tollgate::types::time::{HOUR, Timestamp};
use tollgate::web::router::Front;
use tollgate::web::{Site, serve};
use tollgate_proxy::connections;
use tower::ServiceExt;

use super::{TestDb, TestResponse, contract, eventually};

pub struct Portal {
    pub app: App,
    pub clock: Clock,
    pub url: String,
    pub client: reqwest::Client,
    stop: CancellationToken,
    running: Option<JoinHandle<()>>,
    /// The test's own gateways.
    beside: Mutex<Vec<JoinHandle<()>>>,
}

/// An organisation with a key with all scopes in each environment.
pub struct Org {
    pub id: OrgId,
    pub sandbox: CreatedKey,
    pub live: CreatedKey,
}

/// Milliseconds by which all clocks are ahead: tests never run in a month's last hour, so that none
/// counts in two months.
pub(super) static AHEAD: LazyLock<i64> = LazyLock::new(|| {
    let now = Clock::default().now();
    if now.next_month().0 - now.0 < HOUR { 2 * HOUR } else { 0 }
});

impl Portal {
    pub async fn start(db: &TestDb) -> Self {
        Self::with_flags(db, &[]).await
    }

    /// `flags` as on the command line.
    pub async fn with_flags(db: &TestDb, flags: &[&str]) -> Self {
        Self::with_parts(db, flags, |_| {}).await
    }

    /// With the test's own parts instead of the server's.
    pub async fn with_parts(db: &TestDb, flags: &[&str], change: impl FnOnce(&mut Parts)) -> Self {
        Self::with_site(db, flags, change, |_| {}).await
    }

    /// With the test's own files instead of the server's.
    pub async fn with_site(
        db: &TestDb,
        flags: &[&str],
        change: impl FnOnce(&mut Parts),
        change_site: impl FnOnce(&mut Site),
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("an address").to_string();
        // Tests read the portal's mails there.
        let mut all = vec!["--addr", &addr, "--dev-outbox"];
        if !flags.contains(&"--data-dir") {
            all.extend(["--data-dir", db.data_dir().to_str().expect("UTF-8")]);
        }
        if let Some(url) = db.url().filter(|_| !flags.contains(&"--database-url")) {
            all.extend(["--database-url", url]);
        }
        // Tests request pages faster than people do.
        if !flags.contains(&"--limit-page") {
            all.extend(["--limit-page", "1000000/1"]);
        }
        all.extend(flags);
        let config = Config::from_flags(all).expect("a right configuration");
        let clock = Clock::default();
        clock.advance(*AHEAD);
        let mut app = prepare(config, &clock).await;
        change(Arc::get_mut(&mut app.0).expect("nobody else has it yet"));
        let stop = CancellationToken::new();
        let running = tokio::spawn({
            let (mut site, stop) = (Site::new(app.clone()).expect("Leptos.toml"), stop.clone());
            change_site(&mut site);
            async move { serve::run(site, listener, stop).await.expect("serves") }
        });
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("a client");
        Self {
            app,
            clock,
            url: format!("http://{addr}"),
            client,
            stop,
            running: Some(running),
            beside: Mutex::default(),
        }
    }

    /// The start time of a portal that is started now, by its clock.
    pub fn start_of_tests() -> Timestamp {
        Clock::default().now().plus(*AHEAD)
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub async fn org(&self, name: &str) -> Org {
        let id = accounts::create_org(
            &self.app.db,
            name,
            None,
            false,
            &Actor::command_line(),
            self.now(),
        )
        .await
        .expect("an organisation");
        self.with_keys(id).await
    }

    /// An organisation that exists, with new keys.
    pub async fn with_keys(&self, id: OrgId) -> Org {
        let all: Vec<&str> = PLATFORM.iter().map(|(scope, _)| *scope).collect();
        let sandbox = self.key(&id, Environment::Sandbox, &all).await;
        let live = self.key(&id, Environment::Live, &all).await;
        Org { id, sandbox, live }
    }

    pub async fn key(&self, org: &OrgId, environment: Environment, scopes: &[&str]) -> CreatedKey {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let new = NewKey { name: "Test".into(), environment, scopes, ..NewKey::default() };
        let permit = Permit::<ManageKeys>::for_command_line(org.clone());
        keys::create_key(&self.app.db, &permit, new, self.now()).await.expect("a key")
    }

    /// Registers a product, or changes it, as an operator does.
    pub async fn register(&self, product: &str, wanted: Registration) {
        let id = product.parse().expect("a product's id");
        products::register(&self.app.db, &Operator::command_line(), &id, wanted, self.now())
            .await
            .expect("registers");
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Responses of this portal's own APIs must be documented.
    pub async fn send(&self, request: RequestBuilder) -> TestResponse {
        let (client, request) = request.build_split();
        let request = request.expect("a right request");
        let (method, url) = (request.method().clone(), request.url().clone());
        let response = TestResponse::read(client.execute(request).await.expect("an answer")).await;
        if url.as_str().strip_prefix(&self.url).is_some_and(|rest| rest.starts_with('/')) {
            contract::check(&self.app, &method, url.path(), &response);
        }
        response
    }

    pub async fn get(&self, key: &CreatedKey, path: &str) -> TestResponse {
        self.send(self.request(Method::GET, path).bearer_auth(&key.key)).await
    }

    pub async fn call(
        &self,
        key: &CreatedKey,
        method: Method,
        path: &str,
        body: &Value,
    ) -> TestResponse {
        self.send(self.request(method, path).bearer_auth(&key.key).json(body)).await
    }

    pub async fn post(&self, key: &CreatedKey, path: &str, body: &Value) -> TestResponse {
        self.call(key, Method::POST, path, body).await
    }

    /// A second entry: a gateway in front of the test's own routes. Returns its URL.
    pub async fn gateway(&self, routes: Router) -> String {
        self.gateway_before(Arc::new(move |request, _| {
            Box::pin(routes.clone().oneshot(request).map(Result::unwrap))
        }))
        .await
    }

    pub async fn gateway_before(&self, api: Api) -> String {
        let front = Front::new(Arc::new(Gateway { app: self.app.clone(), api }), Router::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let running = tokio::spawn(connections::serve(
            listener,
            front,
            connections::Bounds::default(),
            self.stop.clone(),
        ));
        self.beside.lock().expect("whole").push(running);
        url
    }

    /// Stops gracefully: the journal is applied when this returns.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let beside = std::mem::take(&mut *self.beside.lock().expect("whole"));
        for running in self.running.take().into_iter().chain(beside) {
            running.await.expect("stops");
        }
    }
}

impl Drop for Portal {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A process that another test starts has this one's files, locks included, until it runs its
/// program: then the files of a portal that has just stopped seem to be in use.
async fn prepare(config: Config, clock: &Clock) -> App {
    eventually("the portal is prepared", || async {
        match serve::prepare(config.clone(), clock.clone()).await {
            Ok(app) => Some(app),
            Err(error) if format!("{error:?}").contains("another server is using") => None,
            Err(error) => panic!("cannot prepare the portal: {error:?}"),
        }
    })
    .await
}
