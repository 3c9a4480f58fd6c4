//! How Python prints and reads: texts in messages, numbers, switches and addresses in payloads.

use std::net::Ipv6Addr;

/// `repr()` of an ASCII text.
pub(super) fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut shown = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => shown.push_str("\\\\"),
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if character == quote => shown.extend(['\\', quote]),
            _ if character.is_ascii_control() => shown.push_str(&format!("\\x{:02x}", u32::from(character))),
            _ => shown.push(character),
        }
    }
    shown.push(quote);
    shown
}

/// `int()` of a text: white space around, a sign, and `_` between digits are allowed.
pub(super) fn integer(text: &str) -> Option<i64> {
    let text = text.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}');
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    if plain { text.replace('_', "").parse().ok() } else { None }
}

/// `str(IPv6Address(text))`: no digits with dots at the end, and a zone if there is one.
pub(super) fn ip6(text: &str) -> Option<String> {
    let (address, zone) = match text.split_once('%') {
        Some((_, "")) => return None,
        Some((_, zone)) if zone.contains('%') => return None,
        Some((address, zone)) => (address, format!("%{zone}")),
        None => (text, String::new()),
    };
    let address: Ipv6Addr = address.parse().ok()?;
    // Rust writes these as `::ffff:1.2.3.4` and `::1.2.3.4`.
    let shown = match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => format!("::ffff:{high:x}:{low:x}"),
        [0, 0, 0, 0, 0, 0, high, low] if high > 0 => format!("::{high:x}:{low:x}"),
        _ => address.to_string(),
    };
    Some(shown + &zone)
}

/// Whether `uuid.UUID(text)` takes it: `urn:` and `uuid:`, braces and hyphens may be anywhere around and in 32 digits.
pub(super) fn is_uuid(text: &str) -> bool {
    let digits = text.replace("urn:", "").replace("uuid:", "");
    let digits = digits.trim_matches(['{', '}']).replace('-', "");
    digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What `qubes.property.bool` takes as a switch.
pub(super) fn switch(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "0" | "no" | "false" | "off" => Some(false),
        "1" | "yes" | "true" | "on" => Some(true),
        _ => None,
    }
}

/// `str.splitlines()` of an ASCII text.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}']) {
        let (line, after) = rest.split_at(end);
        lines.push(line);
        rest = after.strip_prefix("\r\n").unwrap_or(after.get(1..).unwrap_or_default());
    }
    if !rest.is_empty() {
        lines.push(rest);
    }
    lines
}

/// `bytes.decode("ascii")`.
pub(super) fn ascii(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())
}

/// Whether all characters are in `string.printable`.
pub(super) fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\t'..=b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_quotes_them() {
        assert_eq!(repr("gw1"), "'gw1'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("'\"\\\n\u{1}"), "'\\'\"\\\\\\n\\x01'");
    }

    #[test]
    fn numbers_are_those_that_int_takes() {
        for (text, number) in [("12", Some(12)), (" -3\n", Some(-3)), ("1_0", Some(10)), ("", None), ("_1", None), ("0x1", None)]
        {
            assert_eq!(integer(text), number, "{text:?}");
        }
    }

    #[test]
    fn addresses_are_spelled_in_one_way() {
        for (text, shown) in [
            ("FD00:0::1", Some("fd00::1")),
            ("::ffff:1.2.3.4", Some("::ffff:102:304")),
            ("::1.2.3.4", Some("::102:304")),
            ("::1", Some("::1")),
            ("::", Some("::")),
            ("fe80::1%eth0", Some("fe80::1%eth0")),
            ("fe80::1%", None),
            ("fe80::1%a%b", None),
            ("1.2.3.4", None),
        ] {
            assert_eq!(ip6(text).as_deref(), shown, "{text}");
        }
    }

    #[test]
    fn lines_end_where_python_ends_them() {
        assert_eq!(lines("a\r\nb\n\nc"), ["a", "b", "", "c"]);
        assert!(lines("").is_empty());
    }
}
