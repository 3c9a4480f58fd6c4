//! What the marks of a drawing mean: those that are on it.

use super::measure::{Face, width};
use super::places::MARGIN;
use super::shapes::{Drawing, Rect, Shape};
use crate::model::Label;

/// The height of a row of the legend.
const ROW: i32 = 24;
/// Room for a sample of a mark.
const SAMPLE: i32 = 30;
/// Room between two entries.
const BETWEEN: i32 = 26;

/// A mark, and what it means.
struct Entry {
    /// Whether it is on the drawing.
    is_there: fn(&Shape) -> bool,
    /// Draws a sample around a point at its left.
    sample: fn(&mut Drawing, i32, i32),
    /// What it means.
    means: &'static str,
}

const ENTRIES: [Entry; 10] = [
    Entry {
        is_there: |shape| has(shape, "map-way"),
        sample: |drawing, x, y| drawing.line(vec![(x, y), (x + SAMPLE, y)], "map-way", None),
        means: "way to the network",
    },
    Entry {
        is_there: |shape| has(shape, "map-offline"),
        sample: |drawing, x, y| drawing.area(Rect::around(x, y, SAMPLE, 14), 4, "map-node", None),
        means: "without a line: no network",
    },
    Entry {
        is_there: |shape| has(shape, "map-existing"),
        sample: |drawing, x, y| drawing.area(Rect::around(x, y, SAMPLE, 14), 4, "map-exit map-existing", None),
        means: "dom0 has it already",
    },
    Entry {
        is_there: |shape| has(shape, "map-stack"),
        sample: |drawing, x, y| {
            drawing.area(Rect::around(x + 3, y - 2, SAMPLE - 3, 12), 4, "map-node map-stack", None);
            drawing.area(Rect::around(x, y + 1, SAMPLE - 3, 12), 4, "map-node", None);
        },
        means: "template of any number of disposables",
    },
    Entry {
        is_there: |shape| has(shape, "map-ask"),
        sample: |drawing, x, y| flow(drawing, x, y, "map-flow map-ask"),
        means: "may move if the user agrees",
    },
    Entry {
        is_there: |shape| has(shape, "map-allow"),
        sample: |drawing, x, y| flow(drawing, x, y, "map-flow map-allow"),
        means: "may move, unasked",
    },
    Entry {
        is_there: |shape| has(shape, "map-danger"),
        sample: |drawing, x, y| drawing.line(vec![(x, y), (x + SAMPLE, y)], "map-way map-danger", None),
        means: "DANGER: a check found it broken, or nothing declares it",
    },
    Entry {
        is_there: |shape| has(shape, "map-halo"),
        sample: |drawing, x, y| drawing.area(Rect::around(x, y, SAMPLE, 16), 6, "map-halo", None),
        means: "new or changed",
    },
    Entry {
        is_there: |shape| has(shape, "map-new"),
        sample: |drawing, x, y| drawing.line(vec![(x, y), (x + SAMPLE, y)], "map-way map-new", None),
        means: "new way or flow",
    },
    Entry {
        is_there: |shape| has(shape, "map-gone"),
        sample: |drawing, x, y| drawing.line(vec![(x, y), (x + SAMPLE, y)], "map-way map-gone", None),
        means: "gone",
    },
];

fn flow(drawing: &mut Drawing, x: i32, y: i32, class: &str) {
    drawing.line(vec![(x, y), (x + SAMPLE, y)], class, None);
    drawing.head((x, y), class);
}

fn has(shape: &Shape, class: &str) -> bool {
    let (Shape::Area { class: all, .. }
    | Shape::Line { class: all, .. }
    | Shape::Head { class: all, .. }
    | Shape::Dot { class: all, .. }) = shape
    else {
        return false;
    };
    all.split(' ').any(|one| one == class)
}

/// Draws the legend below everything, and gives where it ends.
pub fn draw(drawing: &mut Drawing, top: i32) -> i32 {
    let entries: Vec<&Entry> = ENTRIES.iter().filter(|entry| drawing.shapes.iter().any(entry.is_there)).collect();
    let labels = Label::ALL.into_iter().filter(|label| {
        let class = label_class(*label);
        drawing.shapes.iter().any(|shape| has(shape, &class))
    });
    let labels: Vec<Label> = labels.collect();
    let mut cursor = Cursor { x: MARGIN, y: top, right: drawing.width - MARGIN };
    for entry in entries {
        let (x, y) = cursor.room(SAMPLE + 8 + width(entry.means, Face::Small));
        (entry.sample)(drawing, x, y);
        drawing.text((x + SAMPLE + 8, y), i32::MAX, Face::Small, entry.means, "map-quiet");
    }
    if !labels.is_empty() {
        cursor.new_row();
        let at = cursor.room(width("labels:", Face::Small));
        drawing.text(at, i32::MAX, Face::Small, "labels:", "map-quiet");
    }
    for label in labels {
        let (x, y) = cursor.room(20 + width(label.as_str(), Face::Small));
        drawing.area(Rect::around(x, y, 12, 12), 3, format!("map-swatch {}", label_class(label)), None);
        drawing.text((x + 20, y), i32::MAX, Face::Small, label.as_str(), "map-quiet");
    }
    cursor.y + ROW
}

/// Where the next entry goes.
struct Cursor {
    x: i32,
    y: i32,
    right: i32,
}

impl Cursor {
    /// A place for something so wide.
    fn room(&mut self, wide: i32) -> (i32, i32) {
        if self.x + wide > self.right {
            self.new_row();
        }
        let at = (self.x, self.y);
        self.x += wide + BETWEEN;
        at
    }

    fn new_row(&mut self) {
        if self.x > MARGIN {
            (self.x, self.y) = (MARGIN, self.y + ROW);
        }
    }
}

/// The class of a label's colour.
pub fn label_class(label: Label) -> String {
    format!("map-label-{label}")
}
