use super::*;
use crate::webhooks::secret::{Signed, WebhookSecret};

const NOW: Timestamp = Timestamp(1_795_298_400_000);
const ID: &str = "evt_01h2xcejqtf2nbrexx3vqjhp41";
const BODY: &str = r#"{"id":"evt_01h2xcejqtf2nbrexx3vqjhp41","type":"a","data":{"z":1,"a":[1,2]}}"#;

struct Case {
    secret: String,
    headers: String,
    body: String,
}

fn case() -> Case {
    let secret = WebhookSecret::from_bytes(vec![7; 32]);
    let signed = Signed::new(std::slice::from_ref(&secret), ID, NOW, BODY.as_bytes()).unwrap();
    let signature = signed.signature.to_str().unwrap();
    let headers = format!(
        "webhook-id: {ID}\nWebhook-Timestamp: {}\nwebhook-signature: {signature}\n",
        NOW.0 / 1_000
    );
    Case { secret: secret.expose(), headers, body: BODY.into() }
}

fn codes(case: &Case, now: Timestamp) -> Vec<String> {
    let Case { secret, headers, body } = case;
    let diagnosis = diagnose(&Pasted { secret, headers, body }, now).unwrap();
    assert_eq!(diagnosis.is_right, diagnosis.findings[0].code == "right");
    diagnosis.findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn what_we_send_is_right_also_while_two_secrets_sign() {
    assert_eq!(codes(&case(), NOW), ["right"]);
    let mut both = case();
    both.headers = both.headers.replace("v1,", "v1,AAAA v1,");
    assert_eq!(codes(&both, NOW), ["right"]);
}

#[test]
fn a_body_that_was_written_again_is_named() {
    let json: serde_json::Value = serde_json::from_str(BODY).unwrap();
    let pretty = serde_json::to_string_pretty(&json).unwrap();
    assert_eq!(codes(&Case { body: pretty, ..case() }, NOW), ["reserialised_body"]);
    assert_eq!(
        codes(&Case { body: BODY.replace(':', ": ").replace(',', ", "), ..case() }, NOW),
        ["reserialised_body"]
    );
    assert_eq!(codes(&Case { body: format!("{BODY}\n"), ..case() }, NOW), ["trailing_whitespace"]);
}

#[test]
fn a_secret_that_was_not_decoded_is_named() {
    for wrong in [
        "whsec_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
        "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=",
    ] {
        let computed = WebhookSecret::from_bytes(wrong.into())
            .sign(ID, NOW.0 / 1_000, BODY.as_bytes())
            .unwrap();
        let headers = format!(
            "webhook-id: {ID}\nwebhook-timestamp: {}\nwebhook-signature: {computed}",
            NOW.0 / 1_000
        );
        assert_eq!(codes(&Case { headers, ..case() }, NOW), ["secret_encoding"]);
    }
    assert_eq!(codes(&Case { secret: "whsec_not base64".into(), ..case() }, NOW), ["bad_secret"]);
}

#[test]
fn each_other_mistake_is_named() {
    let with = |from: &str, to: &str| Case { headers: case().headers.replace(from, to), ..case() };
    assert_eq!(codes(&with(ID, "evt_other"), NOW), ["wrong_id"]);
    assert_eq!(codes(&with("webhook-id", "x-id"), NOW), ["missing_header"]);
    assert_eq!(codes(&Case { headers: String::new(), ..case() }, NOW).len(), 3);
    assert_eq!(codes(&with("v1,", ""), NOW), ["no_version"]);
    assert_eq!(codes(&case(), NOW.plus(TOLERANCE + SECOND)), ["clock_skew"]);
    assert_eq!(codes(&case(), NOW.plus(-TOLERANCE - SECOND)), ["clock_skew"]);
    let other = WebhookSecret::from_bytes(vec![8; 32]).expose();
    assert_eq!(codes(&Case { secret: other, ..case() }, NOW), ["wrong_secret_or_body"]);
    assert_eq!(
        codes(&Case { body: BODY.replace("[1,2]", "[1,3]"), ..case() }, NOW),
        ["wrong_secret_or_body"]
    );
    let seconds = (NOW.0 / 1_000).to_string();
    assert_eq!(codes(&with(&seconds, &NOW.0.to_string()), NOW)[0], "timestamp_in_milliseconds");
}

#[test]
fn two_mistakes_at_once_are_both_named() {
    let pretty =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(BODY).unwrap())
            .unwrap();
    let found = codes(
        &Case { body: pretty, headers: case().headers.replace(ID, "evt_other"), ..case() },
        NOW,
    );
    assert_eq!(found, ["wrong_id", "reserialised_body"]);
}

#[test]
fn more_than_can_be_pasted_is_refused() {
    assert!(
        diagnose(&Pasted { secret: "", headers: "", body: &"x".repeat(MAX_BODY + 1) }, NOW)
            .is_err()
    );
}
