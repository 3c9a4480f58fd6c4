//! Text as YAML reads it back unchanged.

use std::fmt::Write;

/// `text` as a double-quoted scalar of YAML. Letters and visible ASCII characters stand for themselves; everything else is escaped, so
/// that no line folding, no comment and no type guessing touches it (YAML 1.1, section 9.1, which is what Salt's parser reads).
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            _ if character.is_alphabetic() => out.push(character),
            _ => {
                let code = u32::from(character);
                let result = match code {
                    0..=0xff => write!(out, "\\x{code:02X}"),
                    0x100..=0xffff => write!(out, "\\u{code:04X}"),
                    _ => write!(out, "\\U{code:08X}"),
                };
                result.expect("writing to a string");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn everything_but_visible_text_is_escaped() {
        assert_eq!(quoted("{{ 1 + 1 }}: 'x' # y"), "\"{{ 1 + 1 }}: 'x' # y\"");
        assert_eq!(quoted("a\"b\\c\td\ne"), r#""a\"b\\c\td\ne""#);
        assert_eq!(quoted("Grün ж"), "\"Grün ж\"");
        assert_eq!(quoted("\0\u{1b}\u{7f}\u{85}\u{202e}\u{feff}🛇"), r#""\x00\x1B\x7F\x85\u202E\uFEFF\U0001F6C7""#);
    }
}
