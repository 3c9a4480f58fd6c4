//! Tags and features, and what follows from setting one.
//!
//! Source: `qubes/vm/__init__.py` (class `Tags`), `qubes/features.py`, `qubes/ext/*.py`.

use super::qube::Class;
use super::refusal::{Exception, Outcome, Refusal};
use super::simulation::Simulation;
use super::value::Value;
use super::view::View;
use crate::base::QubeName;
use crate::model::Release;

impl Simulation {
    /// Adds a tag. `created-by-X` brings what the features of X ask for; if there is no X, qubesd fails after it added the tag.
    /// Source: `ext/admin.py`, `ext/gui.py`.
    pub(super) fn add_tag(&mut self, name: &QubeName, tag: &str) -> Outcome {
        valid_tag(tag)?;
        let Some(qube) = self.qubes.get_mut(name) else { return Ok(()) };
        // The extensions leave qubes of other computers alone (`ext/__init__.py`, `handler`).
        let is_new = qube.tags.insert(tag.to_owned()) && qube.class != Class::RemoteVM;
        let Some(creator) = tag.strip_prefix("created-by-").filter(|_| is_new) else { return Ok(()) };
        let creator = self.find(creator).ok_or(Refusal::Silence)?;
        let asked = |feature: &str| creator.qube.features.get(feature).unwrap_or_default().to_owned();
        let (tags, guivm) = (asked("tag-created-vm-with"), asked("set-created-guivm"));
        for tag in tags.split_ascii_whitespace() {
            self.add_tag(name, tag)?;
        }
        if !guivm.is_empty() {
            self.find(&guivm).ok_or(Refusal::Silence)?;
            self.set_named(name, "guivm", Value::Text(guivm))?;
        }
        Ok(())
    }

    /// Gives a qube the one tag `PROPERTY-NAME` of the qube that `property` refers to. Source: `ext/gui.py`, `ext/audio.py`,
    /// `ext/relay.py`.
    pub(super) fn tag_with_reference(&mut self, name: &QubeName, property: &str) {
        let Some(view) = self.view(name) else { return };
        let prefix = format!("{property}-");
        let tag = view.refers(property).map(|view| format!("{prefix}{}", view.name));
        if let Some(qube) = self.qubes.get_mut(name) {
            qube.tags.retain(|tag| !tag.starts_with(&prefix));
            qube.tags.extend(tag);
        }
    }

    /// A qube was made or qubesd was started: tags of GUI, audio and relay qubes that are missing are added.
    pub(super) fn tag_with_references(&mut self, name: &QubeName) {
        for property in ["guivm", "audiovm", "relayvm"] {
            let is_missing = self.view(name).is_some_and(|view| {
                view.refers(property).is_some_and(|used| !view.qube.tags.contains(&format!("{property}-{}", used.name)))
            });
            if is_missing {
                self.tag_with_reference(name, property);
            }
        }
    }

    /// Sets a feature.
    ///
    /// # Errors
    /// If an extension refuses; some do so only after the feature was set.
    pub(super) fn set_feature(&mut self, name: &QubeName, feature: &str, text: &str) -> Outcome {
        let release = self.release;
        let view = self.existing(name)?;
        let is_local = view.qube.class != Class::RemoteVM;
        if let Some(service) = feature.strip_prefix("service.").filter(|_| is_local) {
            check_service(service, release)?;
        }
        if release >= Release::R4_3 {
            view.check_preload(feature, text)?;
        }
        if let Some(qube) = self.qubes.get_mut(name) {
            qube.features.set(feature, text);
        }
        if is_local { self.follow_feature(name, feature, text) } else { Ok(()) }
    }

    /// What extensions do about a feature of a local qube that was just set.
    fn follow_feature(&mut self, name: &QubeName, feature: &str, text: &str) -> Outcome {
        let is_r4_3 = self.release >= Release::R4_3;
        if is_r4_3 && !text.is_empty() {
            self.whonix_feature_set(name, feature)?;
        }
        if feature == "service.meminfo-writer" {
            self.set_memory_balancing(name, !text.is_empty())?;
        }
        if let Some(config) = feature.strip_prefix("vm-config.") {
            check_config(config)?;
        }
        match feature.strip_prefix("custom-persist.").filter(|_| is_r4_3) {
            Some(key) => check_persistent(key, text),
            None => Ok(()),
        }
    }

    /// Removes a feature, and says whether it was there.
    pub(super) fn drop_feature(&mut self, name: &QubeName, feature: &str) -> bool {
        self.qubes.get_mut(name).is_some_and(|qube| qube.features.remove(feature))
    }

    /// The old service `meminfo-writer` stands for `maxmem` and is never kept. Source: `ext/services.py`.
    pub(super) fn set_memory_balancing(&mut self, name: &QubeName, wanted: bool) -> Outcome {
        if let Some(property) = self.existing(name)?.property("maxmem") {
            if wanted {
                self.reset(name, property)?;
            } else {
                self.set(name, property, Value::Number(0))?;
            }
        }
        self.drop_feature(name, "service.meminfo-writer");
        Ok(())
    }
}

impl View<'_> {
    /// Source: `vm/mix/dvmtemplate.py` and `vm/adminvm.py`, handlers of `domain-feature-pre-set:preload-dispvm-…`.
    fn check_preload(&self, feature: &str, text: &str) -> Outcome {
        let refuse = |message: &str| Err(Exception::Value.says(message));
        let is_dom0 = *self.name == QubeName::dom0();
        if !is_dom0 && !self.qube.class.makes_disposables() || self.qube.features.get(feature) == Some(text) {
            return Ok(());
        }
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        match feature {
            "preload-dispvm-max" if is_dom0 => match self.system.global("default_dispvm") {
                Some(Value::Text(name)) => {
                    self.system.find(&name).map_or(Ok(()), |template| template.check_preload(feature, text))
                }
                _ => Ok(()),
            },
            "preload-dispvm-max" if self.feature("qrexec").is_none_or(str::is_empty) => refuse("Qube does not support qrexec"),
            "preload-dispvm-max" if !self.has_feature("supported-rpc.qubes.WaitForRunningSystem") => {
                refuse("Qube does not support the RPC 'qubes.WaitForRunningSystem'")
            }
            "preload-dispvm-max" if !is_number => refuse("Invalid preload-dispvm-max value: not a digit"),
            "preload-dispvm-threshold" if is_dom0 && !is_number => refuse("Invalid preload-dispvm-threshold value: not a digit"),
            "preload-dispvm-delay" if !text.is_empty() && text.trim().parse::<f64>().is_err() => {
                refuse("Invalid preload-dispvm-delay value: not an integer or float")
            }
            _ => Ok(()),
        }
    }
}

/// Whether qubesd takes a text as a tag. It does not say why not.
pub(super) fn valid_tag(tag: &str) -> Outcome {
    let is_valid = tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_valid { Ok(()) } else { Err(Refusal::Silence) }
}

/// Source: `ext/services.py`.
fn check_service(service: &str, release: Release) -> Outcome {
    let may_be_long = release >= Release::R4_3 && service.starts_with("app-dispvm.");
    Err(Exception::Value.says(match service {
        "" => "Service name cannot be empty",
        _ if service.contains('/') => "Service name cannot contain a slash",
        "." | ".." => "Service name cannot be \".\" or \"..\"",
        _ if service.len() > 48 && !may_be_long => "Service name must not exceed 48 bytes",
        _ => return Ok(()),
    }))
}

/// Source: `ext/vm_config.py`.
fn check_config(config: &str) -> Outcome {
    Err(Exception::Value.says(match config.bytes().next() {
        _ if config.len() > 52 => "VM config name must not exceed 46 bytes",
        None => "Empty config name not allowed",
        Some(first) if !first.is_ascii_alphabetic() => "Config name must start with an ASCII letter",
        Some(_) => return Ok(()),
    }))
}

/// Source: `ext/custom_persist.py`.
fn check_persistent(key: &str, text: &str) -> Outcome {
    let refuse = |message: String| Err(Exception::Value.says(message));
    if key.is_empty() {
        return refuse("custom-persist key cannot be empty".to_owned());
    }
    if key.len() > 54 {
        return refuse(format!("custom-persist key is too long (max 54), ignoring: {key}"));
    }
    if text.starts_with('/') {
        return Ok(());
    }
    let options: Vec<&str> = text.splitn(5, ':').collect();
    let [kind, _, _, mode, path] = options[..] else {
        return refuse(format!("invalid value format: '{text}'"));
    };
    if !path.starts_with('/') {
        refuse(format!("invalid value format: '{text}'"))
    } else if !matches!(kind, "file" | "dir") {
        refuse(format!("invalid resource type option '{kind}' in value '{text}'"))
    } else if !u32::from_str_radix(mode.strip_prefix("0o").unwrap_or(mode), 8).is_ok_and(|mode| mode <= 0o7777) {
        refuse(format!("invalid mode option '{mode}' in value '{text}'"))
    } else {
        Ok(())
    }
}
