//! A file that was read, and the lines of errors in it.

use serde_json::Value;

use crate::spec::model::Fault;
use crate::spec::read::Source;

#[derive(Debug)]
pub struct File {
    pub path: String,
    pub bytes: Vec<u8>,
    pub value: Value,
}

/// Adds lines, and the names of all files but the root to the messages.
pub fn locate(files: &[File], mut faults: Vec<(usize, &mut Fault)>) {
    for (index, file) in files.iter().enumerate() {
        let mut own: Vec<&mut Fault> = Vec::new();
        for (of, fault) in &mut faults {
            if *of == index {
                own.push(fault);
            }
        }
        if own.is_empty() {
            continue;
        }
        if let Ok(source) = Source::read(&file.bytes) {
            let mut copies: Vec<Fault> = own.iter().map(|fault| (**fault).clone()).collect();
            source.locate(&mut copies);
            own.iter_mut().zip(copies).for_each(|(fault, copy)| fault.line = copy.line);
        }
        if index > 0 {
            own.into_iter().for_each(|fault| {
                fault.message = format!("`{}`: {}", file.path, fault.message);
            });
        }
    }
}
