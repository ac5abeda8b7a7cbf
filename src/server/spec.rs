//! OpenAPI documents as anybody may have written them: read, checked, and brought to one form. Knows nothing of
//! products or calls; all that is shown, sampled, mocked, matched and compared begins with a [`Spec`].

mod model;

pub use model::{Billable, Body, Example, Fault, Media, Operation, Parameter, Place, Price, Response, Spec, Tag, pointer_of, resolve};
