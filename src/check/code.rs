//! The stable codes of everything halite finds wrong, in one table: it feeds `halite explain`, `docs/checks.md` and the tests.

use std::fmt;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing is built, imported or switched to.
    Error,
    /// It is said, and goes on.
    Warning,
}

/// Whether a finding can be excused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excuse {
    /// It cannot: a bundle that breaks the rule does not mean what it says.
    Never,
    /// It can, by an exception with a reason, which is shown from then on.
    Reason,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $level:ident, $excuse:ident, $title:literal, $why:literal, $advice:literal;)*) => {
        /// A code. Once released, it never means something else.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// All codes, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// As in `H0201`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// How much it weighs.
            pub fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level,)* }
            }

            /// Whether it can be excused.
            pub fn excuse(self) -> Excuse {
                match self { $(Self::$variant => Excuse::$excuse,)* }
            }

            /// The rule that is broken, in one sentence.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// Why it is a rule.
            pub fn why(self) -> &'static str {
                match self { $(Self::$variant => $why,)* }
            }

            /// What to do about a finding.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

codes! {
    // What is wrong with a recipe as a text.

    /// Not TOML.
    Syntax = "H0001", Error, Never,
        "a recipe is TOML",
        "The text cannot be read. Nothing is guessed: a guess about a netvm could be a way around Tor.",
        "Correct the marked place; <https://toml.io> has the grammar.";
    /// A key that the recipe language does not have.
    UnknownKey = "H0002", Error, Never,
        "a recipe has only keys that halite knows",
        "A key that is passed over in silence is a setting that its author believes to be in force. So a misspelt one is \
         refused.",
        "Correct the key, or take it out; docs/recipes.md names all of them.";
    /// A key that must be there.
    MissingKey = "H0003", Error, Never,
        "a recipe says what halite cannot know",
        "Some things have no safe default, such as the mode of an identity or the reason for a flow.",
        "Add the key.";
    /// A value of the wrong kind, or out of bounds.
    BadValue = "H0004", Error, Never,
        "each value is of its kind and within its bounds",
        "Qubes, Salt and Tor each have their own grammar for names and values. What one of them would read differently is \
         refused before it gets there.",
        "Write a value of the kind that the message names.";
    /// A name that nothing in the recipe has.
    UnknownName = "H0005", Error, Never,
        "whatever a recipe refers to is declared in it",
        "A reference to nothing would become a qube with whatever Qubes puts in its place.",
        "Declare what is missing, or correct the name.";
    /// Two things that exclude each other.
    Conflict = "H0006", Error, Never,
        "a recipe does not say two things that exclude each other",
        "Which of the two was meant, nobody can know.",
        "Take one of them out.";
    /// A file that is not there, or is none that a recipe may name.
    Unreadable = "H0007", Error, Never,
        "whatever file or folder a recipe names can be read, and lies where it may",
        "Everything that a recipe names is packed into the bundle, so that others can compile it again. Files outside its \
         folders could not be.",
        "Put the file into the recipe's folder, and name it by its path there.";

    // Structure: names, references, limits. What qubesd would refuse, or silently do wrong.

    /// Salt's management disposables would collide.
    NamesCollide = "H0101", Error, Never,
        "no two names share their first 21 characters",
        "Salt works on a qube through a disposable called disp-mgmt-NAME, cut at 31 characters. Two qubes whose names begin \
         alike would get the same one.",
        "Choose shorter names, or names that differ earlier.";
    /// A reference to something that the bundle does not hold.
    Dangling = "H0102", Error, Never,
        "identities, qubes and halite's own templates that are referred to are part of the bundle",
        "What a bundle refers to it must bring along, or dom0 would be left with half of it.",
        "Build the bundle from its recipe again.";
    /// A netvm without `provides_network`.
    NoNetwork = "H0103", Error, Never,
        "a netvm provides network",
        "qubesd refuses a netvm without provides_network, and dom0 has no network at all.",
        "Name a qube that provides network.";
    /// Qubes refuses loops.
    NetworkLoop = "H0104", Error, Never,
        "network paths have no loops",
        "qubesd refuses a netvm whose own way to the network leads back to the qube.",
        "Give one of the qubes on the loop another netvm.";
    /// A property that a bundle may not set, or a value of the wrong kind.
    BadProperty = "H0105", Error, Never,
        "only known properties are set, to values of their kind",
        "qubesd answers a wrong property with nothing but an empty reply, in the middle of an activation.",
        "Correct the property's name or value; docs/recipes.md says which may be set.";
    /// A tag or feature that Qubes or halite manages.
    ManagedElsewhere = "H0106", Error, Never,
        "tags and features that Qubes manages by itself are left alone",
        "Some tags and features are set by Qubes, by Whonix's add-on or by halite itself whenever they see fit. A bundle that \
         sets them, too, would drift at once, or undo what keeps qubes apart.",
        "Take it out. Features of your own are called x-NAME.";
    /// A name that belongs to something else.
    NameTaken = "H0107", Error, Never,
        "each name stands for one thing",
        "A qube and a template with one name, or a qube called as dom0, would be one thing to qubesd.",
        "Choose another name.";
    /// Qubes refuses `maxmem` below `memory`.
    Memory = "H0108", Error, Never,
        "a qube's memory is at most its maxmem",
        "A qube that is to get more memory at its start than it may ever have does not start.",
        "Raise maxmem or lower memory.";
    /// A template's name must be the hash of its content.
    TemplateName = "H0109", Error, Never,
        "a template is named by the hash of what it holds",
        "Templates never change: another list of packages is another template beside the old one, so that qubes can go back. \
         The name is what tells them apart.",
        "Build the bundle from its recipe again.";
    /// A file where the qube does not keep it, or where another one needs a directory.
    FilePlace = "H0110", Error, Never,
        "files are put where a qube keeps them: in a template outside its private volume, in a qube inside",
        "A qube on a template keeps only /rw, /home and /usr/local, and sees nothing of these of its template.",
        "Put the file elsewhere, or into the template instead of the qube.";
    /// An identity that the computer cannot run.
    MemoryTotal = "H0111", Error, Never,
        "the qubes of an identity fit into the memory that the recipe declares",
        "One identity at a time is running, with its gateways, workstations, vaults and a disposable of each kind. If they do \
         not fit together, people keep others open to save time, or start them without their gateway.",
        "Lower memory of some qubes, or correct memory in [bundle].";
    /// More qubes than Qubes can number.
    TooManyQubes = "H0112", Error, Never,
        "a bundle has no more qubes than a Qubes system can hold",
        "qubesd numbers qubes and gives each an address from its number; it has at most 10,000 of them, dom0 and everything \
         else included.",
        "Split the recipe into several, for several computers.";
    /// A flow that cannot be one.
    BadFlow = "H0113", Error, Never,
        "a flow leads from one identity to another, or to a qube that dom0 has, and never to dom0",
        "Inside an identity nothing needs a flow, dom0 takes none, and a flow that begins and ends outside of the bundle is not \
         halite's to open.",
        "Name two qubes of which at least one is the bundle's, and that do not belong to the same identity.";
    /// Firewall rules that nobody enforces.
    FirewallWithoutEffect = "H0114", Warning, Reason,
        "firewall rules are set where they have an effect",
        "Rules of a qube's firewall are enforced by its netvm. A Whonix gateway does not do so, and without a netvm there is \
         nothing to enforce. Whoever relies on them is deceived.",
        "Take the rules out; what may be reached over Tor is decided inside the workstation.";

    // Network: every way out passes the identity's own gateway.

    /// A way to the network that is not the identity's own gateway.
    NotBehindGateway = "H0201", Error, Never,
        "in modes 1 to 3, every qube reaches the network through its identity's own gateway alone",
        "The gateway is the only thing that keeps a workstation's traffic inside Tor. A disposable has the network of its \
         disposable template, not of the qube that it was opened from, so that the same holds for those. Behind somebody else's \
         gateway, two identities share Tor's circuits.",
        "Give the qube its identity's own gateway as netvm, or a VPN qube behind that. An identity that shall not go through \
         Tor is in mode 4.";
    /// A netvm left to the global default.
    DefaultNetvm = "H0202", Error, Never,
        "each qube says what its netvm is",
        "The global default is sys-firewall, and so the clearnet. It can also change under a qube without anybody looking at \
         it.",
        "Set netvm to a qube, or to none.";
    /// Tor over Tor.
    TorOverTor = "H0203", Error, Never,
        "no gateway is behind another gateway",
        "Tor through Tor makes circuits that Tor's design does not foresee, with the same relays possibly at both ends, and is \
         discouraged by the Tor Project.",
        "Put a qube in clear, such as sys-firewall, or a VPN qube behind the gateway.";
    /// Disposables of somebody else.
    ForeignDisposables = "H0204", Error, Never,
        "a qube's disposables are its own identity's, or there are none",
        "A document that is opened in a disposable goes there with all that it gives away. The global default_dispvm is in \
         clear, and one of another identity links the two.",
        "Declare a disposable template for the identity, or let the qube open none.";
    /// A Whonix qube without Whonix's own tag.
    WhonixTag = "H0205", Error, Never,
        "qubes on Whonix templates carry the tags that Qubes' anonymity policies ask for",
        "Qubes' own policy treats qubes differently that carry anon-vm or anon-gateway. The tags are set when a qube is \
         created, get lost when one is restored, and do not follow a change of template.",
        "Build the bundle from its recipe again, which adds them.";
    /// A qube that no denial would match.
    IsolationTag = "H0206", Error, Never,
        "qubes carry the tags that their identity's policy is written for",
        "The wall around an identity is written for tags. A qube that lacks them stands outside of it, and one with those of \
         another identity stands inside that.",
        "Build the bundle from its recipe again, which sets them.";
    /// An upstream that does not lead out.
    Upstream = "H0207", Error, Never,
        "behind a gateway or a VPN qube comes a qube in clear, or a VPN qube of the same identity",
        "If a gateway's way out leads through a workstation, or through what belongs to another identity, that one sees when \
         the identity is online.",
        "Name a qube that dom0 has, such as sys-firewall, or a VPN qube of the same identity.";
    /// A gateway that runs no Tor, or something else on a gateway's template.
    GatewayTemplate = "H0208", Error, Never,
        "Whonix gateways, and only these, are on a Whonix gateway template",
        "A gateway on another template forwards everything into the clearnet. A workstation on a gateway's template has none of \
         a workstation's protections.",
        "Put gateways on whonix-gateway or a clone of it, and everything else on another template.";
    /// A network where none may be.
    OfflineQube = "H0209", Error, Never,
        "vaults, and the qube that holds the card to an external gateway, have no netvm",
        "A vault with a network is none. The network qube of an external gateway leads to that other computer through its own \
         card; with a netvm, there would be a second way out.",
        "Set its netvm to none.";
    /// A gateway of two identities.
    SharedGateway = "H0210", Error, Never,
        "no two identities share a gateway, and nobody has the one that templates are updated through",
        "Behind one gateway, two identities share Tor's guards and, by mistake or attack, its circuits; and the gateway's own \
         status services tell each of the other. Templates' updates through it show when an identity is online.",
        "Give each identity a gateway of its own, and leave sys-whonix to updates.";
    /// A workstation that tells the wrong gateway about its clock.
    SdwdateGui = "H0211", Error, Never,
        "a Whonix workstation knows its own gateway by name",
        "Whonix's sdwdate-gui reports to sys-whonix unless a setting names another gateway. A running sys-whonix would so learn \
         the name of the workstation.",
        "Build the bundle from its recipe again, which adds the file.";
    /// Mode 4 through Tor.
    ThroughTor = "H0212", Error, Never,
        "mode 4 is in clear, and not behind a Tor gateway",
        "In mode 4 everybody knows who and where the user is. Over a gateway that others use, what is done under a known name \
         can be tied to what is done anonymously.",
        "Name a qube in clear as upstream, or declare the identity in mode 3 with a gateway of its own.";
    /// A template of a mode over Tor that is updated in clear.
    UpdatesInClear = "H0213", Error, Reason,
        "templates that modes over Tor use are updated through Tor",
        "Templates that are not Whonix's fetch their packages in clear. Whoever watches the network sees which software is \
         installed, and when, and may compare that with what an identity uses. Packages are signed, but which of them are \
         withheld can be chosen for one user.",
        "Let the qube use a template of the recipe, [template.NAME] with that base: its clone is updated through the update \
         gateway.";
    /// No gateway for updates.
    UpdateGateway = "H0214", Error, Never,
        "where an identity is over Tor, the bundle says which gateway templates are updated through",
        "Without it, each template would be updated through whatever stock policy says: for all but Whonix's, in clear.",
        "Build the bundle from its recipe again.";
    /// A property that names a qube of another identity.
    ForeignQube = "H0215", Error, Never,
        "a qube's properties name no qube of another identity",
        "The GUI qube sees the screen, the audio qube hears the microphone, and the management disposable runs commands as \
         root. In the hands of another identity, each of them links the two.",
        "Leave the property to its default, or name a qube of dom0's or of the same identity.";
    /// Something over Tor that starts with the computer.
    StartsByItself = "H0216", Error, Reason,
        "nothing of an identity over Tor starts by itself",
        "Identities are safest one at a time. A qube that starts with the computer is online before anybody has chosen who to \
         be, and shows when the computer was turned on.",
        "Take autostart out.";

    // Identities: what must not be shared, and what gives them away.

    /// An account in two identities.
    SharedAccount = "H0301", Error, Never,
        "an account belongs to one identity",
        "Whoever runs the service sees both use the account, and knows from then on that they are one. With and without Tor, \
         the account even ties the address to it.",
        "Make an account for each identity; or, if it is one identity after all, declare one.";
    /// A server that is reached anonymously and under a name.
    SharedDestination = "H0302", Error, Reason,
        "no server is reached both anonymously and non-anonymously",
        "Who reaches the same server at the same time, once anonymously and once under a known name or address, can be \
         recognised by when they come and go.",
        "Reach the server from one of the identities only.";
    /// A VPN in two chains.
    SharedVpn = "H0303", Error, Never,
        "a VPN provider or configuration is used in one chain only",
        "A provider sees who pays, from where, and what for. If the same one is used before Tor and behind it, or by two \
         identities, it can join both ends.",
        "Use another provider, with another account, for each chain.";
    /// A template that two modes use.
    SharedTemplate = "H0304", Warning, Reason,
        "templates that halite makes serve one mode",
        "What is installed for one mode does not belong into another: each program is one more thing to be recognised by, and \
         one more that could be attacked. A broken template breaks all that use it.",
        "Declare a template for each mode, even if both are alike.";
    /// Another browser than Tor Browser where nobody may be recognised.
    Browser = "H0305", Error, Reason,
        "in modes 1 and 2, Tor Browser is the only browser, without extensions",
        "Every other browser, and every extension, can be told apart from all others by what it answers to web pages, over Tor \
         as well. Tor Browser's users look alike.",
        "Take the package or the application out, or move it into an identity of mode 3 or 4.";
    /// An anonymous identity without Whonix.
    NotWhonix = "H0306", Error, Reason,
        "in modes 1 and 2, applications run on Whonix workstations",
        "Another system behind a Whonix gateway has no Tor Browser and no stream isolation, does not hide its timezone, lacks \
         the tag anon-vm, and asks for the time and for updates as everybody else does.",
        "Base the template on whonix-workstation.";
    /// Mode 3 without Whonix.
    NotWhonixKnown = "H0307", Warning, Reason,
        "over Tor, applications run on Whonix workstations",
        "In mode 3 the service knows the user anyway, but a system that is not Whonix has no stream isolation, does not hide \
         its timezone, and lacks the tag anon-vm: what it does under several names can be linked.",
        "Base the template on whonix-workstation, or give a reason.";
    /// The keyboard layout of the user.
    Keyboard = "H0308", Warning, Reason,
        "over Tor, the recipe chooses which keyboard layout is seen",
        "A qube sees the keyboard layout of dom0, and so something about its user's language. The layout us++ says the least, \
         but breaks typing for people who have another one, passphrases included. Only the user can choose.",
        "Say keyboard = \"us++\" or keyboard = \"dom0\" in the identity.";
    /// The microphone and the loudspeaker.
    Audio = "H0309", Warning, Reason,
        "over Tor, the recipe chooses whether there is sound",
        "With an audio qube, a workstation can play sounds that other devices hear, and once attached, record. Without one \
         there are no calls. Only the user can choose.",
        "Say audio = false or audio = true in the identity.";

    // Disclosure: what a bundle tells whoever gets hold of it.

    /// Bridges, which their users' enemies would like to know.
    BridgesInBundle = "H0401", Warning, Reason,
        "a bundle gives away no bridges unseen",
        "Bridges are worth something because few people know them. A bundle holds them in clear, in its files and in its \
         recipe.",
        "Say sensitive = true in the gateway once you have seen to it that neither the bundle nor the recipe gets into \
         strangers' hands.";
    /// A name that `labels.toml` keeps.
    PersonalInformation = "H0402", Error, Never,
        "who is behind the handles stands in `labels.toml` alone",
        "Qubes can read their own names and tags, and all of a recipe is packed into the bundle. What labels.toml keeps may \
         stand in none of them.",
        "Write the handle instead.";

    // Flows: what may move between identities, by evaluation of the policy.

    /// A call across an identity's border that no flow declares.
    UndeclaredFlow = "H0501", Error, Never,
        "nothing crosses an identity's border that no flow declares",
        "The bundle's policy is evaluated together with the one that Qubes and Whonix install, for each qube, each service that \
         moves data or gives control, and each target, running or not. One absent-minded Enter in a dialogue, or one allowed \
         service, and two identities are linked.",
        "Build the bundle from its recipe again; if the flow is meant, declare it: [flow.NAME].";
    /// A way over several qubes that no flow declares.
    IndirectFlow = "H0502", Error, Reason,
        "what flows come to together is declared, too",
        "Two harmless flows can make one that nobody meant: what both may reach or be reached from, a vault, say, joins them in \
         two steps.",
        "Take one of the flows on the way out; or declare the whole way as a flow of its own; or give a reason.";
    /// A declared flow that the policy answers otherwise.
    FlowDenied = "H0503", Error, Never,
        "each declared flow is answered as it says",
        "If a rule before it decides the same call, a flow exists on paper only.",
        "Build the bundle from its recipe again, and see that no two flows are about the same call.";
    /// A way to the network by a call.
    NetworkByCall = "H0504", Error, Never,
        "no call gives an identity over Tor another way to the network",
        "qubes.ConnectTCP and qubes.UpdatesProxy lead to the network of the qube that is called, around the gateway.",
        "Take the rule out of the policy.";
    /// Whonix's status, told to strangers.
    StatusLeak = "H0505", Error, Never,
        "Whonix's status services stay between an identity's gateway and its own workstations",
        "Stock policy lets every workstation tell every gateway about itself, and every gateway command every workstation. The \
         names alone link two identities.",
        "Build the bundle from its recipe again, which denies these.";
    /// A rule that opens dom0.
    CommandsDom0 = "H0506", Error, Never,
        "a bundle's policy opens nothing towards dom0",
        "Calls to dom0 that Qubes foresees are allowed by Qubes' own policy. Everything else there commands the whole system.",
        "Take the rule out of the policy.";
    /// Whonix's own services denied.
    WhonixCut = "H0507", Error, Never,
        "Whonix's status services work between a gateway and its own workstations, and start nothing",
        "Without them, a workstation's clock is not watched, and a wrong clock can be recognised or keep Tor from working. If \
         they may start qubes, shutting an identity down does not last.",
        "Build the bundle from its recipe again.";
    /// A denial that pops up again and again.
    PopUp = "H0508", Error, Never,
        "what Whonix asks by itself again and again is denied in silence",
        "sdwdate-gui asks every second. A notification for each denial teaches people to look away from notifications.",
        "Build the bundle from its recipe again; such denials say notify=no.";
    /// A template whose updates go elsewhere.
    UpdatesElsewhere = "H0509", Error, Never,
        "templates that modes over Tor use are updated through the update gateway",
        "The first rule that matches decides where a template's updates go. The policy is evaluated for each template, with the \
         tags that it will carry.",
        "Build the bundle from its recipe again.";

    /// A qube that answers several identities.
    SharedAnswer = "H0510", Warning, Reason,
        "what one identity sends does not come back to another",
        "Most services answer: a signature, a picture, the output of a command. A qube that takes something from one identity, \
         even with its user's consent, and answers another can hand it on, should it ever be taken over. Two identities that \
         have their mails signed by one qube are joined there.",
        "Give each identity a qube of its own for this; or have it only receive, as with qubes.Filecopy; or give a reason.";

    // Exceptions.

    /// An exception for what cannot be excused.
    NoSuchException = "H0601", Error, Never,
        "exceptions are for checks that can be excused",
        "Some rules are what a mode means: a workstation in mode 1 that does not go through its gateway is not in mode 1. They \
         have no exceptions.",
        "Take the exception out, and what it was for; halite explain CODE says which checks can be excused.";
    /// An exception that excuses nothing.
    UnusedException = "H0602", Warning, Never,
        "each exception excuses something",
        "An exception that is left over would excuse the next mistake at the same place unseen.",
        "Take it out.";

    // The dom0 that a bundle comes into.

    /// dom0's policy cannot be read.
    PolicyVoid = "H0701", Error, Never,
        "dom0's whole policy can be read",
        "With one line that it cannot read, in whichever file, Qubes denies every call of every qube: no clipboard, no updates, \
         no clock. Whatever is switched to then seems to be the reason.",
        "Correct the line, or take the file away; halite-dom0 policy lint lists everything.";
    /// Another file is read in place of the bundle's.
    PolicyMasked = "H0702", Error, Never,
        "nothing masks the bundle's policy",
        "Qubes reads /run/qubes/policy.d first, and leaves out every later file of the same name. The walls between identities \
         would stand in a file that nobody reads.",
        "Take the file away.";

    // What of Salt's states does not become a recipe as it stands.

    /// A file of Salt's that halite cannot read.
    SaltText = "H0901", Error, Never,
        "states are YAML in plain files",
        "What cannot be read cannot become a recipe, and half of somebody's qubes is worse than none.",
        "Correct the marked place, or take the file out of the folder.";
    /// A file of states that Salt itself cannot read, mended.
    SaltMended = "H0902", Warning, Never,
        "states are YAML that Salt can read",
        "Salt refuses the file as it stands, and so never did what it says. What was meant is plain enough to go on, but it is a guess.",
        "Read what it was taken to mean.";
    /// A part of a state that only a program's run would tell.
    SaltCode = "H0903", Warning, Never,
        "what states say is data, not a program",
        "Jinja is code that runs in dom0. What it would come to depends on the machine that it runs on, and halite runs none of it.",
        "Write what it comes to into the recipe.";
    /// A part of a state for which recipes have no word.
    SaltUnknown = "H0904", Warning, Never,
        "states say what a recipe can say",
        "A part of the states is left out of the recipe.",
        "See whether it is needed, and say it in the recipe's own words if it is.";
    /// A word that Salt does not know, or knows in another form.
    SaltSpelling = "H0905", Warning, Never,
        "states are written as Salt takes them",
        "Salt does nothing, or something else, for a word that it does not know; such states never did what they seem to say.",
        "Read what it was taken to mean.";
    /// Two states, or two values, for one thing.
    SaltTwice = "H0906", Warning, Never,
        "states say each thing once",
        "Salt refuses two states of one name, and of two values which one wins depends on the order.",
        "Keep the one that was meant.";
    /// A template that is none of today's.
    SaltTemplate = "H0907", Warning, Never,
        "qubes are on templates that exist",
        "Templates of old releases get no security updates and cannot be installed any more.",
        "See that the template of today that stands in the recipe does.";
    /// An identity's mode, which no state says.
    SaltMode = "H0908", Warning, Never,
        "an identity's mode is what its states look like",
        "Salt's states know no modes. The one in the recipe follows from names and netvms.",
        "Check each mode: it decides what the rules demand.";
    /// A gateway that several share, or that is not for identities.
    SaltGateway = "H0909", Warning, Never,
        "each identity over Tor has a gateway of its own",
        "Behind one gateway, two identities can be linked.",
        "The recipe has a gateway for each; each will choose Tor guards of its own.";
    /// What no state says, and halite brings.
    SaltUnsaid = "H0910", Warning, Never,
        "what keeps identities apart is said",
        "The states set no tags, no disposables and no policy, without which identities can reach each other.",
        "Nothing: halite derives these from the recipe.";
}

impl Code {
    /// Whether it is about what may move, by evaluation of a policy: H05xx.
    pub fn is_about_flows(self) -> bool {
        (Self::UndeclaredFlow..=Self::SharedAnswer).contains(&self)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Code {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL.iter().find(|code| code.as_str() == text).copied().ok_or(UnknownCode)
    }
}

/// Not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no check of this code; `halite explain` lists all")]
pub struct UnknownCode;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_differ() {
        assert!(Code::ALL.is_sorted_by(|a, b| a.as_str() < b.as_str()));
        for code in Code::ALL {
            assert!(code.as_str().len() == 5 && code.as_str().starts_with('H'), "{code}");
            assert_eq!(code.as_str().parse(), Ok(*code));
        }
    }

    #[test]
    fn each_code_says_what_why_and_what_to_do() {
        for code in Code::ALL {
            assert!(!code.title().ends_with('.') && !code.title().is_empty(), "{code}");
            assert!(code.why().ends_with('.') && code.advice().ends_with('.'), "{code}");
        }
    }
}
