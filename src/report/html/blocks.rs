//! What stands in a section of a page.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

use crate::compare::Mark;
use crate::report::document::{Block, Cell, Item, Section, Table};
use crate::report::phrase::{Phrase, Piece};
use crate::report::section_id;
use crate::report::standing::{Held, Standing};

/// What blocks need to know of the page that they stand on.
pub struct Blocks<'a> {
    /// The drawn map.
    pub map: &'a str,
    /// The sections that there are.
    pub ids: BTreeSet<String>,
}

/// HTML has no headings below.
const DEEPEST: usize = 6;

/// A table with more columns does not fit a page by wrapping its words.
const MOST_COLUMNS: usize = 5;

impl Blocks<'_> {
    /// A section, with its heading in this depth.
    pub fn section(&self, section: &Section, depth: usize) -> Markup {
        let title = html! { (badge(section.mark)) (words(&section.title)) };
        html! {
            section class=[section.mark.map(class)] id=(section.id) {
                @match depth.min(DEEPEST) {
                    2 => h2 { (title) },
                    3 => h3 { (title) },
                    4 => h4 { (title) },
                    5 => h5 { (title) },
                    _ => h6 { (title) },
                }
                @for (at, block) in section.blocks.iter().enumerate() {
                    (self.block(block, section, at))
                }
                @for part in &section.sections { (self.section(part, depth + 1)) }
            }
        }
    }

    fn block(&self, block: &Block, section: &Section, at: usize) -> Markup {
        match block {
            Block::Text(item) => html! { p class=[item.mark.map(class)] { (sentence(item)) } },
            Block::List(items) if !items.is_empty() => html! {
                ul {
                    @for item in items { li class=[item.mark.map(class)] { (sentence(item)) } }
                }
            },
            Block::Lines(lines) if !lines.is_empty() => {
                let is_map = at > 0 && section.blocks.get(at - 1) == Some(&Block::Map) && !self.map.is_empty();
                html! {
                    @if is_map {
                        details {
                            summary { "The same in words" }
                            (drawn(lines, &section.title))
                        }
                    } @else {
                        (drawn(lines, &section.title))
                    }
                }
            }
            Block::Map if !self.map.is_empty() => html! {
                div.drawing role="region" aria-label="The drawn map" tabindex="0" { (PreEscaped(self.map)) }
            },
            Block::Table(table) => self.table(table, section, &format!("{}_{at}", section.id)),
            Block::Map | Block::List(_) | Block::Lines(_) => html! {},
        }
    }

    /// A table, which is shown as blocks where there is no room for its columns.
    fn table(&self, table: &Table, section: &Section, id: &str) -> Markup {
        if table.rows.is_empty() {
            return html! { p { (words(&table.caption)) ": nothing." } };
        }
        let is_said = table.caption == section.title;
        let is_wide = table.columns.len() > MOST_COLUMNS;
        let drawn = html! {
            table class=[is_wide.then_some("wide")] {
                caption id=(id) class=[is_said.then_some("said")] { (words(&table.caption)) }
                thead {
                    tr {
                        @for column in &table.columns {
                            th scope="col" class=[column.mark.map(class)] { (badge(column.mark)) (words(&column.title)) }
                        }
                    }
                }
                tbody {
                    @for row in &table.rows {
                        tr class=[row.mark.map(class)] {
                            @for (at, (column, cell)) in table.columns.iter().zip(&row.cells).enumerate() {
                                @if at == 0 {
                                    th scope="row" { (badge(row.mark)) (self.cell(cell)) }
                                } @else {
                                    td data-column=(plain(&column.title)) class=[column.mark.map(class)] { (self.cell(cell)) }
                                }
                            }
                        }
                    }
                }
            }
        };
        html! {
            @if is_wide {
                div.scrolled role="region" aria-labelledby=(id) tabindex="0" { (drawn) }
            } @else {
                (drawn)
            }
        }
    }

    fn cell(&self, cell: &Cell) -> Markup {
        html! {
            @match cell.link.as_ref().filter(|id| self.ids.contains(*id)) {
                Some(id) => a href={ "#" (id) } { (words(&cell.text)) },
                None => (words(&cell.text)),
            }
            @if let Some(standing) = &cell.standing { " " (self.standing(standing)) }
            @if let Some(was) = &cell.was {
                " "
                span.was {
                    "was: "
                    del {
                        @if was.text.is_empty() && was.standing.is_none() { "nothing" }
                        (words(&was.text))
                        @if let Some(standing) = &was.standing { " " (standing) }
                    }
                }
            }
        }
    }

    fn standing(&self, standing: &Standing) -> Markup {
        let section = |code: &str| Some(section_id(&["check", code])).filter(|id| self.ids.contains(id));
        html! {
            span.known {
                span class={ "standing " (held(standing.held)) } { (standing.held) }
                @for code in &standing.codes {
                    " "
                    @match section(code.as_str()) {
                        Some(id) => a.code href={ "#" (id) } { (code) },
                        None => span.code { (code) },
                    }
                }
            }
        }
    }
}

fn held(held: Held) -> &'static str {
    match held {
        Held::Enforced => "enforced",
        Held::Known => "known-of-it",
        Held::Declared => "declared",
        Held::Open => "open",
        Held::Warned | Held::Unknown => "warned",
        Held::OutOfReach => "out-of-reach",
        Held::Broken => "broken",
    }
}

/// Lines in which each character has its place; they can be scrolled, by the keyboard, too.
fn drawn(lines: &[Item], title: &Phrase) -> Markup {
    let line = |line: &Item| {
        let mark = line.mark.map_or_else(String::new, |mark| format!("{mark} "));
        format!("{mark}{}\n", line.text)
    };
    html! {
        pre role="region" tabindex="0" aria-label={ "In words: " (plain(title)) } { (lines.iter().map(line).collect::<String>()) }
    }
}

fn sentence(item: &Item) -> Markup {
    html! { (badge(item.mark)) (words(&item.text)) }
}

/// Words, with names as code. Text that is written from right to left moves nothing around it.
pub fn words(phrase: &Phrase) -> Markup {
    html! {
        @for piece in phrase.pieces() {
            @match piece {
                Piece::Plain(text) if is_right_to_left(text) => bdi { (text) },
                Piece::Plain(text) => (text),
                Piece::Name(text) => code { (text) },
            }
        }
    }
}

/// Words where nothing can be marked up.
pub fn plain(phrase: &Phrase) -> String {
    phrase.pieces().iter().map(Piece::text).collect()
}

/// Whether there are letters of scripts that are written from right to left (Unicode Standard Annex 9, classes R and AL).
fn is_right_to_left(text: &str) -> bool {
    let is = |character| matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    text.chars().any(is)
}

/// What has changed, in a word.
pub fn badge(mark: Option<Mark>) -> Markup {
    html! {
        @if let Some(mark) = mark { span class={ "mark " (class(mark)) } { (class(mark)) } " " }
    }
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "added",
        Mark::Removed => "removed",
        Mark::Changed => "changed",
    }
}
