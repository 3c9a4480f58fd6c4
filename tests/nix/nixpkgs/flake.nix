# As much of nixpkgs as the flake of this project uses, for tests/nix.rs, which has no network. What is built is built with the
# machine's own shell and tools; instead of compiling Rust, it installs the programs that Cargo has built, from the folder `bin` that the
# test puts beside this file.
{
  outputs =
    _:
    let
      inherit (builtins)
        any
        concatStringsSep
        fromTOML
        listToAttrs
        readFile
        stringLength
        substring
        ;

      hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
      hasSuffix = suffix: text: substring (stringLength text - stringLength suffix) (-1) text == suffix;
      within = folder: path: path == toString folder || hasPrefix "${toString folder}/" path;

      # A set of files is a function that says whether a path of some type belongs to it. Above its files it has their folders.
      files =
        set:
        if builtins.isPath set then
          path: type: within set path || type == "directory" && within path (toString set)
        else
          set;

      lib = {
        genAttrs =
          names: f:
          listToAttrs (
            map (name: {
              inherit name;
              value = f name;
            }) names
          );
        inherit hasSuffix;
        importTOML = path: fromTOML (readFile path);
        optionals = condition: list: if condition then list else [ ];
        path.hasPrefix = folder: path: within folder (toString path);
        removePrefix =
          prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
        fileset = {
          toSource =
            { root, fileset }:
            {
              outPath = builtins.path {
                path = root;
                name = "source";
                filter = files fileset;
              };
            };
          unions =
            sets: path: type:
            any (set: files set path type) sets;
          fileFilter =
            keep: folder: path: type:
            files folder path type
            && (type == "directory" || keep { hasExt = extension: hasSuffix ".${extension}" path; });
        };
        licenses = {
          mit.spdxId = "MIT";
          asl20.spdxId = "Apache-2.0";
        };
        platforms.linux = [
          "x86_64-linux"
          "aarch64-linux"
        ];
      };

      # A derivation that the machine's shell builds with `command`. What is for Nix's eyes alone is no part of its environment.
      derive =
        system: arguments: command:
        derivation (
          removeAttrs arguments [
            "cargoLock"
            "meta"
          ]
          // {
            inherit system;
            builder = "/bin/sh";
            args = [
              "-euc"
              command
            ];
            PATH = concatStringsSep ":" (
              map (package: "${package}/bin") (arguments.nativeBuildInputs or [ ])
              ++ [
                "/usr/bin"
                "/bin"
              ]
            );
          }
        )
        // {
          inherit (arguments) meta;
        };

      packages = system: isStatic: rec {
        runCommandLocal =
          name: environment:
          derive system (
            environment
            // {
              inherit name;
              meta = { };
            }
          );
        mkShell =
          { packages }:
          runCommandLocal "shell" { inherit packages; } "exit 1";
        rustPlatform.buildRustPackage =
          arguments@{
            pname,
            version,
            src,
            cargoLock,
            buildNoDefaultFeatures,
            buildFeatures,
            cargoBuildFlags,
            doCheck,
            meta,
          }:
          derive system
            (
              arguments
              // {
                name = "${pname}-${version}";
                inherit isStatic;
                program = ./bin + "/${pname}";
              }
            )
            ''
              cmp ${cargoLock.lockFile} "$src/Cargo.lock"
              mkdir -p "$out/bin"
              cp "$program" "$out/bin/$pname"
            '';
        pkgsStatic = packages system true;
      };

      # Packages that are only named.
      named =
        system:
        listToAttrs (
          map
            (name: {
              inherit name;
              value = (packages system false).runCommandLocal name { } "exit 1";
            })
            [
              "b3sum"
              "cargo"
              "clippy"
              "git"
              "minisign"
              "nix"
              "rustc"
              "rustfmt"
              "strace"
              "util-linux"
              "zstd"
            ]
        );
    in
    {
      inherit lib;
      legacyPackages = lib.genAttrs lib.platforms.linux (system: packages system false // named system);
    };
}
