import program = require("../../index.js");
import { nusantara, type Topology } from "../../stacks/topology.js";
import { capture, type CapturedStack, type Surroundings } from "./capture.js";
import { fixtures } from "./fixtures.js";
import { redacted } from "./secrets.js";
import { projectName, readStackFile, toStackConfig, type StackSettings } from "./stackFile.js";

export interface RenderArgs {
  /** Directory of the project. */
  root: string;
  stack: string;
  /** @default those of the stack's file */
  settings?: StackSettings;
  /** @default the three cities */
  topology?: Topology;
  /** @default fixtures that are the same every time */
  surroundings?: Surroundings;
  /** What an encrypted value is replaced with. @default `[secret]` */
  decrypt?: (key: string) => string;
  /** Whether to register what a preview would. @default false */
  preview?: boolean;
}

/**
 * Registers a stack's resources without an engine.
 * @throws ConfigError for a wrong configuration, or whatever the program throws.
 */
export function render(args: RenderArgs): Promise<CapturedStack> {
  const {
    root,
    stack,
    topology = nusantara,
    surroundings = fixtures,
    decrypt = () => redacted,
    preview = false,
  } = args;
  const { values, secretKeys } = toStackConfig(args.settings ?? readStackFile(root, stack), decrypt);
  return capture({
    project: projectName(root),
    stack,
    config: values,
    secretKeys,
    program: () => program(topology),
    surroundings,
    preview,
  });
}
