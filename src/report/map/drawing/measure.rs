//! How wide text is at most, in whatever font a reader has.
//!
//! Nobody knows the font. The widths are those of DejaVu Sans and DejaVu Sans Mono, which are among the widest that systems come with;
//! what is no ASCII counts as wide as the widest of its script. A text that is given more room than it needs never meets another.

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Face {
    /// The heading of a drawing.
    Heading,
    /// The title of a lane.
    Title,
    /// Words.
    Words,
    /// Names: of one width for all characters.
    Name,
    /// What is said beside something else.
    Small,
    /// Names in what is said beside something else.
    SmallName,
}

impl Face {
    /// The height of its letters' boxes, in pixels.
    pub fn size(self) -> i32 {
        match self {
            Self::Heading => 18,
            Self::Title => 13,
            Self::Words | Self::Name => 12,
            Self::Small | Self::SmallName => 11,
        }
    }

    /// How high a line of it is at most, from the top of the highest letter to the bottom of the lowest.
    pub fn height(self) -> i32 {
        self.size() * 13 / 10
    }

    /// The class that the stylesheet has for it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Heading => "map-heading",
            Self::Title => "map-title",
            Self::Words => "map-words",
            Self::Name => "map-name",
            Self::Small => "map-small",
            Self::SmallName => "map-small-name",
        }
    }
}

/// The widest that `text` can be, in pixels.
pub fn width(text: &str, face: Face) -> i32 {
    let hundredths: i32 = text.chars().map(|character| advance(character, face)).sum();
    (hundredths * face.size() + 99) / 100
}

/// `text`, cut so that it is no wider than `most`, with an ellipsis in place of the rest.
pub fn cut(text: &str, face: Face, most: i32) -> String {
    let text = seemly(text);
    if width(&text, face) <= most {
        return text;
    }
    let mut kept = String::new();
    let mut room = most - width("…", face);
    for character in text.chars() {
        room -= (advance(character, face) * face.size() + 99) / 100;
        if room < 0 {
            break;
        }
        kept.push(character);
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

/// `text` without what would be drawn far outside of its line: piles of marks on one letter, and the few letters that are many times as
/// wide as others; and without what XML has no word for.
pub fn seemly(text: &str) -> String {
    let mut piled = 0;
    let mut seemly = String::with_capacity(text.len());
    for character in text.chars() {
        piled = if is_combining(character) { piled + 1 } else { 0 };
        match character {
            _ if piled > 2 => {}
            '\u{fffe}' | '\u{ffff}' | '\u{2e3a}' | '\u{2e3b}' | '\u{fdfa}'..='\u{fdfd}' | '\u{12000}'..='\u{1254f}' => {
                seemly.push('\u{fffd}');
            }
            _ => seemly.push(character),
        }
    }
    seemly
}

fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{e31}' | '\u{e34}'..='\u{e3a}' | '\u{e47}'..='\u{e4e}' | '\u{eb1}' | '\u{eb4}'..='\u{ebc}' | '\u{f71}'..='\u{f84}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// The advance of a character, in hundredths of the font's size.
fn advance(character: char, face: Face) -> i32 {
    let is_bold = matches!(face, Face::Heading | Face::Title);
    match (face, character) {
        (Face::Name | Face::SmallName, ' '..='~') => 61,
        (_, ' '..='~') if is_bold => proportional(character) * 112 / 100,
        (_, ' '..='~') => proportional(character),
        _ => foreign(character),
    }
}

fn proportional(character: char) -> i32 {
    match character {
        'i' | 'l' | 'j' | '\'' => 28,
        ' ' | '.' | ',' | ':' | ';' | '|' | '\\' | '/' | 'I' | 'J' => 34,
        'f' | 't' | 'r' | '-' | '(' | ')' | '[' | ']' | '!' => 42,
        's' | 'z' | 'c' | '"' | '*' | '`' | '_' | '?' => 56,
        'k' | 'v' | 'x' | 'y' | 'F' | 'L' => 61,
        'm' | 'M' | 'W' | '@' | '%' => 101,
        'w' | '+' | '=' | '<' | '>' | '~' | '^' | '#' | 'N' | 'O' | 'Q' | 'D' | 'G' | 'H' | 'U' | '&' => 85,
        'A'..='Z' => 75,
        _ => 65,
    }
}

fn foreign(character: char) -> i32 {
    match character {
        '·' | '’' | '‘' => 36,
        '←' | '→' => 85,
        '…' => 101,
        '\u{a0}'..='\u{24f}' => 112,
        '\u{250}'..='\u{52f}' => 118,
        // Scripts of India, and of Burma: some letters are two wide.
        '\u{900}'..='\u{dff}' | '\u{1000}'..='\u{109f}' => 210,
        _ => 140,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_fits_and_says_so() {
        for text in [
            "",
            "a",
            "a quite long label that somebody wrote",
            "WWWWWWWWWWWWWWWW",
            "ΩΩΩΩΩΩΩΩΩΩΩΩΩΩΩΩ",
            "漢字漢字漢字漢字漢字漢字",
        ] {
            for most in [40, 80, 160] {
                for face in [Face::Heading, Face::Title, Face::Words, Face::Name, Face::Small, Face::SmallName] {
                    let shown = cut(text, face, most);
                    assert!(width(&shown, face) <= most, "{text} {most} {face:?}");
                    assert!(shown == text || shown.ends_with('…'), "{shown}");
                }
            }
        }
    }

    #[test]
    fn nothing_is_drawn_far_outside_of_its_line() {
        assert_eq!(seemly(&format!("a{}b", "\u{301}".repeat(50))), "a\u{301}\u{301}b");
        assert_eq!(seemly("x\u{fdfd}\u{ffff}y"), "x\u{fffd}\u{fffd}y");
    }
}
