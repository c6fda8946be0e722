export * from "./addressing.js";
export * from "./network.js";
export { interfaceServices } from "./endpoints.js";
export { routeTableNames, type NatGateways } from "./routing.js";
export * from "./publicLoadBalancer.js";
export * from "./cityLink.js";
export * from "./publicNames.js";
