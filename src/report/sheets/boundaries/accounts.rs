//! What applications give away: accounts, habits, documents.

use super::key;
use crate::base::Handle;
use crate::check::Code;
use crate::model::{Identity, Mode};
use crate::report::examined::Examined;
use crate::report::phrase::Phrase;
use crate::report::sheets::claims::{Claims, anything};
use crate::report::standing::Held;

/// Claims about the bundle as a whole.
pub fn whole(examined: &Examined, claims: &mut Claims) {
    let declared: usize = examined.desired().identities.values().map(|identity| identity.accounts.len()).sum();
    let evidence = match declared {
        0 => "the recipe declares no account, so there is nothing to compare".to_owned(),
        1 => "one account is declared".to_owned(),
        many => format!("{many} accounts are declared"),
    };
    let codes = [Code::SharedAccount, Code::SharedDestination];
    claims.checked(
        "accounts",
        "No account and no server is declared in two identities that must not be tied",
        &codes,
        anything,
        evidence,
    );
    claims.told(
        "habits",
        "What you write, when, and how; what a file says about its author",
        Held::OutOfReach,
        "Tor does not clean metadata, and nobody's style is hidden by it",
    );
}

/// Claims about one identity.
pub fn each(examined: &Examined, handle: &Handle, identity: &Identity, claims: &mut Claims) {
    let who = || examined.identity(handle);
    let accounts = Phrase::joined(identity.accounts.iter().map(|account| examined.account(account)), ", ", "none");
    let claim = match identity.mode {
        Mode::Anonymous => Phrase::of("Nobody learns who ") + who() + " is, as long as it logs in nowhere".into(),
        Mode::KnownRecipient => Phrase::of("Only whom ") + who() + " talks to knows who that is".into(),
        Mode::NonAnonymousOverTor => Phrase::of("The services of ") + who() + " know who that is, and not where".into(),
        Mode::NonAnonymous => Phrase::of("Everybody can know who ") + who() + " is".into(),
    };
    claims.told(key(handle, "accounts"), claim, Held::Declared, Phrase::of("its accounts: ") + accounts);
}
