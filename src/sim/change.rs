//! Setting and resetting properties of qubes, with what must hold before and what follows from it.
//!
//! Source: `qubes/__init__.py` (`property.__set__`, `__delete__`), `qubes/vm/__init__.py` (`VMProperty.__set__`), and the
//! handlers of `property-pre-set`, `property-set`, `property-pre-reset` and `property-reset` in `qubes/app.py`, `qubes/vm/` and
//! `qubes/ext/`.

use super::property::{Kind, Property, Write};
use super::python::repr;
use super::qube::Class;
use super::refusal::{Exception, Outcome, Refusal, enforce};
use super::simulation::Simulation;
use super::value::Value;
use super::view::View;
use super::volume::VolumeName;
use crate::base::QubeName;
use crate::model::Release;

impl Simulation {
    /// Sets a property of a qube.
    ///
    /// # Errors
    /// If qubesd would refuse. What was done before the refusal stays done, as in qubesd.
    pub(super) fn set(&mut self, name: &QubeName, property: &Property, value: Value) -> Outcome {
        let view = self.existing(name)?;
        // It looks at the old value first.
        if property.write == Write::Once || view.is_unreadable(property) {
            return Err(Refusal::Silence);
        }
        if property.kind == Kind::Qube {
            view.check_reference(property, &value)?;
        }
        let value = view.accepted(property, value)?;
        match (property.name, &value) {
            ("netvm", Value::Text(provider)) => view.check_live_network(provider)?,
            ("template", Value::Text(template)) => view.check_template_change(template)?,
            ("template_for_dispvms", Value::Switch(false)) => view.check_no_disposables()?,
            ("kernel", Value::Text(kernel)) => self.check_kernel(kernel)?,
            _ => {}
        }
        if let Some(qube) = self.qubes.get_mut(name) {
            qube.properties.insert(property.name.to_owned(), value);
        }
        self.follow(name, property)
    }

    /// Sets the property named `property` of a qube, if it has it.
    pub(super) fn set_named(&mut self, name: &QubeName, property: &str, value: Value) -> Outcome {
        let property = self.existing(name)?.property(property).ok_or(Refusal::Silence)?;
        self.set(name, property, value)
    }

    /// Resets a property of a qube to its default.
    ///
    /// # Errors
    /// If qubesd would refuse.
    pub(super) fn reset(&mut self, name: &QubeName, property: &Property) -> Outcome {
        let view = self.existing(name)?;
        match property.name {
            _ if property.write == Write::Once => return Err(Refusal::Silence),
            "template" => return Err(Exception::Value.says(view.cannot_unset_template())),
            "template_for_dispvms" => view.check_no_disposables()?,
            "netvm" => {
                let default = view.default(property);
                if let Some(Value::Text(provider)) = &default {
                    view.check_provider(provider)?;
                    if default != view.get("netvm") {
                        view.check_live_network(provider)?;
                    }
                }
            }
            _ => {}
        }
        if let Some(qube) = self.qubes.get_mut(name) {
            qube.properties.remove(property.name);
        }
        // It tells the qube's GUI the new value, and reads it for that.
        enforce(!self.existing(name)?.is_unreadable(property))?;
        self.follow(name, property)
    }

    /// What follows from a change of a property that was just made.
    fn follow(&mut self, name: &QubeName, property: &Property) -> Outcome {
        match property.name {
            "guivm" | "audiovm" | "relayvm" => {
                self.tag_with_reference(name, property.name);
                Ok(())
            }
            "provides_network" => self.mark_service_qube(name),
            "template" => {
                self.take_root_size(name);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The feature `servicevm` follows `provides_network`. Source: `ext/core_features.py`.
    pub(super) fn mark_service_qube(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        if view.is_on("provides_network") {
            self.set_feature(name, "servicevm", "1")
        } else {
            self.drop_feature(name, "servicevm");
            Ok(())
        }
    }

    /// The root volume of a qube, and of its disposables, gets the size of the template's. Source: `vm/appvm.py`.
    pub(super) fn take_root_size(&mut self, name: &QubeName) {
        let Some(view) = self.view(name) else { return };
        let below: Vec<QubeName> = view.users("template").map(|user| user.name.clone()).collect();
        for volume in [VolumeName::Root, VolumeName::Private] {
            let Some(size) = self.view(name).and_then(|view| view.volume_source(volume).map(|source| source.volume_size(volume)))
            else {
                continue;
            };
            if let Some(qube) = self.qubes.get_mut(name) {
                qube.resize(volume, size);
            }
        }
        for disposable in below {
            self.take_root_size(&disposable);
        }
    }

    /// Source: `qubes/app.py`, `validate_kernel`.
    pub(super) fn check_kernel(&self, kernel: &str) -> Outcome {
        if kernel.is_empty() || self.kernels.contains(kernel) {
            return Ok(());
        }
        Err(Exception::PropertyValue.says(format!("Kernel {} not installed", repr(kernel))))
    }

    /// Whether `name` is a qube that the property can refer to; `shown` is how Python prints the value.
    pub(super) fn check_class(&self, property: &str, name: &str, shown: &str, wanted: Option<Class>) -> Outcome {
        let Some(view) = self.find(name) else {
            return Err(Exception::PropertyValue.says(format!("Can't set {property} to non-existing qube {name}")));
        };
        let class = view.qube.class;
        let fits = wanted.map_or(class != Class::RemoteVM, |wanted| class == wanted);
        if fits {
            return Ok(());
        }
        let wanted = wanted.map_or("LocalVM", Class::as_str);
        Err(Exception::PropertyValue
            .says(format!("wrong VM class: domains[{shown}] is of type {} and not {wanted}", class.as_str())))
    }
}

impl View<'_> {
    fn check_reference(&self, property: &Property, value: &Value) -> Outcome {
        match value {
            Value::Text(name) => {
                let wanted = (property.name == "template" && self.qube.class == Class::AppVM).then_some(Class::TemplateVM);
                self.system.check_class(property.name, name, &repr(name), wanted)
            }
            _ if property.name != "template" => Ok(()),
            _ => Err(Exception::PropertyValue.says(format!(
                "Invalid value None for property {} of {}",
                repr(property.name),
                self.repr()?
            ))),
        }
    }

    /// A running qube can only be plugged into a running one.
    pub(super) fn check_live_network(&self, provider: &str) -> Outcome {
        match self.system.find(provider) {
            Some(provider) if self.is_up() && !provider.is_up() => {
                Err(Exception::VmNotStarted.says(format!("Cannot dynamically attach to stopped qube {}", provider.name)))
            }
            _ => Ok(()),
        }
    }

    fn check_template_change(&self, template: &str) -> Outcome {
        if self.is_up() {
            return Err(Exception::VmNotHalted.says("Cannot change template while qube is running"));
        }
        let has_running = self.qube.class.makes_disposables() && self.users("template").any(|user| user.is_up());
        if self.system.release < Release::R4_3 {
            if has_running {
                return Err(Exception::VmNotHalted
                    .says("Cannot change template while there are running DispVMs based on this DVM template"));
            }
        } else if has_running && self.is_on("template_for_dispvms") && self.get("template") != Some(template.into()) {
            // R4.3 gives the exception a tuple for a message.
            return Err(Exception::VmInUse
                .says("('Cannot change template while there are running disposables based on this disposable template',)"));
        }
        Ok(())
    }

    fn check_no_disposables(&self) -> Outcome {
        let is_r4_3 = self.system.release >= Release::R4_3;
        if self.users("template").next().is_none() || is_r4_3 && !self.is_on("template_for_dispvms") {
            return Ok(());
        }
        Err(Exception::VmInUse.says(if is_r4_3 {
            "('Cannot change template_for_dispvms to False while there are some disposables based on this disposable template',)"
        } else {
            "Cannot change template_for_dispvms to False while there are some DispVMs based on this DVM template"
        }))
    }

    fn cannot_unset_template(&self) -> String {
        match self.system.global("default_template") {
            Some(Value::Text(default)) if self.qube.class == Class::AppVM => {
                format!("Cannot unset template. You can set it to the current default ({default}) instead")
            }
            _ => "Cannot unset template".to_owned(),
        }
    }
}
