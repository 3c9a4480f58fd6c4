//! `halite`: recipes, checks, compiling, signing. Runs anywhere.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use halite::cli::verbs::anywhere::{
    Build, Check, Diff, Explain, Export, ImportSalt, Init, Keygen, Policy, Report, Schema, Show, ShowPlan, Sign, Simulate,
    StandIn, Verify,
};

/// Compile anonymity modes for Qubes OS into reproducible, signed bundles
#[derive(Parser)]
#[command(
    name = "halite",
    version,
    arg_required_else_help = true,
    after_help = "A first bundle:\n  halite init my-modes\n  halite check my-modes\n  halite build my-modes\n  halite keygen author\n  halite sign my-modes@1 --key author.key\nThen copy the bundle and author.pub to dom0, and see `halite-dom0 --help`."
)]
struct Halite {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Init(Init),
    ImportSalt(ImportSalt),
    Build(Build),
    Check(Check),
    Plan(ShowPlan),
    Diff(Diff),
    #[command(after_help = "Examples:\n  halite explain H0201\n  halite explain --markdown")]
    Explain(Explain),
    Report(Report),
    Show(Show),
    Sign(Sign),
    Verify(Verify),
    Export(Export),
    Policy(Policy),
    Keygen(Keygen),
    Schema(Schema),
    Simulate(Simulate),
    #[command(hide = true)]
    StandIn(StandIn),
}

fn main() -> ExitCode {
    halite::cli::run(|program: Halite| match program.verb {
        Verb::Init(verb) => verb.run(),
        Verb::ImportSalt(verb) => verb.run(),
        Verb::Build(verb) => verb.run(),
        Verb::Check(verb) => verb.run(),
        Verb::Plan(verb) => verb.run(),
        Verb::Diff(verb) => verb.run(),
        Verb::Explain(verb) => verb.run(),
        Verb::Report(verb) => verb.run(),
        Verb::Show(verb) => verb.run(),
        Verb::Sign(verb) => verb.run(),
        Verb::Verify(verb) => verb.run(),
        Verb::Export(verb) => verb.run(),
        Verb::Policy(verb) => verb.run(),
        Verb::Keygen(verb) => verb.run(),
        Verb::Schema(verb) => verb.run(),
        Verb::Simulate(verb) => verb.run(),
        Verb::StandIn(verb) => verb.run(),
    })
}
