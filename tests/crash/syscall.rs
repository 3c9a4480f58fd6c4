//! System calls as `strace -y -xx` writes them.

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syscall {
    /// Its name.
    pub name: String,
    /// Which of its name it is, from 1: how `strace` counts for `when=`.
    pub number: usize,
    /// The path of the file that is open under its first argument, if that is one.
    pub file: Option<String>,
    /// The strings among its arguments: paths, or what is written.
    pub strings: Vec<Vec<u8>>,
    /// Its arguments, as they stand there.
    pub arguments: String,
    /// What it came to.
    pub end: End,
}

/// What a system call came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was done.
    Done,
    /// It failed by itself.
    Failed,
    /// It failed because `strace` made it fail.
    Injected,
    /// The process was killed before it was done.
    Never,
}

/// All that a log has.
pub fn read(log: &str) -> Vec<Syscall> {
    let mut calls: Vec<Syscall> = Vec::new();
    for line in log.lines() {
        if line.starts_with("+++") || line.starts_with("---") {
            continue;
        }
        let (name, rest) = line.split_once('(').unwrap_or_else(|| panic!("no system call: {line}"));
        let (arguments, result) = rest.rsplit_once(" = ").unwrap_or_else(|| panic!("no result: {line}"));
        let number = 1 + calls.iter().filter(|earlier| earlier.name == name).count();
        calls.push(Syscall {
            name: name.to_owned(),
            number,
            file: opened(arguments),
            strings: strings(arguments),
            arguments: arguments.trim_end().trim_end_matches(')').to_owned(),
            end: match result {
                _ if result.starts_with('?') => End::Never,
                _ if result.ends_with("(INJECTED)") => End::Injected,
                _ if result.starts_with("-1") => End::Failed,
                _ => End::Done,
            },
        });
    }
    calls
}

impl Syscall {
    /// Its `at`-th string as a path.
    #[track_caller]
    pub fn path(&self, at: usize) -> &str {
        std::str::from_utf8(&self.strings[at]).unwrap()
    }

    /// What it is about, if that is a name in a directory which is open under its first argument.
    pub fn entry(&self) -> Option<String> {
        let name = String::from_utf8_lossy(self.strings.first()?);
        Some(self.file.as_ref().map_or(name.to_string(), |directory| format!("{directory}/{name}")))
    }

    /// Whether it may change something outside the process: a file, or what qubesd has.
    pub fn changes(&self) -> bool {
        match &*self.name {
            "openat" => self.creates(),
            "write" => self.is_to_file(),
            // Where the connection is, and what goes over it, is for `sendto` to say.
            "connect" | "shutdown" => false,
            "sendto" => self.method().is_some_and(|method| !only_reads(&method)),
            _ => true,
        }
    }

    /// Whether it opens a file that it may make.
    pub fn creates(&self) -> bool {
        self.name == "openat" && self.arguments.contains("O_CREAT")
    }

    /// Whether it opens or writes a file, and no terminal or pipe.
    pub fn is_to_file(&self) -> bool {
        !self.arguments.starts_with("1<") && !self.arguments.starts_with("2<")
    }

    /// Whether it is part of a call to qubesd.
    pub fn is_to_qubesd(&self) -> bool {
        matches!(&*self.name, "connect" | "sendto" | "shutdown")
    }

    /// Whether it is done to the file at `path`, below whatever root.
    pub fn is_of(&self, path: &str) -> bool {
        let first = self.strings.first().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        self.file.clone().or(first).is_some_and(|file| file.ends_with(path))
    }

    /// The method of the Admin API that it asks for.
    pub fn method(&self) -> Option<String> {
        let request = String::from_utf8_lossy(self.strings.first()?);
        (self.name == "sendto").then(|| request.split('+').next().unwrap().to_owned())
    }

    /// What it does to what, below `root` and whichever process does it: for people, and to know it again.
    pub fn what(&self, root: &str) -> String {
        let what = match &*self.name {
            "sendto" => String::from_utf8_lossy(&self.strings[0]).split('\0').next().unwrap().to_owned(),
            "write" | "fsync" | "fdatasync" | "fchmod" | "ftruncate" | "flock" => self.file.clone().unwrap_or_default(),
            "shutdown" => String::new(),
            "unlinkat" => self.entry().unwrap_or_default(),
            _ => self.strings.iter().map(|path| String::from_utf8_lossy(path).into_owned()).collect::<Vec<_>>().join(" to "),
        };
        format!("{} {}", self.name, nameless(&what.replace(root, ""))).trim_end().to_owned()
    }
}

/// `text` without the numbers of processes, which temporary files have in their names.
pub fn nameless(text: &str) -> String {
    let parts: Vec<&str> = text.split('.').map(|part| if part.parse::<u32>().is_ok() { "N" } else { part }).collect();
    parts.join(".")
}

/// Whether a method of the Admin API only reads.
fn only_reads(method: &str) -> bool {
    ["List", "Get", "GetAll", "Info", "CurrentState", "GetSystemInfo"].iter().any(|verb| method.rsplit('.').next() == Some(verb))
}

/// The path in `7<…>` at the beginning.
fn opened(arguments: &str) -> Option<String> {
    let (number, rest) = arguments.split_once('<')?;
    number.parse::<u32>().ok()?;
    Some(String::from_utf8(bytes(rest.split('>').next()?)).unwrap())
}

/// The strings in quotation marks.
fn strings(arguments: &str) -> Vec<Vec<u8>> {
    arguments.split('"').skip(1).step_by(2).map(bytes).collect()
}

/// What `\x68\x61` stands for.
fn bytes(hexadecimal: &str) -> Vec<u8> {
    hexadecimal.split("\\x").skip(1).map(|digits| u8::from_str_radix(digits, 16).unwrap()).collect()
}

#[test]
fn system_calls_are_read() {
    let log = r#"openat(AT_FDCWD<\x2f>, "\x2f\x61", O_RDWR|O_CREAT|O_EXCL|O_CLOEXEC, 0644) = 4<\x2f\x61>
openat(AT_FDCWD<\x2f>, "\x2f\x62", O_RDONLY|O_CLOEXEC) = -1 ENOENT (No such file or directory)
write(4<\x2f\x61>, "\x3d\x22\x0a", 3) = 3
write(2<\x2f\x65>, "\x0a", 1) = -1 EIO (Input/output error) (INJECTED)
sendto(5<\x73>, "\x61\x2e\x53\x65\x74\x2b\x78\x00", 8, MSG_NOSIGNAL, NULL, 0) = 8
rename("\x2f\x72\x2f\x2e\x61\x2e\x37\x2e\x6e", "\x2f\x72\x2f\x61") = ?
+++ killed by SIGKILL +++
"#;
    let calls = read(log);
    let shown: Vec<_> = calls.iter().map(|call| (call.what("/r/"), call.number, call.changes(), call.end)).collect();
    let expected = [
        ("openat /a", 1, true, End::Done),
        ("openat /b", 2, false, End::Failed),
        ("write /a", 1, true, End::Done),
        ("write /e", 2, false, End::Injected),
        ("sendto a.Set+x", 1, true, End::Done),
        ("rename .a.N.n to a", 1, true, End::Never),
    ];
    assert_eq!(shown, expected.map(|(what, number, changes, end)| (what.to_owned(), number, changes, end)));
    assert_eq!(calls[2].strings, [b"=\"\n"]);
}
