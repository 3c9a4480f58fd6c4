//! `[identity.HANDLE]`

use std::str::FromStr;

use crate::base::QubeName;
use crate::check::Code;
use crate::model::Mode;
use crate::recipe::language::{Identity, Keyboard, Network};
use crate::recipe::reader::Table;

/// What stands for dom0's own keyboard layout.
const KEYBOARD_OF_DOM0: &str = "dom0";

impl Keyboard {
    /// The grammar as a regular expression, for schemas. Source: qubes-core-admin R4.3, `qubes/vm/qubesvm.py`, `_setter_kbd_layout`.
    pub const PATTERN: &str = r"^(dom0|[a-zA-Z]+\+[a-zA-Z0-9_-]*\+[a-zA-Z0-9_:,-]*)$";
}

/// Reads the table.
pub fn identity(table: &mut Table) -> Option<Identity> {
    let mode = table.required_number("mode", 1..=4);
    let accounts = table.list("accounts");
    let applications = table.list("applications");
    let destinations = table.list("destinations");
    let keyboard = table.optional("keyboard");
    let audio = table.yes_or_no("audio");
    let gateway = table.optional::<QubeName>("gateway");
    let upstream = table.optional::<QubeName>("upstream");
    let vpn = table.optional::<QubeName>("vpn");
    let mode = Mode::try_from(u8::try_from(mode?.value).ok()?).ok()?;
    let network = match (gateway, upstream) {
        (Some(gateway), None) if mode.over_tor() => Network::Tor { gateway, vpn },
        (None, Some(_)) if !mode.over_tor() && vpn.is_some() => {
            let place = vpn?.place;
            let help = "name the `[vpn.QUBE]` as its `upstream`".to_owned();
            table.fault_with_help(
                Code::Conflict,
                place,
                "`vpn` is a VPN behind Tor, and this mode does not go through Tor",
                help,
            );
            return None;
        }
        (None, Some(upstream)) if !mode.over_tor() => Network::Clear(upstream),
        (Some(gateway), None) => {
            let message = format!("{mode} does not go through Tor; say `upstream` in place of `gateway`");
            table.fault(Code::Conflict, gateway.place, message);
            return None;
        }
        (None, Some(upstream)) => {
            let message = format!("{mode} goes through Tor; say `gateway`, and the `upstream` at the gateway");
            table.fault(Code::Conflict, upstream.place, message);
            return None;
        }
        (Some(_), Some(upstream)) => {
            table.fault(Code::Conflict, upstream.place, "an identity has a `gateway` or an `upstream`, not both");
            return None;
        }
        (None, None) => {
            let missing = if mode.over_tor() { "gateway" } else { "upstream" };
            let message = format!("{} lacks the key `{missing}`, which {mode} needs", table.what());
            table.fault(Code::MissingKey, table.place(), message);
            return None;
        }
    };
    Some(Identity { mode, accounts, applications, destinations, keyboard, audio, network })
}

impl FromStr for Keyboard {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == KEYBOARD_OF_DOM0 {
            return Ok(Self::Dom0);
        }
        let word = |text: &str, more: &str| text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
        match text.split('+').collect::<Vec<_>>().as_slice() {
            [layout, variant, options]
                if !layout.is_empty()
                    && layout.chars().all(|c| c.is_ascii_alphabetic())
                    && word(variant, "-_")
                    && word(options, "-_:,") =>
            {
                Ok(Self::Layout(text.to_owned()))
            }
            _ => Err("a keyboard is `dom0`, or `LAYOUT+VARIANT+OPTIONS` as Qubes spells it, such as `us++`"),
        }
    }
}
