//! `halite policy lint`

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::home::Home;
use super::place::Place;
use crate::base::cleaned;
use crate::cli::{Exit, Failure, Output, counted};
use crate::model::Release;
use crate::qrexec::{System, lint};

/// Find what breaks a policy, or deceives its reader
///
/// Errors are what makes Qubes deny every call: lines that it cannot read, names of files that it does not accept, includes that are
/// missing. Warnings are rules and files that do not do what they seem to do. Without a system, names and tags are not looked up. Exit
/// code 1 if there is an error.
#[derive(Debug, Args)]
pub struct Lint {
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json {
    format: u32,
    /// Whether Qubes denies every call.
    void: bool,
    findings: Vec<Finding>,
}

#[derive(Serialize)]
struct Finding {
    level: &'static str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
    message: String,
}

impl Lint {
    /// Runs the verb.
    ///
    /// # Errors
    /// If a directory or the system cannot be read.
    pub fn run(self, home: &dyn Home) -> Result<Output, Failure> {
        let files = self.place.policy(home)?;
        let system = self.place.known_system(home)?;
        let [.., newest] = Release::ALL;
        let policy = files.load(system.as_ref().map_or(newest, System::release));
        let mut findings: Vec<Finding> = Vec::new();
        for fault in &policy.faults {
            let (file, message) = (fault.file.to_string(), fault.why.to_string());
            findings.push(Finding { level: "error", file, line: fault.line, column: fault.column, message });
        }
        for unread in files.unread()? {
            let message = unread.why.to_owned();
            findings.push(Finding { level: "warning", file: unread.name, line: None, column: None, message });
        }
        for remark in lint(&policy, system.as_ref()) {
            let (file, line) = (remark.origin.file.to_string(), remark.origin.line);
            findings.push(Finding { level: "warning", file, line, column: None, message: remark.what.to_string() });
        }
        let exit = if policy.is_void() { Exit::Failed } else { Exit::Done };
        if self.json {
            return Ok(Output::json(&Json { format: 1, void: policy.is_void(), findings }).exit(exit));
        }
        let count = |level: &str| findings.iter().filter(|finding| finding.level == level).count();
        let (errors, warnings) = (counted(count("error"), "error", "errors"), counted(count("warning"), "warning", "warnings"));
        let lines = text(&findings);
        let consequence = if policy.is_void() { "; Qubes denies every call of every qube" } else { "" };
        Ok(Output::text(lines).remarks(format!("{errors}, {warnings}{consequence}\n")).exit(exit))
    }
}

/// A finding a line; what is wrong in the same way in several places of a file is said once.
fn text(findings: &[Finding]) -> String {
    let same = |finding: &Finding| (finding.level, finding.file.clone(), finding.message.clone());
    let mut counts: BTreeMap<_, usize> = BTreeMap::new();
    for finding in findings {
        *counts.entry(same(finding)).or_default() += 1;
    }
    let mut text = String::new();
    for finding in findings {
        // The first one tells for all.
        let Some(count) = counts.remove(&same(finding)) else { continue };
        let place: String = [finding.line, finding.column].iter().flatten().map(|number| format!(":{number}")).collect();
        let mut line = format!("{}{place}: {}: {}", finding.file, finding.level, finding.message);
        if count > 1 {
            line.push_str(&format!(" (and in {})", counted(count - 1, "more place", "more places")));
        }
        text.push_str(&cleaned(&line));
        text.push('\n');
    }
    text
}
