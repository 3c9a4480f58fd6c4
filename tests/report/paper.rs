//! Pages on paper: no row of a table is broken where a sheet ends, and on each sheet its columns have their headings.

use crate::browser::{FAULTY, Found, page, pages};

/// Latin letters and digits alone: where lines end, what the stylesheet puts before words, and in which order letters stand that are written from
/// right to left, is another matter.
fn letters(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// What is wrong with a page's tables on paper.
fn faults(page: &Found) -> Vec<String> {
    let sheets: Vec<String> = page.paper.iter().map(|sheet| letters(sheet)).collect();
    let mut faults = Vec::new();
    // Tables and rows follow each other on paper as they do in the document.
    let (mut sheet, mut at) = (0, 0);
    for table in &page.tables {
        let heading = letters(&table.heading);
        let mut headed = None;
        for row in &table.rows {
            let words = letters(row);
            let found = (sheet..sheets.len()).find_map(|number| {
                let from = if number == sheet { at } else { 0 };
                Some((number, from + sheets[number][from..].find(&words)?))
            });
            let Some((number, begin)) = found else {
                faults.push(format!("this row is on no sheet as a whole: {row}"));
                continue;
            };
            if headed != Some(number) {
                let from = if number == sheet { at } else { 0 };
                if !sheets[number][from..begin].contains(&heading) {
                    faults.push(format!("on sheet {}, there is no heading above this row: {row}", number + 1));
                }
                headed = Some(number);
            }
            (sheet, at) = (number, begin + words.len());
        }
    }
    faults
}

#[test]
fn tables_are_whole_on_paper() {
    let mut sheets = 0;
    for page in pages() {
        assert!(page.tables.len() > 5 && page.tables.iter().any(|table| table.rows.len() > 5), "{}", page.name());
        assert_eq!(faults(page), [""; 0], "{}", page.name());
        sheets += page.paper.len();
    }
    assert!(sheets > 50, "no table can have gone over two of {sheets} sheets");
}

#[test]
fn a_table_that_is_not_whole_is_found() {
    let faulty = page(FAULTY);
    assert!(faulty.paper.len() > 1);
    assert_ne!(faults(faulty), [""; 0]);
    let mut headless = faulty.tables[0].rows.clone();
    headless.retain(|row| row.starts_with("short"));
    assert_eq!(headless, ["short row"]);
    assert!(
        faults(faulty).iter().any(|fault| fault.ends_with("there is no heading above this row: short row")),
        "{:?}",
        faults(faulty)
    );
}

#[test]
fn there_is_room_to_sign() {
    for page in pages() {
        let last = letters(page.paper.last().unwrap());
        assert!(last.contains("NameDateSignature"), "{}: {last}", page.name());
        assert!(!page.paper.iter().any(|sheet| sheet.contains("Contents")), "{}", page.name());
    }
}
