//! What qubesd refuses as the value of a property or a feature: told beforehand, since in the middle of an activation it says little, or
//! nothing. What it takes and then reads back as another text is refused as well, or it would be drift from the first moment on.
//!
//! Source: qubes-core-admin R4.2 and R4.3, `qubes/__init__.py` (`sanitize`), `qubes/vm/qubesvm.py` (the `_setter_…` functions),
//! `qubes/device_protocol.py` (`from_str_bulk`), `qubes/api/admin.py` (`vm_feature_set`), and `services`, `vm_config` and `admin` of
//! `qubes/ext`.

use super::{Kind, Property, Release, Setting};

/// The longest value in bytes: qubesd drops a request that is longer than 65,536, and the rest of it takes less than this leaves.
const LONGEST: usize = 65_000;
/// `_setter_kernelopts`: Xen has room for no more.
const KERNEL_OPTIONS: usize = 512;
/// Features that only qubesd itself changes: `PROHIBITED_FEATURES` of `qubes/ext/admin.py` (R4.3).
const OF_QUBESD: [&str; 4] =
    ["deferred-netvm-original", "preload-dispvm", "preload-dispvm-completed", "preload-dispvm-in-progress"];

impl Property {
    /// Why this cannot be its value. Reads after "it is `text`, and": "it is `9x`, and must be a number above 0".
    pub fn refuses(&self, setting: &Setting) -> Option<&'static str> {
        self.refuses_text(&setting.to_admin()?)
    }

    /// The same of the text that qubesd would get.
    pub fn refuses_text(&self, text: &str) -> Option<&'static str> {
        if text.len() > LONGEST {
            return Some("is longer than qubesd reads");
        }
        match self.kind {
            // Which qubes there are is another question.
            Kind::Qube => None,
            Kind::Bool => (!matches!(text, "True" | "False")).then_some("must be yes or no"),
            // More than one gets is no mistake of a value: 0 turns it off.
            Kind::Int if self.name == "maxmem" => text.parse::<u32>().is_err().then_some("must be a number"),
            Kind::Int => text.parse::<u32>().ok().is_none_or(|number| number == 0).then_some("must be a number above 0"),
            Kind::Text if !text.bytes().all(is_visible) => Some("must be in visible ASCII"),
            Kind::Text => refused(self.name, text),
        }
    }
}

/// Why this cannot be a feature of a qube. Reads as that of a property.
pub fn refused_feature(name: &str, text: &str, release: Release) -> Option<&'static str> {
    let service = name.strip_prefix("service.");
    let config = name.strip_prefix("vm-config.");
    if OF_QUBESD.contains(&name) {
        Some("is kept by qubesd alone")
    } else if text.len() > LONGEST {
        Some("is longer than qubesd reads")
    } else if !text.bytes().all(|byte| if release < Release::R4_3 { byte.is_ascii() } else { is_visible(byte) }) {
        Some("must be in visible ASCII")
    } else if service.is_some_and(|service| matches!(service, "" | "." | "..")) {
        Some("names no service")
    } else if service.is_some_and(|service| service.len() > 48 && !service.starts_with("app-dispvm.")) {
        Some("names a service of more than 48 characters")
    } else if config.is_some_and(|config| config.len() > 52 || !config.starts_with(|c: char| c.is_ascii_alphabetic())) {
        Some("names a setting of more than 52 characters, or one that begins with no letter")
    } else {
        None
    }
}

/// A space, or what can be seen.
fn is_visible(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn refused(property: &str, text: &str) -> Option<&'static str> {
    match property {
        "kernel" => text.contains('/').then_some("must be a kernel's name, without `/`"),
        "kernelopts" => (text.len() > KERNEL_OPTIONS).then_some("has more than 512 characters"),
        "default_user" => {
            let is_right = |byte: u8| byte.is_ascii_alphanumeric() || b"_-+,.".contains(&byte);
            (!text.bytes().all(is_right)).then_some("must be of letters, digits and `_-+,.`")
        }
        "virt_mode" => (!matches!(text, "hvm" | "pv" | "pvh")).then_some("must be `pvh`, `hvm` or `pv`"),
        "keyboard_layout" => (!is_keyboard(text)).then_some("must be LAYOUT+VARIANT+OPTIONS, such as `us++`"),
        "devices_denied" => (!is_sorted_list_of_interfaces(text))
            .then_some("must be codes of interfaces such as `u03****`, in order and each once"),
        _ => None,
    }
}

fn is_keyboard(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let [layout, variant, options] = text.split('+').collect::<Vec<_>>()[..] else { return false };
    !layout.is_empty()
        && layout.bytes().all(|byte| byte.is_ascii_alphabetic())
        && variant.bytes().all(word)
        && options.bytes().all(|byte| word(byte) || matches!(byte, b':' | b','))
}

fn is_sorted_list_of_interfaces(text: &str) -> bool {
    let codes: Vec<&[u8]> = text.as_bytes().chunks(7).collect();
    let is_code = |code: &&[u8]| match code {
        [b'b' | b'u' | b'm' | b'p' | b'*', rest @ ..] => {
            rest.len() == 6 && rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'*'))
        }
        _ => false,
    };
    codes.iter().all(is_code) && codes.is_sorted_by(|one, next| one < next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn case(property: &str, right: &[&str], wrong: &[(&str, &str)]) {
        let property = Property::find(property).unwrap();
        right.iter().for_each(|text| assert_eq!(property.refuses_text(text), None, "{text}"));
        wrong.iter().for_each(|(text, why)| assert_eq!(property.refuses_text(text), Some(*why), "{text}"));
    }

    #[test]
    fn values_are_of_their_kind_and_range() {
        case("memory", &["400"], &[("0", "must be a number above 0"), ("-1", "must be a number above 0")]);
        case("maxmem", &["0", "4000"], &[("", "must be a number")]);
        case("autostart", &["True", "False"], &[("true", "must be yes or no")]);
        case("kernel", &["", "6.12.59-1.fc41"], &[("../evil", "must be a kernel's name, without `/`")]);
        case("kernel", &[], &[("6.1\n", "must be in visible ASCII"), ("grün", "must be in visible ASCII")]);
        case("kernelopts", &["nopat", &"x".repeat(512)], &[(&"x".repeat(513), "has more than 512 characters")]);
        case("bootmode", &[&"x".repeat(65_000)], &[(&"x".repeat(65_001), "is longer than qubesd reads")]);
        case("default_user", &["user", ""], &[("a:b", "must be of letters, digits and `_-+,.`")]);
        case("virt_mode", &["pvh"], &[("PVH", "must be `pvh`, `hvm` or `pv`"), ("", "must be `pvh`, `hvm` or `pv`")]);
        let keyboard = "must be LAYOUT+VARIANT+OPTIONS, such as `us++`";
        case(
            "keyboard_layout",
            &["us++", "de+nodeadkeys+ctrl:nocaps,x"],
            &[("us", keyboard), ("++", keyboard), ("u1++", keyboard)],
        );
        let devices = "must be codes of interfaces such as `u03****`, in order and each once";
        case("devices_denied", &["", "u03****", "b******u03****"], &[("u03", devices), ("u03****b******", devices)]);
        case("devices_denied", &[], &[("u03****u03****", devices), ("x03****", devices)]);
        case("netvm", &["", "sys-firewall"], &[]);
    }

    #[test]
    fn features_are_what_their_readers_take() {
        let refused = |name: &str, text: &str| refused_feature(name, text, Release::R4_3);
        assert_eq!(refused("x-mine", "a b"), None);
        assert_eq!(refused("x-mine", "a\nb"), Some("must be in visible ASCII"));
        assert_eq!(refused_feature("x-mine", "a\nb", Release::R4_2), None);
        assert_eq!(refused_feature("x-mine", "ä", Release::R4_2), Some("must be in visible ASCII"));
        assert_eq!(refused("x-mine", &"x".repeat(65_001)), Some("is longer than qubesd reads"));
        assert_eq!(refused("preload-dispvm", "a"), Some("is kept by qubesd alone"));
        assert_eq!(refused("service.", "1"), Some("names no service"));
        assert_eq!(refused("service..", "1"), Some("names no service"));
        assert_eq!(refused(&format!("service.{}", "x".repeat(48)), "1"), None);
        assert_eq!(refused(&format!("service.{}", "x".repeat(49)), "1"), Some("names a service of more than 48 characters"));
        assert_eq!(refused(&format!("service.app-dispvm.{}", "x".repeat(49)), "1"), None);
        let config = Some("names a setting of more than 52 characters, or one that begins with no letter");
        assert_eq!(refused("vm-config.1a", "1"), config);
        assert_eq!(refused(&format!("vm-config.{}", "x".repeat(53)), "1"), config);
        assert_eq!(refused("vm-config.a", "1"), None);
    }
}
