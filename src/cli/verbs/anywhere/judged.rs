//! What the rules come to, as JSON.

use serde::Serialize;

use crate::base::Handle;
use crate::check::{Excused, Finding, Report};
use crate::cli::{Exit, Output};

/// All that was found, as a JSON document.
pub fn to_json(report: &Report) -> Output {
    let fault = |finding: &Finding| FaultJson {
        code: finding.code.as_str(),
        level: finding.code.level().to_string(),
        message: finding.to_string(),
        help: finding.help.clone(),
    };
    let faults = report.findings.iter().map(fault).collect();
    let exit = if report.errors().next().is_some() { Exit::Failed } else { Exit::Done };
    Output::json(&Json { format: 1, faults, excused: excused_json(&report.excused) }).exit(exit)
}

#[derive(Serialize)]
struct Json {
    format: u32,
    faults: Vec<FaultJson>,
    excused: Vec<ExcusedJson>,
}

#[derive(Serialize)]
struct FaultJson {
    code: &'static str,
    level: String,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

/// What is excused, as it stands in JSON.
#[derive(Serialize)]
pub struct ExcusedJson {
    code: &'static str,
    message: String,
    exception: Handle,
    reason: String,
}

/// What is excused, as it stands in JSON.
pub fn excused_json(excused: &[Excused]) -> Vec<ExcusedJson> {
    let json = |Excused { finding, exception, reason }: &Excused| ExcusedJson {
        code: finding.code.as_str(),
        message: finding.to_string(),
        exception: exception.clone(),
        reason: reason.to_string(),
    };
    excused.iter().map(json).collect()
}
