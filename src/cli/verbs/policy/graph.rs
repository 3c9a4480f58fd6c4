//! `halite policy graph`

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::place::{self, Place};
use crate::cli::{Exit, Failure, Output, stream};
use crate::disk::{Mode, NewFile};
use crate::qrexec::{self, Drawing, Edges, System};

/// Draw who may call whom
///
/// Prints what `qrexec-policy-graph` of Qubes OS prints, in the language of Graphviz: red edges for calls that go through, orange ones for
/// those that the user is asked about.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  halite policy graph --policy-dir policy.d --system-info system.json --include-ask | dot -Tsvg > graph.svg"
)]
pub struct Graph {
    #[command(flatten)]
    place: Place,
    /// Also what the user is asked about
    #[arg(long)]
    include_ask: bool,
    /// With arguments and parameters, and what the user is asked about
    #[arg(long)]
    full_output: bool,
    /// Without the names of services
    #[arg(long)]
    skip_labels: bool,
    /// Only these services, with or without +ARGUMENT
    #[arg(long, value_name = "SERVICE", num_args = 1..)]
    service: Vec<String>,
    /// Only calls from these qubes
    #[arg(long, value_name = "QUBE", num_args = 1..)]
    source: Vec<String>,
    /// Only calls to these qubes
    #[arg(long, value_name = "TARGET", num_args = 1..)]
    target: Vec<String>,
    /// Write to this file
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print the number of edges, and not the edges
    #[arg(long, conflicts_with_all = ["output", "json"])]
    count: bool,
    /// Print the edges as lines of JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json<'a> {
    source: &'a str,
    target: &'a str,
    decision: &'static str,
    label: &'a str,
}

impl Graph {
    /// Runs the verb.
    ///
    /// # Errors
    /// If the policy or the system cannot be read, or the graph cannot be written.
    pub fn run(self) -> Result<Output, Failure> {
        let (policy, system) = self.place.read()?;
        if policy.is_void() {
            return Ok(Output::done().remarks(place::faults(&policy)).exit(Exit::Failed));
        }
        if let Some(source) = self.source.iter().find(|source| system.number(source).is_none()) {
            let failure = Failure::new(format!("there is no qube `{source}` in the system"));
            return Err(failure.hint("`--source` takes names of qubes"));
        }
        let drawing = Drawing {
            include_ask: self.include_ask,
            full_output: self.full_output,
            skip_labels: self.skip_labels,
            services: self.service.iter().cloned().collect(),
            sources: self.source.iter().cloned().collect(),
            targets: self.target.iter().cloned().collect(),
        };
        let graph = qrexec::Graph::new(&policy, &system);
        if self.count {
            let mut counter = Counter::default();
            each(&graph, &system, &drawing, |members, edges, targets| {
                counter.0 += (members.len() * edges.iter().map(|edges| targets.count(edges)).sum::<usize>()) as u64;
                Ok(())
            })
            .map_err(Failure::writing)?;
            return Ok(Output::text(format!("{}\n", counter.0)));
        }
        match &self.output {
            None => {
                let mut out = stream::Data::stdout();
                self.write(&graph, &system, &drawing, &mut out).and_then(|()| out.finish()).map_err(Failure::writing)?;
            }
            Some(path) => {
                let mut new = NewFile::beside(path, Mode::Public)?;
                let mut out = io::BufWriter::with_capacity(1 << 20, new.file());
                let written = self.write(&graph, &system, &drawing, &mut out).and_then(|()| out.flush());
                written.map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))?;
                drop(out);
                new.commit()?;
            }
        }
        Ok(Output::done())
    }

    fn write(&self, graph: &qrexec::Graph, system: &System, drawing: &Drawing, out: &mut impl Write) -> io::Result<()> {
        if self.json {
            return each(graph, system, drawing, |members, edges, targets| {
                for &source in members {
                    for edges in edges {
                        let decision = if edges.is_ask { "ask" } else { "allow" };
                        for target in targets.of(edges) {
                            let json = Json { source: &system.get(source).name, target, decision, label: &edges.label };
                            serde_json::to_writer(&mut *out, &json)?;
                            out.write_all(b"\n")?;
                        }
                    }
                }
                Ok(())
            });
        }
        out.write_all(b"digraph g {\n")?;
        let mut seen = BTreeSet::new();
        let mut tail = Vec::new();
        let mut lines = Vec::new();
        each(graph, system, drawing, |members, edges, targets| {
            for edges in edges {
                let colour = if edges.is_ask { "orange" } else { "red" };
                tail.clear();
                let mut ends = vec![0];
                for target in targets.of(edges) {
                    if seen.insert(target.to_owned()) {
                        node(out, target, system)?;
                    }
                    writeln!(tail, "\"{target}\" [label=\"{}\" color={colour}];", edges.label)?;
                    ends.push(tail.len());
                }
                for &source in members {
                    let name = &system.get(source).name;
                    if ends.len() > 1 && seen.insert(name.clone()) {
                        node(out, name, system)?;
                    }
                    lines.clear();
                    for end in ends.windows(2) {
                        lines.extend_from_slice(b"  \"");
                        lines.extend_from_slice(name.as_bytes());
                        lines.extend_from_slice(b"\" -> ");
                        lines.extend_from_slice(&tail[end[0]..end[1]]);
                    }
                    out.write_all(&lines)?;
                }
            }
            Ok(())
        })?;
        out.write_all(b"}\n")
    }
}

#[derive(Default)]
struct Counter(u64);

/// The targets of edges, as they are drawn.
struct Targets {
    /// By kind.
    kinds: Vec<Vec<String>>,
}

impl Targets {
    fn of<'a>(&'a self, edges: &'a Edges) -> impl Iterator<Item = &'a str> {
        // What a rule redirects to may be a target by itself, too.
        let others = edges.others.iter().filter(|other| !edges.kinds.iter().any(|kind| self.kinds[kind].contains(other)));
        edges.kinds.iter().flat_map(|kind| &self.kinds[kind]).chain(others).map(String::as_str)
    }

    fn count(&self, edges: &Edges) -> usize {
        if edges.others.is_empty() {
            return edges.kinds.iter().map(|kind| self.kinds[kind].len()).sum();
        }
        self.of(edges).count()
    }
}

/// Calls `edges` for all callers that have the same edges.
fn each<'a>(
    graph: &qrexec::Graph<'a>,
    system: &System,
    drawing: &'a Drawing,
    mut edges: impl FnMut(&[usize], &[Edges], &Targets) -> io::Result<()>,
) -> io::Result<()> {
    let kinds = graph.kinds().targets.iter();
    let kinds = kinds.map(|kind| kind.members.iter().filter_map(|target| drawing.target(*target, system)).collect());
    let targets = Targets { kinds: kinds.collect() };
    let calls = graph.alike(drawing.calls(graph));
    for kind in &graph.kinds().sources {
        for (members, drawn) in drawing.edges(graph, kind, &calls) {
            edges(&members, &drawn, &targets)?;
        }
    }
    Ok(())
}

/// A node: in its label's colour if it is a qube, dotted if it is a word.
fn node(out: &mut impl Write, name: &str, system: &System) -> io::Result<()> {
    match system.number(name).filter(|_| !name.starts_with('@')) {
        Some(number) => {
            let colour = system.get(number).colour.replace("0x", "#");
            writeln!(out, "  \"{name}\" [color = \"{colour}\", penwidth = 3];")
        }
        None => writeln!(out, "  \"{name}\" [style = dotted];"),
    }
}
