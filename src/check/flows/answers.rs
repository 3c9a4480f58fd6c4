//! H0503, H0507 to H0509: what must work does, and as it should.

use super::Flows;
use crate::base::QubeName;
use crate::check::code::Code;
use crate::check::finding::{Finding, Part, Subject};
use crate::check::network::over_tor;
use crate::model::{Answer, Role, updated_over_tor_tag, whonix};
use crate::qrexec::{Decision, Outcome, Policy, Request, System, running_disposable};

/// A policy and a system to decide calls in.
struct Judge<'a> {
    policy: &'a Policy,
    system: &'a System,
}

impl Judge<'_> {
    fn decide(&self, source: &str, (service, argument): (&str, &str), target: &str) -> Decision<'_> {
        self.policy.decide(self.system, &Request { service: Some(service), argument, source, target })
    }
}

impl Flows<'_> {
    /// Decides the calls that must be decided in a certain way.
    pub fn answers(&self, policy: &Policy, system: &System, findings: &mut Vec<Finding>) {
        let judge = Judge { policy, system };
        self.declared_flows(&judge, findings);
        self.whonix(&judge, findings);
        self.updates(&judge, findings);
    }

    fn declared_flows(&self, judge: &Judge, findings: &mut Vec<Finding>) {
        for (handle, flow) in &self.desired.flows {
            for service in &flow.services {
                let decision = judge.decide(flow.from.as_str(), (service.as_str(), "+"), flow.to.as_str());
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
            if let Some(gateway) = gateway {
                // Of a disposable template, its disposables count, which go by its tags.
                let disposable = running_disposable(name.as_str());
                let caller = if qube.role == Role::DisposableTemplate { disposable.as_str() } else { name.as_str() };
                for service in whonix::to_gateway(self.release) {
                    works(judge, caller, (service, "+"), gateway.as_str()).map(|message| found(Code::WhonixCut, message));
                }
                for (service, arguments) in whonix::TO_WORKSTATION {
                    for argument in arguments {
                        works(judge, gateway.as_str(), (service, argument), caller)
                            .map(|message| found(Code::WhonixCut, message));
                    }
                }
            }
            for service in whonix::to_gateway(self.release) {
                for stranger in [whonix::stock_gateway().as_str(), "any other Whonix gateway"] {
                    let decision = judge.decide(name.as_str(), (service, "+"), stranger);
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
            let decision = judge.decide(name.as_str(), ("qubes.UpdatesProxy", "+"), "@default");
            let where_to = match decision.outcome {
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

/// Why a call of Whonix's does not work as it should, if it does not.
fn works(judge: &Judge, from: &str, (service, argument): (&str, &str), to: &str) -> Option<String> {
    let call = format!("{service}{} from `{from}` to `{to}`", if argument == "+" { "" } else { argument });
    match judge.decide(from, (service, argument), to).outcome {
        Outcome::Allow { autostart: false, .. } => None,
        Outcome::Allow { autostart: true, .. } => Some(format!("{call} may start a qube that was shut down")),
        Outcome::Ask { .. } => Some(format!("{call} asks the user again and again")),
        Outcome::Deny(_) => Some(format!("{call} is denied")),
    }
}
