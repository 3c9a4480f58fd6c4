//! Markdown, as markdown-it reads it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::browser::python;
use crate::pages::{Pages, hostile};
use crate::support::shipped;

#[derive(Debug, Deserialize)]
struct Read {
    words: Vec<String>,
    links: Vec<String>,
    html: Vec<String>,
    kinds: Vec<String>,
}

/// All words of a document, as its JSON has them.
fn said(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            // Of a table without rows, only the caption is told.
            let is_empty = fields.get("rows").is_some_and(|rows| rows.as_array().unwrap().is_empty());
            for (name, value) in fields.iter().filter(|(name, _)| !is_empty || *name == "caption") {
                match value {
                    Value::String(text) if ["title", "text", "caption"].contains(&name.as_str()) => all.push(text.clone()),
                    Value::Object(_) | Value::Array(_) if name != "map" => said(value, all),
                    _ => {}
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| said(value, all)),
        _ => {}
    }
}

#[test]
fn a_parser_reads_the_words_of_the_document_and_nothing_else() {
    let pages = Pages::recipes();
    let mut documents = BTreeMap::new();
    let mut expected: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let recipes = shipped().into_iter().chain([Path::new("hostile").to_owned(), Path::new("full").to_owned()]);
    for recipe in recipes {
        let name = recipe.file_name().unwrap().to_str().unwrap().to_owned();
        let report = |form: &str| pages.sandbox.halite(&format!("report {form}")).argument(&recipe).end();
        documents.insert(name.clone(), String::from_utf8(report("--markdown").stdout_bytes).unwrap());
        said(&report("--json").json(), expected.entry(name).or_default());
    }
    let ended = python(&pages.sandbox, "read_markdown.py").stdin(serde_json::to_string(&documents).unwrap()).succeeds();
    let read: BTreeMap<String, Read> = serde_json::from_slice(&ended.stdout_bytes).unwrap();
    assert_eq!(read.len(), expected.len());
    // Backticks around names are gone in one, and those of people in none.
    let letters = |text: &str| text.replace('`', "");
    for (name, read) in read {
        let words = letters(&read.words.join("\n"));
        for text in &expected[&name] {
            assert!(words.contains(letters(text).trim()), "{name}: `{text}` is not in\n{words}");
        }
        for html in &read.html {
            let is_ours = html.starts_with("<a id=\"") || ["</a>", "<code>", "</code>"].contains(&html.as_str());
            assert!(is_ours, "{name}: {html}");
        }
        for link in &read.links {
            let anchor = format!("<a id=\"{}\">", link.trim_start_matches('#'));
            assert!(link.starts_with('#') && read.html.contains(&anchor), "{name}: {link}");
        }
        assert!(
            !read.kinds.iter().any(|kind| ["image", "em_open", "s_open", "hr", "blockquote_open"].contains(&kind.as_str())),
            "{:?}",
            read.kinds
        );
    }
    assert!(documents["hostile"].contains("&lt;script&gt;"), "{:?} is not there", hostile());
}
