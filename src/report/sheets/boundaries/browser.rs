//! What a browser, a keyboard and a sound card give away.

use super::key;
use crate::base::Handle;
use crate::check::Code;
use crate::model::{Identity, Setting};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::sheets::claims::{Claims, about};
use crate::report::sheets::workstation_plan;
use crate::report::standing::Held;

/// Claims about one identity.
pub fn each(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let of = about(examined.desired(), handle);
    let who = || examined.identity(handle);
    if identity.mode.is_anonymous() {
        let claim = who() + " has no other browser than Tor Browser, and no extension".into();
        let evidence = workstation_plan::templates(examined, handle);
        claims.checked(key(handle, "browser"), claim, &[Code::Browser, Code::NotWhonix], &of, evidence);
    } else {
        let claim = Phrase::of("The browser of ") + who() + " looks like everybody's".into();
        let why = match identity.mode.over_tor() {
            true => "no check keeps other browsers out of mode 3, where the services know who you are",
            false => "an ordinary browser, in clear: every site can tell it from all others",
        };
        claims.told(key(handle, "browser"), claim, Held::Open, why);
    }
    if identity.mode.over_tor() {
        let claim = Phrase::of("It was decided what the qubes of ") + who() + " see of keyboard and sound".into();
        claims.checked(key(handle, "devices"), claim, &[Code::Keyboard, Code::Audio], &of, devices(examined, handle));
    }
}

fn devices(examined: &Examined, handle: &Handle) -> Phrase {
    let own = examined.qubes_of(handle).filter(|(_, qube)| qube.role.holds_applications());
    let told = own.map(|(name, qube)| {
        let keyboard = qube.pref("keyboard_layout").map_or("dom0's".to_owned(), |layout| match layout {
            Setting::Default => "dom0's".to_owned(),
            other => format!("`{other}`"),
        });
        let audio = match qube.pref("audiovm") {
            Some(Setting::None) => "no sound".to_owned(),
            Some(Setting::Qube(audiovm)) => format!("sound by `{audiovm}`"),
            _ => "sound as dom0 has it".to_owned(),
        };
        Phrase::of(format!("`{name}`: keyboard {keyboard}, {audio}"))
    });
    Phrase::joined(told, "; ", "it has no qubes with applications")
}
