//! A document in the Markdown of GitHub (GitHub Flavored Markdown 0.29, on CommonMark). What names and people's words hold is shown, and never
//! read as Markdown.

use super::document::{Block, Cell, Column, Document, Item, Row, Section, Table};
use super::phrase::{Phrase, Piece};
use super::standing::Standing;
use crate::compare::Mark;

/// `document` as Markdown. Each section has an anchor of its own: those that renderers make of headings are not the same everywhere.
pub fn markdown(document: &Document) -> String {
    let mut page = format!("# {}\n\n{}\n", words(&document.title), line(&document.summary));
    for section in &document.sections {
        write_section(section, 2, &mut page);
    }
    page
}

/// Markdown has no headings below.
const DEEPEST: usize = 6;

fn write_section(section: &Section, depth: usize, page: &mut String) {
    let hashes = "#".repeat(depth.min(DEEPEST));
    let title = words(&section.title);
    page.push_str(&format!("\n{hashes} <a id=\"{}\"></a>{}{title}\n", section.id, marked(section.mark)));
    for block in &section.blocks {
        write_block(block, page);
    }
    for part in &section.sections {
        write_section(part, depth + 1, page);
    }
}

fn write_block(block: &Block, page: &mut String) {
    match block {
        Block::Text(item) => page.push_str(&format!("\n{}\n", sentence(item))),
        Block::List(items) if !items.is_empty() => {
            page.push('\n');
            items.iter().for_each(|item| page.push_str(&format!("- {}\n", sentence(item))));
        }
        Block::Lines(lines) if !lines.is_empty() => write_lines(lines, page),
        Block::Table(table) => write_table(table, page),
        Block::Map | Block::List(_) | Block::Lines(_) => {}
    }
}

/// Lines as they are, between fences that are longer than any in them.
fn write_lines(lines: &[Item], page: &mut String) {
    let is_marked = lines.iter().any(|line| line.mark.is_some());
    let lines = lines.iter().map(|line| match line.mark {
        Some(mark) => format!("{mark} {}\n", line.text),
        None if is_marked => format!("  {}\n", line.text),
        None => format!("{}\n", line.text),
    });
    let lines: String = lines.collect();
    let fence = "`".repeat(longest_run(&lines).max(2) + 1);
    page.push_str(&format!("\n{fence}text\n{lines}{fence}\n"));
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`').map(str::len).max().unwrap_or(0)
}

fn write_table(table: &Table, page: &mut String) {
    if table.rows.is_empty() {
        page.push_str(&format!("\n{}: nothing.\n", line(&table.caption)));
        return;
    }
    page.push_str(&format!("\n{}:\n\n", line(&table.caption)));
    let heading = |column: &Column| format!(" {}{} |", marked(column.mark), words(&column.title));
    page.push_str(&format!("|{}\n", table.columns.iter().map(heading).collect::<String>()));
    page.push_str(&format!("|{}\n", "---|".repeat(table.columns.len())));
    for Row { mark, cells, .. } in &table.rows {
        let marks = std::iter::once(marked(*mark)).chain(std::iter::repeat(""));
        let cells = cells.iter().zip(marks).map(|(cell, mark)| format!(" {mark}{} |", write_cell(cell)));
        page.push_str(&format!("|{}\n", cells.collect::<String>()));
    }
}

fn write_cell(cell: &Cell) -> String {
    let mut text = words(&cell.text);
    if let Some(section) = &cell.link {
        text = format!("[{text}](#{section})");
    }
    let mut parts: Vec<String> = [text].into_iter().chain(cell.standing.as_ref().map(standing)).collect();
    if let Some(was) = &cell.was {
        let mut old: Vec<String> = [words(&was.text)].into_iter().chain(was.standing.as_ref().map(standing)).collect();
        old.retain(|part| !part.is_empty());
        parts.push(if old.is_empty() { "(was: nothing)".to_owned() } else { format!("(was: {})", old.join(", ")) });
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}

fn standing(standing: &Standing) -> String {
    let codes: String = standing.codes.iter().map(|code| format!(" {code}")).collect();
    format!("**{}**{codes}", standing.held)
}

fn marked(mark: Option<Mark>) -> &'static str {
    match mark {
        Some(Mark::Added) => "**added:** ",
        Some(Mark::Removed) => "**removed:** ",
        Some(Mark::Changed) => "**changed:** ",
        None => "",
    }
}

fn sentence(item: &Item) -> String {
    match item.mark {
        Some(_) => format!("{}{}", marked(item.mark), words(&item.text)),
        None => line(&item.text),
    }
}

/// Words at the beginning of a line, where some of them would make it a heading, a list, a rule or code.
fn line(phrase: &Phrase) -> String {
    let words = words(phrase);
    let words = words.trim_start();
    let digits = words.bytes().take_while(u8::is_ascii_digit).count();
    match words.as_bytes().get(digits) {
        Some(b'.' | b')') if digits > 0 => format!("{}\\{}", &words[..digits], &words[digits..]),
        Some(b'+' | b'-' | b'=') if digits == 0 => format!("\\{words}"),
        _ => words.to_owned(),
    }
}

fn words(phrase: &Phrase) -> String {
    let mut words = String::new();
    for piece in phrase.pieces() {
        match piece {
            Piece::Plain(text) => words.push_str(&escaped(text)),
            // Two runs of backticks side by side would be one.
            Piece::Name(text) if is_plain_code(text) && !words.ends_with('`') => words.push_str(&format!("`{text}`")),
            Piece::Name(text) => words.push_str(&code(text)),
        }
    }
    words
}

/// Words in which nothing means anything. No table looks into an entity, and no renderer makes a link of one.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '#' => escaped.extend(['\\', character]),
            '|' | '@' | ':' if is_read(text, character) => escaped.push_str(&format!("&#{};", u32::from(character))),
            _ => escaped.push(character),
        }
    }
    escaped.replace("www.", "www&#46;")
}

/// Whether a renderer may take a character for the border of a cell, or for a part of an address that it makes a link of.
fn is_read(text: &str, character: char) -> bool {
    character != ':' || text.contains("://") || text.contains("mailto:") || text.contains("xmpp:")
}

/// Whether nothing in a name ends code in backticks, or a cell, or looks like a tag, and all of it is kept there.
fn is_plain_code(name: &str) -> bool {
    !name.is_empty() && !name.contains(['`', '|', '\\', '<']) && name.trim() == name
}

/// Any name as code: with entities, which code in backticks has not.
fn code(name: &str) -> String {
    let entity = |character: char| match character {
        ' ' | '-' | '.' | '/' => character.to_string(),
        _ if character.is_ascii_alphanumeric() || !character.is_ascii() => character.to_string(),
        _ => format!("&#{};", u32::from(character)),
    };
    format!("<code>{}</code>", name.chars().map(entity).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{before, sample};

    #[track_caller]
    fn case(phrase: Phrase, expected: &str) {
        assert_eq!(line(&phrase), expected);
    }

    #[test]
    fn words_mean_nothing() {
        case(Phrase::written("a*b*_c_~~d~~"), r"a\*b\*\_c\_\~\~d\~\~");
        case(Phrase::written("[a](b) ![c](d)"), r"\[a\](b) !\[c\](d)");
        case(Phrase::written("<b>&lt;|"), "&lt;b&gt;&amp;lt;&#124;");
        case(Phrase::written("# a"), r"\# a");
        case(Phrase::written("1. a"), r"1\. a");
        case(Phrase::written("12) a"), r"12\) a");
        case(Phrase::written("1 a. b-c"), "1 a. b-c");
        case(Phrase::written("- a"), r"\- a");
        case(Phrase::written("    a"), "a");
        case(Phrase::written("see: https://a.b www.c.d e@f.g"), "see&#58; https&#58;//a.b www&#46;c.d e&#64;f.g");
    }

    #[test]
    fn names_are_code() {
        case(Phrase::name("sys-press"), "`sys-press`");
        case(Phrase::name("a*b_c"), "`a*b_c`");
        case(Phrase::name("<b>"), "<code>&#60;b&#62;</code>");
        case(Phrase::name("a`b|c\\"), "<code>a&#96;b&#124;c&#92;</code>");
        case(Phrase::name(" a"), "<code> a</code>");
        case(Phrase::name("a") + Phrase::name("b"), "`a`<code>b</code>");
        case(Phrase::name(""), "<code></code>");
    }

    #[test]
    fn lines_stay_between_their_fences() {
        let mut page = String::new();
        write_lines(&[Phrase::written("a ``` b").into()], &mut page);
        assert_eq!(page, "\n````text\na ``` b\n````\n");
    }

    #[test]
    fn a_page() {
        let page = markdown(&sample().since(&before()));
        assert!(
            page.starts_with("# What `journalist` protects\n\nOne identity behind Tor.\n\n## <a id=\"map\"></a>The map\n"),
            "{page}"
        );
        assert!(page.contains("\n- **removed:** an old thing\n- **added:** a thing\n"), "{page}");
        assert!(page.contains("\n### <a id=\"identity.press\"></a>The identity `press`\n"), "{page}");
        assert!(page.contains("\n## <a id=\"gone\"></a>**removed:** Gone\n"), "{page}");
        assert!(page.contains("\n| From | press | home |\n|---|---|---|\n"), "{page}");
        assert!(
            page.contains(
                "| **changed:** `press` | files, on request **declared** | nothing **BROKEN** (was: everything, **declared**) |\n"
            ),
            "{page}"
        );
        assert!(page.contains("| [network](#identity.press) |"), "{page}");
        assert!(!page.contains("<script"), "{page}");
    }
}
