//! The life of a key, for those who use one and for those who find one.

use leptos::prelude::*;

use crate::components::code_block::CodeBlock;
use crate::components::origin::use_origin;
use crate::components::page_head::PageHead;
use crate::components::site::Site;

const RETIRING: &str = "Deprecation: @1763760778\nSunset: Mon, 24 Nov 2025 21:32:58 GMT";

/// Rotation, addresses and limits, notices, and leaks.
#[component]
pub fn KeysGuidePage() -> impl IntoView {
    let origin = use_origin();
    let report = format!(
        "curl {origin}/leaked-keys \\\n  -H 'Content-Type: application/json' \\\n  -d '{{\"key\": \"tg_live_…\", \"source\": \"https://example.com/where-it-was-found\"}}'"
    );
    view! {
        <Site>
            <PageHead title="Keys" lead="Rotating them, bounding them, and what to do when one has leaked." />
            <div class="prose min-w-0">
                <h2 id="rotation">"Rotating a key"</h2>
                <p>
                    "Rotate a key on its page, by " <code>"POST /v1/keys/{id}/rotate"</code> " or with " <code>"tollgate key rotate"</code>
                    ". The new key has another id and secret, and everything else the old one had. Both work until the overlap ends: "
                    <code>"now"</code> ", " <code>"1h"</code> ", " <code>"24h"</code> ", " <code>"72h"</code> " (if you say nothing), "
                    <code>"7d"</code> " or " <code>"30d"</code>
                    ", though never past the old key's own expiry. Meanwhile every answer to the old key says since when it is deprecated (RFC 9745) and when it ends (RFC 8594):"
                </p>
                <CodeBlock label="Headers of a rotated key" code=RETIRING.to_owned() />
                <p>"The old key's page shows who still calls with it, and tells you when it is safe to retire."</p>
                <h2 id="bounds">"Addresses and limits"</h2>
                <p>
                    "A key can have a list of up to 50 addresses and networks it may be used from; a call from elsewhere is answered "
                    <a href="/docs/errors/ip_not_allowed"><code>"ip_not_allowed"</code></a>
                    ". It can have a rate limit of its own, which only tightens what else holds, and a monthly spend cap in minor units. All of them can be changed later; scopes can only be taken away."
                </p>
                <h2 id="expiry">"Expiry"</h2>
                <p>
                    "30, 7 and 1 day before a key expires, the owners and admins of its organisation get a mail, and the event "
                    <code>"key.expiring"</code> " is written. A key that lives for less is told of only where there is still so much time."
                </p>
                <h2 id="leaked">"Reporting a leaked key"</h2>
                <p>
                    "If you have found one of our keys where it should not be, report it. You need no account. The answer is "
                    <code>"202"</code> " with " <code>"{\"status\":\"received\"}"</code>
                    " for every text that has the form of a key, whether there is such a key or not. We tell its organisation, once a day, and never switch a key off on a report alone."
                </p>
                <CodeBlock label="A report" code=report />
                <p>
                    "A report has at most 4 KiB. Send a JSON list of up to 100 reports to tell of many at once, and at most 20 requests a minute."
                </p>
            </div>
        </Site>
    }
}
