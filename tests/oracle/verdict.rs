//! What the checks say beside what the oracle says.

use halite::base::QubeName;
use halite::check::{Finding, Subject};
use halite::model::Role;

use crate::case::Case;
use crate::flows::Found;
use crate::network;

/// Codes that say that something may leave around its gateway.
const WAY: [&str; 5] = ["H0201", "H0202", "H0204", "H0208", "H0209"];

/// What a case was.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Something leaves around a gateway.
    pub way: bool,
    /// What the oracle made of the flows, where the checks judged them.
    pub flows: Option<Found>,
    pub is_sound: bool,
    pub disagreements: Vec<(String, String)>,
}

pub fn judge(case: &Case) -> Verdict {
    let mut verdict = Verdict::default();
    let codes = case.codes();
    let ways = network::ways_around(&case.desired);
    verdict.way = !ways.is_empty();
    let mut disagree = |what: &str, how: String| verdict.disagreements.push((what.to_owned(), format!("{how}\n{}", case.told())));
    let is_malformed = codes.iter().any(|code| code.starts_with("H01"));
    if let Some(way) = ways.values().next() && !is_malformed && !WAY.iter().any(|code| codes.contains(code)) {
        disagree("a way around a gateway is found by no check", way.clone());
    }
    for error in &case.errors {
        if is_about_a_way(case, error) && !ways.keys().any(|name| is_about(error, name)) {
            disagree(&format!("{} finds a way around a gateway that is not there", error.code.as_str()), error.to_string());
        }
    }
    if codes.iter().any(|code| !code.starts_with("H05")) {
        return verdict;
    }
    let is_agreed = |found: &Found| found.by_code().iter().all(|(code, what)| what.is_some() == codes.contains(code));
    let mut found = case.flows(false);
    if !is_agreed(&found) {
        found = case.flows(true);
    }
    for (code, what) in found.by_code() {
        match what {
            Some(what) if !codes.contains(code) => disagree(&format!("{code} misses something"), what.clone()),
            None if codes.contains(code) => disagree(&format!("{code} finds what is not there"), String::new()),
            _ => {}
        }
    }
    verdict.is_sound = codes.is_empty();
    verdict.flows = Some(found);
    verdict
}

fn is_about(error: &Finding, name: &QubeName) -> bool {
    matches!(&error.subject, Subject::Qube(subject) if subject == name)
}

/// Whether a finding answers the oracle's question.
fn is_about_a_way(case: &Case, error: &Finding) -> bool {
    let desired = &case.desired;
    let Some((_, qube)) = desired.qubes.iter().find(|(name, _)| is_about(error, name)) else { return false };
    if !desired.identities[&qube.identity].mode.over_tor() {
        return false;
    }
    let is_client = qube.role.holds_applications() || qube.role == Role::Vault;
    match error.code.as_str() {
        "H0201" => {
            // That the way to its gateway leads through what is not its own is something else.
            let netvm = qube.pref_qube("netvm").and_then(|name| desired.qubes.get(name));
            is_client && netvm.is_none_or(|netvm| netvm.identity == qube.identity && netvm.role.provides_network())
        }
        // A gateway is in clear in any case, and so is what is before it.
        "H0202" => is_client,
        "H0204" => {
            let made_from = qube.pref_qube("default_dispvm").and_then(|name| desired.qubes.get(name));
            made_from.is_none()
        }
        _ => false,
    }
}
