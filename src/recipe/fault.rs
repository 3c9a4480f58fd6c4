//! What is wrong with a recipe, and where.

use serde::Serialize;

use super::draw;
use super::files::Files;
use super::place::Place;
use crate::check::{self, Code};

/// One thing that is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The rule that is broken.
    pub code: Code,
    /// Where.
    pub place: Place,
    /// How.
    pub message: String,
    /// Another place that one must see to understand it, and what is there.
    pub see: Option<(Place, String)>,
    /// What to do.
    pub help: Option<String>,
}

/// All that is wrong with a recipe, and the texts it is wrong in.
#[derive(Debug, Clone)]
pub struct Faults {
    /// The recipe's files.
    pub files: Files,
    /// In the order of the files and their texts.
    pub faults: Vec<Fault>,
}

/// A fault as `--json` shows it; `docs/recipes.md` describes the form.
#[derive(Debug, Serialize)]
pub struct FaultJson {
    code: &'static str,
    level: String,
    message: String,
    #[serde(flatten)]
    place: PlaceJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    see: Option<SeeJson>,
}

#[derive(Debug, Serialize)]
struct SeeJson {
    message: String,
    #[serde(flatten)]
    place: PlaceJson,
}

/// A place. Lines and columns count from 1, columns in characters; the end is the first that is no longer part of it.
#[derive(Debug, Serialize)]
struct PlaceJson {
    file: String,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Fault {
    /// A fault without advice.
    pub fn new(code: Code, place: Place, message: impl Into<String>) -> Self {
        Self { code, place, message: message.into(), see: None, help: None }
    }

    /// The same with advice.
    pub fn help(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// The same with another place to look at.
    pub fn see(mut self, place: Place, what: impl Into<String>) -> Self {
        self.see = Some((place, what.into()));
        self
    }
}

impl Faults {
    /// Most faults that are shown; the rest is counted.
    pub const SHOWN: usize = 100;

    /// Whether nothing can be built.
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.code.level() == check::Level::Error)
    }

    /// How many faults are not shown.
    pub fn more(&self) -> usize {
        self.faults.len().saturating_sub(Self::SHOWN)
    }

    /// The faults as text, with colours or without.
    pub fn draw(&self, colour: bool) -> String {
        let mut drawn: String =
            self.faults.iter().take(Self::SHOWN).map(|fault| draw::fault(fault, &self.files, colour)).collect();
        if self.more() > 0 {
            drawn.push_str(&format!("… and {} more\n\n", self.more()));
        }
        drawn
    }

    /// The faults as `--json` shows them.
    pub fn to_json(&self) -> Vec<FaultJson> {
        let json = |fault: &Fault| FaultJson {
            code: fault.code.as_str(),
            level: fault.code.level().to_string(),
            message: fault.message.clone(),
            place: self.place(&fault.place),
            help: fault.help.clone(),
            see: fault.see.as_ref().map(|(place, message)| SeeJson { message: message.clone(), place: self.place(place) }),
        };
        self.faults.iter().take(Self::SHOWN).map(json).collect()
    }

    fn place(&self, place: &Place) -> PlaceJson {
        let (line, column) = self.files.line_and_column(place);
        let end = place.file.at(place.span.end..place.span.end);
        let (end_line, end_column) = self.files.line_and_column(&end);
        PlaceJson { file: self.files.get(place.file).shown.clone(), line, column, end_line, end_column }
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::TextFile;
    use super::super::place::FileId;
    use super::*;

    #[test]
    fn a_span_anywhere_can_be_drawn() {
        let file = TextFile { shown: "r/halite.toml".to_owned(), text: "a = \"ä\"\nb = 1\n".to_owned() };
        let files = Files::new(vec![file]);
        let main = FileId::default();
        let faults = |span| Faults { files: files.clone(), faults: vec![Fault::new(Code::Syntax, main.at(span), "x")] };
        for start in 0..20 {
            for end in 0..20 {
                assert!(faults(start..end).draw(false).starts_with("error[H0001]: x\n"));
            }
        }
        let json = &faults(9..10).to_json()[0].place;
        assert_eq!((json.line, json.column, json.end_line, json.end_column), (2, 1, 2, 2));
        assert_eq!(json.file, "r/halite.toml");
    }
}
