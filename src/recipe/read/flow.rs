//! `[flow.HANDLE]` and `[exception.HANDLE]`: what is otherwise denied, and what is otherwise found fault with.

use crate::base::{ServiceName, Text};
use crate::check::Code;
use crate::model::Answer;
use crate::recipe::language::{About, Exception, Flow};
use crate::recipe::place::At;
use crate::recipe::reader::Table;

/// The words for what becomes of a call.
pub const ANSWERS: [(&str, Answer); 2] = [("ask", Answer::Ask), ("allow", Answer::Allow)];
/// Services by which a qube would command dom0 itself, or other qubes through it.
const OF_DOM0: [&str; 2] = ["admin.", "policy."];

/// Reads a flow.
pub fn flow(table: &mut Table) -> Option<Flow> {
    let (from, to) = (table.required("from"), table.required("to"));
    let services: Vec<At<ServiceName>> = table.list("services");
    let answer = table.required::<String>("action");
    let reason = table.required::<Text>("reason");
    for service in &services {
        if OF_DOM0.iter().any(|prefix| service.value.as_str().starts_with(prefix)) {
            let message = format!("`{}` commands dom0, or other qubes through it; no bundle may give that away", service.value);
            table.fault(Code::BadValue, service.place.clone(), message);
        }
    }
    if services.is_empty() {
        let message = format!("{} lacks the key `services`", table.what());
        let help = "name the services of qrexec, such as `services = [\"qubes.Filecopy\"]`".to_owned();
        table.fault_with_help(Code::MissingKey, table.place(), message, help);
        return None;
    }
    let answer = answer?;
    let Some((_, known)) = ANSWERS.iter().find(|(word, _)| *word == answer.value) else {
        table.fault(Code::BadValue, answer.place, "`action` is `ask` or `allow`; what no flow names is denied");
        return None;
    };
    Some(Flow { from: from?, to: to?, services, answer: *known, reason: reason?.value })
}

/// Reads an exception.
pub fn exception(table: &mut Table) -> Option<Exception> {
    let code = table.required("code");
    let reason = table.required::<Text>("reason");
    let (identity, template, qube) = (table.optional("identity"), table.optional("template"), table.optional("qube"));
    let about = match (identity, template, qube) {
        (None, None, None) => About::Bundle,
        (Some(identity), None, None) => About::Identity(identity),
        (None, Some(template), None) => About::Template(template),
        (None, None, Some(qube)) => About::Qube(qube),
        _ => {
            let message = format!("{} is about one thing: an `identity`, a `template` or a `qube`", table.what());
            table.fault(Code::Conflict, table.place(), message);
            return None;
        }
    };
    Some(Exception { code: code?, about, reason: reason?.value })
}
