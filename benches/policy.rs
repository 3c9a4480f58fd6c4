//! `halite policy graph`, as a user starts it, with its output going to a pipe: `make bench`.
//!
//! The policy is the one that Qubes R4.3 and Whonix install. The targets are those of the design, in milliseconds and MiB. Before
//! anything is measured, what is printed is compared with every call decided by itself.

#![allow(clippy::disallowed_methods, reason = "a benchmark runs programs and looks at the clock")]

#[allow(dead_code, reason = "each benchmark uses a part of it")]
mod support;

use std::collections::BTreeSet;
use std::time::Instant;

use halite::model::Release;
use halite::qrexec::{Outcome, Request, System, stock, stock_files};
use support::{Bench, Row, command, halite, is_asked_for, print_growth, system};

fn main() {
    if !is_asked_for() {
        return;
    }
    let policy = Policy::stock();
    policy.compare();
    one_decision();
    for (qubes, target_allowed, target_ask) in [(100, "", "15"), (300, "", "100"), (1000, "300", "1500, 200 MiB")] {
        policy.measure(qubes, qubes / 4, &[], target_allowed);
        policy.measure(qubes, qubes / 4, &["--include-ask"], target_ask);
    }
    policy.measure(9_999, 100, &["--include-ask", "--count"], "5000");
    println!();
    for options in [&[][..], &["--include-ask"], &["--include-ask", "--count"]] {
        let sizes = [250, 500, 1000, 2000];
        // What is asked about grows with the square of the qubes, and so do its lines.
        let sizes = if options == ["--include-ask"] { &sizes[..3] } else { &sizes };
        let mut taken = Vec::new();
        for &qubes in sizes {
            taken.push(policy.measure(qubes, qubes / 4, options, ""));
            print_growth(&taken);
        }
    }
}

/// How long one decision to allow or deny takes, in this process: the mean over all calls of a system that are not asked about.
fn one_decision() {
    let system = System::parse(system::json(100, 25).as_bytes()).expect("a system of this benchmark");
    let policy = stock(Release::R4_3);
    let services: BTreeSet<_> = policy.rules.iter().filter_map(|rule| rule.call.service.as_deref()).collect();
    let names = || system.qubes().iter().map(|qube| qube.name.as_str());
    let calls = services.into_iter().flat_map(|service| names().map(move |source| (service, source)));
    let calls =
        calls.flat_map(|(service, source)| names().chain(["@default", "@dispvm"]).map(move |target| (service, source, target)));
    let request = |(service, source, target)| Request { service: Some(service), argument: "+", source, target };
    let is_plain = |request: &Request| !matches!(policy.decide(&system, request).outcome, Outcome::Ask { .. });
    let requests: Vec<Request> = calls.map(request).filter(is_plain).collect();
    let begin = Instant::now();
    let denied = requests.iter().filter(|request| matches!(policy.decide(&system, request).outcome, Outcome::Deny(_))).count();
    let each = begin.elapsed().as_nanos() / requests.len() as u128;
    println!("one decision, 100 qubes: {each} ns, of {} ({denied} denied); target 2000 ns", requests.len());
}

/// A policy in a directory.
struct Policy {
    bench: Bench,
}

impl Policy {
    /// That of a stock system.
    fn stock() -> Self {
        let bench = Bench::new();
        for (name, rules) in stock_files(Release::R4_3) {
            bench.write(&format!("policy.d/{name}"), &rules);
        }
        Self { bench }
    }

    /// Where the policy and a system are.
    fn place(&self, qubes: usize, identities: usize) -> Vec<String> {
        let system = self.bench.write("system.json", &system::json(qubes, identities));
        let words = ["policy", "graph", "--policy-dir", &self.bench.text("policy.d"), "--system-info", &system];
        words.map(str::to_owned).to_vec()
    }

    fn measure(&self, qubes: usize, identities: usize, options: &[&str], target: &str) -> support::Taken {
        let mut arguments = self.place(qubes, identities);
        arguments.extend(options.iter().map(|&option| option.to_owned()));
        let name = format!("policy graph {}, {qubes} qubes, {identities} identities", options.join(" "));
        self.bench.measure(&Row { name: &name.replace(" ,", ","), target, runs: 10 }, |_| command(&halite(), &arguments))
    }

    /// That the program prints each edge once, and counts them right.
    fn compare(&self) {
        let (qubes, identities) = (100, 25);
        for options in [&[][..], &["--include-ask"]] {
            let run = |also: &[&str]| {
                let arguments = self.place(qubes, identities);
                let words = arguments.iter().map(String::as_str).chain(options.iter().copied()).chain(also.iter().copied());
                self.bench.ok(&halite(), &words.collect::<Vec<_>>())
            };
            let printed = run(&[]);
            let lines: Vec<&str> = printed.lines().filter(|line| line.contains(" -> ")).collect();
            let distinct: BTreeSet<String> = lines.iter().map(|&line| line.to_owned()).collect();
            assert!(distinct.len() == lines.len(), "an edge is printed twice");
            assert!(distinct == one_by_one(qubes, identities, !options.is_empty()), "other edges than call by call");
            assert!(run(&["--count"]).trim_end() == lines.len().to_string(), "another count than lines");
        }
    }
}

/// The edges, by deciding every call of every qube to every target by itself.
fn one_by_one(qubes: usize, identities: usize, include_ask: bool) -> BTreeSet<String> {
    let system = System::parse(system::json(qubes, identities).as_bytes()).expect("a system");
    let policy = stock(Release::R4_3);
    let calls: BTreeSet<_> =
        policy.rules.iter().map(|rule| (rule.call.service.as_deref(), rule.call.argument.as_deref())).collect();
    let names = || system.qubes().iter().map(|qube| qube.name.clone());
    let templates = system.qubes().iter().filter(|qube| qube.is_disposable_template);
    let targets: Vec<String> = names()
        .chain(templates.map(|template| format!("@dispvm:{}", template.name)))
        .chain(["@dispvm".to_owned(), "@default".to_owned()])
        .collect();
    let mut edges = BTreeSet::new();
    for (service, argument) in calls {
        for source in names() {
            for target in &targets {
                let request = Request { service, argument: argument.unwrap_or("+"), source: &source, target };
                let decision = policy.evaluate(&system, &request);
                let colour = match decision.outcome {
                    Outcome::Allow { .. } => "red",
                    Outcome::Ask { .. } if include_ask => "orange",
                    Outcome::Ask { .. } | Outcome::Deny(_) => continue,
                };
                let redirect = decision.rule.and_then(|rule| rule.permission()?.redirect()).map(ToString::to_string);
                let end = redirect.as_ref().unwrap_or(target);
                let label = service.expect("stock policies name services");
                edges.insert(format!("  \"{source}\" -> \"{end}\" [label=\"{label}\" color={colour}];"));
            }
        }
    }
    edges
}
