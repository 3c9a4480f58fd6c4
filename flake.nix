{
  description = "Anonymity modes for Qubes OS, compiled into reproducible, signed bundles";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      forAllSystems =
        f:
        lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
        ] (system: f system nixpkgs.legacyPackages.${system});

      # What Cargo reads, so that a change of the documentation builds nothing again. The tests and benches are not built, but Cargo
      # wants to see those that Cargo.toml names.
      src = lib.fileset.toSource {
        root = ./.;
        fileset = lib.fileset.unions [
          ./Cargo.lock
          ./Cargo.toml
          ./src
          (lib.fileset.fileFilter (file: file.hasExt "rs") ./benches)
          (lib.fileset.fileFilter (file: file.hasExt "rs") ./tests)
        ];
      };

      # One of the two programs. Each is built with its own feature alone, since Cargo would unify them.
      program =
        pkgs: name: feature:
        pkgs.rustPlatform.buildRustPackage {
          pname = name;
          inherit ((lib.importTOML ./Cargo.toml).package) version;
          inherit src;
          cargoLock.lockFile = ./Cargo.lock;
          buildNoDefaultFeatures = true;
          buildFeatures = [ feature ];
          cargoBuildFlags = [
            "--bin"
            name
          ];
          # `make test` runs the tests, with both programs and with stock tools.
          doCheck = false;
          meta = {
            description = "Anonymity modes for Qubes OS, compiled into reproducible, signed bundles";
            license = with lib.licenses; [
              mit
              asl20
            ];
            platforms = lib.platforms.linux;
            mainProgram = name;
          };
        };
    in
    {
      packages = forAllSystems (
        system: pkgs: {
          default = self.packages.${system}.halite;
          halite = program pkgs "halite" "build";
          # Static, because dom0 is an old Fedora without Nix: neither this glibc nor its path is there.
          halite-dom0 = program pkgs.pkgsStatic "halite-dom0" "dom0";
        }
      );

      # The bundle of a recipe: `$out/ID.halite`, and the id in `$out/id`. It is not signed, because everybody can read the store and what
      # a build is told: keys stay outside, and whoever has one signs a copy of the file.
      lib.mkBundle =
        {
          # The recipe's folder: a path, or a string that leads into the store.
          recipe,
          # The folder that it lies in together with the recipes that it extends.
          root ? recipe,
          # The release of Qubes OS.
          release ? "r4.3",
          # The machine that compiles; the bundle is the same whichever it is.
          system ? "x86_64-linux",
          # The halite that compiles.
          halite ? self.packages.${system}.halite,
        }:
        # Local: it takes no time, and a bundle from somebody's cache would be believed instead of compiled.
        nixpkgs.legacyPackages.${system}.runCommandLocal "halite-bundle"
          {
            nativeBuildInputs = [ halite ];
            # Without what git is to ignore beside a recipe, too, because nobody else may read it.
            recipe =
              let
                copy = builtins.path {
                  path = root;
                  name = "recipe";
                  filter = path: _: !(lib.hasSuffix ".key" path || baseNameOf path == "labels.toml");
                };
              in
              if !builtins.isPath recipe then
                recipe
              else if !lib.path.hasPrefix root recipe then
                throw "mkBundle: the recipe `${toString recipe}` is not in its root, `${toString root}`"
              else
                copy + lib.removePrefix (toString root) (toString recipe);
            inherit release;
            # A bundle that knows a path of the machine it was made on is no bundle.
            allowedReferences = [ ];
          }
          ''
            mkdir "$out"
            halite build "$recipe" --release "$release" --store "$out" > id
            mv id "$out/id"
          '';

      # Both programs, and every recipe in `recipes` for each of its releases.
      checks = forAllSystems (
        system: _:
        let
          folders = builtins.filter (name: builtins.pathExists (./recipes + "/${name}/halite.toml")) (
            builtins.attrNames (builtins.readDir ./recipes)
          );
          bundles =
            folder:
            let
              recipe = ./recipes + "/${folder}";
              bundle = (lib.importTOML (recipe + "/halite.toml")).bundle or { };
              releases =
                bundle.releases or [
                  "r4.2"
                  "r4.3"
                ];
            in
            # One that has no name is there for others to extend.
            lib.optionals (bundle ? name) (
              map (release: {
                # A dot would end a name on nix's command line.
                name = "${folder}-${builtins.replaceStrings [ "." ] [ "_" ] release}";
                value = self.lib.mkBundle {
                  inherit recipe release system;
                  root = ./recipes;
                };
              }) releases
            );
        in
        {
          inherit (self.packages.${system}) halite halite-dom0;
        }
        // builtins.listToAttrs (builtins.concatMap bundles folders)
      );

      devShells = forAllSystems (
        _: pkgs: {
          default = pkgs.mkShell {
            packages = with pkgs; [
              cargo
              clippy
              rustc
              rustfmt
              b3sum
              git
              minisign
              nix
              strace
              util-linux
              zstd
            ];
          };
        }
      );
    };
}
