export { withoutStacks } from "../../local/render/withoutStacks.js";
