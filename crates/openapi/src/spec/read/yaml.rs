//! Converts YAML 1.2 with its core schema to a JSON value. Anchors, aliases and merge keys are
//! expanded, within bounds.

mod scalar;
mod size;

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::str::Chars;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use serde_json::{Map, Value};

use super::lines::Lines;
use super::{MAX_DEPTH, fault};
use crate::spec::Fault;
use size::Size;

/// # Errors
/// The first error in the text, with its line.
pub fn read(text: &str) -> Result<Value, Fault> {
    let mut builder = Builder::default();
    for event in events(text) {
        let (event, span) = event?;
        builder.take(event, span.start.line())?;
    }
    builder.root.ok_or_else(|| fault(None, "the document is empty".to_owned()))
}

/// Maximum length of text between two events. Until the parser knows that a list or object in
/// brackets is not a key, it keeps all of its contents in memory.
const MAX_LOOKAHEAD: usize = 1024 * 1024;

/// The characters of a text, as long as the parser returns events.
struct Metered<'a> {
    text: Chars<'a>,
    left: Rc<Cell<usize>>,
}

impl Iterator for Metered<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        self.left.set(self.left.get().checked_sub(1)?);
        self.text.next()
    }
}

fn events(text: &str) -> impl Iterator<Item = Result<(Event<'_>, Span), Fault>> {
    let left = Rc::new(Cell::new(MAX_LOOKAHEAD));
    let mut parser = Parser::new_from_iter(Metered { text: text.chars(), left: Rc::clone(&left) });
    let mut is_over = false;
    std::iter::from_fn(move || {
        let event = if is_over { None } else { parser.next_event() };
        // After an error, the parser would return the same error forever.
        is_over = matches!(event, Some(Err(_)) | None);
        if left.replace(MAX_LOOKAHEAD) == 0 && event.is_some() {
            is_over = true;
            return Some(Err(fault(
                None,
                "a string, or a list or object in brackets, is longer than 1 MiB; write it in block style".to_owned(),
            )));
        }
        event.map(|event| event.map_err(|error| syntax(&error)))
    })
}

fn syntax(error: &ScanError) -> Fault {
    fault(Some(error.marker().line()), format!("this is not YAML: {}", error.info()))
}

#[derive(Default)]
struct Builder {
    root: Option<Value>,
    frames: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    /// Including copies.
    size: Size,
    has_document: bool,
}

/// The value that an alias repeats.
struct Anchored {
    value: Value,
    size: Size,
    height: usize,
}

/// An object or list that has not ended yet.
struct Frame {
    open: Open,
    anchor: usize,
    /// What was read before it.
    before: Size,
    /// Depth of its contents so far.
    height: usize,
}

enum Open {
    List(Vec<Value>),
    Object { fields: Map<String, Value>, key: Option<Key>, merges: Vec<Value> },
}

enum Key {
    Name(String),
    /// `<<`: the fields of the value become fields of the object that contains it.
    Merge,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), Fault> {
        match event {
            Event::DocumentStart(_) if std::mem::replace(&mut self.has_document, true) => {
                Err(fault(
                    Some(line),
                    "a second YAML document begins here; register each document separately"
                        .to_owned(),
                ))
            }
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag, line),
            Event::Alias(anchor) => self.alias(anchor, line),
            Event::SequenceStart(anchor, tag) => {
                self.open(Open::List(Vec::new()), "seq", anchor, tag, line)
            }
            Event::MappingStart(anchor, tag) => self.open(
                Open::Object { fields: Map::new(), key: None, merges: Vec::new() },
                "map",
                anchor,
                tag,
                line,
            ),
            Event::SequenceEnd | Event::MappingEnd => self.close(line),
            _ => Ok(()),
        }
    }

    fn open(
        &mut self,
        open: Open,
        kind: &str,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        line: usize,
    ) -> Result<(), Fault> {
        if let Some(tag) =
            tag.filter(|tag| !(is_plain(tag) || tag.is_yaml_core_schema() && tag.suffix == kind))
        {
            return Err(unknown_tag(&tag, line));
        }
        if self.expects_key() {
            return Err(fault(
                Some(line),
                "a key is an object or a list; keys must be strings".to_owned(),
            ));
        }
        if self.frames.len() >= MAX_DEPTH {
            return Err(too_deep(line));
        }
        let before = self.size;
        self.size.add(Size::of(""), line)?;
        self.frames.push(Frame { open, anchor, before, height: 1 });
        Ok(())
    }

    fn close(&mut self, line: usize) -> Result<(), Fault> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let value = match frame.open {
            Open::List(items) => Value::Array(items),
            Open::Object { mut fields, merges, .. } => {
                for merged in merges {
                    merge(&mut fields, merged, line)?;
                }
                Value::Object(fields)
            }
        };
        self.remember(frame.anchor, &value, self.size.since(frame.before), frame.height, line)?;
        self.place(value, frame.height);
        Ok(())
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        line: usize,
    ) -> Result<(), Fault> {
        if self.expects_key() {
            let is_merge = style == ScalarStyle::Plain && text == "<<";
            self.remember(anchor, &Value::from(text.as_ref()), Size::of(&text), 0, line)?;
            return self
                .key(if is_merge { Key::Merge } else { Key::Name(text.into_owned()) }, line);
        }
        let size = Size::of(&text);
        self.size.add(size, line)?;
        let value =
            scalar::read(text, style == ScalarStyle::Plain, tag.as_deref()).map_err(|error| {
                match error {
                    scalar::Error::Tag(tag) => unknown_tag(&tag, line),
                    scalar::Error::Value(message) => fault(Some(line), message),
                }
            })?;
        self.remember(anchor, &value, size, 0, line)?;
        self.place(value, 0);
        Ok(())
    }

    fn alias(&mut self, anchor: usize, line: usize) -> Result<(), Fault> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(fault(
                Some(line),
                "an alias is inside the value that it repeats; write the inner part out, or use `$ref`".to_owned(),
            ));
        };
        if self.expects_key() {
            let Value::String(name) = &anchored.value else {
                return Err(fault(
                    Some(line),
                    "an alias is used as a key but does not repeat a string".to_owned(),
                ));
            };
            let name = name.clone();
            return self.key(Key::Name(name), line);
        }
        if self.frames.len() + anchored.height > MAX_DEPTH {
            return Err(too_deep(line));
        }
        let (size, height) = (anchored.size, anchored.height);
        // Checked before the copy is made, because the limit protects the memory.
        self.size.add(size, line)?;
        if let Some(value) = self.anchors.get(&anchor).map(|anchored| anchored.value.clone()) {
            self.place(value, height);
        }
        Ok(())
    }

    fn remember(
        &mut self,
        anchor: usize,
        value: &Value,
        size: Size,
        height: usize,
        line: usize,
    ) -> Result<(), Fault> {
        if anchor != 0 {
            // Values that are kept for aliases need memory, too.
            self.size.add(size, line)?;
            self.anchors.insert(anchor, Anchored { value: value.clone(), size, height });
        }
        Ok(())
    }

    fn expects_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { open: Open::Object { key: None, .. }, .. }))
    }

    fn key(&mut self, name: Key, line: usize) -> Result<(), Fault> {
        if let Key::Name(name) = &name {
            self.size.add(Size { values: 0, bytes: name.len() }, line)?;
        }
        if let Some(Frame { open: Open::Object { fields, key, .. }, .. }) = self.frames.last_mut() {
            if let Key::Name(name) = &name
                && fields.contains_key(name)
            {
                let name: String = name.chars().take(80).collect();
                return Err(fault(
                    Some(line),
                    format!("the key `{name}` occurs twice; remove one"),
                ));
            }
            *key = Some(name);
        }
        Ok(())
    }

    fn place(&mut self, value: Value, height: usize) {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(value);
            return;
        };
        frame.height = frame.height.max(height + 1);
        match &mut frame.open {
            Open::List(items) => items.push(value),
            Open::Object { fields, key, merges } => match key.take() {
                Some(Key::Name(name)) => {
                    fields.insert(name, value);
                }
                Some(Key::Merge) => merges.push(value),
                None => {}
            },
        }
    }
}

/// Adds missing fields. The object's own fields take precedence, then the first of several merged
/// objects.
fn merge(fields: &mut Map<String, Value>, merged: Value, line: usize) -> Result<(), Fault> {
    match merged {
        Value::Object(merged) => {
            for (key, value) in merged {
                fields.entry(key).or_insert(value);
            }
            Ok(())
        }
        Value::Array(items) if items.iter().all(Value::is_object) => items.into_iter().try_for_each(|item| merge(fields, item, line)),
        _ => {
            Err(fault(Some(line), "`<<` before this line merges something that is not an object; give it an alias of an object".to_owned()))
        }
    }
}

/// `!` means that there is no special type.
fn is_plain(tag: &Tag) -> bool {
    (tag.handle.is_empty() && tag.suffix == "!") || (tag.handle == "!" && tag.suffix.is_empty())
}

fn unknown_tag(tag: &Tag, line: usize) -> Fault {
    fault(Some(line), format!("the tag `{tag}` is not supported; write the value itself"))
}

fn too_deep(line: usize) -> Fault {
    fault(
        Some(line),
        format!("objects and lists are nested more than {MAX_DEPTH} levels deep; flatten them"),
    )
}

/// Reports to `lines` where the values of `text`, which was already read, begin.
pub fn locate(text: &str, lines: &mut Lines) {
    /// A list with the index of its next item, or an object that expects a key or a value.
    enum At {
        Item(usize),
        Key,
        Value,
    }
    let mut stack = Vec::new();
    for (event, span) in events(text).map_while(Result::ok) {
        let line = span.start.line();
        let (is_end, is_value) = match event {
            Event::SequenceEnd | Event::MappingEnd => (true, false),
            Event::Scalar(..)
            | Event::Alias(_)
            | Event::SequenceStart(..)
            | Event::MappingStart(..) => (false, true),
            _ => (false, false),
        };
        if is_end {
            stack.pop();
        }
        if is_value {
            match stack.last_mut() {
                Some(At::Item(index)) => {
                    lines.enter(&index.to_string(), line);
                    *index += 1;
                }
                Some(at @ At::Key) => {
                    // The line of the key, because a block's value begins below it.
                    lines.enter(if let Event::Scalar(key, ..) = &event { key } else { "" }, line);
                    *at = At::Value;
                    continue;
                }
                Some(at @ At::Value) => *at = At::Key,
                None => {}
            }
        }
        match event {
            Event::SequenceStart(..) => stack.push(At::Item(0)),
            Event::MappingStart(..) => stack.push(At::Key),
            // A value ends: leave it, unless it is the document itself.
            _ if (is_end || is_value) && !stack.is_empty() => lines.leave(),
            _ => {}
        }
    }
}
