//! `halite policy reach`

use std::fmt::Write;

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::home::Home;
use super::place::{self, Place};
use crate::base::cleaned;
use crate::cli::{Exit, Failure, Output};
use crate::qrexec::{Carries, Hop, Policy, Question, Reach as Ways, System};

/// Show how something gets from one qube to another
///
/// Over any number of qubes in between: data, and control over another qube; what is allowed, and what the user is asked about on the way.
/// Prints a shortest way of each, with the service and the rule of each hop.
#[derive(Debug, Args)]
pub struct Reach {
    #[command(flatten)]
    place: Place,
    /// The qube where it begins; a new disposable is `@dispvm:TEMPLATE`
    #[arg(long, value_name = "QUBE")]
    from: String,
    /// The qube where it ends [default: all that can be reached]
    #[arg(long, value_name = "QUBE")]
    to: Option<String>,
    /// What is to get there [default: both]
    #[arg(long, value_enum)]
    what: Option<Flow>,
    /// Only what needs no consent of the user
    #[arg(long)]
    without_ask: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Flow {
    Data,
    Control,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    from: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Found>,
    #[serde(skip_serializing_if = "Option::is_none")]
    control: Option<Found>,
}

/// What gets somewhere, and how.
#[derive(Serialize)]
struct Found {
    /// Ways without a question.
    allowed: Vec<Vec<JsonHop>>,
    /// Ways with one.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked: Option<Vec<Vec<JsonHop>>>,
}

#[derive(Serialize)]
struct JsonHop {
    from: String,
    to: String,
    /// None where the rule is for all services.
    service: Option<String>,
    decision: &'static str,
    rule: String,
    /// For people.
    #[serde(skip)]
    text: String,
}

impl Reach {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system cannot be read, or has no such qubes.
    pub fn run(self, home: &dyn Home) -> Result<Output, Failure> {
        let (policy, system) = self.place.read(home)?;
        if policy.is_void() {
            return Ok(Output::done().remarks(place::faults(&policy)).exit(Exit::Failed));
        }
        if let Some(name) = [Some(&self.from), self.to.as_ref()].into_iter().flatten().find(|name| !is_known(name, &system)) {
            let failure = Failure::new(format!("there is no qube `{name}` in the system"));
            return Err(failure.hint("a new disposable is called `@dispvm:TEMPLATE`, by its disposable template"));
        }
        let found = |flow: Flow| {
            let is_wanted = self.what.is_none_or(|what| what == flow);
            is_wanted.then(|| self.found(&policy, &system, flow))
        };
        let (data, control) = (found(Flow::Data), found(Flow::Control));
        if self.json {
            return Ok(Output::json(&Json { format: 1, from: self.from, data, control }));
        }
        let named = [("data", data), ("control", control)];
        let texts = named.iter().filter_map(|(what, found)| Some(found.as_ref()?.text(what, &self.from)));
        Ok(Output::text(texts.collect::<String>()))
    }

    fn found(&self, policy: &Policy, system: &System, flow: Flow) -> Found {
        let what = match flow {
            Flow::Data => Carries::Data,
            Flow::Control => Carries::Control,
        };
        let ways = |with_ask: bool| {
            let ways = Ways::from(policy, system, &self.from, Question { what, with_ask });
            let ends: Vec<&str> = self.to.as_ref().map_or_else(|| ways.reached().collect(), |to| vec![to.as_str()]);
            let ways =
                ends.into_iter().filter_map(|to| ways.way(to)).filter(|way| way.iter().any(|hop| hop.is_asked) == with_ask);
            ways.map(|way| way.into_iter().map(JsonHop::of).collect()).collect()
        };
        Found { allowed: ways(false), asked: (!self.without_ask).then(|| ways(true)) }
    }
}

fn is_known(name: &str, system: &System) -> bool {
    match name.strip_prefix("@dispvm:") {
        Some(template) => system.number(template).is_some_and(|number| system.get(number).is_disposable_template),
        None => system.number(name).is_some(),
    }
}

impl Found {
    fn text(&self, what: &str, from: &str) -> String {
        let mut text = String::new();
        let by_consent = [("allowed", Some(&self.allowed)), ("asked", self.asked.as_ref())];
        for (how, ways) in by_consent.into_iter().filter_map(|(how, ways)| Some((how, ways?))) {
            writeln!(text, "{what}, {how}:").expect("writing to a string");
            if ways.is_empty() {
                text.push_str("  nothing\n");
            }
            for way in ways {
                // `m1 → vault (qubes.Filecopy, ask, 90-default.policy:12) → m3 (…)`
                let way = way.iter().fold(from.to_owned(), |text, hop| format!("{text} → {} {}", hop.to, hop.text));
                writeln!(text, "  {}", cleaned(&way)).expect("writing to a string");
            }
        }
        text
    }
}

impl JsonHop {
    fn of(hop: &Hop) -> Self {
        let decision = if hop.is_asked { "ask" } else { "allow" };
        Self {
            from: hop.from.clone(),
            to: hop.to.clone(),
            service: hop.service.clone(),
            decision,
            rule: hop.rule.to_string(),
            text: hop.to_string(),
        }
    }
}
