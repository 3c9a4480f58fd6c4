//! What makes a state acceptable: nothing in it refers to what is not there, so that no call can stumble over it later.

use std::collections::BTreeSet;

use thiserror::Error;

use super::global::Global;
use super::label::Label;
use super::property::{Kind, Write};
use super::qube::Class;
use super::simulation::Simulation;
use super::value::Value;
use super::view::View;
use super::volume::{KERNEL_POOL, POOL};
use crate::base::QubeName;
use crate::model::Release;

/// Why bytes are no state of a simulated qubesd.
#[derive(Debug, Error)]
pub enum BadState {
    /// No JSON, not of the form of the state, or something in it refers to what is not there.
    #[error("{0}")]
    Unreadable(#[from] serde_json::Error),
}

/// Something in a state that does not fit the rest.
#[derive(Debug, Error)]
pub(super) enum Fault {
    /// There is no dom0, or not where it belongs.
    #[error("it must have exactly one `AdminVM`, `dom0`, with qid 0")]
    Dom0,
    /// Labels.
    #[error("label `{0}` is there twice, or has the number of a stock one")]
    Label(String),
    /// Something about the system.
    #[error("the global property `{property}` {what}")]
    Global {
        /// The property.
        property: String,
        /// What is wrong.
        what: &'static str,
    },
    /// Something about a qube.
    #[error("qube `{qube}`: {what}")]
    Qube {
        /// The qube.
        qube: QubeName,
        /// What is wrong.
        what: String,
    },
}

impl Simulation {
    /// Looks at the whole state.
    ///
    /// # Errors
    /// The first thing that does not fit.
    pub(super) fn audit(&self) -> Result<(), Fault> {
        let is_dom0 = |view: &View| *view.name == QubeName::dom0();
        if self.view(&QubeName::dom0()).is_none()
            || self.views().any(|view| is_dom0(&view) != (view.qube.class == Class::AdminVM))
        {
            return Err(Fault::Dom0);
        }
        let mut labels = BTreeSet::new();
        for label in self.labels() {
            let is_made = self.labels_made.contains(&label);
            if !labels.insert(label.name.clone()) || is_made && label.index <= Label::LAST_STOCK {
                return Err(Fault::Label(label.name));
            }
        }
        for (property, value) in &self.globals {
            self.audit_global(property, value).map_err(|what| Fault::Global { property: property.clone(), what })?;
        }
        let mut numbers = BTreeSet::new();
        for view in self.views() {
            let fault = |what: String| Fault::Qube { qube: view.name.clone(), what };
            if !numbers.insert(view.qube.qid) || (view.qube.qid == 0) != is_dom0(&view) || view.qube.qid > 10_000 {
                return Err(fault(format!("qid {} is taken or out of range", view.qube.qid)));
            }
            self.audit_qube(&view).map_err(fault)?;
        }
        Ok(())
    }

    fn audit_global(&self, property: &str, value: &Value) -> Result<(), &'static str> {
        let global = Global::named(property).ok_or("does not exist")?;
        self.audit_value(global.kind, value)?;
        match value.as_text() {
            Some(pool) if global.is_pool() && ![POOL, KERNEL_POOL].contains(&pool) => Err("names a pool that does not exist"),
            Some(template) if property == "default_template" && !self.is_class(template, &[Class::TemplateVM]) => {
                Err("must name a template")
            }
            _ => Ok(()),
        }
    }

    fn audit_qube(&self, view: &View) -> Result<(), String> {
        let qube = view.qube;
        if qube.class == Class::RemoteVM && self.release < Release::R4_3 {
            return Err("there are no remote qubes before R4.3".to_owned());
        }
        if qube.dispid.is_some() != (qube.class == Class::DispVM) {
            return Err("a disposable has a `dispid`, and nothing else has".to_owned());
        }
        for (name, value) in &qube.properties {
            let property = view.property(name).filter(|property| property.write == Write::Free);
            let property = property.ok_or_else(|| format!("a {} has no property `{name}` to set", qube.class.as_str()))?;
            self.audit_value(property.kind, value).map_err(|what| format!("its property `{name}` {what}"))?;
        }
        let on: &[Class] = match qube.class {
            Class::AppVM => &[Class::TemplateVM],
            Class::DispVM => &[Class::AppVM, Class::StandaloneVM],
            _ => &[],
        };
        let template = qube.properties.get("template").and_then(Value::as_text);
        if qube.class.has_template() && !template.is_some_and(|template| self.is_class(template, on)) {
            return Err("its property `template` must name a qube that it can be based on".to_owned());
        }
        if view.upstream().skip(1).any(|provider| provider.name == view.name) {
            return Err("its network comes from itself".to_owned());
        }
        Ok(())
    }

    fn audit_value(&self, kind: Kind, value: &Value) -> Result<(), &'static str> {
        match (kind, value) {
            (Kind::Qube, Value::Nothing)
            | (Kind::Switch, Value::Switch(_))
            | (Kind::Number, Value::Number(_))
            | (Kind::Text | Kind::Ip4 | Kind::Ip6 | Kind::Uuid, Value::Text(_)) => Ok(()),
            (Kind::Qube, Value::Text(name)) if self.find(name).is_some() => Ok(()),
            (Kind::Qube, Value::Text(_)) => Err("names a qube that does not exist"),
            (Kind::Label, Value::Text(name)) if self.labels().any(|label| label.name == *name) => Ok(()),
            (Kind::Label, Value::Text(_)) => Err("names a label that does not exist"),
            _ => Err("has a value of another type"),
        }
    }

    fn is_class(&self, name: &str, classes: &[Class]) -> bool {
        self.find(name).is_some_and(|view| classes.contains(&view.qube.class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Changes the stock system's JSON and tells what is said about it.
    #[track_caller]
    fn refused(from: &str, to: &str, message: &str) {
        let json = String::from_utf8(Simulation::stock(Release::R4_3).to_json()).unwrap();
        assert!(json.contains(from), "`{from}` is not in the stock system");
        let error = Simulation::from_json(json.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }

    #[test]
    fn dangling_references_are_refused() {
        refused(
            "\"clockvm\": \"sys-net\"",
            "\"clockvm\": \"nosuch\"",
            "the global property `clockvm` names a qube that does not exist",
        );
        refused("\"template\": \"fedora-42-xfce\"", "\"template\": \"vault\"", "must name a qube that it can be based on");
        refused("\"netvm\": \"sys-whonix\"", "\"netvm\": \"gone\"", "its property `netvm` names a qube that does not exist");
        refused("\"label\": \"green\"", "\"label\": \"pink\"", "its property `label` names a label that does not exist");
        refused("\"default_template\": \"fedora-42-xfce\"", "\"default_template\": \"vault\"", "must name a template");
    }

    #[test]
    fn states_that_cannot_be_are_refused() {
        refused("\"format\": 1", "\"format\": 2", "it has format 2, and this program knows only 1");
        refused("\"format\": 1", "\"format\": 1, \"x\": 1", "unknown field `x`");
        refused("\"dom0\": {", "\"dom1\": {", "exactly one `AdminVM`");
        refused("\"qid\": 7", "\"qid\": 6", "qid 6 is taken");
        refused("\"netvm\": \"sys-net\"", "\"netvm\": \"sys-whonix\"", "its network comes from itself");
        refused("\"autostart\": true", "\"autostart\": \"yes\"", "has a value of another type");
        refused("\"autostart\": true", "\"klass\": \"AppVM\"", "has no property `klass` to set");
        refused("\"r4.3\"", "\"r4.4\"", "expected `r4.2` or `r4.3`");
    }

    #[test]
    fn no_truncation_makes_it_panic() {
        let json = Simulation::stock(Release::R4_3).to_json();
        for end in (0..json.len() - 2).step_by(7) {
            assert!(Simulation::from_json(&json[..end]).is_err());
        }
    }
}
