const typescript = { "^.+\\.tsx?$": ["@swc/jest", { jsc: { parser: { syntax: "typescript" }, target: "es2023" } }] };
// nano-spawn is published as an ES module only.
const esmOnly = ["/node_modules/(?!nano-spawn/)"];

/** @type {import("jest").Config} */
const base = {
  testEnvironment: "node",
  rootDir: ".",
  transform: {
    ...typescript,
    "/node_modules/nano-spawn/.+\\.js$": ["@swc/jest", { jsc: { target: "es2023" }, module: { type: "commonjs" } }],
  },
  transformIgnorePatterns: esmOnly,
  // What a platform keeps on its disks is none of the project: etcd calls its files .snap, as Jest does.
  modulePathIgnorePatterns: ["<rootDir>/\\.local/"],
  // Sources import each other as Node resolves them; the tests run the TypeScript itself.
  moduleNameMapper: { "^(\\.{1,2}/.*)\\.js$": "$1" },
};

/** @type {import("jest").Config} */
export default {
  // To register a whole city takes a second or two of a processor that other tests want as well.
  testTimeout: 60_000,
  projects: ["unit", "property", "config", "golden", "policy", "local"].map((name) => ({
    ...base,
    displayName: name,
    testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
  })),
};
