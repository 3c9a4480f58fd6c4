//! Making qubes.
//!
//! Source: `qubes/api/admin.py` (`_vm_create`, `create_disposable`), `qubes/app.py` (`add_new_vm`), `qubes/vm/dispvm.py`.

use super::{Method, at_dom0, done, no_argument, with_payload};
use crate::base::QubeName;
use crate::model::Release;
use crate::qubesd::Call;
use crate::sim::property::Property;
use crate::sim::qube::{Class, Qube};
use crate::sim::refusal::{Exception, Outcome, Refusal, enforce};
use crate::sim::setter::valid_name;
use crate::sim::simulation::Simulation;
use crate::sim::value::Value;
use crate::sim::{derived, python};

pub(super) const METHODS: &[Method] = &[
    with_payload("admin.vm.Create.AppVM", |system, call| create(system, call, Class::AppVM)),
    with_payload("admin.vm.Create.TemplateVM", |system, call| create(system, call, Class::TemplateVM)),
    with_payload("admin.vm.Create.StandaloneVM", |system, call| create(system, call, Class::StandaloneVM)),
    with_payload("admin.vm.Create.DispVM", |system, call| create(system, call, Class::DispVM)),
    with_payload("admin.vm.Create.RemoteVM", |system, call| create(system, call, Class::RemoteVM)).since_r4_3(),
    with_payload("admin.vm.Create.AdminVM", |system, call| create(system, call, Class::AdminVM)),
    with_payload("admin.vm.CreateDisposable", create_disposable),
];

fn create(system: &mut Simulation, call: &Call, class: Class) -> Outcome<String> {
    at_dom0(call)?;
    let template = match call.argument.as_str() {
        "" => None,
        _ if !class.has_template() => {
            return Err(Exception::Value.says(format!("{} cannot be based on template", class.as_str())));
        }
        name => {
            let missing = || Exception::VmNotFound.says(format!("No such domain: {}", python::repr(name)));
            Some(system.find(name).ok_or_else(missing)?.name.clone())
        }
    };
    let (name, label) = wanted(system, &call.payload)?;
    if system.view(&name).is_some() {
        return Err(Exception::Value.says(format!("VM {name} already exists")));
    }
    if class == Class::AdminVM {
        return Err(Exception::PropertyValue.says("property 'qid' on AdminVM instance cannot be set"));
    }
    system.add(&name, class, template, Some(label), None)?;
    system.add_tag(&name, "created-by-dom0")?;
    done()
}

/// The name and the label that a payload asks for.
fn wanted(system: &Simulation, untrusted: &[u8]) -> Outcome<(QubeName, String)> {
    let (mut name, mut label) = (None, None);
    for parameter in python::ascii(untrusted).ok_or(Refusal::Silence)?.split(' ') {
        match parameter.split_once('=') {
            Some(("name", text)) if name.is_none() => {
                valid_name(text, system.release)?;
                name = text.parse().ok();
            }
            Some(("label", text)) if label.is_none() => {
                let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
                enforce(!is_number && text.chars().all(is_name))?;
                label = Some(system.label(text)?.name);
            }
            _ => return Err(Refusal::Silence),
        }
    }
    name.zip(label).ok_or(Refusal::Silence)
}

/// A disposable that is not started yet and goes when it is shut down.
fn create_disposable(system: &mut Simulation, call: &Call) -> Outcome<String> {
    let is_r4_3 = system.release >= Release::R4_3;
    no_argument(call)?;
    match call.payload.as_slice() {
        b"" => {}
        b"uuid" if is_r4_3 => {}
        _ if is_r4_3 => {
            return Err(
                Exception::Value.says("Invalid payload for admin.vm.CreateDisposable: expected the empty string or 'uuid'")
            );
        }
        _ => return Err(Refusal::Silence),
    }
    let asked = system.existing(&call.destination)?;
    let template = if at_dom0(call).is_ok() { asked.refers("default_dispvm") } else { Some(asked) };
    let Some(template) = template.filter(|template| template.is_on("template_for_dispvms")) else {
        return Err(Exception::Qubes.says(if is_r4_3 {
            "Refusing to create disposable out of app qube which has template_for_dispvms=False"
        } else {
            "Refusing to create DispVM out of this AppVM, because template_for_dispvms=False"
        }));
    };
    let template = template.name.clone();
    let number = system.unused_dispid();
    let name: QubeName = format!("disp{number}").parse().map_err(|_| Refusal::Silence)?;
    // A qube of the user's own may have that name already.
    enforce(system.view(&name).is_none())?;
    system.add(&name, Class::DispVM, Some(template), None, Some(number))?;
    system.add_tag(&name, "created-by-dom0")?;
    system.add_tag(&name, "disp-created-by-dom0")?;
    let uuid = system.existing(&name)?.uuid();
    Ok(if call.payload.is_empty() { name.to_string() } else { format!("uuid:{uuid}") })
}

impl Simulation {
    /// Adds a qube, with what the classes and extensions do about it. `throwaway` is the number of a disposable that cleans up
    /// after itself.
    fn add(
        &mut self,
        name: &QubeName,
        class: Class,
        template: Option<QubeName>,
        label: Option<String>,
        throwaway: Option<u32>,
    ) -> Outcome {
        let mut qube = Qube::new(class, self.unused_qid()?);
        if class.has_template() {
            let template = self.template_for(class, template)?;
            qube.properties.insert("template".to_owned(), template.as_str().into());
        }
        qube.properties.extend(label.map(|label| ("label".to_owned(), Value::Text(label))));
        qube.properties.extend(throwaway.map(|_| ("auto_cleanup".to_owned(), Value::Switch(true))));
        if class == Class::DispVM {
            qube.dispid = Some(throwaway.unwrap_or_else(|| self.unused_dispid()));
        }
        if class.is_machine() && self.global("check_updates_vm") == Some(Value::Switch(false)) {
            qube.features.set("check-updates", "");
        }
        self.qubes.insert(name.clone(), qube);
        self.tag_with_references(name);
        self.take_root_size(name);
        if class == Class::DispVM {
            self.inherit(name)?;
        }
        self.whonix_added(name)
    }

    /// The template for a new qube, which is the system's default if none was asked for.
    fn template_for(&self, class: Class, asked: Option<QubeName>) -> Outcome<QubeName> {
        let default = if class == Class::DispVM { "default_dispvm" } else { "default_template" };
        let template = match asked {
            Some(name) => self.view(&name),
            // One that was reset has no value at all, and qubesd fails over that.
            None => self.find(self.global(default).ok_or(Refusal::Silence)?.as_text().unwrap_or_default()),
        };
        let Some(template) = template else {
            return Err(Exception::Value.says("Template for the qube not specified, nor default template set."));
        };
        if class == Class::AppVM {
            if template.qube.class != Class::TemplateVM {
                // The volumes that it takes over are looked for first; what has none makes qubesd fail.
                enforce(template.qube.class.is_machine())?;
                let shown = template.repr()?;
                self.check_class("template", template.name.as_str(), &shown, Some(Class::TemplateVM))?;
            }
        } else if !template.is_on("template_for_dispvms") {
            let kind = if self.release >= Release::R4_3 { "disposable" } else { "DispVM" };
            return Err(Exception::Value
                .says(format!("template for {kind} ({}) needs to be an AppVM with template_for_dispvms=True", template.name)));
        }
        // A disposable takes over the volumes of its template, and qubesd fails where the kernel's has no kernel.
        enforce(class != Class::DispVM || template.get("kernel").is_some())?;
        Ok(template.name.clone())
    }

    /// A new disposable takes over its disposable template's properties, firewall, features and tags.
    fn inherit(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        let template = view.template().ok_or(Refusal::Silence)?;
        let is_wanted = |property: &&Property| {
            property.is_inherited_by_disposables() && template.property(property.name).is_some() && view.is_default(property)
        };
        let properties: Vec<(String, Value)> = view
            .properties()
            .filter(is_wanted)
            .filter_map(|property| Some((property.name.to_owned(), template.set_value(property)?)))
            .collect();
        let (firewall, tags) = (template.qube.firewall.clone(), template.qube.tags.clone());
        let is_r4_3 = self.release >= Release::R4_3;
        let features: Vec<(String, String)> = template
            .qube
            .features
            .iter()
            .filter(|(feature, _)| !is_r4_3 || !feature.starts_with("preload-dispvm"))
            .map(|(feature, text)| (feature.to_owned(), text.to_owned()))
            .collect();
        if let Some(qube) = self.qubes.get_mut(name) {
            qube.properties.extend(properties);
            qube.firewall = firewall;
        }
        for (feature, text) in features {
            self.set_feature(name, &feature, &text)?;
        }
        tags.iter().try_for_each(|tag| self.add_tag(name, tag))
    }

    /// The lowest number that no qube has.
    fn unused_qid(&self) -> Outcome<u32> {
        (1..10_000).find(|number| self.qubes.values().all(|qube| qube.qid != *number)).ok_or(Refusal::Silence)
    }

    /// A number that no disposable has.
    fn unused_dispid(&mut self) -> u32 {
        let first = derived::disposable(self.next_count());
        let is_free = |number: &u32| self.qubes.values().all(|qube| qube.dispid != Some(*number));
        (first..10_000).chain(0..first).find(is_free).unwrap_or(first)
    }
}
