use tollgate_openapi::spec::{Billable, Price};

use super::*;

#[tokio::test]
async fn a_body_that_is_too_large_to_store_is_passed_on_complete() {
    let chunks =
        || (0..3).map(|i| Ok::<_, std::io::Error>(Bytes::from(vec![i; MAX_RESPONSE / 2 + 1])));
    let Gathered::TooLarge(body) = gather(Body::from_stream(stream::iter(chunks()))).await.unwrap()
    else {
        panic!("not kept")
    };
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    assert_eq!(whole, chunks().flat_map(Result::unwrap).collect::<Vec<u8>>());

    let Gathered::TooLarge(body) = gather(Body::from(vec![1; MAX_RESPONSE + 1])).await.unwrap()
    else {
        panic!("not kept")
    };
    assert_eq!(body.size_hint().exact(), Some(MAX_RESPONSE as u64 + 1));
    let Gathered::Whole(bytes) =
        gather(Body::from_stream(stream::iter(chunks().take(1)))).await.unwrap()
    else {
        panic!("kept")
    };
    assert_eq!(bytes.len(), MAX_RESPONSE / 2 + 1);
}

#[tokio::test]
async fn an_upstream_that_disconnects_while_its_response_is_stored_is_reported() {
    for (broken, code) in
        [(Broken::Failed, Code::UpstreamFailed), (Broken::TimedOut, Code::UpstreamTimeout)]
    {
        let chunks = [Ok(Bytes::from("begun")), Err(broken)];
        let Err(error) = gather(Body::from_stream(stream::iter(chunks))).await else {
            panic!("broken")
        };
        assert_eq!(error.code(), code);
    }
}

#[test]
fn refusals_and_failures_are_not_final() {
    for status in [200, 201, 204, 302, 402, 404, 409, 410] {
        assert!(is_final(status), "{status}");
    }
    for status in [400, 401, 403, 413, 415, 422, 429, 500, 503] {
        assert!(!is_final(status), "{status}");
    }
}

#[test]
fn a_call_without_a_key_is_refused_where_its_operation_requires_one() {
    let operation = |requires_idempotency_key| Operation {
        product: "payments".into(),
        place: Some(0),
        id: "pay".into(),
        parameters: Vec::new(),
        scope: "payments:write".into(),
        own_scope: None,
        price: Price { units: 1, max_units: None, billable: Billable::OnSuccess },
        requires_idempotency_key,
        response_has_secret: false,
    };
    let code = |method: Method, operation: &Operation| {
        key_of(&method, Some(operation), &HeaderMap::new()).map_err(|error| error.code())
    };
    assert_eq!(code(Method::POST, &operation(true)), Err(Code::IdempotencyKeyMissing));
    assert_eq!(code(Method::POST, &operation(false)), Ok(None));
    assert_eq!(code(Method::GET, &operation(true)), Ok(None));
}
