//! Types that are too complex for TypeScript, which writes out every combination of choices that
//! hold at once, and refuses more than 100,000.

use super::circles::{direct_names, targets_first};
use super::{Declaration, Type};

/// Maximum number of combinations in one type.
const MAX_COMBINATIONS: usize = 2000;

/// Leaves out choices from types that consist of too many combinations. Such a type allows more
/// than the document does. The names of types must not be circular.
pub fn reduce(declarations: &mut [Declaration]) {
    let direct: Vec<Vec<usize>> = declarations
        .iter()
        .map(|declaration| {
            let mut names = Vec::new();
            direct_names(&declaration.body, &mut names);
            names
        })
        .collect();
    let mut weights = vec![1; declarations.len()];
    for index in targets_first(&direct) {
        let Some(declaration) = declarations.get_mut(index) else { continue };
        let weight = reduced(&mut declaration.body, &weights);
        if let Some(known) = weights.get_mut(index) {
            *known = weight;
        }
    }
}

/// The number of choices of a type, after it was reduced.
fn reduced(kind: &mut Type, weights: &[usize]) -> usize {
    match kind {
        Type::Named(index) => weights.get(*index).copied().unwrap_or(1),
        Type::Literals(values) => values.len(),
        Type::Union(parts) => parts.iter_mut().map(|part| reduced(part, weights)).sum(),
        Type::Both(parts) => {
            let mut product: usize = 1;
            parts.retain_mut(|part| {
                let weight = reduced(part, weights).max(1);
                let is_light = product.saturating_mul(weight) <= MAX_COMBINATIONS || weight == 1;
                product = if is_light { product.saturating_mul(weight) } else { product };
                is_light
            });
            product
        }
        Type::Record(record) => {
            record.fields.iter_mut().for_each(|field| _ = reduced(&mut field.kind, weights));
            1
        }
        Type::List(inner) | Type::Map(inner) => {
            reduced(inner, weights);
            1
        }
        _ => 1,
    }
}
