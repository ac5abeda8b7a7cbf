//! A visitor returns to exactly the page that they wanted after signing up or logging in.

use serde_json::json;

use crate::support::crawl::{Part, attribute, parts};
use crate::support::{PASSWORD, Portal, TestDb, Visitor, on_both, process};

/// The URLs of the links on a page, as a browser parses them.
fn hrefs(html: &str) -> Vec<String> {
    let links = parts(html).into_iter().filter_map(|part| match part {
        Part::Open { name: "a", attributes } => attribute(attributes, "href"),
        _ => None,
    });
    links.map(|href| href.replace("&amp;", "&")).collect()
}

/// The `next` page of a link to the sign-up.
fn next_of(href: &str) -> Option<String> {
    let (_, query) =
        href.strip_prefix("/signup?")?.split_once("next=").map(|(_, next)| ((), next))?;
    url::form_urlencoded::parse(format!("next={query}").as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
}

/// The value of a hidden field.
fn hidden(html: &str, field: &str) -> Option<String> {
    parts(html).into_iter().find_map(|part| match part {
        Part::Open { name: "input", attributes }
            if attribute(attributes, "name").as_deref() == Some(field) =>
        {
            attribute(attributes, "value").map(|value| value.replace("&amp;", "&"))
        }
        _ => None,
    })
}

const PETS: &str = r##"{"openapi":"3.1.0","info":{"title":"Pets","version":"1"},"servers":[{"url":"https://pets.example.com"}],
    "paths":{"/pets":{"get":{"operationId":"listPets","responses":{"200":{"description":"All pets"}}}}}}"##;

async fn with_product(portal: &Portal, db: &TestDb) {
    let token = process::json(db, &["admin-token", "create", "--json"])["token"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = async |method: reqwest::Method, path: &str, body: &serde_json::Value| {
        let request =
            portal.request(method, &format!("/admin/api/v1/{path}")).bearer_auth(&token).json(body);
        let response = portal.send(request).await;
        assert!(response.status < 300, "{}", response.text);
    };
    send(reqwest::Method::PUT, "products/pets", &json!({ "document": PETS })).await;
    let plan = json!({ "name": "Growth", "currency": "eur", "monthly_price": 4_900, "included_units": 10_000 });
    send(reqwest::Method::POST, "products/pets/plans", &plan).await;
}

on_both! {
    async fn a_stranger_who_wants_a_key_or_a_plan_signs_up_and_is_where_they_wanted_to_be(db: TestDb) {
        let portal = Portal::start(&db).await;
        with_product(&portal, &db).await;
        let stranger = Visitor::new(&portal).page("/apis/pets").await;
        let wanted: Vec<String> = hrefs(&stranger.text).iter().filter_map(|href| next_of(href)).collect();
        let to_key = "/dashboard/keys/new?scopes=pets:*";
        let to_plan = wanted.iter().find(|next| next.starts_with("/dashboard/billing?product=pets&plan=plan_")).expect("a way to the plan");
        assert!(wanted.iter().any(|next| next == to_key), "{wanted:?}");
        assert!(wanted.iter().any(|next| next == "/apis/pets"), "the header leads back to the page itself: {wanted:?}");

        for (i, to) in [to_key, to_plan].into_iter().enumerate() {
            let mut visitor = Visitor::new(&portal);
            let page = format!("/signup?next={}", url::form_urlencoded::byte_serialize(to.as_bytes()).collect::<String>());
            let form = visitor.page(&page).await;
            assert_eq!(hidden(&form.text, "next").as_deref(), Some(to), "the form keeps it");
            let log_in = hrefs(&form.text).into_iter().find(|href| href.starts_with("/login?next=")).expect("a way for those with an account");
            assert_eq!(hidden(&visitor.page(&log_in).await.text, "next").as_deref(), Some(to), "so does the log-in");
            let (name, email) = (format!("Ada {i}"), format!("ada{i}@example.com"));
            let fields = [("name", name.as_str()), ("email", &email), ("password", PASSWORD), ("org_name", &name), ("invitation", ""), ("next", to)];
            let signed_up = visitor.submit_plain(&page, "sign_up", &fields).await;
            assert_eq!((signed_up.status, signed_up.header("location")), (302, to));
            let there = visitor.page(to).await;
            assert_eq!(there.status, 200);
            if to == to_key {
                let chosen = parts(&there.text).into_iter().any(|part| match part {
                    Part::Open { name: "input", attributes } => {
                        attribute(attributes, "value").as_deref() == Some("pets:*") && attributes.split_whitespace().any(|word| word.starts_with("checked"))
                    }
                    _ => false,
                });
                assert!(chosen, "the product's scope is chosen already");
            } else {
                assert!(there.text.contains("id=\"change\"") && there.text.contains("Growth"), "the plan is chosen, and its change shown");
            }
            let signed_in = visitor.page("/apis/pets").await;
            assert!(hrefs(&signed_in.text).iter().any(|href| href == to), "who is signed in goes there directly");
        }
    }

    async fn nobody_is_sent_to_another_site_after_signing_up(db: TestDb) {
        let portal = Portal::start(&db).await;
        let nexts = ["//evil.example", "https://evil.example", "/\\evil.example", "/.//evil.example", "javascript:alert(1)", "", "dashboard"];
        for (i, next) in nexts.into_iter().enumerate() {
            let mut visitor = Visitor::new(&portal);
            let (name, email) = (format!("Ada {i}"), format!("ada{i}@example.com"));
            let fields = [("name", name.as_str()), ("email", &email), ("password", PASSWORD), ("org_name", &name), ("invitation", ""), ("next", next)];
            let signed_up = visitor.submit_plain("/signup", "sign_up", &fields).await;
            assert_eq!((signed_up.status, signed_up.header("location")), (302, "/dashboard"), "{next:?}");
        }
    }

    async fn the_landing_page_and_the_products_page_show_prices(db: TestDb) {
        let portal = Portal::start(&db).await;
        let empty = Visitor::new(&portal).page("/").await;
        assert_eq!(empty.status, 200);
        with_product(&portal, &db).await;
        let landing = Visitor::new(&portal).page("/").await;
        assert!(landing.text.contains("Pets") && landing.text.contains("From 49.00 EUR per month"), "{}", landing.text);
        assert!(hrefs(&landing.text).iter().any(|href| next_of(href).as_deref() == Some("/dashboard/keys/new?scopes=pets:*")));
        let product = Visitor::new(&portal).page("/apis/pets").await;
        for text in ["Growth", "49.00 EUR", "Choose Growth", "Get a key"] {
            assert!(product.text.contains(text), "{text}");
        }
    }
}
