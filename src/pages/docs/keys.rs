//! The life cycle of a key, for developers who use one and for people who find one.

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
            <PageHead title="Keys" lead="How to rotate and restrict keys, and what to do if a key has leaked." />
            <div class="prose min-w-0">
                <h2 id="rotation">"Rotating a key"</h2>
                <p>
                    "Rotate a key on its page, by " <code>"POST /v1/keys/{id}/rotate"</code> " or with " <code>"tollgate key rotate"</code>
                    ". The new key has another id and secret, and everything else the old one had. Both work until the overlap ends: "
                    <code>"now"</code> ", " <code>"1h"</code> ", " <code>"24h"</code> ", " <code>"72h"</code> " (the default), "
                    <code>"7d"</code> " or " <code>"30d"</code>
                    ", but never past the old key's own expiry. During the overlap, every response to the old key states since when it is deprecated (RFC 9745) and when it ends (RFC 8594):"
                </p>
                <CodeBlock label="Headers of a rotated key" code=RETIRING.to_owned() />
                <p>"The old key's page shows who still uses it and when it is safe to retire."</p>
                <h2 id="bounds">"Addresses and limits"</h2>
                <p>
                    "A key can have an allow list of up to 50 addresses and networks. A call from any other address fails with "
                    <a href="/docs/errors/ip_not_allowed"><code>"ip_not_allowed"</code></a>
                    ". A key can also have its own rate limit, in addition to those of the plan, and a monthly spend cap in the currency of your invoices (in the API in its minor unit: 5000 is 50.00 USD). You can change all of these later; scopes can only be removed."
                </p>
                <h2 id="expiry">"Expiry"</h2>
                <p>
                    "30, 7 and 1 day before a key expires, the owners and admins of its organisation get a mail, and the event "
                    <code>"key.expiring"</code> " is recorded. A key with a shorter lifetime only triggers the notices that still apply."
                </p>
                <h2 id="leaked">"Reporting a leaked key"</h2>
                <p>
                    "If you found one of our keys in a public place, report it. You do not need an account. The response is "
                    <code>"202"</code> " with " <code>"{\"status\":\"received\"}"</code>
                    " for every text in the format of a key, whether or not the key exists. We notify its organisation once a day and never disable a key based on a report alone."
                </p>
                <CodeBlock label="A report" code=report />
                <p>
                    "A report has at most 4 KiB. To report several keys, send a JSON list of up to 100 reports. Send at most 20 requests per minute."
                </p>
            </div>
        </Site>
    }
}
