//! Forms of browsers without scripts whose result is shown once. A browser sends such a form again
//! if its result is reloaded.

use reqwest::Method;
use reqwest::header::COOKIE;

use crate::admin_tokens::operator;
use crate::support::{Portal, TestDb, TestResponse, Visitor, html, on_both};

/// The form of a page that is sent to `action`, with these values.
async fn filled(
    visitor: &mut Visitor<'_>,
    page: &str,
    action: &str,
    values: &[(&str, &str)],
) -> String {
    let page = visitor.page(page).await;
    let form = html::forms(&page.text).into_iter().find(|form| form.action == action);
    let form = form.unwrap_or_else(|| panic!("no form for {action}: {}", page.text));
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for field in form.fields.iter().filter(|f| !values.iter().any(|(name, _)| *name == f.name)) {
        body.append_pair(&field.name, &field.value);
    }
    body.extend_pairs(values).finish()
}

async fn post(portal: &Portal, visitor: &Visitor<'_>, path: &str, body: &str) -> TestResponse {
    let request = portal
        .request(Method::POST, path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header(COOKIE, visitor.cookie.clone().unwrap_or_default())
        .body(body.to_owned());
    portal.send(request).await
}

/// Whether a page shows a secret.
fn shows_secret(response: &TestResponse) -> bool {
    response.text.contains("class=\"secret\"")
}

const KEY: [(&str, &str); 2] = [("name", "Plain"), ("scopes[]", "customers:read")];

on_both! {
    async fn a_form_whose_result_is_reloaded_creates_nothing_more(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = operator(&portal, &db).await;
        db.execute("update users set email_verified_at = 1").await;

        let new_key = "/dashboard/keys/new";
        let body = filled(&mut ada, new_key, new_key, &KEY).await;
        let made = post(&portal, &ada, new_key, &body).await;
        assert!(made.status == 200 && shows_secret(&made), "{}", made.text);
        let id = db.texts("select id from keys").await.pop().unwrap();

        let rotate = format!("/dashboard/keys/{id}/rotate");
        let key_page = format!("/dashboard/keys/{id}?env=sandbox");
        let new_endpoint = "/dashboard/webhooks/new";
        let endpoint = [("url", "https://receiver.example/hook")];
        let bodies = [
            (new_key.to_owned(), body),
            (rotate.clone(), filled(&mut ada, &key_page, &rotate, &[("overlap", "1h")]).await),
            (new_endpoint.to_owned(), filled(&mut ada, new_endpoint, new_endpoint, &endpoint).await),
            ("/admin/tokens".to_owned(), filled(&mut ada, "/admin/tokens", "/admin/tokens", &[("name", "Deployment")]).await),
        ];
        for (path, body) in &bodies {
            let first = post(&portal, &ada, path, body).await;
            assert!(path == new_key || first.status == 200 && shows_secret(&first), "{path}: {}", first.text);
            for _ in 0..2 {
                let again = post(&portal, &ada, path, body).await;
                assert_eq!(again.status, 409, "{path}: {}", again.text);
                assert!(again.text.contains("This form was already sent") && !shows_secret(&again), "{path}: {}", again.text);
            }
        }
        // The other values of a form that the browser kept are another form, as is a new page.
        let body = bodies[0].1.replace("name=Plain", "name=Other");
        assert!(shows_secret(&post(&portal, &ada, new_key, &body).await));
        let fresh = filled(&mut ada, new_key, new_key, &KEY).await;
        assert!(shows_secret(&post(&portal, &ada, new_key, &fresh).await));
        let counts = (
            db.number("select count(*) from keys").await,
            db.number("select count(*) from webhook_endpoints").await,
            db.number("select count(*) from admin_tokens").await,
        );
        assert_eq!(counts, (4, 1, 1), "keys, endpoints and tokens");

        let id = db.texts("select id from webhook_endpoints").await.pop().unwrap();
        let path = format!("/dashboard/webhooks/{id}/rotate");
        let body = filled(&mut ada, &path, &path, &[]).await;
        assert!(shows_secret(&post(&portal, &ada, &path, &body).await));
        let again = post(&portal, &ada, &path, &body).await;
        assert!(again.status == 409 && again.text.contains("The signing secret of https://receiver.example/hook was rotated."), "{}", again.text);
    }

    async fn a_button_clicked_twice_creates_one_key(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let path = "/dashboard/keys/new";
        let body = filled(&mut ada, path, path, &KEY).await;
        let sent = (0..4).map(|_| post(&portal, &ada, path, &body));
        let responses = futures::future::join_all(sent).await;
        assert_eq!(responses.iter().filter(|response| shows_secret(response)).count(), 1);
        assert_eq!(responses.iter().filter(|response| response.status == 409).count(), 3);
        assert_eq!(db.number("select count(*) from keys").await, 1);
    }

    async fn a_refused_form_can_be_sent_again(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let path = "/dashboard/keys/new";
        let live = [KEY[0], KEY[1], ("environment", "live")];
        let body = filled(&mut ada, path, path, &live).await;
        // A live key needs a verified address.
        assert_eq!(post(&portal, &ada, path, &body).await.status, 307);
        ada.verify().await;
        assert!(shows_secret(&post(&portal, &ada, path, &body).await));
        assert_eq!(post(&portal, &ada, path, &body).await.status, 409);
    }

    async fn a_key_is_rotated_without_scripts(db: TestDb) {
        let portal = Portal::start(&db).await;
        let mut ada = Visitor::signed_up(&portal, "ada").await;
        let path = "/dashboard/keys/new";
        let body = filled(&mut ada, path, path, &KEY).await;
        assert!(shows_secret(&post(&portal, &ada, path, &body).await));
        let id = db.texts("select id from keys").await.pop().unwrap();
        let page = format!("/dashboard/keys/{id}");
        let rotate = format!("{page}/rotate");
        let wrong = filled(&mut ada, &page, &rotate, &[("overlap", "soon")]).await;
        let refused = post(&portal, &ada, &rotate, &wrong).await;
        assert!(refused.status == 307 && refused.header("location").starts_with(&page), "{}", refused.header("location"));
        let body = filled(&mut ada, &page, &rotate, &[("overlap", "now")]).await;
        let shown = post(&portal, &ada, &rotate, &body).await;
        assert!(shown.status == 200 && shows_secret(&shown), "{}", shown.text);
        assert!(ada.page(&page).await.text.contains("revoked"));
        // The address of the form is not a page.
        assert_eq!(ada.page(&rotate).await.header("location"), page);
        let stranger = Visitor::new(&portal);
        assert!(post(&portal, &stranger, &rotate, &body).await.status >= 300);
        assert_eq!(db.number("select count(*) from keys").await, 2);
    }
}
