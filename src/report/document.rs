//! What a report says, apart from how it looks: sections of sentences, lists and tables.

use std::collections::BTreeSet;

use serde::Serialize;

use super::phrase::Phrase;
use super::standing::Standing;
use crate::compare::Mark;

/// A report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    /// What it is about.
    pub title: Phrase,
    /// In a sentence.
    pub summary: Phrase,
    /// Its parts.
    pub sections: Vec<Section>,
}

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// What links call it, and what it keeps when words change: lower-case letters, digits, `-` and `.`. No two of a document are the same.
    pub id: String,
    /// Its heading.
    pub title: Phrase,
    /// Whether it is there on one side of a comparison only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// What it says.
    pub blocks: Vec<Block>,
    /// Its own parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<Self>,
}

/// A piece of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Block {
    /// A paragraph.
    Text(Item),
    /// One thing after the other.
    List(Vec<Item>),
    /// A table.
    Table(Table),
    /// Lines in which each character has its place, as on a terminal. Where a form draws the map, it stands behind the drawing.
    Lines(Vec<Item>),
    /// Where a form that can draws the map.
    Map,
}

/// A sentence that may have changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The sentence.
    pub text: Phrase,
    /// Whether it is there on one side of a comparison only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// A table. The first cell of each row says what the row is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it shows.
    pub caption: Phrase,
    /// What is in each column.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it keeps when words change.
    pub id: String,
    /// Its heading.
    pub title: Phrase,
    /// Whether it is there on one side of a comparison only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// A row of a table, with a cell for each column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it is about. No two of a table are the same.
    pub key: String,
    /// Whether it is there on one side of a comparison only, or on both and not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// What stands in it.
    pub cells: Vec<Cell>,
}

/// What stands in a row below a column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Cell {
    /// The words.
    pub text: Phrase,
    /// How it is known, where that is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// The section that says more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// What stood there on the old side of a comparison, if it was something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Was>,
}

/// What a cell said before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Was {
    /// The words.
    pub text: Phrase,
    /// How it was known, where that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

impl Document {
    /// The same with this part alone, and without links to what is then not there; none, if it has no such part.
    pub fn only(mut self, id: &str) -> Option<Self> {
        self.sections.retain(|section| section.id == id);
        let kept = self.sections.first().map(Section::ids)?;
        self.sections.iter_mut().for_each(|section| section.unlink(&kept));
        Some(self)
    }
}

impl Section {
    /// Its id, and those of its parts.
    fn ids(&self) -> BTreeSet<String> {
        self.sections.iter().flat_map(Self::ids).chain([self.id.clone()]).collect()
    }

    fn unlink(&mut self, kept: &BTreeSet<String>) {
        let tables = self.blocks.iter_mut().filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None });
        for cell in tables.flat_map(|table| &mut table.rows).flat_map(|row| &mut row.cells) {
            cell.link = cell.link.take().filter(|link| kept.contains(link));
        }
        self.sections.iter_mut().for_each(|section| section.unlink(kept));
    }

    /// A section without parts of its own.
    pub fn new(id: impl Into<String>, title: impl Into<Phrase>, blocks: Vec<Block>) -> Self {
        Self { id: id.into(), title: title.into(), mark: None, blocks, sections: Vec::new() }
    }

    /// The same with these parts.
    #[must_use]
    pub fn with(self, sections: Vec<Self>) -> Self {
        Self { sections, ..self }
    }
}

impl Block {
    /// A paragraph.
    pub fn text(text: impl Into<Phrase>) -> Self {
        Self::Text(text.into().into())
    }

    /// A list; nothing, where there is nothing in it.
    pub fn list(items: impl IntoIterator<Item = Phrase>) -> Self {
        Self::List(items.into_iter().map(Item::from).collect())
    }
}

impl From<Phrase> for Item {
    fn from(text: Phrase) -> Self {
        Self { text, mark: None }
    }
}

impl Column {
    /// A column.
    pub fn new(id: impl Into<String>, title: impl Into<Phrase>) -> Self {
        Self { id: id.into(), title: title.into(), mark: None }
    }
}

impl Table {
    /// A table without rows. Columns are given as their id and their heading.
    pub fn new(caption: impl Into<Phrase>, columns: &[(&'static str, &'static str)]) -> Self {
        let column = |(id, title): &(&'static str, &'static str)| Column::new(*id, *title);
        Self { caption: caption.into(), columns: columns.iter().map(column).collect(), rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row(&mut self, key: impl Into<String>, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row { key: key.into(), mark: None, cells: cells.into_iter().collect() });
    }
}

impl Cell {
    /// Words, known in this way.
    pub fn held(text: impl Into<Phrase>, standing: Standing) -> Self {
        Self { text: text.into(), standing: Some(standing), ..Self::default() }
    }

    /// The same, leading to a section.
    #[must_use]
    pub fn link(self, section: impl Into<String>) -> Self {
        Self { link: Some(section.into()), ..self }
    }
}

impl<T: Into<Phrase>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// The id of a section that is about these, one after the other. Handles and codes have no `.`, so that no two lists give the same.
pub fn section_id(parts: &[&str]) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '-' };
    parts.iter().map(|part| part.chars().map(plain).collect::<String>()).collect::<Vec<_>>().join(".")
}
