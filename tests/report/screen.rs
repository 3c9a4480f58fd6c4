//! Pages and drawings on screens.

use crate::browser::{FAULTY, Found, page, pages, written};
use crate::pages::{SUMMARY, hostile};

/// That of each page and drawing, nothing of a kind is found; and that on the faulty page, it would be.
#[track_caller]
fn none(what: impl Fn(&Found) -> Vec<String>) {
    let faults: Vec<String> =
        written().flat_map(|page| what(page).into_iter().map(move |said| format!("{}: {said}", page.name()))).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_ne!(what(page(FAULTY)), [""; 0], "what is looked for is not found where it is");
}

#[test]
fn nothing_is_asked_for() {
    none(|page| page.requests.clone());
}

#[test]
fn the_browser_complains_of_nothing() {
    none(|page| page.complaints.clone());
}

#[test]
fn every_link_leads_to_a_place_on_the_page() {
    none(|page| page.dangling.clone());
    none(|page| page.twice.clone());
    for page in pages() {
        assert!(page.links > 40, "{}: {} links", page.name(), page.links);
    }
}

#[test]
fn axe_finds_nothing_in_light_and_in_dark() {
    none(|page| page.violations.clone());
}

#[test]
fn nothing_is_wider_than_the_window() {
    for width in [360, 800, 1600] {
        none(|page| page.wide.get(&width).cloned().unwrap_or_default());
    }
    for page in pages() {
        assert_eq!(page.wide.len(), 3, "{}", page.name());
    }
}

#[test]
fn texts_of_drawings_stand_apart_and_are_whole() {
    none(|page| page.drawings.iter().flat_map(|drawing| drawing.overlap.clone()).collect());
    none(|page| page.drawings.iter().flat_map(|drawing| drawing.cut.clone()).collect());
    for page in written() {
        let texts: Vec<usize> = page.drawings.iter().map(|drawing| drawing.texts).collect();
        assert!(texts.len() == 1 && texts[0] > 5, "{}: {texts:?}", page.name());
    }
}

/// Markup stays text, what cannot be seen is written out, and what is too long is cut and counted.
#[test]
fn what_is_hostile_shows_as_text() {
    let page = page("hostile.html");
    let [markup, more, turned, right_to_left, long] = &hostile()[..] else { panic!("five of them") };
    for text in [markup, more, right_to_left, SUMMARY] {
        assert!(page.text.contains(text), "`{text}` is not in\n{}", page.text);
    }
    assert!(!page.text.contains(turned) && page.text.contains("start \\u{202e}gnp.exe\\u{202c}"), "{}", page.text);
    assert!(!page.text.contains(long) && page.text.contains("… (9000 more characters)"), "{}", page.text);
}

#[test]
fn pages_consist_of_few_things() {
    let known = [
        "a", "bdi", "caption", "circle", "code", "dd", "del", "desc", "details", "div", "dl", "dt", "footer", "h1", "h2", "h3",
        "header", "li", "main", "nav", "ol", "p", "polygon", "polyline", "pre", "rect", "section", "span", "summary", "svg",
        "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul",
    ];
    none(|page| page.tags.iter().filter(|tag| !known.contains(&tag.as_str())).cloned().collect());
}
