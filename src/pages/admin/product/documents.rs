//! The documents that a product has had, and forms to replace the current one.

use leptos::prelude::*;

use crate::actions::products::RefetchProduct;
use crate::components::marked::marked;
use crate::components::submit::Submit;
use crate::components::table::Table;
use crate::components::time::{MaybeTime, Time};
use crate::pages::admin::products::form::{DocumentFields, Draft};
use crate::types::product::{AdminProduct, ProductVersion};

#[component]
pub fn Documents(
    product: AdminProduct,
    versions: Vec<ProductVersion>,
    refetch: ServerAction<RefetchProduct>,
) -> impl IntoView {
    let id = product.view.id.clone();
    let page = format!("/admin/products/{id}");
    // A version is compared with the previous one.
    let before: Vec<Option<u64>> =
        versions.iter().skip(1).map(|version| Some(version.revision)).chain([None]).collect();
    let rows = versions
        .into_iter()
        .zip(before)
        .map(|(version, before)| {
            let to = version.revision;
            let diff = before.map(|from| {
                view! { <a class="link" href=format!("{page}/diff?from={from}&to={to}")>{format!("Compare with {from}")}</a> }
            });
            view! {
                <tr>
                    <th scope="row">{to} " " {version.is_active.then(|| view! { <span class="badge badge-ok">"active"</span> })}</th>
                    <td data-label="Version">{version.version}</td>
                    <td class="num" data-label="Operations">{version.operations}</td>
                    <td data-label="Since"><Time at=version.created_at long=true /></td>
                    <td class="actions">{diff}</td>
                </tr>
            }
        })
        .collect_view();
    let draft = Draft {
        id: id.clone(),
        source_url: product.source_url.clone().unwrap_or_default(),
        ..Draft::default()
    };
    let fetched = product.source_url.clone().map(|url| {
        let failed = (!product.fetch_error.is_empty()).then(|| {
            let text = format!("The last fetch failed: {} The product is unchanged.", product.fetch_error);
            view! { <p class="alert alert-warn">{marked(&text)}</p> }
        });
        view! {
            <div class="stack">
                {failed}
                <p>"Fetched from " <code class="break-all">{url}</code> ", last on " <MaybeTime at=product.fetched_at or="no day yet" /> "."</p>
                <ActionForm action=refetch>
                    <input type="hidden" name="id" value=id.clone() />
                    <Submit label="Fetch again now" pending=refetch.pending() class="btn" />
                </ActionForm>
            </div>
        }
    });
    view! {
        <section class="card" aria-labelledby="versions">
            <div class="card-head"><h2 id="versions">"Versions"</h2></div>
            <Table stacks=true label="Versions" caption="Versions, newest first">
                <thead>
                    <tr>
                        <th scope="col">"Revision"</th>
                        <th scope="col">"Version"</th>
                        <th scope="col" class="num">"Operations"</th>
                        <th scope="col">"Since"</th>
                        <th scope="col" class="actions"><span class="visually-hidden">"Comparison"</span></th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </Table>
            <div class="card-body stack">
                {fetched}
                <details>
                    <summary class="link">"Replace the document"</summary>
                    <form class="mt-3" method="post" action=format!("{page}/document") enctype="multipart/form-data">
                        <DocumentFields draft />
                        <div class="form-actions"><button type="submit" class="btn btn-primary">"Replace document"</button></div>
                    </form>
                </details>
            </div>
        </section>
    }
}
