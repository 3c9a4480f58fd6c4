//! `halite-dom0`: verify, import, plan, switch, rollback, study the policy. Runs in dom0, without recipes, network or C.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use halite::cli::here::Where;
use halite::cli::verbs::here::{
    Confirm, Diff, Explain, Gc, History, Import, List, ListGenerations, Pin, Policy, Prune, Recover, Report, Rollback, Show,
    ShowPlan, Status, Switch, TakeCapture, Trust, Uninstall, Unpin, Verify,
};

/// Verify bundles of anonymity modes, install them in dom0, and go back
#[derive(Parser)]
#[command(
    name = "halite-dom0",
    version,
    arg_required_else_help = true,
    after_help = "A first switch:\n  halite-dom0 trust add author.pub --role author\n  halite-dom0 import bundle.halite\n  halite-dom0 plan anonymity-modes@1\n  halite-dom0 switch anonymity-modes@1\nAnd back:\n  halite-dom0 rollback\nWith `--simulate DIR`, all of it works in a simulated dom0, on any machine."
)]
struct HaliteDom0 {
    #[command(flatten)]
    place: Where,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Trust(Trust),
    Verify(Verify),
    Import(Import),
    List(List),
    Show(Show),
    Report(Report),
    Plan(ShowPlan),
    Diff(Diff),
    Switch(Switch),
    Confirm(Confirm),
    Status(Status),
    Rollback(Rollback),
    Recover(Recover),
    Uninstall(Uninstall),
    Generations(ListGenerations),
    History(History),
    Pin(Pin),
    Unpin(Unpin),
    Gc(Gc),
    Prune(Prune),
    Policy(Policy),
    Capture(TakeCapture),
    #[command(after_help = "Example:\n  halite-dom0 explain H0201")]
    Explain(Explain),
}

fn main() -> ExitCode {
    halite::cli::run(|HaliteDom0 { place, verb }: HaliteDom0| match verb {
        Verb::Trust(verb) => verb.run(&place),
        Verb::Verify(verb) => verb.run(&place),
        Verb::Import(verb) => verb.run(&place),
        Verb::List(verb) => verb.run(&place),
        Verb::Show(verb) => verb.run(&place),
        Verb::Report(verb) => verb.run(&place),
        Verb::Plan(verb) => verb.run(&place),
        Verb::Diff(verb) => verb.run(&place),
        Verb::Switch(verb) => verb.run(&place),
        Verb::Confirm(verb) => verb.run(&place),
        Verb::Status(verb) => verb.run(&place),
        Verb::Rollback(verb) => verb.run(&place),
        Verb::Recover(verb) => verb.run(&place),
        Verb::Uninstall(verb) => verb.run(&place),
        Verb::Generations(verb) => verb.run(&place),
        Verb::History(verb) => verb.run(&place),
        Verb::Pin(verb) => verb.run(&place),
        Verb::Unpin(verb) => verb.run(&place),
        Verb::Gc(verb) => verb.run(&place),
        Verb::Prune(verb) => verb.run(&place),
        Verb::Policy(verb) => verb.run(&place),
        Verb::Capture(verb) => verb.run(&place),
        Verb::Explain(verb) => verb.run(),
    })
}
