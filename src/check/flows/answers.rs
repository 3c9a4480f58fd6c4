//! H0503, H0507 to H0509: what must work does, and as it should.

use super::Flows;
use crate::base::QubeName;
use crate::check::code::Code;
use crate::check::finding::{Finding, Part, Subject};
use crate::check::network::over_tor;
use crate::model::{Answer, Role, updated_over_tor_tag, whonix};
use crate::qrexec::{Decision, Outcome, Policy, Request, System, Ways, running_disposable};

/// A system to decide calls in, and what of the policy is about each caller.
struct Judge<'a> {
    ways: &'a Ways<'a>,
    system: &'a System,
}

impl Judge<'_> {
    /// Decides calls of one caller.
    fn of(&self, source: &str) -> Caller<'_> {
        Caller { policy: self.ways.policy_of(source), source: source.to_owned(), system: self.system }
    }
}

/// Somebody whose calls are decided.
struct Caller<'a> {
    policy: Policy,
    source: String,
    system: &'a System,
}

impl Caller<'_> {
    fn decide(&self, (service, argument): (&str, &str), target: &str) -> Decision<'_> {
        self.policy.decide(self.system, &Request { service: Some(service), argument, source: &self.source, target })
    }

    /// Why a call of Whonix's does not work as it should, if it does not.
    fn cannot(&self, (service, argument): (&str, &str), to: &str) -> Option<String> {
        let call = format!("{service}{} from `{}` to `{to}`", if argument == "+" { "" } else { argument }, self.source);
        match self.decide((service, argument), to).outcome {
            Outcome::Allow { autostart: false, .. } => None,
            Outcome::Allow { autostart: true, .. } => Some(format!("{call} may start a qube that was shut down")),
            Outcome::Ask { .. } => Some(format!("{call} asks the user again and again")),
            Outcome::Deny(_) => Some(format!("{call} is denied")),
        }
    }
}

impl Flows<'_> {
    /// Decides the calls that must be decided in a certain way.
    pub fn answers(&self, ways: &Ways, system: &System, findings: &mut Vec<Finding>) {
        let judge = Judge { ways, system };
        self.declared_flows(&judge, findings);
        self.whonix(&judge, findings);
        self.updates(&judge, findings);
    }

    fn declared_flows(&self, judge: &Judge, findings: &mut Vec<Finding>) {
        for (handle, flow) in &self.desired.flows {
            let caller = judge.of(flow.from.as_str());
            for service in &flow.services {
                let decision = caller.decide((service.as_str(), "+"), flow.to.as_str());
                let answer = match decision.outcome {
                    Outcome::Ask { .. } => Some(Answer::Ask),
                    Outcome::Allow { .. } => Some(Answer::Allow),
                    Outcome::Deny(_) => None,
                };
                if answer == Some(flow.answer) {
                    continue;
                }
                let answer = answer.map_or("deny".to_owned(), |answer| answer.to_string());
                let rule = decision.rule.map_or("no rule is about it".to_owned(), |rule| rule.clause.origin.to_string());
                let message = format!("the policy answers {service} with {answer}, not {} ({rule})", flow.answer);
                findings.push(Finding::new(Code::FlowDenied, Subject::Flow(handle.clone()), message));
            }
        }
    }

    /// Whonix's own services: between a gateway and its workstations, and nowhere else, where that is said in silence.
    fn whonix(&self, judge: &Judge, findings: &mut Vec<Finding>) {
        let gateways = self.desired.gateways();
        for (name, qube) in &self.desired.qubes {
            let is_whonix = self.desired.stock_template_of(qube).is_some_and(whonix::is_workstation_template);
            if !is_whonix || !qube.role.holds_applications() || !over_tor(self.desired, &qube.identity) {
                continue;
            }
            let mut found = |code, message| findings.push(Finding::new(code, Subject::Qube(name.clone()), message));
            let gateway = gateways.get(&qube.identity).filter(|gateway| self.runs_tor(gateway));
            // Of a disposable template, its disposables count, which go by its tags.
            let is_template = qube.role == Role::DisposableTemplate;
            let own = if is_template { running_disposable(name.as_str()) } else { name.to_string() };
            let caller = judge.of(&own);
            if let Some(gateway) = gateway {
                for service in whonix::to_gateway(self.release) {
                    if let Some(message) = caller.cannot((service, "+"), gateway.as_str()) {
                        found(Code::WhonixCut, message);
                    }
                }
                let gateway = judge.of(gateway.as_str());
                for (service, arguments) in whonix::TO_WORKSTATION {
                    for argument in arguments {
                        if let Some(message) = gateway.cannot((service, argument), &own) {
                            found(Code::WhonixCut, message);
                        }
                    }
                }
            }
            for service in whonix::to_gateway(self.release) {
                for stranger in [whonix::stock_gateway().as_str(), "any other Whonix gateway"] {
                    let decision = caller.decide((service, "+"), stranger);
                    if matches!(decision.outcome, Outcome::Deny(_)) && decision.notify {
                        found(Code::PopUp, format!("a notification pops up whenever it asks for {service} of `{stranger}`"));
                        break;
                    }
                }
            }
        }
    }

    /// Whether a gateway is a qube with Whonix in it, and not what leads to another computer.
    fn runs_tor(&self, gateway: &QubeName) -> bool {
        self.desired.qubes.get(gateway).is_none_or(|gateway| gateway.role == Role::Gateway)
    }

    fn updates(&self, judge: &Judge, findings: &mut Vec<Finding>) {
        let Some(gateway) = &self.desired.update_gateway else { return };
        for (name, template) in &self.desired.templates {
            // A template stands in the system for all with its tags.
            if judge.system.number(name.as_str()).is_none() || !template.tags.contains(&updated_over_tor_tag()) {
                continue;
            }
            let decision = judge.of(name.as_str()).decide(("qubes.UpdatesProxy", "+"), "@default").outcome.clone();
            let where_to = match decision {
                Outcome::Allow { target, .. } if target == gateway.as_str() => continue,
                Outcome::Allow { target, .. } => format!("through `{target}`, not `{gateway}`"),
                _ => format!("by nobody: the policy does not allow it through `{gateway}`"),
            };
            let finding =
                Finding::new(Code::UpdatesElsewhere, Subject::Template(name.clone()), format!("it is updated {where_to}"));
            findings.push(finding.part(Part::Updates));
        }
    }
}
