use tollgate_types::environment::Environment;
use tollgate_types::log::{AnsweredBy, LimitLeft};
use tollgate_types::time::Timestamp;

use super::*;
use crate::journal::{Record, example};

fn packed(records: &[Record<'_>]) -> Block {
    let mut builder = Builder::default();
    for record in records {
        builder.add(record, true);
    }
    builder.pack().unwrap().unwrap()
}

#[test]
fn a_call_reads_back_from_its_block_with_all_that_was_recorded() {
    let block = packed(&[
        example(1, "/v1/customers"),
        example(2, "/v1/customers/é"),
        example(3, "/v1/keys"),
    ]);
    assert_eq!(
        (block.first_id, block.last_id, block.calls),
        (1u128.to_be_bytes(), 3u128.to_be_bytes(), 3)
    );
    let log = find(&block.data, Environment::Live, 2).unwrap().unwrap();
    assert_eq!(
        (log.path.as_str(), log.status, log.latency_us, log.checks_us, log.handler_us),
        ("/v1/customers/é", 201, 1234, 34, 1100)
    );
    assert_eq!((log.units, log.billed_units, log.price.as_str()), (3, 2, "0.4"));
    assert_eq!(
        (log.quota, log.quota_remaining, log.answered_by),
        (Some(10_000), Some(9_998), AnsweredBy::OwnApi)
    );
    let key = LimitLeft { policy: "key".into(), limit: 20, window_seconds: 1, remaining: 19 };
    assert_eq!(log.limits, [key]);
    assert_eq!(log.user_agent, "curl/8.1");
    assert!(find(&block.data, Environment::Live, 4).unwrap().is_none());
}

#[test]
fn the_detail_of_an_error_is_kept_where_there_is_one_and_missing_in_older_blocks() {
    let mut refused = example(2, "/v1/customers");
    refused.texts.detail = "The key tg_live_4eC39HqLyjWD is disabled.";
    let block = packed(&[example(1, "/v1/customers"), refused]);
    let detail = |data: &[u8], id| find(data, Environment::Live, id).unwrap().unwrap().detail;
    assert_eq!(
        (detail(&block.data, 1).as_str(), detail(&block.data, 2).as_str()),
        ("", refused.texts.detail)
    );
    let again = repack(std::slice::from_ref(&block.data)).unwrap();
    assert_eq!(
        (detail(&again[0].data, 1).as_str(), detail(&again[0].data, 2).as_str()),
        ("", refused.texts.detail)
    );

    // As a version wrote it that did not have the column yet.
    let bytes = read::unpack(&block.data).unwrap();
    let mut packed: Packed<'_> = postcard::from_bytes(&bytes).unwrap();
    packed.columns.truncate(Column::Detail as usize);
    let old = lz4_flex::compress_prepend_size(&postcard::to_stdvec(&packed).unwrap());
    assert_eq!((detail(&old, 1).as_str(), detail(&old, 2).as_str()), ("", ""));
}

#[test]
fn every_filter_holds_by_itself() {
    let mut other = example(2, "/v1/keys");
    (other.status, other.texts.operation, other.texts.key_id, other.texts.method) =
        (404, "getKey", "key_other", "GET");
    let block = packed(&[example(1, "/v1/customers"), other]);
    let any = || Wanted {
        before: u128::MAX,
        statuses: (0, 999),
        operation: String::new(),
        key_id: String::new(),
        method: String::new(),
        product: String::new(),
        path: String::new(),
    };
    let ids = |wanted: &Wanted| {
        let mut found = Vec::new();
        assert_eq!(select(&block.data, Environment::Live, wanted, 10, &mut found).unwrap(), 2);
        found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&any()), [2, 1]);
    assert_eq!(ids(&Wanted { before: 2, ..any() }), [1]);
    assert_eq!(ids(&Wanted { statuses: (400, 499), ..any() }), [2]);
    assert_eq!(ids(&Wanted { operation: "getKey".into(), ..any() }), [2]);
    assert_eq!(ids(&Wanted { product: "platform".into(), ..any() }), [2, 1]);
    assert_eq!(ids(&Wanted { product: "logistics".into(), ..any() }), [] as [u128; 0]);
    assert_eq!(ids(&Wanted { key_id: "key_other".into(), ..any() }), [2]);
    assert_eq!(ids(&Wanted { method: "POST".into(), ..any() }), [1]);
    assert_eq!(ids(&Wanted { path: "/v1/cust".into(), ..any() }), [1]);
}

#[test]
fn times_of_either_side_of_an_id_and_ids_in_any_order_read_back() {
    let at = |ms: u128| (ms << 80) + 7;
    let mut records = [
        example(at(1_763_760_778_042), "/"),
        example(at(1_763_760_700_000), "/"),
        example(at(1_763_760_999_999), "/"),
    ];
    records[2].at_ms = 1;
    let block = packed(&records);
    for record in records {
        let log = find(&block.data, Environment::Live, record.request_id).unwrap().unwrap();
        assert_eq!(log.created_at, Timestamp(record.at_ms));
    }
    assert_eq!(
        (block.first_id, block.last_id),
        (records[1].request_id.to_be_bytes(), records[2].request_id.to_be_bytes())
    );
}

#[test]
fn a_damaged_block_is_an_error_and_no_more() {
    let block = packed(&[example(1, "/v1/customers")]);
    for cut in 0..block.data.len() {
        assert!(find(&block.data[..cut], Environment::Live, 1).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_text_that_recurs_is_kept_once() {
    let records: Vec<Record<'_>> = (0..100).map(|id| example(id, "/v1/customers")).collect();
    let size = packed(&records).data.len();
    assert!(size < 2_500, "{size} bytes for 100 calls");
}

#[test]
fn blocks_that_are_packed_together_hold_the_same_calls_and_are_full() {
    let records: Vec<Record<'_>> = (0..2_500u128)
        .map(|id| example(id, if id % 2 == 0 { "/v1/customers" } else { "/v1/keys" }))
        .collect();
    let small: Vec<Vec<u8>> = records.chunks(7).rev().map(|few| packed(few).data).collect();
    let full = repack(&small).unwrap();
    assert_eq!(full.iter().map(|block| block.calls).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    for id in 0..2_500 {
        let of = |blocks: &[&[u8]]| {
            blocks.iter().find_map(|data| find(data, Environment::Live, id).unwrap()).unwrap()
        };
        let few =
            of(&small.iter().map(Vec::as_slice).collect::<Vec<_>>()[357 - (id as usize / 7)..]
                [..1]);
        assert_eq!(few, of(&full.iter().map(|block| block.data.as_slice()).collect::<Vec<_>>()));
    }
}
