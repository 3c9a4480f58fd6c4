//! Starting and stopping. Both are over at once here; a real start takes half a minute, and a shutdown without `wait` is only
//! asked for when the reply comes.
//!
//! Source: `qubes/vm/qubesvm.py` (`start`, `shutdown`, `kill`, `pause`, `unpause`), `vm/dispvm.py`, `vm/mix/net.py`,
//! `ext/gui.py`, `ext/audio.py`.

use std::collections::BTreeMap;

use super::qube::{Class, Power};
use super::refusal::{Exception, Outcome, Refusal, enforce};
use super::simulation::Simulation;
use super::view::View;
use super::volume::{Snapshot, VolumeName};
use crate::base::QubeName;
use crate::model::Release;

impl Simulation {
    /// Starts a qube, and before it the chain of its network qubes.
    ///
    /// # Errors
    /// If one of them may not start.
    pub(super) fn start(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        match view.qube.class {
            Class::AdminVM => return Err(Exception::VmNotHalted.says("Cannot start Dom0 fake domain!")),
            Class::RemoteVM => return Err(Exception::VmNotHalted.says("Cannot start a RemoteVM.")),
            _ => {}
        }
        // The network qubes that must start, the nearest one first; qubesd checks a qube before it turns to the next one.
        let chain: Vec<QubeName> = view.upstream().take_while(|view| !view.is_up()).map(|view| view.name.clone()).collect();
        for (at, qube) in chain.iter().enumerate() {
            if let Err(mut refusal) = self.existing(qube)?.may_start() {
                for asked in chain.iter().take(at.saturating_add(1)).rev() {
                    if let Err(other) = self.clean_up_failed(asked) {
                        refusal = other;
                    }
                }
                return Err(refusal);
            }
        }
        for qube in &chain {
            let snapshots = self.existing(qube)?.new_snapshots();
            self.power(qube, Power::Running);
            self.run_on(qube, snapshots);
        }
        Ok(())
    }

    /// A disposable that cannot start is removed: on R4.2 one that cleans up after itself, on R4.3 any. Source: `vm/dispvm.py`,
    /// `start` and `cleanup`.
    fn clean_up_failed(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        if view.qube.class == Class::DispVM && (self.release >= Release::R4_3 || view.is_on("auto_cleanup")) {
            self.remove(name)?;
        }
        Ok(())
    }

    /// Shuts a qube down.
    ///
    /// # Errors
    /// If it is not running or others depend on it.
    pub(super) fn shutdown(&mut self, name: &QubeName, force: Force) -> Outcome {
        let view = self.existing(name)?;
        match view.qube.class {
            // Its method does not know the arguments that it is given.
            Class::AdminVM | Class::RemoteVM => return Err(Refusal::Silence),
            _ => {}
        }
        if !view.is_up() {
            return Err(Exception::VmNotStarted.of(name));
        }
        if force == Force::No {
            view.check_unused()?;
        }
        if view.power() == Power::Paused && force == Force::No {
            if self.release >= Release::R4_3 {
                return Err(Exception::VmNotRunning.of(name));
            }
            // A qube that stands still does not hear that it should shut down.
            return Ok(());
        }
        self.stop(name);
        Ok(())
    }

    /// Switches a qube off.
    ///
    /// # Errors
    /// If it is not running.
    pub(super) fn kill(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        match view.qube.class {
            Class::AdminVM => return Err(Exception::Vm.says("Cannot kill Dom0 fake domain!")),
            Class::RemoteVM => return Err(Exception::Vm.says("Cannot kill a RemoteVM.")),
            _ if !view.is_up() => return Err(Exception::VmNotStarted.of(name)),
            _ => {}
        }
        self.stop(name);
        Ok(())
    }

    /// Pauses a qube.
    ///
    /// # Errors
    /// If it is not running.
    pub(super) fn pause(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        match view.power() {
            _ if !view.qube.class.is_machine() => Err(Refusal::Silence),
            Power::Halted => Err(Exception::VmNotRunning.of(name)),
            Power::Running | Power::Paused => {
                self.power(name, Power::Paused);
                Ok(())
            }
        }
    }

    /// Lets a paused qube go on.
    ///
    /// # Errors
    /// If it is not paused.
    pub(super) fn unpause(&mut self, name: &QubeName) -> Outcome {
        let view = self.existing(name)?;
        match view.power() {
            _ if !view.qube.class.is_machine() => Err(Refusal::Silence),
            Power::Halted | Power::Running => Err(Exception::VmNotPaused.of(name)),
            Power::Paused => {
                self.power(name, Power::Running);
                Ok(())
            }
        }
    }

    fn run_on(&mut self, name: &QubeName, snapshots: BTreeMap<VolumeName, Snapshot>) {
        if let Some(qube) = self.qubes.get_mut(name) {
            qube.snapshots = snapshots;
        }
    }

    fn power(&mut self, name: &QubeName, power: Power) {
        if let Some(qube) = self.qubes.get_mut(name) {
            qube.power = power;
        }
    }

    /// The qube is off; a disposable that cleans up after itself is gone.
    fn stop(&mut self, name: &QubeName) {
        self.power(name, Power::Halted);
        self.run_on(name, BTreeMap::new());
        if self.view(name).is_some_and(|view| view.qube.class == Class::DispVM && view.is_on("auto_cleanup")) {
            // In use, it stays; nobody looks at the refusal.
            let _ = self.remove(name);
        }
    }
}

/// Whether a qube is shut down although others depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Force {
    /// It is.
    Yes,
    /// It is not.
    No,
}

impl View<'_> {
    /// Whether nothing forbids to start this one qube.
    fn may_start(&self) -> Outcome {
        let is_r4_3 = self.system.release >= Release::R4_3;
        if self.qube.class == Class::DispVM
            && let Some(template) = self.template().filter(|template| !template.is_on("template_for_dispvms"))
        {
            let kind = if is_r4_3 { "disposable" } else { "DispVM" };
            return Err(
                Exception::Qubes.says(format!("template for {kind} ({}) needs to have template_for_dispvms=True", template.name))
            );
        }
        match self.qube.features.get("prohibit-start") {
            Some(why) if is_r4_3 && !why.is_empty() => {
                Err(Exception::Qubes.says(format!("Qube start is prohibited. Rationale: {why}")))
            }
            // Where not even the system has a default kernel, qubesd fails.
            _ => enforce(self.get("kernel").is_some()),
        }
    }

    /// Whether no running qube depends on this one.
    fn check_unused(&self) -> Outcome {
        let in_use = if self.system.release >= Release::R4_3 { Exception::VmInUse } else { Exception::Vm };
        for (property, exception, message) in [
            ("netvm", in_use, "There are other VMs connected to this VM"),
            ("guivm", Exception::Vm, "There are running VMs using this VM as GuiVM"),
            ("audiovm", in_use, "There are running VMs using this VM as AudioVM"),
        ] {
            // A qube may be its own GUI qube, and then cannot be shut down; as its own audio qube it can. So qubesd has it.
            let users: Vec<&str> = self
                .users(property)
                .filter(|user| user.is_up() && (user.name != self.name || property == "guivm"))
                .map(|user| user.name.as_str())
                .collect();
            if !users.is_empty() {
                return Err(exception.says(format!("{message}: {}", users.join(", "))));
            }
        }
        Ok(())
    }
}
