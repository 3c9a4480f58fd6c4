{
  description = "Anonymity modes for Qubes OS, compiled into reproducible, signed bundles";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      forAllSystems = f: nixpkgs.lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      # One of the two programs. Each is built with its own feature alone, since Cargo would unify them.
      program =
        pkgs: name: feature:
        pkgs.rustPlatform.buildRustPackage {
          pname = name;
          version = "0.1.0";
          src = self;
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
            license = with pkgs.lib.licenses; [
              mit
              asl20
            ];
            mainProgram = name;
          };
        };
    in
    {
      packages = forAllSystems (pkgs: {
        default = self.packages.${pkgs.system}.halite;
        halite = program pkgs "halite" "build";
        halite-dom0 = program pkgs "halite-dom0" "dom0";
      });

      devShells = forAllSystems (pkgs: {
        default = pkgs.mkShell {
          packages = with pkgs; [
            cargo
            clippy
            rustc
            rustfmt
            b3sum
            minisign
            zstd
          ];
        };
      });
    };
}
