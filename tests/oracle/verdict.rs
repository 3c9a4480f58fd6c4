//! What the checks say beside what the oracle says.

use crate::case::Case;
use crate::flows::Found;
use crate::network;

/// Codes that say that something may leave around its gateway.
const WAY: [&str; 5] = ["H0201", "H0202", "H0204", "H0208", "H0209"];

/// A disagreement: who says what, in a few words, and the whole case.
pub struct Disagreement {
    pub what: String,
    pub case: String,
}

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
        let code = error.code.as_str();
        let subject = format!("{:?}", error.subject);
        if ["H0201", "H0202", "H0204"].contains(&code) {
            let is_there = ways.keys().any(|name| subject.contains(&format!("\"{name}\"")));
            if !is_there {
                disagree(&format!("{code} finds a way around a gateway that is not there"), subject);
            }
        }
    }
    if codes.iter().any(|code| !code.starts_with("H05")) {
        return verdict;
    }
    let mut found = case.flows(false);
    let missing = |found: &Found| found.by_code().iter().any(|(code, what)| what.is_none() && codes.contains(code));
    if missing(&found) {
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
