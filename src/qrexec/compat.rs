//! The old directory, `!compat-4.0`: a file for each call, and after those of a certain argument what they once implied.
//!
//! Source: qubes-core-qrexec R4.3, `qrexec/policy/parser_compat.py`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::action::Action;
use super::fault::Why;
use super::loader::{Context, Included, Kind, Loader, Node};
use super::rule::{Call, Clause, Origin, is_call_character};
use super::source::Files;
use super::token::Token;

/// Endings of files that are passed by.
const IGNORED: [&str; 3] = [".rpmsave", ".rpmnew", ".swp"];
/// How many calls of Python lead from the line with the directive to the lines of a file.
const TO_FILE: usize = 4;

impl<'a, F: Files> Loader<'a, F> {
    /// All of the old directory.
    pub fn include_compat(&mut self, from: &Context<'a>) -> Included {
        let directory: &'a str = &self.directories.compat;
        let node = Node { kind: Kind::Compat, path: directory.into(), base: directory };
        self.once(node, from, TO_FILE, None, |loader, depth| {
            let names = loader.files.list(directory).map_err(|why| Why::Include { path: directory.to_owned(), why })?;
            let mut deepest = 0;
            for (call, name) in calls(names) {
                let file: Arc<str> = format!("{directory}/{name}").into();
                let context = Context { file: file.clone(), base: directory, depth };
                match call {
                    Ok(call) => deepest = deepest.max(loader.file_of_old(&context, &Arc::new(call))),
                    Err(why) => loader.fault(&file, None, why),
                }
            }
            Ok(deepest)
        })
    }

    /// One file of it, and what it implies.
    fn file_of_old(&mut self, context: &Context<'a>, call: &Arc<Call>) -> usize {
        let read = self.include_file_of_old(context, call).and_then(|deepest| {
            if call.argument.is_some() {
                for target in [Token::AnyVm, Token::AdminVm] {
                    let origin = Origin { file: context.file.clone(), line: None };
                    let action = Action::Deny { notify: true };
                    self.add_clause(call, Clause { source: Token::AnyVm, target, action, origin })?;
                }
            }
            Ok(deepest)
        });
        read.unwrap_or_else(|why| {
            self.fault(&context.file, None, why);
            0
        })
    }

    fn include_file_of_old(&mut self, context: &Context<'a>, call: &Arc<Call>) -> Included {
        let end = self.paths.end(context.base, &context.file).map_err(Why::Unreadable)?;
        let node = Node { kind: Kind::OfCall, path: end.path.clone(), base: context.base };
        let included = self.once(node, context, 0, Some(call), |loader, depth| {
            let contents = loader.files.read(&end.path).map_err(Why::Unreadable)?;
            let context = Context { file: loader.shown(&end.path), base: context.base, depth };
            Ok(loader.file_of_call(&context, call, &contents))
        });
        context.over_links(&end, 0, included)
    }
}

/// Whether a file of this name is read in the old directory.
pub fn is_file_of_call(name: &str) -> bool {
    let is_plain = name.chars().all(|character| is_call_character(character) || character == '+');
    is_plain && !name.starts_with('.') && !IGNORED.iter().any(|suffix| name.ends_with(suffix))
}

/// The calls that files of these names hold rules for, in order: by service, and of one service the file without an argument last.
fn calls(names: Vec<String>) -> impl Iterator<Item = (Result<Call, Why>, String)> {
    let mut calls: BTreeMap<(String, bool, String), String> = BTreeMap::new();
    for name in names.into_iter().filter(|name| is_file_of_call(name)) {
        let (service, argument) = match name.find('+') {
            Some(at) => (&name[..at], &name[at..]),
            None => (name.as_str(), "*"),
        };
        calls.insert((service.to_owned(), argument == "*", argument.to_owned()), name.clone());
    }
    let call = |((service, _, argument), name): ((String, bool, String), String)| {
        (Call::parse(&service, &argument).map_err(|misplaced| misplaced.why.into()), name)
    };
    calls.into_iter().map(call)
}
