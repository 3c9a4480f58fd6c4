//! What is not as in another document: sections by id, rows by key, columns by id, sentences by their words.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Block, Cell, Column, Document, Item, Row, Section, Table, Was};
use crate::compare::Mark;

impl Document {
    /// The same, with what is not as in `old` marked. What is gone stays in its old place among its neighbours.
    #[must_use]
    pub fn since(self, old: &Self) -> Self {
        let (mut before, mut now) = (BTreeMap::new(), BTreeMap::new());
        by_id(&old.sections, &mut before);
        by_id(&self.sections, &mut now);
        let sides = Sides { before, now: now.into_keys().map(str::to_owned).collect() };
        Self { sections: sides.sections(self.sections, &old.sections), ..self }
    }
}

/// All sections, wherever they are: one that moved is neither new nor gone.
struct Sides<'a> {
    before: BTreeMap<&'a str, &'a Section>,
    now: BTreeSet<String>,
}

impl Sides<'_> {
    fn sections(&self, new: Vec<Section>, old: &[Section]) -> Vec<Section> {
        let merged = aligned(new, old, |section| section.id.clone()).into_iter().filter_map(|place| match place {
            Place::Now(section, _) => Some(self.section(section)),
            Place::Gone(section) => self.gone(section),
        });
        merged.collect()
    }

    fn section(&self, section: Section) -> Section {
        let Some(old) = self.before.get(section.id.as_str()) else {
            let sections = section.sections.into_iter().map(|part| self.section(part)).collect();
            return Section { mark: Some(Mark::Added), sections, ..section };
        };
        let blocks = blocks(section.blocks, &old.blocks);
        Section { blocks, sections: self.sections(section.sections, &old.sections), ..section }
    }

    fn gone(&self, section: &Section) -> Option<Section> {
        let sections = section.sections.iter().filter_map(|part| self.gone(part)).collect();
        let is_gone = !self.now.contains(&section.id);
        is_gone.then(|| Section { mark: Some(Mark::Removed), sections, ..section.clone() })
    }
}

fn by_id<'a>(sections: &'a [Section], found: &mut BTreeMap<&'a str, &'a Section>) {
    for section in sections {
        found.insert(&section.id, section);
        by_id(&section.sections, found);
    }
}

/// One of the things of both sides.
enum Place<'a, T> {
    /// It is there now, and was there before, if it was.
    Now(T, Option<&'a T>),
    /// It is gone.
    Gone(&'a T),
}

/// The things of both sides: those of the new one in their order, and behind what it stood behind, each one that is gone. Things with the same
/// key are told apart by their order.
fn aligned<'a, T, K: Ord + Clone>(new: Vec<T>, old: &'a [T], key: impl Fn(&T) -> K) -> Vec<Place<'a, T>> {
    let at: BTreeMap<(K, usize), usize> = numbered(&new, &key).into_iter().zip(0..).collect();
    let mut was: Vec<Option<&T>> = new.iter().map(|_| None).collect();
    let mut gone: Vec<Vec<&T>> = (0..=new.len()).map(|_| Vec::new()).collect();
    let mut behind = 0;
    for (key, thing) in numbered(old, &key).into_iter().zip(old) {
        match at.get(&key) {
            Some(&at) => {
                was[at] = Some(thing);
                behind = at + 1;
            }
            None => gone[behind].push(thing),
        }
    }
    let now = new.into_iter().zip(was).map(|(thing, was)| vec![Place::Now(thing, was)]);
    let mut now: Vec<Vec<Place<T>>> = std::iter::once(Vec::new()).chain(now).collect();
    for (places, gone) in now.iter_mut().zip(gone) {
        places.extend(gone.into_iter().map(Place::Gone));
    }
    now.into_iter().flatten().collect()
}

/// The keys, each with how often it was there before.
fn numbered<T, K: Ord + Clone>(things: &[T], key: impl Fn(&T) -> K) -> Vec<(K, usize)> {
    let mut counts: BTreeMap<K, usize> = BTreeMap::new();
    let mut number = |thing| {
        let key = key(thing);
        let count = counts.entry(key.clone()).or_default();
        *count += 1;
        (key, *count)
    };
    things.iter().map(&mut number).collect()
}

/// By what blocks are told from each other. Two paragraphs are the same by their words; of lists, there is a first one, and so on.
fn key(block: &Block) -> (u8, String) {
    match block {
        Block::Text(item) => (0, item.text.to_string()),
        Block::List(_) => (1, String::new()),
        Block::Table(table) => (2, table.columns.first().map(|column| column.id.clone()).unwrap_or_default()),
        Block::Lines(_) => (3, String::new()),
        Block::Map => (4, String::new()),
    }
}

fn blocks(new: Vec<Block>, old: &[Block]) -> Vec<Block> {
    let merged = aligned(new, old, key).into_iter().filter_map(|place| match place {
        Place::Now(Block::Text(item), Some(_)) => Some(Block::Text(item)),
        Place::Now(Block::List(new), Some(Block::List(old))) => Some(Block::List(items(new, old))),
        Place::Now(Block::Lines(new), Some(Block::Lines(old))) => Some(Block::Lines(items(new, old))),
        Place::Now(Block::Table(new), Some(Block::Table(old))) => Some(Block::Table(table(new, old))),
        Place::Now(block, _) => Some(marked(block, Mark::Added)),
        Place::Gone(Block::Map) => None,
        Place::Gone(block) => Some(marked(block.clone(), Mark::Removed)),
    });
    merged.collect()
}

fn marked(block: Block, mark: Mark) -> Block {
    let all = |items: Vec<Item>| items.into_iter().map(|item| Item { mark: Some(mark), ..item }).collect();
    match block {
        Block::Text(item) => Block::Text(Item { mark: Some(mark), ..item }),
        Block::List(items) => Block::List(all(items)),
        Block::Lines(lines) => Block::Lines(all(lines)),
        Block::Table(table) => {
            let rows = table.rows.into_iter().map(|row| Row { mark: Some(mark), ..row }).collect();
            Block::Table(Table { rows, ..table })
        }
        Block::Map => Block::Map,
    }
}

fn items(new: Vec<Item>, old: &[Item]) -> Vec<Item> {
    let merged = aligned(new, old, |item| item.text.clone()).into_iter().map(|place| match place {
        Place::Now(item, Some(_)) => item,
        Place::Now(item, None) => Item { mark: Some(Mark::Added), ..item },
        Place::Gone(item) => Item { mark: Some(Mark::Removed), ..item.clone() },
    });
    merged.collect()
}

fn table(new: Table, old: &Table) -> Table {
    let (now, before) = (ids(&new.columns), ids(&old.columns));
    let columns = aligned(new.columns, &old.columns, |column| column.id.clone()).into_iter().map(|place| match place {
        Place::Now(column, Some(_)) => column,
        Place::Now(column, None) => Column { mark: Some(Mark::Added), ..column },
        Place::Gone(column) => Column { mark: Some(Mark::Removed), ..column.clone() },
    });
    let columns: Vec<Column> = columns.collect();
    let rows = aligned(new.rows, &old.rows, |row| row.key.clone()).into_iter().map(|place| match place {
        Place::Now(row, old) => {
            let old_cells = old.map(|old| spread(&columns, &before, &old.cells));
            let cells = spread(&columns, &now, &row.cells);
            let Some(old_cells) = old_cells else {
                return Row { mark: Some(Mark::Added), cells, ..row };
            };
            let cells = columns.iter().zip(cells).zip(&old_cells).map(|((column, new), old)| match column.mark {
                // That all of a column is new or gone is told once.
                Some(Mark::Added) => new,
                Some(_) => old.clone(),
                None => cell(new, old),
            });
            let cells: Vec<Cell> = cells.collect();
            let mark = cells.iter().any(|cell| cell.was.is_some()).then_some(Mark::Changed);
            Row { mark, cells, ..row }
        }
        Place::Gone(row) => Row { mark: Some(Mark::Removed), cells: spread(&columns, &before, &row.cells), ..row.clone() },
    });
    Table { caption: new.caption, rows: rows.collect(), columns }
}

fn ids(columns: &[Column]) -> BTreeMap<String, usize> {
    columns.iter().map(|column| column.id.clone()).zip(0..).collect()
}

/// A row's cells below the columns of both sides.
fn spread(columns: &[Column], own: &BTreeMap<String, usize>, cells: &[Cell]) -> Vec<Cell> {
    let below = |column: &Column| own.get(&column.id).and_then(|&at| cells.get(at)).cloned().unwrap_or_default();
    columns.iter().map(below).collect()
}

fn cell(new: Cell, old: &Cell) -> Cell {
    let is_same = new.text == old.text && new.standing == old.standing;
    let was = || Was { text: old.text.clone(), standing: old.standing.clone() };
    Cell { was: (!is_same).then(was), ..new }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Held, Phrase, Standing};

    fn document(sections: Vec<Section>) -> Document {
        Document { title: "a".into(), summary: "b".into(), sections }
    }

    fn list(items: &[&str]) -> Block {
        Block::list(items.iter().map(Phrase::of))
    }

    /// `mark text` of each item of the first block of the first section.
    fn told(document: &Document) -> Vec<String> {
        let Block::List(items) = &document.sections[0].blocks[0] else { panic!("no list") };
        let told = |item: &Item| format!("{}{}", item.mark.map_or(" ".to_owned(), |mark| mark.to_string()), item.text);
        items.iter().map(told).collect()
    }

    #[track_caller]
    fn case(old: &[&str], new: &[&str], expected: &[&str]) {
        let of = |items| document(vec![Section::new("s", "S", vec![list(items)])]);
        assert_eq!(told(&of(new).since(&of(old))), expected);
    }

    #[test]
    fn what_is_gone_stays_where_it_was() {
        case(&["a", "b", "c"], &["a", "b", "c"], &[" a", " b", " c"]);
        case(&["a", "b", "c"], &["a", "c"], &[" a", "-b", " c"]);
        case(&["a", "b", "c"], &["b", "c", "d"], &["-a", " b", " c", "+d"]);
        case(&["a", "b", "c"], &["a", "x", "c"], &[" a", "-b", "+x", " c"]);
        case(&["a", "b"], &["b", "a"], &[" b", " a"]);
        case(&["a", "a"], &["a"], &[" a", "-a"]);
        case(&["a"], &["a", "a"], &[" a", "+a"]);
        case(&["a", "b"], &[], &["-a", "-b"]);
        case(&[], &["a"], &["+a"]);
    }

    fn table(columns: &[&'static str], rows: &[(&str, &[Cell])]) -> Document {
        let columns: Vec<(&'static str, &'static str)> = columns.iter().map(|id| (*id, *id)).collect();
        let mut table = Table::new("t", &columns);
        for (key, cells) in rows {
            table.row(*key, cells.iter().cloned());
        }
        document(vec![Section::new("s", "S", vec![Block::Table(table)])])
    }

    fn rows(document: &Document) -> &[Row] {
        let [Block::Table(table)] = &document.sections[0].blocks[..] else { panic!("no table") };
        &table.rows
    }

    #[test]
    fn a_row_that_says_something_else_is_changed() {
        let held = |held| Cell::held("yes", Standing::unchecked(held));
        let old = table(&["a", "b"], &[("1", &["1".into(), held(Held::Enforced)]), ("2", &["2".into(), "no".into()])]);
        let new = table(&["a", "b"], &[("1", &["1".into(), held(Held::Broken)]), ("3", &["3".into(), "no".into()])]);
        let since = new.since(&old);
        let [one, two, three] = rows(&since) else { panic!("{since:?}") };
        assert_eq!((one.mark, two.mark, three.mark), (Some(Mark::Changed), Some(Mark::Removed), Some(Mark::Added)));
        assert_eq!((two.key.as_str(), three.key.as_str()), ("2", "3"));
        // The words are the same: how they are known is what changed.
        assert_eq!(one.cells[1].was, Some(Was { text: "yes".into(), standing: Some(Standing::unchecked(Held::Enforced)) }));
        assert_eq!(one.cells[0].was, None);
    }

    #[test]
    fn a_column_that_is_new_changes_no_row() {
        let old = table(&["a", "gone"], &[("1", &["1".into(), "x".into()]), ("2", &["2".into(), "x".into()])]);
        let new = table(&["a", "new"], &[("1", &["1".into(), "y".into()])]);
        let since = new.since(&old);
        let [Block::Table(table)] = &since.sections[0].blocks[..] else { panic!("{since:?}") };
        let columns: Vec<_> = table.columns.iter().map(|column| (column.id.as_str(), column.mark)).collect();
        assert_eq!(columns, [("a", None), ("gone", Some(Mark::Removed)), ("new", Some(Mark::Added))]);
        let texts = |row: &Row| row.cells.iter().map(|cell| cell.text.to_string()).collect::<Vec<_>>();
        assert_eq!((texts(&table.rows[0]), table.rows[0].mark), (vec!["1".into(), "x".into(), "y".into()], None));
        assert_eq!(texts(&table.rows[1]), ["2", "x", ""]);
    }

    #[test]
    fn a_section_that_moved_is_neither_new_nor_gone() {
        let part = |id: &str| Section::new(id, id, vec![Block::text(id)]);
        let old = document(vec![part("a").with(vec![part("m"), part("x")]), part("b")]);
        let new = document(vec![part("b").with(vec![part("m"), part("n")])]);
        let since = new.since(&old);
        let [gone, b] = &since.sections[..] else { panic!("{since:?}") };
        assert_eq!((gone.id.as_str(), gone.mark), ("a", Some(Mark::Removed)));
        assert_eq!(gone.sections.iter().map(|section| section.id.as_str()).collect::<Vec<_>>(), ["x"]);
        assert_eq!(b.mark, None);
        assert_eq!(b.sections.iter().map(|section| section.mark).collect::<Vec<_>>(), [None, Some(Mark::Added)]);
        assert_eq!(b.sections[0].blocks, [Block::text("m")]);
    }

    #[test]
    fn nothing_is_marked_in_what_is_the_same() {
        let old = table(&["a"], &[("1", &["1".into()])]);
        assert_eq!(old.clone().since(&old), old);
    }
}
