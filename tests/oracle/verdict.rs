//! What the checks say beside what the oracle says.
//!
//! **What may leave around its gateway.** Where the oracle finds a way, the checks must refuse with one of the codes in [`WAY`], or find the
//! state malformed (H01xx), which ends their look at it. Where H0201, H0202 or H0204 speaks of a client of a gateway over Tor, the oracle
//! must know a way from that very qube; [`is_about_a_way`] says where these codes ask for more than that.
//!
//! **What identities may reach.** The checks judge flows only where state and ways are as they should be (no H01xx, no H02xx); elsewhere all
//! that is asked is that something is wrong, which is so. There, each code and the oracle must agree, in both directions:
//!
//! | code | the oracle's question |
//! |---|---|
//! | H0501 | does a single call of data or control cross an identity's border, and no flow says so? |
//! | H0502 | does a chain of calls lead from one identity to another, where no single one does? |
//! | H0503 | is a flow answered otherwise than it says? |
//! | H0504 | does a call of somebody over Tor lead to another network? |
//! | H0505 | does a call that tells how somebody is cross an identity's border? |
//!
//! **What the checks ask besides**, and the oracle is silent about:
//!
//! | code | why it is no question of the oracle's |
//! |---|---|
//! | H01xx | what Qubes refuses, or cannot have, leads nowhere |
//! | H0203, H0207, H0212 | more than one Tor, another's VPN, a mode 4 over Tor: still no way around the own gateway |
//! | H0205, H0206, H0211 | what policies rest on; what follows from it, flows would show |
//! | H0208, H0209 | of a gateway or a vault that nobody is behind, or that leads nowhere |
//! | H0210, H0213, H0214, H0216 | gateways, updates and starts that link identities, or give them away, without a call |
//! | H0215 | a GUI or audio qube is no call |
//! | H03xx, H04xx | accounts, browsers, keyboards, labels: no configuration of networks or policy |
//! | H0506 | dom0 is nobody's identity |
//! | H0507, H0508, H0509 | what must work, quietly, and where updates come from |

use halite::base::QubeName;
use halite::check::{Finding, Subject};
use halite::model::Role;

use crate::case::Case;
use crate::flows::Found;
use crate::network;

/// Codes that say that something may leave around its gateway.
const WAY: [&str; 5] = ["H0201", "H0202", "H0204", "H0208", "H0209"];

/// What a case is, by the oracle, and who disagrees.
pub struct Verdict {
    /// Something leaves around a gateway.
    pub leaves: bool,
    /// What the oracle made of the flows, where the checks judged them.
    pub flows: Option<Found>,
    /// The checks find nothing wrong.
    pub is_accepted: bool,
    /// Where the two disagree: over what, and how.
    pub disagreements: Vec<(String, String)>,
}

/// Holds the checks to the oracle.
pub fn judge(case: &Case) -> Verdict {
    let codes = case.codes();
    let mut disagreements = Vec::new();
    let ways = network::ways_around(&case.desired);
    let is_malformed = codes.iter().any(|code| code.starts_with("H01"));
    if let Some(way) = ways.values().next()
        && !is_malformed
        && !WAY.iter().any(|code| codes.contains(code))
    {
        disagreements.push(("no code says that something leaves around its gateway".to_owned(), way.clone()));
    }
    for error in &case.errors {
        if is_about_a_way(case, error) && !ways.keys().any(|name| is_about(error, name)) {
            disagreements.push((format!("{} speaks of a way that is not there", error.code.as_str()), error.to_string()));
        }
    }
    let is_judged = !codes.iter().any(|code| code.starts_with("H01") || code.starts_with("H02"));
    let flows = is_judged.then(|| flows(case));
    for (code, what) in flows.iter().flat_map(Found::by_code) {
        // A chain beside a call that crosses already may go unsaid.
        let is_masked = code == "H0502" && codes.contains("H0501");
        match what {
            Some(what) if !codes.contains(code) && !is_masked => {
                disagreements.push((format!("{code} is silent"), what.clone()));
            }
            None if codes.contains(code) => disagreements.push((format!("{code} speaks of what is not there"), String::new())),
            _ => {}
        }
    }
    Verdict { leaves: !ways.is_empty(), flows, is_accepted: codes.is_empty(), disagreements }
}

/// What the oracle makes of the flows: of some services if that is what the checks say, too, else of all.
fn flows(case: &Case) -> Found {
    let codes = case.codes();
    let found = case.flows(false);
    match found.by_code().iter().all(|(code, what)| what.is_some() == codes.contains(code)) {
        true => found,
        false => case.flows(true),
    }
}

fn is_about(error: &Finding, name: &QubeName) -> bool {
    matches!(&error.subject, Subject::Qube(subject) if subject == name)
}

/// Whether a finding answers the oracle's question.
fn is_about_a_way(case: &Case, error: &Finding) -> bool {
    let desired = &case.desired;
    let Some((_, qube)) = desired.qubes.iter().find(|(name, _)| is_about(error, name)) else { return false };
    if !desired.identities.get(&qube.identity).is_some_and(|identity| identity.mode.over_tor()) {
        return false;
    }
    let is_client = qube.role.holds_applications() || qube.role == Role::Vault;
    match error.code.as_str() {
        // That the way to its gateway leads through what is not its own, or to nowhere, is something else.
        "H0201" => is_client && network::is_straight(desired, qube),
        // A gateway is in clear in any case, and so is what is before it.
        "H0202" => is_client,
        // Another identity's disposables may be behind this one's gateway, and what is no disposable template makes none.
        "H0204" => qube.pref_qube("default_dispvm").is_none_or(|name| !desired.qubes.contains_key(name)),
        _ => false,
    }
}
