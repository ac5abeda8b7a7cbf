use super::*;
use crate::journal::stretch::{Part, READ_BYTES};
use crate::journal::{Texts, example, segment};
use tollgate_types::log::Ended;

#[test]
fn a_batch_sums_up_what_it_holds() {
    let mut batch = Batch::default();
    for id in 1..=2 {
        batch.add(&example(id, "/v1/customers"));
    }
    batch.sum_up();
    assert_eq!(batch.groups.len(), 1);
    let sums: Vec<_> = batch.usage.values().collect();
    let expected = UsageSum {
        calls: 2,
        units: 6,
        billed_calls: 2,
        billed_units: 4,
        price_nano: 800_000_000,
        latency_us: 2468,
        request_bytes: 34,
        response_bytes: 500,
    };
    assert_eq!(sums, [&expected]);
}

#[test]
fn calls_of_other_organisations_environments_and_hours_come_to_other_groups() {
    let mut batch = Batch::default();
    let mut sandbox = example(2, "/v1/customers");
    sandbox.environment = Environment::Sandbox;
    let mut other = example(3, "/v1/customers");
    other.texts.org_id = "org_other";
    let later = example((u128::from(HOUR.unsigned_abs())) << 80, "/v1/customers");
    for record in [example(1, "/v1/customers"), sandbox, other, later, example(4, "/v1/customers")]
    {
        batch.add(&record);
    }
    batch.sum_up();
    assert_eq!(batch.groups.len(), 4);
    assert_eq!(
        batch.usage.values().map(|sum| sum.calls).collect::<Vec<_>>(),
        [1, 3, 1],
        "sums are by the hour of the answer"
    );
}

#[test]
fn an_expensive_call_is_recorded_completely_and_sums_stay_in_the_range_of_the_database() {
    let mut batch = Batch::default();
    let mut expensive = example(1, "/v1/customers");
    expensive.price_nano = 5_000_000_000_000;
    batch.add(&expensive);
    batch.sum_up();
    assert_eq!(batch.usage.values().next().unwrap().price_nano, 5_000_000_000_000);
    expensive.price_nano = u64::MAX;
    for _ in 0..20 {
        batch.add(&expensive);
    }
    batch.usage.clear();
    batch.sum_up();
    assert_eq!(batch.usage.values().next().unwrap().price_nano, (1 << 62) - 1);
}

#[test]
fn the_end_of_an_answer_adds_its_bytes_and_is_no_call() {
    let response = Record { ended: Ended::Open, response_bytes: 0, ..example(1, "/v1/customers") };
    let end = Record {
        is_end: true,
        ended: Ended::Aborted,
        latency_us: 5_000_000,
        request_bytes: 0,
        response_bytes: 70_000,
        ..response
    };
    let end = Record { units: 0, billed_units: 0, price_nano: 0, ..end };
    let mut batch = Batch::default();
    batch.add(&response);
    batch.add(&end);
    // Of a call in an earlier batch, and of a call without a key.
    batch.add(&Record { request_id: 2, ..end });
    batch.add(&Record { request_id: 3, texts: Texts { org_id: "", ..end.texts }, ..end });
    batch.sum_up();
    let sum = batch.usage.iter().find(|(key, _)| !key.org_id.is_empty()).unwrap().1;
    assert_eq!(
        (sum.calls, sum.units, sum.latency_us, sum.request_bytes, sum.response_bytes),
        (1, 3, 1234, 17, 140_000)
    );
    assert_eq!(batch.latency.values().sum::<i64>(), 1);
    assert_eq!(
        batch.ends.iter().map(|end| (end.id, end.ended)).collect::<Vec<_>>(),
        [(2, Ended::Aborted)]
    );
}

#[test]
fn a_long_stretch_is_read_whole_though_it_is_read_in_pieces_and_partly_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = Vec::new();
    while bytes.len() < 3 * READ_BYTES as usize {
        example(1, "/v1/customers").encode(&mut bytes);
    }
    let length = Record::decode(&bytes).unwrap().1;
    let all = bytes.len() / length;
    // More than a whole piece.
    bytes[length..length + READ_BYTES as usize + 10 * length].fill(7);
    let lost = READ_BYTES as usize / length + 11;
    std::fs::write(segment::path(folder.path(), 1), &bytes).unwrap();
    let (begin, end) =
        (Position { segment: 1, offset: 0 }, Position { segment: 1, offset: bytes.len() as u64 });
    // From the default position, as for a new journal, whose first segment has the number 1.
    for from in [begin, Position::default()] {
        let batch = Batch::read(folder.path(), from, end, i64::MAX, None).unwrap().unwrap();
        assert_eq!((batch.records, batch.segment, batch.next), ((all - lost) as i64, 1, end));
        let damaged = Part { offset: length as u64, bytes: (lost * length) as u64 };
        assert_eq!(batch.gaps, Gaps { damaged: vec![damaged], interrupted: 0 });
    }
    assert!(
        Batch::read(folder.path(), end, end, i64::MAX, None)
            .unwrap()
            .is_none_or(|batch| batch.next == end)
    );
}

#[test]
fn what_is_known_is_left_out_and_nothing_is_added_twice() {
    let mut batch = Batch {
        known: Some(Known { calls: [1].into_iter().collect(), ..Known::default() }),
        ..Batch::default()
    };
    let stranger = Record {
        request_id: 9,
        texts: Texts { org_id: "", ..example(9, "/v1/customers").texts },
        ..example(9, "/v1/customers")
    };
    for record in [
        example(1, "/v1/customers"),
        example(2, "/v1/customers"),
        example(2, "/v1/customers"),
        stranger,
    ] {
        batch.add(&record);
    }
    batch.sum_up();
    assert_eq!(batch.usage.values().map(|sum| sum.calls).sum::<i64>(), 1);
    assert_eq!((batch.records, batch.known.unwrap().skipped), (4, 3));
}

#[test]
fn latencies_fall_into_quarters_of_doublings() {
    assert_eq!([0, 1, 2, 4, 1000].map(latency_bucket), [0, 0, 4, 8, 39]);
}
