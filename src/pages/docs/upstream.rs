//! How a product's server verifies that a request comes from this portal.

use leptos::prelude::*;

use crate::actions::docs::upstream_docs;
use crate::components::code_block::CodeBlock;
use crate::components::code_tabs::CodeTabs;
use crate::components::loaded::loaded;
use crate::components::page_head::PageHead;
use crate::components::site::Site;

const REQUEST: &str = "GET /v2/pets?limit=1 HTTP/1.1\nhost: api.example.com\nx-request-id: req_01h2xcejqtf2nbrexx3vqjhp41\ntollgate-org: org_01h2xcejqtf2nbrexx3vqjhp41\ntollgate-key-id: key_01h2xcejqtf2nbrexx3vqjhp41\ntollgate-environment: live\ntollgate-timestamp: 1795298400\ntollgate-signature: v1=c57b90e485ddfd6c16567998004e2ff81ea3b4ce365f85b0d6599777561f5ed2";

/// Text, and verifiers in seven languages.
#[component]
pub fn UpstreamGuidePage() -> impl IntoView {
    let samples = Resource::new(|| (), |()| upstream_docs());
    view! {
        <Site>
            <PageHead title="Verify requests from Tollgate" lead="For operators: how your API checks that a request came through this portal, and which organisation sent it." />
            <div class="prose min-w-0">
                <p>
                    "Tollgate signs every request that it sends to a product's server. Verify " <code>"Tollgate-Signature"</code>
                    " in your API, and reject requests without a valid one: otherwise anybody who finds the server's address can call it past keys, limits and billing, and claim to be any organisation."
                </p>
                <CodeBlock label="A signed request" code=REQUEST.to_owned() />
                <h2 id="secret">"The signing secret"</h2>
                <p>
                    "Each product has its own secret. An operator can show it on the product's page under Products, with "
                    <code>"tollgate product signing-secret ID"</code> ", or with " <code>"GET /admin/api/v1/products/{id}/signing-secrets"</code>
                    ". It is stored encrypted, and each access is recorded in the audit log."
                </p>
                <h2 id="signed">"What is signed"</h2>
                <p>
                    "The signature is " <code>"v1="</code> " and the HMAC-SHA256, in hexadecimal, of seven parts joined by dots. The key is the text of the secret as it is shown."
                </p>
                <ol>
                    <li><code>"Tollgate-Timestamp"</code> ": when the request was sent, in unix seconds"</li>
                    <li>"the method, such as " <code>"GET"</code></li>
                    <li>"the path and query as your server receives them, such as " <code>"/v2/pets?limit=1"</code></li>
                    <li><code>"X-Request-Id"</code></li>
                    <li><code>"Tollgate-Org"</code> ": the organisation that calls"</li>
                    <li><code>"Tollgate-Key-Id"</code> ": the key that it calls with"</li>
                    <li><code>"Tollgate-Environment"</code> ": " <code>"live"</code> " or " <code>"sandbox"</code></li>
                </ol>
                <p>
                    "Compare in constant time, and reject a timestamp that is more than 5 minutes off, so that nobody can replay an old request. The body is not signed: it is streamed, and TLS protects it on its way. If a proxy in front of your server changes the path, verify before the proxy, or undo the change."
                </p>
                <h2 id="rotation">"Rotation"</h2>
                <p>
                    "Rotate the secret on the product's page, with " <code>"tollgate product rotate-signing-secret ID"</code> ", or with "
                    <code>"POST /admin/api/v1/products/{id}/signing-secrets/rotate"</code>
                    ". During the overlap (immediately, 1 hour, 24 hours, 72 hours, 7 or 30 days) the header has one signature for each valid secret, separated by commas: "
                    <code>"v1=…,v1=…"</code>
                    ". Accept the request if any of them is valid. If a secret leaked, rotate without overlap: all older secrets stop signing immediately."
                </p>
                <h2 id="samples">"Samples"</h2>
                {loaded(
                    move || async move { samples.await },
                    move || samples.refetch(),
                    |samples| view! { <CodeTabs group="upstream" samples=Signal::stored(samples) key=Signal::stored(None) /> },
                )}
            </div>
        </Site>
    }
}
