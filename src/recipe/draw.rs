//! Drawing a fault as rustc draws its own.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::fault::Fault;
use super::files::{Files, TextFile};
use super::place::Place;
use crate::base::{cleaned, is_invisible};
use crate::check;

/// One fault, with the text that it is in, and an empty line after it.
pub fn fault(fault: &Fault, files: &Files, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let level = match fault.code.level() {
        check::Level::Error => Level::ERROR,
        check::Level::Warning => Level::WARNING,
    };
    let message = cleaned(&fault.message);
    let place = &fault.place;
    let see = fault.see.as_ref().map(|(place, what)| (place, cleaned(what)));
    // Two places that are near each other are drawn in one piece of text.
    let near = see.as_ref().filter(|(other, _)| is_near(files, place, other));
    let far = see.as_ref().filter(|(other, _)| !is_near(files, place, other));
    let shown = Shown::of(files, place, near.map(|(place, _)| *place));
    let other = far.map(|(place, _)| Shown::of(files, place, None));
    let mut snippet = shown.snippet().annotation(shown.mark(AnnotationKind::Primary, place));
    if let Some((place, what)) = near {
        snippet = snippet.annotation(shown.mark(AnnotationKind::Context, place).label(what.as_str()));
    }
    let further = other.as_ref().zip(far).map(|(other, (place, what))| {
        let mark = other.mark(AnnotationKind::Context, place).label(what.as_str());
        other.snippet().annotation(mark)
    });
    let mut group: Group = level.primary_title(message.as_str()).id(fault.code.as_str()).element(snippet);
    if let Some(further) = further {
        group = group.element(further);
    }
    let help = fault.help.as_deref().map(cleaned);
    if let Some(help) = &help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.render(&[group]) + "\n\n"
}

/// How many lines may lie between two places that are drawn together.
const NEAR: usize = 100;

fn is_near(files: &Files, one: &Place, other: &Place) -> bool {
    let line = |place: &Place| files.line(place.file, place.span.start);
    one.file == other.file && line(one).abs_diff(line(other)) <= NEAR
}

/// The lines around a place, with nothing in them that would drive a terminal or deceive the reader. No more than those: the whole text
/// for each fault of a large file would take minutes.
struct Shown<'a> {
    file: &'a TextFile,
    path: String,
    lines: Range<usize>,
    line: usize,
    text: String,
}

impl<'a> Shown<'a> {
    fn of(files: &'a Files, place: &Place, also: Option<&Place>) -> Self {
        let file = files.get(place.file);
        let lines = |place: &Place| {
            let first = files.line(place.file, place.span.start);
            (first, files.line(place.file, place.span.end).clamp(first, first + NEAR))
        };
        let (first, last) = lines(place);
        let (first, last) = also.map(lines).map_or((first, last), |(f, l)| (f.min(first), l.max(last)));
        let lines = files.line_start(place.file, first)..files.line_start(place.file, last + 1);
        let text = visible(file.text.get(lines.clone()).unwrap_or_default());
        Self { file, path: cleaned(&file.shown), lines, line: first, text }
    }

    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        Snippet::source(self.text.as_str()).path(self.path.as_str()).line_start(self.line)
    }

    /// A mark on a span that lies on character boundaries inside the text, so that drawing cannot fail.
    fn mark(&self, kind: AnnotationKind, place: &Place) -> Annotation<'_> {
        let within = |at: usize| self.file.floor(at).clamp(self.lines.start, self.lines.end) - self.lines.start;
        let start = within(place.span.start);
        kind.span(start..within(place.span.end).max(start))
    }
}

/// `text` with a sign in the place of each character that cannot be seen, as long in bytes as that one, so that every place stays where
/// it is. Controls of one byte are left to the renderer, which draws them.
fn visible(text: &str) -> String {
    let sign = |character: char| match (is_invisible(character), character.len_utf8()) {
        (true, 2) => '¿',
        (true, 3) => '\u{fffd}',
        (true, 4) => '🛇',
        _ => character,
    };
    text.chars().map(sign).collect()
}
