//! `halite policy reach`

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::place::{self, Place};
use crate::cli::{Exit, Failure, Output};
use crate::qrexec::{Carries, Hop, Question, Reach as Ways};

/// Show how something gets from one qube to another
///
/// Over any number of qubes in between. Prints a shortest way, with the rule of each hop.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  halite policy reach --policy-dir policy.d --system-info system.json --from work --to vault\n  halite policy reach --policy-dir policy.d --system-info system.json --from work --what control"
)]
pub struct Reach {
    #[command(flatten)]
    place: Place,
    /// The qube where it begins
    #[arg(long, value_name = "QUBE")]
    from: String,
    /// The qube where it ends [default: all that can be reached]
    #[arg(long, value_name = "QUBE")]
    to: Option<String>,
    /// What is to get there
    #[arg(long, value_enum, default_value = "data")]
    what: Flow,
    /// Only without the user's consent
    #[arg(long)]
    without_ask: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Flow {
    Data,
    Control,
}

#[derive(Serialize)]
struct Json<'a> {
    format: u32,
    from: &'a str,
    ways: Vec<Vec<JsonHop<'a>>>,
}

#[derive(Serialize)]
struct JsonHop<'a> {
    from: &'a str,
    to: &'a str,
    service: Option<&'a str>,
    decision: &'static str,
    rule: String,
}

impl Reach {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system cannot be read, or has no such qubes.
    pub fn run(self) -> Result<Output, Failure> {
        let (policy, system) = self.place.read()?;
        if policy.is_void() {
            return Ok(Output::done().remarks(place::faults(&policy)).exit(Exit::Failed));
        }
        let known = |name: &str| system.number(name.strip_prefix("@dispvm:").unwrap_or(name)).is_some();
        if let Some(name) = [Some(&self.from), self.to.as_ref()].into_iter().flatten().find(|name| !known(name)) {
            return Err(Failure::new(format!("there is no qube `{name}` in the system")));
        }
        let what = match self.what {
            Flow::Data => Carries::Data,
            Flow::Control => Carries::Control,
        };
        let ways = Ways::from(&policy, &system, &self.from, Question { what, with_ask: !self.without_ask });
        let found: Vec<Vec<&Hop>> = match &self.to {
            Some(to) => ways.way(to).into_iter().collect(),
            None => ways.reached().filter_map(|to| ways.way(to)).collect(),
        };
        if self.json {
            let ways = found.iter().map(|way| way.iter().map(|hop| JsonHop::of(hop)).collect()).collect();
            return Ok(Output::json(&Json { format: 1, from: &self.from, ways }));
        }
        let lines: String = found.iter().map(|way| text(&self.from, way) + "\n").collect();
        let remark = if found.is_empty() { format!("nothing gets from {} there\n", self.from) } else { String::new() };
        Ok(Output::text(lines).remarks(remark))
    }
}

impl<'a> JsonHop<'a> {
    fn of(hop: &'a Hop) -> Self {
        let decision = if hop.is_asked { "ask" } else { "allow" };
        Self { from: &hop.from, to: &hop.to, service: hop.service.as_deref(), decision, rule: hop.rule.to_string() }
    }
}

/// `m1 → vault (qubes.Filecopy, ask, 90-default.policy:12) → m3 (…)`
fn text(from: &str, way: &[&Hop]) -> String {
    way.iter().fold(from.to_owned(), |text, hop| format!("{text} → {} {hop}", hop.to))
}
