//! A document for a terminal, as wide as that is. Sections have numbers, by which cells refer to them; what changed is marked at the left.

mod grid;

use std::collections::BTreeMap;

use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

use super::document::{Block, Document, Item, Section, Table};
use crate::compare::Mark;
use grid::Grid;

/// `document` in lines of at most `width` columns, but for what is drawn with characters, which is as wide as it is.
pub fn text(document: &Document, width: usize) -> String {
    let mut numbers = BTreeMap::new();
    number(&document.sections, "", &mut numbers);
    let gutter = if is_marked(&document.sections) { GUTTER } else { 0 };
    let mut page = Page { width: width.max(LEAST_WIDTH) - gutter, gutter, numbers, text: String::new() };
    let title = document.title.to_string();
    page.underlined(None, &title, '=');
    page.item(&document.summary.clone().into(), "");
    for section in &document.sections {
        page.section(section, 0);
    }
    page.text
}

/// Nothing is narrower.
const LEAST_WIDTH: usize = 20;

/// A column for marks, and one between them and the rest.
const GUTTER: usize = 2;

/// What is read in one go is not wider.
const WIDEST_WORDS: usize = 100;

struct Page {
    /// Without the gutter.
    width: usize,
    gutter: usize,
    numbers: BTreeMap<String, String>,
    text: String,
}

fn number(sections: &[Section], above: &str, numbers: &mut BTreeMap<String, String>) {
    for (at, section) in (1..).zip(sections) {
        let own = format!("{above}{at}");
        number(&section.sections, &format!("{own}."), numbers);
        numbers.insert(section.id.clone(), own);
    }
}

fn is_marked(sections: &[Section]) -> bool {
    let block = |block: &Block| match block {
        Block::Text(item) => item.mark.is_some(),
        Block::List(items) | Block::Lines(items) => items.iter().any(|item| item.mark.is_some()),
        Block::Table(table) => {
            table.rows.iter().any(|row| row.mark.is_some()) || table.columns.iter().any(|column| column.mark.is_some())
        }
        Block::Map => false,
    };
    let section = |section: &Section| section.mark.is_some() || section.blocks.iter().any(block) || is_marked(&section.sections);
    sections.iter().any(section)
}

impl Page {
    fn section(&mut self, section: &Section, depth: usize) {
        let number = self.numbers.get(&section.id).map_or("", String::as_str);
        let title = format!("{number}  {}", section.title);
        self.line("");
        if depth == 0 {
            self.line("");
            self.underlined(section.mark, &title, '-');
        } else {
            self.paragraph(section.mark, "", &title);
        }
        for block in &section.blocks {
            self.block(block);
        }
        for part in &section.sections {
            self.section(part, depth + 1);
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Text(item) => {
                self.line("");
                self.item(item, "");
            }
            Block::List(items) if !items.is_empty() => {
                self.line("");
                items.iter().for_each(|item| self.item(item, "• "));
            }
            Block::Lines(items) if !items.is_empty() => {
                self.line("");
                items.iter().for_each(|item| self.marked_line(item.mark, &item.text.to_string()));
            }
            Block::Table(table) => self.table(table),
            Block::Map | Block::List(_) | Block::Lines(_) => {}
        }
    }

    fn item(&mut self, item: &Item, bullet: &str) {
        self.paragraph(item.mark, bullet, &item.text.to_string());
    }

    /// Words, wrapped; all lines but the first begin below the first one's words.
    fn paragraph(&mut self, mark: Option<Mark>, bullet: &str, text: &str) {
        let indent = " ".repeat(display_width(bullet));
        let options = options(self.width.min(WIDEST_WORDS)).initial_indent(bullet).subsequent_indent(&indent);
        for (at, line) in textwrap::wrap(text, options).iter().enumerate() {
            self.marked_line(mark.filter(|_| at == 0), line);
        }
    }

    fn underlined(&mut self, mark: Option<Mark>, title: &str, with: char) {
        self.paragraph(mark, "", title);
        let width = display_width(title).min(self.width);
        self.line(&with.to_string().repeat(width));
    }

    fn table(&mut self, table: &Table) {
        self.line("");
        if table.rows.is_empty() {
            self.paragraph(None, "", &format!("{}: nothing.", table.caption));
            return;
        }
        self.paragraph(None, "", &format!("{}:", table.caption));
        let grid = Grid::of(table, &self.numbers);
        match grid.drawn(self.width, self.gutter) {
            Some(drawn) => {
                self.line("");
                self.text.push_str(&drawn);
            }
            None => self.rows(table, &grid),
        }
    }

    /// The rows one below the other, where there is no room for them side by side.
    fn rows(&mut self, table: &Table, grid: &Grid) {
        for (row, cells) in table.rows.iter().zip(&grid.rows) {
            self.line("");
            for (at, (column, cell)) in grid.columns.iter().zip(cells).enumerate() {
                if at == 0 {
                    self.paragraph(row.mark, "", &cell.replace('\n', ", "));
                } else if !cell.is_empty() {
                    let text = format!("{column}: {}", cell.replace('\n', ", "));
                    let options = options(self.width).initial_indent("    ").subsequent_indent("      ");
                    textwrap::wrap(&text, options).iter().for_each(|line| self.line(line));
                }
            }
        }
    }

    fn marked_line(&mut self, mark: Option<Mark>, line: &str) {
        let mark = mark.map_or(String::new(), |mark| mark.to_string());
        let line = format!("{mark:<gutter$}{line}", gutter = self.gutter);
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    fn line(&mut self, line: &str) {
        self.marked_line(None, line);
    }
}

/// Names are not broken at their hyphens.
fn options(width: usize) -> Options<'static> {
    Options::new(width).word_splitter(WordSplitter::NoHyphenation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::is_invisible;
    use crate::report::sample::{before, sample};

    /// The lines of one section, without those above and below it.
    fn section(text: &str, title: &str) -> String {
        let lines = text.lines().skip_while(|line| !line.ends_with(title)).skip(2);
        let lines: Vec<&str> = lines.collect();
        let end = lines.windows(2).position(|pair| pair == ["", ""]).unwrap_or(lines.len());
        lines[..end].join("\n")
    }

    #[test]
    fn side_by_side_where_there_is_room_and_one_below_the_other_where_there_is_none() {
        let wide = section(&text(&sample(), 70), "Flows");
        assert_eq!(
            wide,
            "\nWho may send what to whom:\n\n\
             From     press              home\n\
             ───────────────────────────────────\n\
             `press`  files, on request  nothing\n         declared           BROKEN"
        );
        let narrow = section(&text(&sample(), 25), "Flows");
        assert_eq!(
            narrow,
            "\nWho may send what to\nwhom:\n\n`press`\n    press: files, on\n      request, declared\n    home: nothing, BROKEN"
        );
    }

    #[test]
    fn a_cell_says_how_it_is_known_and_where_more_is_said() {
        let text = text(&sample(), 160);
        assert!(text.contains("\nnetwork [2.1]  each way passes its own gateway `sys-press`, and there is no other  "), "{text}");
        assert!(text.contains("\n               enforced H0001 H0002\n"), "{text}");
        assert!(text.contains("\n2.1  The identity `press`\n"), "{text}");
        assert!(text.contains("\nExcused checks: nothing.\n"), "{text}");
    }

    #[test]
    fn marks_stand_at_the_left() {
        let text = text(&sample().since(&before()), 70);
        assert!(text.contains("\n- • an old thing\n+ • a thing\n  • <script>"), "{text}");
        assert!(text.contains("\n~ `press`  files, on request  nothing\n"), "{text}");
        assert!(text.contains("was: everything, declared\n"), "{text}");
        assert!(text.contains("\n- `home` "), "{text}");
        assert!(text.contains("\n- 4  Gone\n  ----"), "{text}");
    }

    #[test]
    fn no_line_is_wider_and_none_drives_a_terminal() {
        for width in 20..=160 {
            for document in [sample(), sample().since(&before())] {
                let text = text(&document, width);
                // The lines of the map are as wide as they are.
                let mapped = |line: &&str| line.contains('←');
                for line in text.lines().filter(|line| !mapped(line)) {
                    assert!(display_width(line) <= width, "{width}: {line}");
                    assert_eq!(line, line.trim_end());
                    assert!(!line.chars().any(is_invisible), "{line:?}");
                }
            }
        }
    }
}
