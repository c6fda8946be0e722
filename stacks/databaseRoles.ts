import { usesDatabase } from "./systems/nusantaraMart/catalogue.js";

/** Roles whose logins people and programs outside the stacks use: who changes the schema, and the drills' clients. */
export const handedOut: readonly string[] = ["migrator", "drill"];

/** Roles that log in with a password. */
export const databaseRoles: readonly string[] = [...usesDatabase, ...handedOut];
