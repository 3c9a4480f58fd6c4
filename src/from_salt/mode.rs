//! Which anonymity mode a workstation is for. No state says so; names and ways to the network tell.

use super::qube::Qube;
use super::remarks::{About, Remarks};
use crate::base::cleaned;
use crate::check::Code;
use crate::model::Mode;
use crate::recipe::{At, Fault};

/// Whether states lead a qube through Tor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Through a gateway.
    Tor,
    /// In clear, through what is called so.
    Clear(String),
}

/// Parts of names by which people mean that nobody is to know.
const ANONYMOUS: [&str; 3] = ["anon", "whonix", "tor"];

/// The mode of an identity whose first qube is `qube`, on a template of this kind. What was behind Tor never ends up in clear, and what is
/// called anonymous does not either.
pub fn of(qube: &Qube, kind: Option<&str>, way: &Way, remarks: &Remarks) -> Mode {
    let name = &qube.name;
    let (text, about) = (name.value.as_str(), || About::key(name.value.as_str(), "mode"));
    let say =
        |place: &crate::recipe::Place, message: String, help: &str| remarks.say(about(), Code::SaltMode, place, message, help);
    let way_place = qube.netvm.as_ref().map_or(&name.place, |netvm| &netvm.place);
    let number = match number(text) {
        Some(number) => {
            if let Some(other) = qube.hints.iter().find(|hint| self::number(&hint.value).is_some_and(|hint| hint != number)) {
                other_number(other, text, number, &about(), qube, remarks);
            }
            Some(number)
        }
        None => qube.hints.iter().find_map(|hint| self::number(&hint.value)),
    };
    let whonix = kind == Some("whonix-workstation");
    let anonymous = whonix || text.split(['-', '_', '.']).any(|word| ANONYMOUS.iter().any(|part| word.starts_with(part)));
    match (number, way) {
        (Some(Mode::NonAnonymous), Way::Tor) => {
            let message =
                format!("`{text}` is called mode 4, in clear, and is behind Tor; taken as mode 3, so that it stays there");
            say(way_place, message, "if it is to be in clear, say `mode = 4` and an `upstream`");
            Mode::NonAnonymousOverTor
        }
        (Some(mode), Way::Clear(upstream)) if mode.over_tor() => {
            let message = format!(
                "`{text}` is called {mode}, over Tor, and goes out in clear through `{upstream}`; taken as {mode}, behind a gateway"
            );
            say(way_place, message, "until then, do not use it: it is not anonymous");
            mode
        }
        (Some(mode), _) => mode,
        (None, Way::Tor) if whonix => {
            let message =
                format!("which mode `{text}` is for no state says; it is a Whonix workstation behind Tor, and taken as mode 1");
            say(&name.place, message, "say `mode = 2` if the recipient knows who you are, `mode = 3` if a service does");
            Mode::Anonymous
        }
        (None, Way::Tor) => {
            let message = format!(
                "which mode `{text}` is for no state says; it is behind Tor and no Whonix workstation, and taken as mode 3"
            );
            say(&name.place, message, "for mode 1 or 2, put it on `whonix-workstation`");
            Mode::NonAnonymousOverTor
        }
        (None, Way::Clear(upstream)) if anonymous => {
            let message = format!(
                "`{text}` looks anonymous, and goes out in clear through `{upstream}`; taken as mode 1, behind a gateway"
            );
            say(way_place, message, "until then, do not use it: it is not anonymous");
            Mode::Anonymous
        }
        (None, Way::Clear(_)) => {
            let message = format!("which mode `{text}` is for no state says; it goes out in clear, and is taken as mode 4");
            say(&name.place, message, "say `mode` and a `gateway` if it is to be anonymous");
            Mode::NonAnonymous
        }
    }
}

/// Whether a qube's name, or the id of a state about it, is that of a mode over Tor.
pub fn is_called_over_tor(qube: &Qube) -> bool {
    let hint = || qube.hints.iter().find_map(|hint| number(&hint.value));
    number(qube.name.value.as_str()).or_else(hint).is_some_and(Mode::over_tor)
}

fn other_number(hint: &At<String>, name: &str, mode: Mode, about: &About, qube: &Qube, remarks: &Remarks) {
    let message = format!("the id `{}` speaks of another mode than `{name}`; taken as {mode}", cleaned(&hint.value));
    let fault = Fault::new(Code::SaltMode, hint.place.clone(), message).see(qube.name.place.clone(), "the name");
    remarks.add(about.clone(), fault.help(Some("name both alike".to_owned())));
}

/// The mode whose number stands behind `mode` in a name.
fn number(name: &str) -> Option<Mode> {
    let name = name.to_ascii_lowercase();
    let mut found = name.match_indices("mode").filter_map(|(at, word)| {
        let rest = name.get(at + word.len()..)?.trim_start_matches(['-', '_', '.', ' ']);
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        Mode::try_from(digits.parse::<u8>().ok()?).ok()
    });
    found.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_names() {
        for (name, mode) in [("mode-1", 1), ("create-mode-4-vm", 4), ("Mode2", 2), ("a_mode_3", 3), ("modern-mode3", 3)] {
            assert_eq!(number(name).map(Mode::number), Some(mode), "{name}");
        }
        for name in ["mode", "mode-0", "mode-5", "mode-12", "model", "1"] {
            assert_eq!(number(name), None, "{name}");
        }
    }
}
