//! The qrexec policy language: what Qubes' own parser made of policies, `recorded` at random and in named `cases`; `properties` that hold
//! of any policy; the same policy `renamed`; `edges` of graphs; `bounds` of what an input can cost; and the `corpus` of the fuzz target.

#![allow(clippy::disallowed_methods, reason = "tests read their data")]

mod bounds;
mod cases;
mod corpus;
mod edges;
mod in_memory;
mod properties;
mod recorded;
mod renamed;

use halite::model::Release;
use halite::qrexec::{Directories, Outcome, Policy, Refusal, Request, System};
use in_memory::InMemory;
use serde_json::{Value, json};

/// A policy, a system, and calls with the decisions that Qubes made.
struct Case {
    name: String,
    release: Release,
    files: InMemory,
    /// The directories of the policy.
    directories: Vec<String>,
    system: Value,
    calls: Vec<Value>,
    /// All that was recorded.
    recording: Value,
}

impl Case {
    /// All of them, whether Qubes reads the policy or not.
    fn all() -> impl Iterator<Item = Self> {
        recorded::cases().chain(cases::cases())
    }

    fn policy(&self) -> Policy {
        let (policy, release) = (self.directories.clone(), self.release);
        Policy::load(&self.files, &Directories { policy, compat: "/c".to_owned(), release })
    }

    fn system(&self) -> System {
        System::parse(self.system.to_string().as_bytes()).unwrap()
    }
}

/// What a call asks for.
fn request(call: &Value) -> Request<'_> {
    let text = |key: &str| call[key].as_str().unwrap();
    Request { service: Some(text("service")), argument: text("argument"), source: text("source"), target: text("target") }
}

/// A decision with the keys of the recordings. `fails` says that Qubes' own code fails with an error of Python.
fn decided(policy: &Policy, system: &System, call: &Value) -> Value {
    let request = request(call);
    let decision = policy.decide(system, &request);
    let mut answer = json!({"source": request.source, "service": request.service, "argument": request.argument,
        "target": request.target});
    let also = match &decision.outcome {
        Outcome::Deny(Refusal::Failure(_)) => json!({"decision": "deny", "fails": true}),
        Outcome::Deny(_) => json!({"decision": "deny", "notify": decision.notify}),
        Outcome::Allow { target, user, autostart } => json!({"decision": "allow", "result_target": target, "user": user,
            "autostart": autostart, "notify": decision.notify}),
        Outcome::Ask { targets, default_target, user, autostart } => json!({"decision": "ask", "targets_for_ask": targets,
            "default_target": default_target, "user": user, "autostart": autostart, "notify": decision.notify}),
    };
    answer.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
    // Where Qubes fails, it does not say over which rule.
    if let Some(rule) = decision.rule.filter(|_| answer["fails"] != true) {
        answer["rule"] = json!(rule.clause.origin.to_string());
    }
    answer
}
