//! Who sees that Tor is used.

use super::key;
use crate::base::Handle;
use crate::check::Code;
use crate::model::{Identity, whonix};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::sheets::claims::{Claims, about};
use crate::report::sheets::through::{Through, TorBy};
use crate::report::standing::Held;

/// Claims about one identity.
pub fn each(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let (desired, who) = (examined.desired(), examined.identity(handle));
    let claim = Phrase::of("The local network does not see that ") + who.clone() + " uses Tor".into();
    let Some(gateway) = examined.gateway(handle).filter(|_| identity.mode.over_tor()) else {
        claims.told(key(handle, "tor"), who + " uses no Tor".into(), Held::Declared, identity.mode.to_string());
        return;
    };
    let through = desired.qubes.get(gateway).and_then(|qube| Through::of(examined, gateway, qube));
    let bridges = whonix::bridges_file();
    let has_bridges = desired.qubes.get(gateway).is_some_and(|qube| qube.files.contains_key(&bridges));
    let key = key(handle, "tor");
    match through {
        Some(_) if has_bridges => {
            let evidence = format!("bridges in `{bridges}` of `{gateway}`, in place before it first connects");
            claims.checked(key, claim, &[Code::BridgesInBundle], about(desired, handle), evidence);
        }
        Some(Through { tor: Some(TorBy::OtherComputer), .. }) => {
            claims.told(key, claim, Held::OutOfReach, "whether the other computer uses bridges is not for this bundle to say");
        }
        Some(Through { vpn_first: true, .. }) => {
            claims.told(key, claim, Held::Declared, "it sees a VPN; the VPN's provider sees Tor, and who you are");
        }
        Some(_) => claims.told(key, claim, Held::Open, format!("`{gateway}` has no bridges: who uses Tor can be seen")),
        None => {
            let evidence = format!("`{gateway}` is a qube that dom0 has; whether it uses bridges is set inside it");
            claims.told(key, claim, Held::OutOfReach, evidence);
        }
    }
}
