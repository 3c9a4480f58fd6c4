//! A document as one page for browsers, screens and paper: no script, no request to anywhere, everything escaped. It may be read from a file
//! in a qube without network, and be printed and signed.
//!
//! `blocks` are what stands in a section, `policy` is what the page allows itself.

mod blocks;
mod policy;

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::document::{Document, Section};
use super::map;
use blocks::Blocks;

/// The page's own stylesheet; that of the map follows it.
const STYLE: &str = include_str!("style.css");

/// `document` as a page, in which `map`, an `<svg>` of [`Map::svg`](super::Map::svg), stands where the document says so.
pub fn html(document: &Document, map: &str) -> String {
    let style = format!("{STYLE}{}", map::STYLE);
    let mut ids = BTreeSet::new();
    collect(&document.sections, &mut ids);
    let blocks = Blocks { map, ids };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy::of(&style));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (blocks::plain(&document.title)) }
                style { (PreEscaped(style)) }
            }
            body {
                a.skip href="#_report" { "Skip to the report" }
                header {
                    p.kind { "What a bundle isolates, and how that is known" }
                    h1 { (blocks::words(&document.title)) }
                    p.summary { (blocks::words(&document.summary)) }
                }
                div.columns {
                    nav aria-labelledby="_contents" {
                        h2 id="_contents" { "Contents" }
                        (contents(&document.sections, 0))
                    }
                    main id="_report" tabindex="-1" {
                        @for section in &document.sections { (blocks.section(section, 2)) }
                    }
                }
                (signing())
            }
        }
    };
    page.into_string() + "\n"
}

/// How deep the list of contents goes.
const CONTENTS_DEPTH: usize = 2;

/// A section with more parts has no list of them: it is one of reference, to which cells lead.
const MOST_PARTS: usize = 16;

fn contents(sections: &[Section], depth: usize) -> Markup {
    let is_listed = depth < CONTENTS_DEPTH && !sections.is_empty() && (depth == 0 || sections.len() <= MOST_PARTS);
    html! {
        @if is_listed {
            ol {
                @for section in sections {
                    li {
                        a href={ "#" (section.id) } { (blocks::words(&section.title)) }
                        (blocks::badge(section.mark))
                        (contents(&section.sections, depth + 1))
                    }
                }
            }
        }
    }
}

/// On paper, a place for who has read it.
fn signing() -> Markup {
    html! {
        footer.signing {
            p { "Read, and compared with the bundle’s id:" }
            dl {
                @for field in ["Name", "Date", "Signature"] {
                    div { dt { (field) } dd {} }
                }
            }
        }
    }
}

fn collect(sections: &[Section], ids: &mut BTreeSet<String>) {
    for section in sections {
        ids.insert(section.id.clone());
        collect(&section.sections, ids);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{before, sample};

    const MAP: &str = "<svg class=\"map\"></svg>";

    #[test]
    fn nothing_of_a_document_is_markup() {
        let page = html(&sample(), MAP);
        assert!(!page.contains("<script"), "{page}");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; | &quot;quoted&quot;"), "{page}");
        // Presentation is the stylesheet's alone, or the policy would hold it back.
        for attribute in [" style=", " on", "javascript:", "http:", "https:", "url(", "@import", "src="] {
            let found = page.find(attribute).filter(|at| attribute != " on" || page[*at..].starts_with(" onload"));
            assert_eq!(found, None, "`{attribute}`");
        }
    }

    #[test]
    fn every_heading_is_one_below_the_one_that_it_is_in() {
        let page = html(&sample(), MAP);
        let levels: Vec<u32> = page.match_indices("<h").filter_map(|(at, _)| page[at + 2..at + 3].parse().ok()).collect();
        assert_eq!(levels, [1, 2, 2, 2, 3, 2]);
    }

    #[test]
    fn cells_lead_to_sections_that_there_are() {
        let page = html(&sample(), MAP);
        assert!(page.contains("<a href=\"#identity.press\">network</a>"), "{page}");
        let mut dangling = sample();
        dangling.sections.remove(1);
        assert!(!html(&dangling, MAP).contains("identity.press"));
    }

    #[test]
    fn changes_are_told_in_words() {
        let page = html(&sample().since(&before()), MAP);
        for told in [
            "<tr class=\"changed\">",
            "<span class=\"mark changed\">changed</span>",
            "<tr class=\"removed\">",
            "<span class=\"mark removed\">removed</span>",
            "<li class=\"added\"><span class=\"mark added\">added</span> a thing</li>",
            "<span class=\"was\">was: <del>everything",
            "<section class=\"removed\" id=\"gone\">",
        ] {
            assert!(page.contains(told), "`{told}` is not in\n{page}");
        }
    }

    #[test]
    fn the_map_stands_where_it_belongs_and_its_words_behind_it() {
        let page = html(&sample(), MAP);
        let (map, words) = (page.find(MAP).unwrap(), page.find("<details>").unwrap());
        assert!(map < words, "{page}");
    }
}
