//! What a drawing consists of: boxes, lines and texts, each at its place in whole pixels.

use super::measure::{Face, cut, seemly, width};

/// A drawing: what comes later lies above.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drawing {
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
    /// What is on it.
    pub shapes: Vec<Shape>,
}

/// A part of a drawing. Its classes say what it means; the stylesheet, how that looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A box with round corners.
    Area {
        /// Where.
        at: Rect,
        /// How round.
        radius: i32,
        /// What it means.
        class: String,
        /// What it says to who points at it.
        title: Option<String>,
    },
    /// A line from point to point.
    Line {
        /// The points.
        points: Vec<(i32, i32)>,
        /// What it means.
        class: String,
        /// What it says to who points at it.
        title: Option<String>,
    },
    /// The head of an arrow that points to the left.
    Head {
        /// Its tip.
        at: (i32, i32),
        /// What it means.
        class: String,
    },
    /// A dot.
    Dot {
        /// Its middle.
        at: (i32, i32),
        /// What it means.
        class: String,
    },
    /// A line of text.
    Text(Text),
}

/// A line of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The room that it has: it is no wider, and stands in the middle of the height.
    pub at: Rect,
    /// How it looks.
    pub face: Face,
    /// Whether it stands in the middle of the width, and not at its beginning.
    pub is_centred: bool,
    /// What is shown.
    pub text: String,
    /// The whole of it, if not all is shown.
    pub title: Option<String>,
    /// What it means.
    pub class: String,
}

/// A rectangle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rect {
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl Rect {
    /// A rectangle around the height `middle`.
    pub fn around(x: i32, middle: i32, width: i32, height: i32) -> Self {
        Self { x, y: middle - height / 2, width, height }
    }

    /// The right edge.
    pub fn right(self) -> i32 {
        self.x + self.width
    }

    /// The lower edge.
    pub fn bottom(self) -> i32 {
        self.y + self.height
    }

    /// The middle of the height.
    pub fn middle(self) -> i32 {
        self.y + self.height / 2
    }

    /// The same, smaller by so much on each side.
    #[must_use]
    pub fn inset(self, by: i32) -> Self {
        Self { x: self.x + by, y: self.y + by, width: self.width - 2 * by, height: self.height - 2 * by }
    }
}

impl Drawing {
    /// Adds a box.
    pub fn area(&mut self, at: Rect, radius: i32, class: impl Into<String>, title: Option<String>) {
        self.shapes.push(Shape::Area { at, radius, class: class.into(), title: title.map(|title| seemly(&title)) });
    }

    /// Adds a line.
    pub fn line(&mut self, points: Vec<(i32, i32)>, class: impl Into<String>, title: Option<String>) {
        self.shapes.push(Shape::Line { points, class: class.into(), title: title.map(|title| seemly(&title)) });
    }

    /// Adds the head of an arrow.
    pub fn head(&mut self, at: (i32, i32), class: impl Into<String>) {
        self.shapes.push(Shape::Head { at, class: class.into() });
    }

    /// Adds a dot.
    pub fn dot(&mut self, at: (i32, i32), class: impl Into<String>) {
        self.shapes.push(Shape::Dot { at, class: class.into() });
    }

    /// Adds a text that begins at `x`, around the height `middle`, and is no wider than `most`. Gives where it ends.
    pub fn text(&mut self, (x, middle): (i32, i32), most: i32, face: Face, text: &str, class: &str) -> i32 {
        let shown = cut(text, face, most);
        let at = Rect::around(x, middle, width(&shown, face), face.height());
        self.write(at, face, false, shown, text, class)
    }

    /// Adds a text in the middle of `room`.
    pub fn centred(&mut self, room: Rect, face: Face, text: &str, class: &str) {
        let shown = cut(text, face, room.width);
        let used = width(&shown, face);
        let at = Rect::around(room.x + (room.width - used) / 2, room.middle(), used, face.height());
        self.write(at, face, true, shown, text, class);
    }

    fn write(&mut self, at: Rect, face: Face, is_centred: bool, shown: String, whole: &str, class: &str) -> i32 {
        let title = (shown != whole).then(|| seemly(whole));
        if !shown.is_empty() {
            self.shapes.push(Shape::Text(Text { at, face, is_centred, text: shown, title, class: class.to_owned() }));
        }
        at.right()
    }
}
