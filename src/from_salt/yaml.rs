//! YAML as a tree in which everything has its place.
//!
//! Nothing is expanded: an alias and a value with a tag are told from others, and no more. So the tree is never larger than the text.

use std::ops::Range;

use granit_parser::{Event, Parser, ScalarStyle, Span};

use super::jinja::Plain;
use super::mend::{Mended, mend};
use super::remarks::{About, Remarks};
use crate::base::cleaned;
use crate::check::Code;
use crate::recipe::{Fault, FileId, Place};

/// Most lists and mappings inside each other.
const DEEPEST: usize = 32;

/// A value, and where it stands.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Its place; of a list or a mapping, where it begins.
    pub place: Place,
}

/// A value.
#[derive(Debug, Clone)]
pub enum Value {
    /// None.
    Nothing,
    /// A text, a number, yes or no.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in its order; keys may stand twice.
    Map(Vec<(Node, Node)>),
    /// One that is not written here, for this reason.
    Hidden(&'static str),
}

impl Value {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Hidden(why) => why,
        }
    }
}

/// Reads a text, which is mended where that is plain.
pub fn read(plain: &Plain, file: FileId, remarks: &Remarks) -> Option<Node> {
    let first = match parse(&Mended::whole(&plain.text), plain, file) {
        Ok(node) => return Some(node),
        Err(error) => error,
    };
    let mending = Remarks::default();
    let Some(mended) = mend(&plain.text, file, &mending) else {
        remarks.take(mending);
        return None;
    };
    let error = match parse(&mended, plain, file) {
        Ok(node) => {
            remarks.take(mending);
            return Some(node);
        }
        // Mending that leads no further explains nothing.
        Err(second) if second.place == first.place => first,
        Err(second) => {
            remarks.take(mending);
            second
        }
    };
    let message = format!("this is not YAML: {}", cleaned(&error.message));
    let help = "mend it, or move the file out of the folder".to_owned();
    remarks.add(About::Nothing, Fault::new(Code::SaltText, error.place, message).help(Some(help)));
    None
}

struct Broken {
    place: Place,
    message: String,
}

/// A list or a mapping that is being read.
struct Open {
    place: Place,
    hidden: Option<&'static str>,
    items: Vec<Node>,
    is_map: bool,
}

fn parse(mended: &Mended, plain: &Plain, file: FileId) -> Result<Node, Broken> {
    let options = granit_parser::options! { flow_nesting_limit: DEEPEST, block_nesting_limit: DEEPEST };
    let place = |range: Range<usize>| file.at(mended.original(range.start)..mended.original(range.end));
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    for event in Parser::new_from_str_with_options(&mended.text, options) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker().byte_offset().unwrap_or_default();
            Broken { place: place(at..at + 1), message: error.info() }
        })?;
        let range = span.byte_range().unwrap_or_default();
        let hidden = span.tag_span().is_some().then_some("a value with a tag");
        let node = match event {
            Event::DocumentStart(..) if root.is_some() => {
                let message = "a second document begins here, and Salt reads one".to_owned();
                return Err(Broken { place: place(range), message });
            }
            Event::Scalar(text, style, ..) => {
                let place = place(range.clone());
                let is_code = plain.code.iter().any(|code| code.start < place.span.end && place.span.start < code.end);
                let value = match hidden.or(is_code.then_some("a value that Jinja computes")) {
                    Some(why) => Value::Hidden(why),
                    None if style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL") => {
                        Value::Nothing
                    }
                    None => Value::Text(text.into_owned()),
                };
                Node { value, place }
            }
            Event::Alias(_) => Node { value: Value::Hidden("an alias of something that stands elsewhere"), place: place(range) },
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                let is_map = matches!(event, Event::MappingStart(..));
                let end = range.start + beginning(&mended.text, &span);
                open.push(Open { place: place(range.start..end), hidden, items: Vec::new(), is_map });
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(done) => done.into_node(),
                None => continue,
            },
            _ => continue,
        };
        match open.last_mut() {
            Some(outer) => outer.items.push(node),
            None => root = Some(node),
        }
    }
    Ok(root.unwrap_or(Node { value: Value::Nothing, place: file.at(0..0) }))
}

/// How long the first line of a list or mapping is.
fn beginning(text: &str, span: &Span) -> usize {
    let rest = span.start.byte_offset().and_then(|at| text.get(at..)).unwrap_or_default();
    rest.lines().next().unwrap_or_default().trim_end().len()
}

impl Open {
    fn into_node(self) -> Node {
        let value = match (self.hidden, self.is_map) {
            (Some(why), _) => Value::Hidden(why),
            (None, false) => Value::List(self.items),
            (None, true) => {
                let mut pairs = Vec::new();
                let mut items = self.items.into_iter();
                while let (Some(key), Some(value)) = (items.next(), items.next()) {
                    pairs.push((key, value));
                }
                Value::Map(pairs)
            }
        };
        Node { value, place: self.place }
    }
}
