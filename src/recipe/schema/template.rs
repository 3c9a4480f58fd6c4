//! `[template.NAME]`, what qubes' `template` may be, and the files that are put into both.

use serde_json::{Value, json};

use super::words::{add, file, flag, list, table, text};
use crate::base::{FilePath, PackageName, QubeName, class};
use crate::model::{self, Release};
use crate::recipe::language::STOCK;

pub fn template() -> Value {
    let base = || {
        text(
            &QubeName::pattern(),
            format!("A template of dom0's, or one of {}, which stand for the one of each release.", STOCK.join(", ")),
        )
    };
    let each = table("A template for each release.", &[], Release::ALL.map(|release| (release.as_str(), base())));
    let packages = || list(text(&PackageName::pattern(), "A package of the distribution."), "Packages of the distribution.");
    let mut template = table(
        "A clone of a template with packages added. It is never changed: other packages make another clone beside it.",
        &["base"],
        [
            ("base", json!({ "description": "What is cloned: one name, or one for each release.", "anyOf": [base(), each] })),
            ("packages", packages()),
            ("files", files()),
        ],
    );
    for release in Release::ALL {
        let besides = table("What it has besides, on this release.", &[], [("packages", packages())]);
        add(&mut template, release.as_str(), besides);
    }
    template
}

/// The name of a template of the recipe, which is none of the stock ones.
pub fn stem_pattern() -> String {
    let plain = class(|byte| model::Template::is_stem(&char::from(byte).to_string()));
    format!("^{plain}{{1,{}}}$", model::Template::STEM_MOST)
}

/// What a qube's `template` may be.
pub fn template_of(description: &str) -> Value {
    json!({ "description": description, "anyOf": [{ "enum": STOCK }, { "type": "string", "pattern": stem_pattern() }] })
}

pub fn files() -> Value {
    let source = || file("The file, by its path in the recipe's folder.");
    let with_mode = table(
        "A file with its mode.",
        &["source"],
        [
            ("source", source()),
            ("executable", flag("Whether the file may be run as a program; no, where nothing is said.")),
            ("sensitive", flag("Whether you know that the bundle holds in clear what is nobody's business.")),
        ],
    );
    json!({
        "type": "object",
        "description": "Files that are put into it: by absolute path there, the file of the recipe's folder.",
        "propertyNames": { "maxLength": FilePath::MOST },
        "patternProperties": { FilePath::pattern(): { "description": "The file, or the file and its mode.", "anyOf": [source(), with_mode] } },
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_templates_are_stems() {
        assert_eq!(stem_pattern(), r"^[\-0-9a-z]{1,10}$");
    }
}
