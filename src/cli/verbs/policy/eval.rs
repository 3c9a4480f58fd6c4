//! `halite policy eval`

use std::collections::BTreeSet;
use std::io::{BufRead, Read, Write};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::home::Home;
use super::place::{self, Place};
use crate::cli::{Exit, Failure, Output, stream};
use crate::qrexec::{Decision, Outcome, Request, System};

/// Decide calls
///
/// Reads calls from stdin, each a line of JSON with `source`, `service`, `argument` and `target`, and prints a line of JSON for each, in
/// the same order.
#[derive(Debug, Args)]
pub struct Eval {
    #[command(flatten)]
    place: Place,
}

/// The longest line that is read, in bytes: much more than any call that qrexec transports.
const LINE_MOST: u64 = 1 << 20;

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

impl Call {
    fn parse(line: &[u8], system: &System) -> Result<Self, Failure> {
        let call: Self = serde_json::from_slice(line.trim_ascii_end()).map_err(|error| {
            // Each line is one for the parser.
            let text = error.to_string().replace(" at line 1 column ", " at column ");
            Failure::new(text).hint("a call is `{\"source\": …, \"service\": …, \"argument\": \"+…\", \"target\": …}`")
        })?;
        if !call.argument.starts_with('+') {
            let failure = Failure::new(format!("the argument `{}` does not begin with `+`", call.argument));
            return Err(failure.hint("an empty argument is `+`"));
        }
        if system.number(&call.source).is_none() {
            let failure = Failure::new(format!("there is no qube `{}` in the system", call.source));
            return Err(failure.hint("the source of a call is the name of a qube; dom0 is `dom0`"));
        }
        Ok(call)
    }

    fn request(&self) -> Request<'_> {
        Request { service: Some(&self.service), argument: &self.argument, source: &self.source, target: &self.target }
    }
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
    pub fn run(self, home: &dyn Home) -> Result<Output, Failure> {
        let (policy, system) = self.place.read(home)?;
        let (mut input, mut out) = (stream::input(), stream::output());
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let read = input.by_ref().take(LINE_MOST).read_until(b'\n', &mut line);
            let refuse = |failure: Failure| failure.about(format!("line {number} of the calls"));
            if read.map_err(|error| refuse(Failure::new(error)))? == 0 {
                break;
            }
            if line.len() as u64 == LINE_MOST && !line.ends_with(b"\n") {
                return Err(refuse(Failure::new(format!("it is longer than {LINE_MOST} bytes"))));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            let call = Call::parse(&line, &system).map_err(refuse)?;
            let decision = policy.decide(&system, &call.request());
            let json = serde_json::to_string(&Json::of(&call, &decision)).expect("what halite prints can be JSON");
            // Whoever waits for the answer before the next call gets it.
            let is_awaited = input.buffer().is_empty();
            let written = writeln!(out, "{json}").and_then(|()| if is_awaited { out.flush() } else { Ok(()) });
            if !stream::is_read(written)? {
                break;
            }
        }
        stream::is_read(out.flush())?;
        let exit = if policy.is_void() { Exit::Failed } else { Exit::Done };
        Ok(Output::done().remarks(place::faults(&policy)).exit(exit))
    }
}
