//! `halite policy lint`

use clap::Args;
use serde::Serialize;

use super::place::{self, PolicyPlace};
use crate::cli::{Exit, Failure, Output};
use crate::model::Release;
use crate::qrexec::{System, lint};

/// Find what breaks a policy, or deceives its reader
///
/// Errors are what makes Qubes deny every call: lines that it cannot read, names of files that it does not accept, includes that are
/// missing. Warnings are rules that do not do what they seem to do. Exit code 1 if there is an error.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  halite policy lint --policy-dir /etc/qubes/policy.d --system-info system.json")]
pub struct Lint {
    #[command(flatten)]
    place: PolicyPlace,
    /// The system, as the JSON that qubesd gives Qubes' own tools; without it, names and tags are not looked up
    #[arg(long, value_name = "FILE")]
    system_info: Option<std::path::PathBuf>,
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
    pub fn run(self) -> Result<Output, Failure> {
        let system = self.system_info.as_deref().map(place::system).transpose()?;
        let [.., newest] = Release::ALL;
        let policy = self.place.policy(system.as_ref().map_or(newest, System::release))?;
        let mut findings: Vec<Finding> = Vec::new();
        for fault in &policy.faults {
            let (file, message) = (fault.file.to_string(), fault.why.to_string());
            findings.push(Finding { level: "error", file, line: fault.line, column: fault.column, message });
        }
        for link in self.place.dangling()? {
            let message = "it is a link to nothing; Qubes passes it by without a word".to_owned();
            findings.push(Finding { level: "warning", file: link, line: None, column: None, message });
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
        let (errors, warnings) = (count("error"), count("warning"));
        let lines: String = findings.iter().map(Finding::line).collect();
        let consequence = if policy.is_void() { "; with them, Qubes denies every call of every qube" } else { "" };
        Ok(Output::text(lines).remarks(format!("{errors} errors, {warnings} warnings{consequence}\n")).exit(exit))
    }
}

impl Finding {
    fn line(&self) -> String {
        let place: String = [self.line, self.column].iter().flatten().map(|number| format!(":{number}")).collect();
        crate::base::cleaned(&format!("{}{place}: {}: {}", self.file, self.level, self.message)) + "\n"
    }
}
