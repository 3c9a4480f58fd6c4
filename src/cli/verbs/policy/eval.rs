//! `halite policy eval`

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::place::{self, Place};
use crate::cli::{Exit, Failure, Output, stream};
use crate::qrexec::{Decision, Outcome, Request};

/// Decide calls
///
/// Reads calls from stdin, each a line of JSON with `source`, `service`, `argument` and `target`, and prints a line of JSON for each, in
/// the same order.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  echo '{\"source\": \"work\", \"service\": \"qubes.Filecopy\", \"argument\": \"+\", \"target\": \"vault\"}' |\n    halite policy eval --policy-dir /etc/qubes/policy.d --system-info system.json"
)]
pub struct Eval {
    #[command(flatten)]
    place: Place,
}

#[derive(Deserialize)]
struct Call {
    source: String,
    service: String,
    #[serde(default = "no_argument")]
    argument: String,
    #[serde(default)]
    target: String,
}

fn no_argument() -> String {
    "+".to_owned()
}

/// A call and its decision; what does not belong to a decision is left out.
#[derive(Serialize)]
struct Json<'a> {
    source: &'a str,
    service: &'a str,
    argument: &'a str,
    target: &'a str,
    decision: &'static str,
    notify: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result_target: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    targets_for_ask: Option<&'a BTreeSet<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_target: Option<&'a Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a Option<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    autostart: Option<bool>,
}

impl<'a> Json<'a> {
    fn of(call: &'a Call, decision: &'a Decision) -> Self {
        let mut json = Self {
            source: &call.source,
            service: &call.service,
            argument: &call.argument,
            target: &call.target,
            decision: "deny",
            notify: decision.notify,
            rule: decision.rule.map(|rule| rule.clause.origin.to_string()),
            result_target: None,
            targets_for_ask: None,
            default_target: None,
            user: None,
            autostart: None,
        };
        match &decision.outcome {
            Outcome::Deny(_) => {}
            Outcome::Allow { target, user, autostart } => {
                json.decision = "allow";
                json.result_target = Some(target);
                (json.user, json.autostart) = (Some(user), Some(*autostart));
            }
            Outcome::Ask { targets, default_target, user, autostart } => {
                json.decision = "ask";
                (json.targets_for_ask, json.default_target) = (Some(targets), Some(default_target));
                (json.user, json.autostart) = (Some(user), Some(*autostart));
            }
        }
        json
    }
}

impl Eval {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system cannot be read, or a line is no call.
    pub fn run(self) -> Result<Output, Failure> {
        let (policy, system) = self.place.read()?;
        let mut out = stream::Data::stdout();
        for (number, line) in (1..).zip(BufReader::new(stream::input()).lines()) {
            let refuse = |error: String| Failure::new(format!("line {number} of the calls: {error}"));
            let line = line.map_err(|error| refuse(error.to_string()))?;
            if line.trim().is_empty() {
                continue;
            }
            let call: Call = serde_json::from_str(&line).map_err(|error| {
                refuse(error.to_string()).hint("a call is `{\"source\": …, \"service\": …, \"argument\": \"+…\", \"target\": …}`")
            })?;
            if !call.argument.starts_with('+') {
                return Err(refuse(format!("the argument `{}` does not begin with `+`", call.argument)));
            }
            let request =
                Request { service: Some(&call.service), argument: &call.argument, source: &call.source, target: &call.target };
            let decision = policy.decide(&system, &request);
            let json = serde_json::to_string(&Json::of(&call, &decision)).expect("what halite prints can be JSON");
            writeln!(out, "{json}").map_err(Failure::writing)?;
        }
        out.finish().map_err(Failure::writing)?;
        let exit = if policy.is_void() { Exit::Failed } else { Exit::Done };
        Ok(Output::done().remarks(place::faults(&policy)).exit(exit))
    }
}
