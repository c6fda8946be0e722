import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { CertificateAuthority, type KeyPair } from "../platform/index.js";
import type { LoginSlot } from "./configuration/index.js";

/** What the cities share about the database. Secret as a whole. */
export interface SharedDatabaseSecrets {
  /** Authority of all certificates inside the data tier. */
  authority: KeyPair;
  /** What repositories of backups are encrypted with. Without it no backup can be read: keep a copy elsewhere. */
  repositoryPassphrase: string;
  /** By role: which login is in use, and the passwords of both. */
  logins: Record<string, { active: LoginSlot; passwords: { a: string; b: string } }>;
}

/** @throws Error for a role that the first city has made no login for. */
export function loginOf(
  logins: SharedDatabaseSecrets["logins"],
  role: string,
): SharedDatabaseSecrets["logins"][string] {
  const login = logins[role];
  if (login) return login;
  throw new Error(`the shared secrets have no login "${role}"; bring the first city up with this version first`);
}

export interface DatabaseSecretsArgs {
  /** Roles that log in with a password. */
  roles: readonly string[];
  /** Raised by one to change every password; see `generationOf`. */
  passwordGeneration: number;
}

/** The login that a generation hands out. */
export const activeSlot = (generation: number): LoginSlot => (generation % 2 === 0 ? "a" : "b");

/**
 * The generation that a login's password was made in: that of the last generation that handed it out, so that raising
 * the number by one changes the password of the resting login only, and whoever still has the other one goes on.
 */
export const generationOf = (slot: LoginSlot, generation: number): number =>
  activeSlot(generation) === slot ? generation : generation - 1;

/** Makes, once for all cities, what nobody but the database and its users may know. */
export class DatabaseSecrets extends pulumi.ComponentResource {
  /** Secret as a whole. */
  readonly secrets: pulumi.Output<SharedDatabaseSecrets>;

  constructor(name: string, args: DatabaseSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("nusantara:postgres:DatabaseSecrets", name, {}, opts);
    const parent = { parent: this };
    const authority = new CertificateAuthority(
      `${name}-certificate-authority`,
      { commonName: "NusantaraMart database certificate authority" },
      parent,
    );
    const password = (of: string, keepers?: Record<string, string>): pulumi.Output<string> =>
      new random.RandomPassword(`${name}-${of}`, { length: 40, special: false, ...(keepers && { keepers }) }, parent)
        .result;
    const { passwordGeneration } = args;
    const login = (role: string, slot: LoginSlot): pulumi.Output<string> =>
      password(`${role}-${slot}-password`, { generation: `${generationOf(slot, passwordGeneration)}` });
    const active = activeSlot(passwordGeneration);
    const logins = Object.fromEntries(
      args.roles.map((role) => [role, { active, passwords: { a: login(role, "a"), b: login(role, "b") } }]),
    );
    this.secrets = pulumi.secret(
      pulumi.output({ authority: authority.keyPair, repositoryPassphrase: password("repository-passphrase"), logins }),
    );
    this.registerOutputs({});
  }
}
