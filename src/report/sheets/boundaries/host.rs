//! A compromised host: out of reach, and what lowers the risk.

use super::key;
use crate::base::Handle;
use crate::check::Code;
use crate::model::{Identity, Role};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::sheets::claims::{Claims, about, anything};
use crate::report::sheets::evidence::{names, of_role};
use crate::report::standing::Held;

/// Claims about the bundle as a whole.
pub fn whole(examined: &Examined, claims: &mut Claims) {
    claims.told(
        "dom0",
        "Whoever controls dom0 or Xen controls every identity",
        Held::OutOfReach,
        "keep dom0 updated, its memory encrypted by powering off, and strangers away from the computer",
    );
    claims.checked(
        "commands",
        "No qube of this bundle gives dom0 commands",
        &[Code::CommandsDom0],
        anything,
        format!("all calls of all qubes to dom0, decided by this policy together with that of {}", examined.subject.release),
    );
    claims.told(
        "code",
        "Nothing of this bundle runs in dom0",
        Held::Known,
        "`halite-dom0` reads settings, lists and rules of a closed form, and runs no program from a bundle",
    );
}

/// Claims about one identity.
pub fn each(examined: &Examined, handle: &Handle, _: &Identity, claims: &mut Claims) {
    let who = || examined.identity(handle);
    let vaults = of_role(examined, handle, Role::Vault);
    if !vaults.is_empty() {
        let claim = Phrase::of("The vault of ") + who() + " has no network".into();
        claims.checked(key(handle, "vault"), claim, &[Code::OfflineQube], about(examined.desired(), handle), names(vaults, ""));
    }
    let disposable = of_role(examined, handle, Role::DisposableTemplate);
    let claim = who() + " can open what strangers sent in a disposable".into();
    let (held, evidence) = match disposable.is_empty() {
        true => (Held::Open, Phrase::of("it has no disposable template: what it opens, it opens where its data is")),
        false => (Held::Enforced, Phrase::of("made from ") + names(disposable, "")),
    };
    claims.told(key(handle, "disposable"), claim, held, evidence);
}
