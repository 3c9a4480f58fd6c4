//! A table for a terminal, where there is room for its columns side by side.

use std::collections::BTreeMap;

use comfy_table::{ColumnConstraint, ContentArrangement, ContentLineStyle, LineStyle, TableStyle, Width};
use textwrap::core::display_width;

use crate::report::document::{Cell, Column, Table};
use crate::report::phrase::Phrase;
use crate::report::standing::Standing;

/// A table as texts.
pub struct Grid {
    /// The headings.
    pub columns: Vec<String>,
    /// For each row, the text below each heading.
    pub rows: Vec<Vec<String>>,
    marks: Vec<String>,
}

impl Grid {
    /// The texts of a table, in which sections are called by these numbers.
    pub fn of(table: &Table, numbers: &BTreeMap<String, String>) -> Self {
        let columns = table.columns.iter().map(heading).collect();
        let rows = table.rows.iter().map(|row| row.cells.iter().map(|cell| said(cell, numbers)).collect());
        let marks = table.rows.iter().map(|row| row.mark.map_or(String::new(), |mark| mark.to_string()));
        Self { columns, rows: rows.collect(), marks: marks.collect() }
    }

    /// The table with its marks; nothing, where columns would be too narrow to be read.
    pub fn drawn(&self, width: usize, gutter: usize) -> Option<String> {
        let least: Vec<usize> = (0..self.columns.len()).map(|at| self.least(at)).collect();
        let between = usize::from(BETWEEN) * self.columns.len().saturating_sub(1);
        if least.iter().sum::<usize>() + between > width {
            return None;
        }
        let drawn = self.lines(STYLE, width, gutter, &least);
        // With rows of several lines, one could not see where a row ends.
        let is_wrapped = drawn.len() > self.rows.len() + HEADER_LINES;
        let drawn = if is_wrapped { self.lines(STYLE.row_separator(BLANK), width, gutter, &least) } else { drawn };
        Some(drawn.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect())
    }

    fn lines(&self, style: TableStyle, width: usize, gutter: usize, least: &[usize]) -> Vec<String> {
        let narrow = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
        let mut drawn = comfy_table::Table::new();
        drawn.load_style(style).set_content_arrangement(ContentArrangement::Dynamic);
        drawn.set_width(narrow(width + gutter));
        let marks = |mark: &str| (gutter > 0).then(|| mark.to_owned());
        drawn.set_header(marks("").into_iter().chain(self.columns.iter().cloned()));
        for (mark, row) in self.marks.iter().zip(&self.rows) {
            drawn.add_row(marks(mark).into_iter().chain(row.iter().cloned()));
        }
        let last = least.len().saturating_sub(1);
        let columns = drawn.column_iter_mut().skip(gutter.min(1));
        for (at, (column, least)) in columns.zip(least).enumerate() {
            let padding = if at == last { 0 } else { BETWEEN };
            let least = ColumnConstraint::LowerBoundary(Width::Fixed(narrow(*least).saturating_add(padding)));
            column.set_padding((0, padding)).set_constraint(least);
        }
        if let Some(column) = drawn.column_mut(0).filter(|_| gutter > 0) {
            column.set_padding((0, 0)).set_constraint(ColumnConstraint::Absolute(Width::Fixed(narrow(gutter))));
        }
        drawn.lines().collect()
    }

    /// How narrow a column may become: as its longest word, and wide enough for a few of them.
    fn least(&self, at: usize) -> usize {
        let texts = || self.rows.iter().filter_map(|row| row.get(at)).chain(self.columns.get(at));
        let words = texts().flat_map(|text| text.split_whitespace()).map(display_width);
        let lines = texts().flat_map(|text| text.lines()).map(display_width);
        let longest_word = words.max().unwrap_or(0).min(LONGEST_WORD);
        lines.max().unwrap_or(0).min(LEAST_COLUMN).max(longest_word)
    }
}

const STYLE: TableStyle =
    TableStyle::new().header_lines(NO_LINES).header_separator(LineStyle::none().fill('─')).content_lines(NO_LINES);

const NO_LINES: ContentLineStyle = ContentLineStyle::none();

const BLANK: LineStyle = LineStyle::none().fill(' ');

/// The headings and the line below them.
const HEADER_LINES: usize = 2;

fn heading(column: &Column) -> String {
    column.mark.map_or_else(|| column.title.to_string(), |mark| format!("{mark} {}", column.title))
}

/// The words, how they are known, and what stood there before, each on a line.
fn said(cell: &Cell, numbers: &BTreeMap<String, String>) -> String {
    let mut lines = parts(&cell.text, cell.standing.as_ref());
    if let (Some(number), Some(first)) = (cell.link.as_ref().and_then(|id| numbers.get(id)), lines.first_mut()) {
        first.push_str(&format!(" [{number}]"));
    }
    lines.extend(cell.was.as_ref().map(|was| match &parts(&was.text, was.standing.as_ref())[..] {
        [] => "was: nothing".to_owned(),
        parts => format!("was: {}", parts.join(", ")),
    }));
    lines.join("\n")
}

fn parts(text: &Phrase, standing: Option<&Standing>) -> Vec<String> {
    let text = (!text.is_empty()).then(|| text.to_string());
    text.into_iter().chain(standing.map(Standing::to_string)).collect()
}

/// Between two columns of a table.
const BETWEEN: u16 = 2;

/// A column of a table in which words stand is never narrower than this, unless all of them fit.
const LEAST_COLUMN: usize = 12;

/// A longer word may be broken.
const LONGEST_WORD: usize = 24;
