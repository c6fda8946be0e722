export { buildImages, type BuildArgs, type BuiltImage } from "./build.js";
export { imageDefinitions, registry, type BaseDefinition, type ImageDefinition } from "./definition.js";
export { requireImagePrograms } from "./programs.js";
export { updateLocks } from "./updateLocks.js";
