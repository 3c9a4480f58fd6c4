//! Drawing a fault as rustc draws its own.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::fault::Fault;
use super::files::{Files, RecipeFile};
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
    let file = Shown::of(files.get(fault.place.file));
    let see = fault.see.as_ref().map(|(place, what)| (place, cleaned(what)));
    let other =
        see.as_ref().filter(|(place, _)| place.file != fault.place.file).map(|(place, _)| Shown::of(files.get(place.file)));
    let mut snippet = file.snippet().annotation(file.mark(AnnotationKind::Primary, &fault.place.span));
    let mut further = None;
    if let Some((place, what)) = &see {
        match &other {
            None => snippet = snippet.annotation(file.mark(AnnotationKind::Context, &place.span).label(what.as_str())),
            Some(other) => {
                let mark = other.mark(AnnotationKind::Context, &place.span).label(what.as_str());
                further = Some(other.snippet().annotation(mark));
            }
        }
    }
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

/// A file with nothing in it that would drive a terminal or deceive the reader.
struct Shown<'a> {
    file: &'a RecipeFile,
    path: String,
    text: String,
}

impl<'a> Shown<'a> {
    fn of(file: &'a RecipeFile) -> Self {
        Self { file, path: cleaned(&file.shown), text: visible(&file.text) }
    }

    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        Snippet::source(self.text.as_str()).path(self.path.as_str())
    }

    /// A mark on a span that lies on character boundaries inside the text, so that drawing cannot fail.
    fn mark(&self, kind: AnnotationKind, span: &Range<usize>) -> Annotation<'_> {
        let start = self.file.floor(span.start);
        kind.span(start..self.file.floor(span.end).max(start))
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
