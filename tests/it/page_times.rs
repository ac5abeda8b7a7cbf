//! Every time on a page has its zone.

use crate::support::crawl::{Part, attribute, crawl, parts};
use crate::support::{Portal, TestDb, on_both, seed};

const STARTS: [&str; 8] = [
    "/",
    "/dashboard",
    "/dashboard?env=live",
    "/dashboard/webhooks?env=live",
    "/admin",
    "/admin/billing",
    "/docs",
    "/dev/outbox",
];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The problems of the times on a page.
fn faults(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    // Samples and stored texts are shown unchanged: `code` and `pre` are excluded.
    let mut inside: Vec<&str> = Vec::new();
    // The framework's marks between the pieces of one text.
    let html = html.replace("<!>", "");
    for part in parts(&html) {
        match part {
            Part::Open { name: "time", attributes } => {
                inside.push("time");
                let exact = attribute(attributes, "datetime").unwrap_or_default();
                let title = attribute(attributes, "title").unwrap_or_default();
                if !has_offset(&exact) {
                    faults.push(format!("a time whose datetime has no offset: {attributes}"));
                }
                if !title.ends_with(" UTC") {
                    faults.push(format!("a time whose title names no zone: {attributes}"));
                }
            }
            Part::Open { name: name @ ("code" | "pre" | "title" | "textarea"), .. } => {
                inside.push(name)
            }
            Part::Open { .. } => {}
            Part::Close { name } => {
                if inside.last() == Some(&name) {
                    inside.pop();
                }
            }
            Part::Text(text) if inside.is_empty() && is_time(text) && !has_zone(text) => {
                faults.push(format!("a naked time: {text}"))
            }
            Part::Text(_) => {}
        }
    }
    faults
}

/// Whether a text names a zone: by its name, or in a time of RFC 3339.
fn has_zone(text: &str) -> bool {
    text.contains("UTC")
        || text
            .split_whitespace()
            .any(|word| has_offset(word.trim_matches(|c: char| !c.is_ascii_alphanumeric())))
}

/// RFC 3339 with `Z` or `+01:00`.
fn has_offset(text: &str) -> bool {
    text.parse::<tollgate::types::time::Timestamp>().is_ok()
}

/// Whether a text has a time of day, or a day of a month.
fn is_time(text: &str) -> bool {
    let clock = text
        .as_bytes()
        .windows(5)
        .any(|five| five[2] == b':' && [0, 1, 3, 4].iter().all(|i| five[*i].is_ascii_digit()));
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c == ',').collect();
    let day = words.windows(2).any(|two| {
        matches!(two[0].parse::<u32>(), Ok(1..=31))
            && MONTHS.contains(&two[1].trim_end_matches('.'))
    });
    clock || day
}

#[test]
fn naked_times_are_seen() {
    let good = r#"<p>Ends on 1 Dec 2026 (UTC).</p><time datetime="2026-11-21T21:32:58.042Z" title="21 Nov 2026, 21:32:58 UTC">5 min ago</time><code>10:00</code>"#;
    assert_eq!(faults(good), Vec::<String>::new());
    for bad in [
        "<p>Ends on 1 Dec 2026.</p>",
        "<p>at 21:32</p>",
        r#"<time datetime="2026-11-21" title="21 Nov 2026 UTC">x</time>"#,
        r#"<time datetime="2026-11-21T21:32:58" title="21 Nov 2026 UTC">x</time>"#,
        r#"<time datetime="2026-11-21T21:32:58Z">x</time>"#,
    ] {
        assert_eq!(faults(bad).len(), 1, "{bad}");
    }
}

on_both! {
    async fn every_time_on_every_page_has_its_zone(db: TestDb) {
        let portal = Portal::with_flags(&db, &["--outbound", "anywhere", "--limit-key", "100000/1"]).await;
        let mut visitor = seed::furnish(&portal, &db).await;
        let pages = crawl(&mut visitor, &STARTS).await;
        assert!(pages.len() > 40, "the crawl reaches the pages: {}", pages.len());
        let times: usize = pages.iter().map(|(_, page)| page.text.matches("<time ").count()).sum();
        assert!(times > 60, "and they show times: {times}");
        let all: Vec<String> = pages.iter().flat_map(|(path, page)| faults(&page.text).into_iter().map(move |fault| format!("{path}: {fault}"))).collect();
        assert!(all.is_empty(), "{}", all.join("\n"));
    }
}
