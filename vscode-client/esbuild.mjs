// Bundles the extension into one file, so that the package holds no node_modules.
import { build } from "esbuild";

await build({
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  // The editor provides this module.
  external: ["vscode"],
  minify: process.argv.includes("--minify"),
  legalComments: "inline",
  logLevel: "warning",
});
