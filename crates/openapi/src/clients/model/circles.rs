//! Aliases that consist of themselves. A value of such an alias can be described without the part
//! that leads back, and no language accepts the circle.

use std::collections::HashSet;

use super::{Declaration, Type};

/// Maximum number of names in a row.
const MAX_HOPS: usize = 64;

/// Removes the names that lead back to their own declaration without an object or a list in
/// between.
pub fn cut(declarations: &mut [Declaration]) {
    let direct: Vec<Vec<usize>> = declarations
        .iter()
        .map(|declaration| {
            let mut names = Vec::new();
            direct_names(&declaration.body, &mut names);
            names
        })
        .collect();
    for (from, to) in back_edges(&direct) {
        if let Some(declaration) = declarations.get_mut(from) {
            remove(&mut declaration.body, to);
        }
    }
}

/// Replaces names of names among the bases of records, because only an object can be extended.
pub fn unalias_bases(declarations: &mut [Declaration]) {
    let targets: Vec<Option<usize>> = declarations
        .iter()
        .map(|declaration| match declaration.body {
            Type::Named(target) => Some(target),
            _ => None,
        })
        .collect();
    let end = |mut index: usize| {
        for _ in 0..MAX_HOPS {
            let Some(next) = targets.get(index).copied().flatten() else { break };
            index = next;
        }
        index
    };
    let is_record: Vec<bool> = declarations
        .iter()
        .map(|declaration| matches!(declaration.body, Type::Record(_)))
        .collect();
    for declaration in declarations {
        if let Type::Record(record) = &mut declaration.body {
            record.bases.iter_mut().for_each(|base| *base = end(*base));
            record.bases.retain(|base| is_record.get(*base) == Some(&true));
        }
    }
}

/// All nodes, each after those that it leads to, for edges without circles.
pub fn targets_first(direct: &[Vec<usize>]) -> Vec<usize> {
    let mut is_known = vec![false; direct.len()];
    let mut ordered = Vec::new();
    for first in 0..direct.len() {
        let mut open = vec![(first, false)];
        while let Some((node, is_ready)) = open.pop() {
            if is_ready {
                ordered.push(node);
            } else if is_known.get_mut(node).is_some_and(|known| !std::mem::replace(known, true)) {
                open.push((node, true));
                open.extend(direct.get(node).into_iter().flatten().map(|next| (*next, false)));
            }
        }
    }
    ordered
}

/// The names in a type without an object or a list in between.
pub fn direct_names(kind: &Type, names: &mut Vec<usize>) {
    match kind {
        Type::Named(index) => names.push(*index),
        Type::Union(parts) | Type::Both(parts) => {
            parts.iter().for_each(|part| direct_names(part, names));
        }
        Type::Record(record) => names.extend(&record.bases),
        _ => {}
    }
}

/// The edges of a depth-first search that lead to a node on the current path.
fn back_edges(direct: &[Vec<usize>]) -> HashSet<(usize, usize)> {
    let mut back = HashSet::new();
    let (mut is_known, mut is_on_path) = (vec![false; direct.len()], vec![false; direct.len()]);
    let set = |flags: &mut [bool], index: usize, value: bool| {
        flags.get_mut(index).is_some_and(|flag| std::mem::replace(flag, value))
    };
    for first in 0..direct.len() {
        if set(&mut is_known, first, true) {
            continue;
        }
        set(&mut is_on_path, first, true);
        let mut path = vec![(first, 0)];
        while let Some((node, next)) = path.last_mut() {
            let from = *node;
            let Some(&to) = direct.get(from).and_then(|targets| targets.get(*next)) else {
                set(&mut is_on_path, from, false);
                path.pop();
                continue;
            };
            *next += 1;
            if is_on_path.get(to) == Some(&true) {
                back.insert((from, to));
            } else if !set(&mut is_known, to, true) {
                set(&mut is_on_path, to, true);
                path.push((to, 0));
            }
        }
    }
    back
}

fn remove(kind: &mut Type, index: usize) {
    match kind {
        Type::Named(name) if *name == index => *kind = Type::Any,
        Type::Union(parts) | Type::Both(parts) => {
            parts.retain(|part| *part != Type::Named(index));
            parts.iter_mut().for_each(|part| remove(part, index));
            if parts.is_empty() {
                *kind = Type::Any;
            }
        }
        Type::Record(record) => record.bases.retain(|base| *base != index),
        _ => {}
    }
}
