//! Whonix's extension of qubesd: what becomes of a qube on a Whonix template.
//!
//! Source: qubes-core-admin-addon-whonix, `qubeswhonix/__init__.py`, branches release4.2 and release4.3.

use super::features::Features;
use super::qube::Class;
use super::refusal::{Outcome, Refusal};
use super::simulation::Simulation;
use super::value::Value;
use super::view::View;
use crate::base::QubeName;
use crate::model::Release;

/// The gateway for want of any other.
const GATEWAY: &str = "sys-whonix";
/// R4.3's disposable template for want of any other.
const DISPOSABLE: &str = "whonix-workstation-18-dvm";

impl Simulation {
    /// A qube was made (`domain-add`).
    ///
    /// # Errors
    /// If a property that the extension wants to set is refused.
    pub(super) fn whonix_added(&mut self, name: &QubeName) -> Outcome {
        if self.release < Release::R4_3 {
            return self.whonix_added_r4_2(name);
        }
        let view = self.existing(name)?;
        if view.qube.class == Class::RemoteVM {
            return Ok(());
        }
        let (is_gateway, is_workstation) = (view.has_feature("whonix-gw"), view.has_feature("whonix-ws"));
        self.whonix_tags(name)?;
        if is_gateway {
            self.set_gateway_disposable(name)?;
        }
        if is_workstation {
            self.set_workstation_network(name)?;
            self.set_workstation_disposable(name)?;
            self.limit_gui_events(name)?;
        }
        Ok(())
    }

    /// On R4.2 only the template's own features count, and what the qube had is overwritten.
    fn whonix_added_r4_2(&mut self, name: &QubeName) -> Outcome {
        self.whonix_tags(name)?;
        let Some(template) = self.existing(name)?.template() else { return Ok(()) };
        let features = &template.qube.features;
        if features.get("whonix-ws").is_none() {
            return Ok(());
        }
        let gateway = features.get("whonix-default-gw").unwrap_or(GATEWAY);
        let disposable = features.get("whonix-default-dispvm").map_or_else(|| format!("{}-dvm", template.name), str::to_owned);
        let (gateway, disposable) = (self.or_nothing(gateway), self.or_nothing(&disposable));
        self.set_named(name, "netvm", gateway)?;
        self.set_named(name, "default_dispvm", disposable)
    }

    /// qubesd was started (`domain-load`): tags and, on R4.3, the limit of events come back, nothing else.
    pub(super) fn whonix_loaded(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        let is_limited = self.release >= Release::R4_3 && view.qube.class != Class::RemoteVM && view.has_feature("whonix-ws");
        self.whonix_tags(name)?;
        if is_limited { self.limit_gui_events(name) } else { Ok(()) }
    }

    /// The tags of a gateway or workstation.
    fn whonix_tags(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        let is_r4_3 = self.release >= Release::R4_3;
        let is = |feature: &str| {
            if is_r4_3 {
                view.qube.class != Class::RemoteVM && view.has_feature(feature)
            } else {
                let has = |features: &Features| features.get(feature).is_some();
                view.template().is_some_and(|template| has(&template.qube.features))
            }
        };
        let tags = [("whonix-gw", ["anon-gateway", "sdwdate-gui-server"]), ("whonix-ws", ["anon-vm", "sdwdate-gui-client"])];
        let wanted: Vec<&str> = tags
            .into_iter()
            .filter(|(feature, _)| is(feature))
            .flat_map(|(_, [old, new])| [Some(old), is_r4_3.then_some(new)])
            .flatten()
            .collect();
        wanted.into_iter().try_for_each(|tag| self.add_tag(name, tag))
    }

    /// The feature `whonix-ws` or `whonix-gw` was set on a qube itself (R4.3).
    pub(super) fn whonix_feature_set(&mut self, name: &QubeName, feature: &str) -> Outcome {
        match feature {
            "whonix-gw" => self.set_gateway_disposable(name),
            "whonix-ws" => {
                self.set_workstation_network(name)?;
                self.set_workstation_disposable(name)
            }
            _ => Ok(()),
        }
    }

    /// None stays none, a gateway stays, anything else becomes the gateway that a feature names, or else `sys-whonix`.
    fn set_workstation_network(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        let Some(netvm) = view.netvm().filter(|_| view.qube.class != Class::TemplateVM) else { return Ok(()) };
        let gateway = if netvm.has_feature("whonix-gw") {
            netvm.name.as_str().into()
        } else {
            let named = view.feature("whonix-default-gw").filter(|named| self.has_own_feature(named, "whonix-gw"));
            self.or_nothing(named.unwrap_or(GATEWAY))
        };
        self.set_named(name, "netvm", gateway)
    }

    /// None stays none, a Whonix one stays, a disposable template takes itself, anything else becomes the one that a feature
    /// names, or TEMPLATE`-dvm`, or at last the stock one.
    fn set_workstation_disposable(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        let makes_disposables = view.is_on("template_for_dispvms");
        if let Some(template) = view.template().filter(|_| makes_disposables)
            && let Some(disposable) = template.refers("default_dispvm")
        {
            // Where the feature is nowhere at all, the extension asks for it without a default and fails.
            if disposable.feature("whonix-ws").ok_or(Refusal::Silence)?.is_empty() {
                let template = template.name.clone();
                self.set_named(&template, "default_dispvm", name.as_str().into())?;
            }
        }
        let view = self.existing(name)?;
        let Some(current) = view.refers("default_dispvm") else { return Ok(()) };
        let is_whonix = current.has_feature("whonix-ws");
        let disposable = if view.qube.class == Class::TemplateVM && is_whonix {
            return Ok(());
        } else if makes_disposables {
            name.as_str().into()
        } else if is_whonix {
            current.name.as_str().into()
        } else {
            self.or_nothing(&self.default_disposable(&view))
        };
        self.set_named(name, "default_dispvm", disposable)
    }

    fn default_disposable(&self, view: &View) -> String {
        let template = view.template().unwrap_or(*view);
        let of_template = format!("{}-dvm", template.name);
        match view.feature("whonix-default-dispvm").filter(|named| self.has_own_feature(named, "whonix-ws")) {
            Some(named) => named.to_owned(),
            None if self.find(&of_template).is_some() => of_template,
            None => DISPOSABLE.to_owned(),
        }
    }

    /// A gateway keeps only a Whonix one.
    fn set_gateway_disposable(&mut self, name: &QubeName) -> Outcome {
        match self.existing(name)?.refers("default_dispvm") {
            Some(disposable) if !disposable.has_feature("whonix-ws") => self.set_named(name, "default_dispvm", Value::Nothing),
            _ => Ok(()),
        }
    }

    /// Events of the GUI are delayed a little, against fingerprints of typing.
    fn limit_gui_events(&mut self, name: &QubeName) -> Outcome {
        match self.existing(name)?.qube.features.get("gui-events-max-delay") {
            Some(_) => Ok(()),
            None => self.set_feature(name, "gui-events-max-delay", "100"),
        }
    }

    fn has_own_feature(&self, name: &str, feature: &str) -> bool {
        self.find(name).is_some_and(|view| view.qube.features.get(feature).is_some_and(|text| !text.is_empty()))
    }

    /// The qube, or none if there is no such qube: the extension logs that and goes on.
    fn or_nothing(&self, name: &str) -> Value {
        if self.find(name).is_some() { name.into() } else { Value::Nothing }
    }
}
