//! The same month twice: without and with everything that can go wrong. Both end in the same
//! invoice, to the unit.

mod month;

use std::collections::HashSet;

use self::month::{Accidents, Dice, Month};
use crate::support::{TestDb, eventually, on_both};

const KILLS: u64 = 20;
/// A run in which the plan was once paid for twice.
const SEED: u64 = 2;
/// Billed calls of the month. More than can be made during accidents, so that both months can be
/// filled up to it.
const CALLS: i64 = 2_000;

/// The result of a month: each invoice's lines and state, at Stripe and in the portal.
#[derive(Debug, PartialEq)]
struct Outcome {
    at_stripe: Vec<String>,
    here: Vec<String>,
}

async fn outcome(month: &Month<'_>) -> Outcome {
    let at_stripe = month.fake.objects("invoice").into_iter().map(|invoice| {
        let lines = invoice["lines"]["data"].as_array().into_iter().flatten();
        let lines: Vec<_> = lines
            .map(|line| {
                (
                    line["description"].to_string(),
                    line["quantity"].to_string(),
                    line["amount"].to_string(),
                )
            })
            .collect();
        format!("{} {} {} {lines:?}", invoice["status"], invoice["total"], invoice["period_end"])
    });
    let here =
        month.db.texts("select state || ' ' || total || ' ' || period_end || ' ' || lines_json from invoices order by created_at, total");
    Outcome { at_stripe: at_stripe.collect(), here: here.await }
}

/// The regular month: nothing happens except what is requested.
async fn calm() -> Outcome {
    let db = TestDb::sqlite();
    let month = Month::begin(&db, Accidents::None).await;
    let server = month.serve(0).await;
    month.buy(&server.url).await;
    month.call(&server.url, CALLS).await;
    month.close(server, CALLS).await;
    outcome(&month).await
}

on_both! {
    async fn a_month_full_of_accidents_comes_to_the_same_invoice_as_a_calm_one(db: TestDb) {
        let month = Month::begin(&db, Accidents::All).await;
        let (mut dice, mut hours) = (Dice(SEED), 0);
        for _ in 0..KILLS {
            let server = month.serve(hours).await;
            let (by_calls, more, before) = (dice.below(2) == 0, dice.below(40) + 1, month.activity());
            let killed = eventually("something is going on", || async {
                let now = month.activity();
                let moved = if by_calls { now.calls - before.calls } else { now.at_stripe - before.at_stripe };
                (moved >= more).then_some(())
            });
            let acts = month.act(&server.url, dice.below(60) + 5);
            // Everything in progress is interrupted.
            tokio::select! {
                () = killed => {}
                () = acts => {}
            }
            server.kill();
            // The subscription starts in the same second of the month, however long buying it
            // takes.
            hours += i64::from(month.is_bought().await);
        }
        let server = month.serve(hours).await;
        month.buy(&server.url).await;
        let missing = CALLS - month.billed(&server.url).await;
        assert!(missing > 0, "{missing}");
        month.call(&server.url, missing).await;
        month.close(server, CALLS).await;
        println!("{}", month.accidents());

        let (calm, here) = (calm().await, outcome(&month).await);
        assert_eq!(here, calm);
        // Every response that arrived is logged once, and nothing else except calls in progress at
        // a kill.
        let logged: Vec<String> = db.logs().await.into_iter().filter(|log| log.billed_units > 0).map(|log| log.id).collect();
        let (distinct, answered) = (logged.iter().collect::<HashSet<_>>(), month.answered());
        assert_eq!((logged.len(), distinct.len()), (CALLS as usize, CALLS as usize));
        assert!(answered.iter().all(|id| distinct.contains(id)), "an answered call is not in the log");
        assert!(answered.len() as u64 + KILLS >= CALLS as u64, "{} answers", answered.len());
    }
}
