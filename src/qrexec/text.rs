//! Text as Python reads it, since that is what reads policies in dom0: where lines end, and what separates words.
//!
//! Source: Python 3, `io.TextIOWrapper` with universal newlines, `str.strip`, `str.split` and `str.isspace`.

/// Whether Python takes a character for white space: all that Unicode does, and four separators of ASCII besides.
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// A text without white space at its ends.
pub fn stripped(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// The words of a text.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

/// In which column, from 1, the word with this number stands, from 0; where there is none, the column behind the last.
pub fn column(text: &str, word: usize) -> usize {
    let mut words = 0;
    let mut is_in_word = false;
    let mut end = 0;
    for (index, character) in text.chars().enumerate() {
        if is_space(character) {
            is_in_word = false;
            continue;
        }
        if !is_in_word && words == word {
            return index + 1;
        }
        words += usize::from(!is_in_word);
        is_in_word = true;
        end = index + 1;
    }
    end + 1
}

/// The lines of a file with their numbers, from 1. A line ends with LF, CR, or both.
pub fn lines(contents: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut rest = Some(contents);
    let lines = std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.iter().position(|byte| matches!(byte, b'\n' | b'\r')) else {
            rest = None;
            return Some(text);
        };
        let (line, tail) = text.split_at(end);
        rest = tail.strip_prefix(b"\r\n").or(tail.get(1..));
        Some(line)
    });
    (1..).zip(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_they_do_for_python() {
        let read =
            |text: &'static str| lines(text.as_bytes()).map(|(_, line)| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>();
        assert_eq!(read("a\nb\r\nc\rd\n\re"), ["a", "b", "c", "d", "", "e"]);
        // No ends of lines are the others that Unicode has.
        assert_eq!(read("a\u{b}b\u{85}c\u{2028}d"), ["a\u{b}b\u{85}c\u{2028}d"]);
        assert_eq!(lines(b"a\n\nb").map(|(number, _)| number).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn words_end_as_they_do_for_python() {
        assert_eq!(words(" a\u{1c}b\u{1f}\u{a0}c\u{200b}d ").collect::<Vec<_>>(), ["a", "b", "c\u{200b}d"]);
        assert_eq!(stripped("\u{1d}\t a b\u{1e}"), "a b");
    }

    #[test]
    fn columns_are_characters() {
        let line = "  ü\u{1c}bb  c ";
        assert_eq!([0, 1, 2, 3].map(|word| column(line, word)), [3, 5, 9, 10]);
        assert_eq!(column("", 0), 1);
    }
}
