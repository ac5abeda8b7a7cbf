//! The secrets with which a product's server verifies requests: shown, encrypted, rotated,
//! verified.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::server::products::Registration;
use tollgate::types::time::{DAY, HOUR, MINUTE};

use crate::products::{echo, register, shop};
use crate::support::{Org, Portal, TestDb, TestResponse, Visitor, eventually, on_both, process};

/// A request of an operator's program.
struct Program<'a> {
    portal: &'a Portal,
    token: String,
}

impl<'a> Program<'a> {
    fn new(portal: &'a Portal, db: &TestDb) -> Self {
        let token = process::json(db, &["admin-token", "create", "--json"])["token"]
            .as_str()
            .unwrap()
            .to_owned();
        Self { portal, token }
    }

    async fn secrets(&self, product: &str) -> TestResponse {
        let request = self
            .portal
            .request(Method::GET, &format!("/admin/api/v1/products/{product}/signing-secrets"));
        self.portal.send(request.bearer_auth(&self.token)).await
    }

    async fn rotate(&self, product: &str, body: &Value) -> TestResponse {
        let request = self.portal.request(
            Method::POST,
            &format!("/admin/api/v1/products/{product}/signing-secrets/rotate"),
        );
        self.portal.send(request.bearer_auth(&self.token).json(body)).await
    }
}

fn texts(secrets: &Value) -> Vec<String> {
    secrets
        .as_array()
        .unwrap()
        .iter()
        .map(|secret| secret["secret"].as_str().unwrap().to_owned())
        .collect()
}

/// The signatures that the upstream gets.
async fn signatures(portal: &Portal, org: &Org) -> Vec<String> {
    let response = portal.get(&org.live, "/api/shop/items?limit=1").await;
    assert_eq!(response.status, 200, "{}", response.text);
    response.json()["headers"]["tollgate-signature"]
        .as_str()
        .unwrap()
        .split(',')
        .map(str::to_owned)
        .collect()
}

async fn start(db: &TestDb) -> (Portal, Org) {
    let portal = Portal::start(db).await;
    let org = portal.org("Acme").await;
    register(&portal, "shop", &shop(&echo().await), |_| {}).await;
    let org = Org {
        live: portal
            .key(&org.id, tollgate::types::environment::Environment::Live, &["shop:read"])
            .await,
        ..org
    };
    (portal, org)
}

/// A server from a sample, ended with the test.
struct Upstream(Child);

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

impl Upstream {
    fn start(command: &mut Command, secret: &str) -> (Self, String) {
        let mut child = command
            .env("TOLLGATE_SIGNING_SECRET", secret)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut port).expect("a line");
        (Self(child), format!("http://127.0.0.1:{}/v2", port.trim()))
    }
}

/// A server from the sample responds 200 to requests of Tollgate, and 401 to all others, through a
/// rotation and back.
async fn verifies(command: impl Fn() -> Command) {
    let db = TestDb::sqlite();
    let (portal, org) = start(&db).await;
    // The sample reads the machine's clock.
    if portal.clock.is_moved() {
        return;
    }
    let program = Program::new(&portal, &db);
    let secrets = texts(&program.secrets("shop").await.json());
    assert_eq!(secrets.len(), 1);
    let (_old, old_url) = Upstream::start(&mut command(), &secrets[0]);
    let aim = async |url: &str| {
        let wanted = Registration { base_url: Some(url.to_owned()), ..Registration::default() };
        portal.register("shop", wanted).await;
    };
    let call = async || portal.get(&org.live, "/api/shop/items?limit=1&q=a%20b").await.status;
    aim(&old_url).await;
    assert_eq!(call().await, 200);
    // Nobody else can call it, nor repeat a request with another path.
    assert_eq!(reqwest::get(format!("{old_url}/items")).await.unwrap().status(), 401);
    let rotated = program.rotate("shop", &json!({ "overlap": "1h" })).await.json();
    let (_new, new_url) = Upstream::start(&mut command(), rotated["secret"].as_str().unwrap());
    assert_eq!(call().await, 200, "the old secret still signs");
    aim(&new_url).await;
    assert_eq!(call().await, 200, "and so does the new one");
    assert_eq!(program.rotate("shop", &json!({ "overlap": "now" })).await.status, 200);
    assert_eq!(call().await, 401, "no older secret signs");
    let latest = texts(&program.secrets("shop").await.json()).remove(0);
    let (_latest, url) = Upstream::start(&mut command(), &latest);
    aim(&url).await;
    assert_eq!(call().await, 200);
    portal.clock.advance(6 * MINUTE);
    assert_eq!(call().await, 401, "what was signed too long ago, or will be, is refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_sample_verifies_what_is_really_sent() {
    let sample = include_str!("../../crates/server/src/calls/docs/upstream_samples/javascript.txt");
    let program = format!(
        "import {{ createServer }} from 'node:http';\n{sample}\n
         const server = createServer((req, res) => {{ res.statusCode = isFromTollgate(req) ? 200 : 401; res.end('{{}}'); }});
         server.listen(0, '127.0.0.1', () => console.log(server.address().port));"
    );
    verifies(|| {
        let mut command = Command::new("node");
        command.args(["--input-type=module", "--eval", &program]);
        command
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_sample_verifies_what_is_really_sent() {
    let sample = include_str!("../../crates/server/src/calls/docs/upstream_samples/python.txt");
    let program = format!(
        "from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer\n{sample}\n
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if is_from_tollgate(self.command, self.path, self.headers) else 401)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'{{}}')

server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()"
    );
    verifies(|| {
        let mut command = Command::new("python3");
        command.args(["-c", &program]).stderr(Stdio::null());
        command
    })
    .await;
}

on_both! {
    async fn a_secret_is_shown_on_request_in_three_ways_and_each_look_is_recorded(db: TestDb) {
        let (portal, _) = start(&db).await;
        let program = Program::new(&portal, &db);
        let by_api = program.secrets("shop").await.json();
        let by_cli = process::json(&db, &["product", "signing-secret", "shop", "--json"]);
        assert_eq!(by_api, by_cli);
        let secret = texts(&by_api).remove(0);
        assert!(secret.starts_with("tgsig_") && secret.len() > 40, "{secret}");
        let mut ada = crate::admin_tokens::operator(&portal, &db).await;
        let page = ada.page("/admin/products/shop").await.text;
        assert!(page.contains("Show the signing secret") && !page.contains(&secret));
        assert!(ada.page("/admin/products/shop?signing=show").await.text.contains(&secret));
        let looks = db.texts("select actor_kind from audit_entries where action = 'product.signing_secret_shown' order by id").await;
        assert_eq!(looks, ["admin_token", "command_line", "user"]);
        assert_eq!(db.texts("select coalesce(after_json, '') from audit_entries").await.iter().filter(|text| text.contains(&secret)).count(), 0);
        program.secrets("nothing").await.problem(404, "not_found");
        assert!(!process::run(&db, &["product", "signing-secret", "nothing"]).status.success());
        // Nobody else.
        let mut bob = Visitor::signed_up(&portal, "bob").await;
        assert_ne!(bob.submit("admin_signing_secrets", &[("id", "shop")]).await.status, 200);
        assert_ne!(bob.submit("admin_rotate_signing_secret", &[("id", "shop"), ("overlap", "now")]).await.status, 200);
        assert!(!portal.send(portal.request(Method::GET, "/v1/products")).await.text.contains(&secret));
    }

    async fn a_secret_is_sealed_in_the_database_and_one_that_was_left_in_clear_is_sealed_at_the_start(db: TestDb) {
        let (first, org) = start(&db).await;
        let program = Program::new(&first, &db);
        assert_eq!(signatures(&first, &org).await.len(), 1);
        assert_eq!(db.texts("select signing_secret from products").await, [""]);
        drop(program);
        first.stop().await;
        // As an older version left it.
        db.execute("delete from product_signing_secrets").await;
        db.execute("update products set signing_secret = 'of-an-older-version'").await;
        let second = Portal::start(&db).await;
        assert_eq!(db.texts("select signing_secret from products").await, [""]);
        let program = Program::new(&second, &db);
        assert_eq!(texts(&program.secrets("shop").await.json()), ["of-an-older-version"]);
        assert_eq!(signatures(&second, &org).await.len(), 1);
        assert_eq!(db.number("select count(*) from product_signing_secrets").await, 1);
    }

    async fn a_rotation_signs_with_both_secrets_until_its_overlap_ends(db: TestDb) {
        let (portal, org) = start(&db).await;
        let program = Program::new(&portal, &db);
        assert_eq!(signatures(&portal, &org).await.len(), 1);
        let first = texts(&program.secrets("shop").await.json());
        let second = program.rotate("shop", &json!({ "overlap": "24h" })).await;
        assert_eq!(second.status, 200, "{}", second.text);
        assert_eq!(signatures(&portal, &org).await.len(), 2);
        let shown = program.secrets("shop").await.json();
        assert_eq!(texts(&shown), [second.json()["secret"].as_str().unwrap(), &first[0]]);
        assert!(shown[0]["expires_at"].is_null() && shown[1]["expires_at"].is_string());
        let third = process::json(&db, &["product", "rotate-signing-secret", "shop", "--overlap", "1h", "--json"]);
        eventually("the server knows of it", || async { (signatures(&portal, &org).await.len() == 3).then_some(()) }).await;
        // A fourth is too many; invalid requests are refused.
        program.rotate("shop", &json!({ "overlap": "7d" })).await.problem(409, "conflict");
        for bad in [json!({ "overlap": "2h" }), json!({ "overlap": 1 }), json!({ "until": "now" })] {
            let refused = program.rotate("shop", &bad).await;
            assert!(matches!(refused.status, 400 | 422), "{bad}: {}", refused.text);
        }
        program.rotate("nothing", &json!({})).await.problem(404, "not_found");
        // Each ends after its own overlap, without further action.
        portal.clock.advance(HOUR + MINUTE);
        assert_eq!(signatures(&portal, &org).await.len(), 2);
        portal.clock.advance(DAY);
        assert_eq!(signatures(&portal, &org).await.len(), 1);
        assert_eq!(texts(&program.secrets("shop").await.json()), [third["secret"].as_str().unwrap()]);
        // Without an overlap, all older ones end immediately.
        program.rotate("shop", &json!({ "overlap": "72h" })).await;
        let mut ada = crate::admin_tokens::operator(&portal, &db).await;
        let rotated = ada.submit_plain("/admin/products/shop", "admin_rotate_signing_secret", &[("id", "shop"), ("overlap", "now")]).await;
        assert_eq!((rotated.status, rotated.header("location").ends_with("?signing=show#signing")), (302, true), "{}", rotated.header("location"));
        assert_eq!(signatures(&portal, &org).await.len(), 1);
        assert_eq!(db.number("select count(*) from product_signing_secrets").await, 1);
        assert_eq!(db.number("select count(*) from audit_entries where action = 'product.signing_secret_rotated'").await, 4);
    }

    async fn a_product_whose_secret_another_key_sealed_is_left_out_and_the_doctor_says_so(db: TestDb) {
        let (portal, _) = start(&db).await;
        let healthy = process::json(&db, &["doctor", "--json"]).to_string();
        assert!(!healthy.contains("signing secrets of"), "{healthy}");
        portal.app.products.catalogue(&portal.app.db).await;
        db.execute(if db.url().is_some() { "update product_signing_secrets set sealed = '\\x0001020304'" } else { "update product_signing_secrets set sealed = x'0001020304'" }).await;
        let ill = process::run(&db, &["doctor", "--json"]);
        assert!(String::from_utf8_lossy(&ill.stdout).contains("signing secrets of 1 product:"));
        portal.stop().await;
    }
}
