use tollgate_openapi::spec::Price;

use super::*;
use crate::problem;

fn operation(billable: Billable, units: u32, max_units: Option<u32>) -> Operation {
    Operation {
        product: "a".into(),
        place: Some(0),
        id: "op".into(),
        parameters: Vec::new(),
        scope: "a:b".into(),
        own_scope: None,
        price: Price { units, max_units, billable },
        requires_idempotency_key: false,
        response_has_secret: false,
    }
}

fn answer(status: u16, reported: Option<&str>) -> Response {
    let mut answer = Response::default();
    *answer.status_mut() = status.try_into().unwrap();
    answer.headers_mut().extend(reported.map(|units| (REPORTED, units.parse().unwrap())));
    answer
}

#[test]
fn only_successful_responses_are_billed_unless_the_operation_declares_otherwise() {
    let billed = |billable, status| units(&operation(billable, 3, None), &answer(status, None));
    assert_eq!(
        [200, 201, 304, 404, 500].map(|status| billed(Billable::OnSuccess, status)),
        [3, 3, 3, 0, 0]
    );
    assert_eq!([200, 404, 502].map(|status| billed(Billable::Always, status)), [3, 3, 3]);
    assert_eq!([200, 404].map(|status| billed(Billable::Never, status)), [0, 0]);
}

#[test]
fn our_own_errors_are_never_billed() {
    let ours = problem::respond(Error::not_found("customer"), "req_1", "http://localhost");
    assert_eq!(units(&operation(Billable::Always, 3, Some(10)), &ours), 0);
    assert_eq!(units(&operation(Billable::Always, 3, Some(10)), &answer(404, None)), 3);
}

#[test]
fn reported_units_are_clamped_and_read_only_where_the_operation_declares_a_maximum() {
    let reported =
        |max, text: &str| units(&operation(Billable::OnSuccess, 2, max), &answer(200, Some(text)));
    assert_eq!(reported(Some(10), "7"), 7);
    assert_eq!(reported(Some(10), "0"), 0);
    assert_eq!(reported(Some(10), "11"), 10);
    assert_eq!(reported(Some(10), "99999999999"), 10);
    assert_eq!(reported(None, "7"), 2);
    for nonsense in ["", "-1", "1.5", "many"] {
        assert_eq!(reported(Some(10), nonsense), 2, "{nonsense}");
    }
    assert_eq!(units(&operation(Billable::OnSuccess, 2, Some(10)), &answer(404, Some("7"))), 0);
}
