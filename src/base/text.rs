//! Free text that people wrote, and how foreign text reaches a terminal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// One line of text for people: at most 200 characters, none of them a control or a mark that changes the direction of writing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadText {
    /// Nothing in it.
    #[error("the text must not be empty")]
    Empty,
    /// Too long.
    #[error("the text has at most {} characters", Text::MOST)]
    Long,
    /// A control character, a line break, a direction mark, or another character that shows as nothing.
    #[error("the text has a character that cannot be seen: U+{:04X}", u32::from(*.0))]
    Invisible(char),
}

impl Text {
    /// Most characters.
    pub const MOST: usize = 200;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Text {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        if text.trim().is_empty() {
            return Err(BadText::Empty);
        }
        if text.chars().count() > Self::MOST {
            return Err(BadText::Long);
        }
        if let Some(bad) = text.chars().find(|&character| is_invisible(character)) {
            return Err(BadText::Invisible(bad));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Text {
    type Error = BadText;

    fn try_from(text: String) -> Result<Self, BadText> {
        text.parse()
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// `untrusted` as it may be written to a terminal: what cannot be seen becomes `\u{…}`, and of a text longer than 1,000 characters the
/// rest is counted. A line feed counts as invisible: cleaned text is one line.
pub fn cleaned(untrusted: &str) -> String {
    const MOST: usize = 1_000;
    let mut clean = String::with_capacity(untrusted.len().min(MOST));
    let mut characters = untrusted.chars();
    for character in characters.by_ref().take(MOST) {
        if is_invisible(character) {
            clean.extend(character.escape_unicode());
        } else {
            clean.push(character);
        }
    }
    match characters.count() {
        0 => clean,
        more => format!("{clean}… ({more} more characters)"),
    }
}

/// The same JSON with every character that cannot be seen written as `\u….`: it says the same, and drives no terminal. Such characters
/// stand in texts alone, and there an escape may stand for any of them.
pub fn visible_json(json: &str) -> String {
    let mut visible = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && is_invisible(character) {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|unit| visible.push_str(&format!("\\u{unit:04x}")));
        } else {
            visible.push(character);
        }
    }
    visible
}

/// Whether a character cannot be seen: controls (C0, C1, DEL), format characters that move or hide text (Unicode 15, general category Cf and the line and paragraph
/// separators), and the blank Hangul and Braille letters.
pub fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1345f}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character changes the direction in which the text around it is shown, so that a reader sees another text than a program
/// does (Unicode Technical Report 36, section 2.7; CVE-2021-42574).
pub fn is_direction_mark(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_visible_line() {
        assert_eq!("Vier Qubes für vier Modi".parse::<Text>().unwrap().as_str(), "Vier Qubes für vier Modi");
        assert_eq!("a\nb".parse::<Text>(), Err(BadText::Invisible('\n')));
        assert_eq!("a\u{202e}b".parse::<Text>(), Err(BadText::Invisible('\u{202e}')));
        assert_eq!("\u{1b}[2J".parse::<Text>(), Err(BadText::Invisible('\u{1b}')));
        assert_eq!(" ".parse::<Text>(), Err(BadText::Empty));
        assert_eq!("x".repeat(201).parse::<Text>(), Err(BadText::Long));
    }

    #[test]
    fn json_says_the_same_and_drives_no_terminal() {
        let text = "\u{1b}[2J\u{9b}\u{202e}\u{7f}\n\u{e0041}grün \\";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let visible = visible_json(&json);
        assert_eq!(serde_json::from_str::<Vec<String>>(&visible).unwrap(), [text]);
        assert!(visible.chars().all(|character| character == '\n' || !is_invisible(character)), "{visible}");
        assert!(visible.contains("\\u202e") && visible.contains("\\udb40\\udc41") && visible.contains("grün"), "{visible}");
    }

    #[test]
    fn cleaned_text_cannot_drive_a_terminal() {
        assert_eq!(cleaned("\u{1b}[31mred\u{7}\n"), "\\u{1b}[31mred\\u{7}\\u{a}");
        assert_eq!(cleaned("a\u{202e}b\u{200b}"), "a\\u{202e}b\\u{200b}");
        assert_eq!(cleaned("grün"), "grün");
        assert_eq!(cleaned(&"x".repeat(1_200)).chars().filter(|&c| c == 'x').count(), 1_000);
        assert!(cleaned(&"x".repeat(1_200)).ends_with("… (200 more characters)"));
    }
}
