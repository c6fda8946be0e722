import { createHash, createHmac, pbkdf2Sync } from "node:crypto";

/** PostgreSQL's default, and the least that RFC 7677 allows. */
const iterations = 4096;

const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/**
 * A SCRAM-SHA-256 verifier (RFC 5802 and 7677) as PostgreSQL keeps it in `pg_authid`:
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`. The server never sees the password.
 *
 * @param password printable ASCII, at least 16 characters where it is a secret of ours
 * @param salt at least 16 bytes; see {@link scramSalt}
 * @throws RangeError for an empty password or other characters, whose preparation (SASLprep) is not done here. The
 * message does not show the password.
 */
export function scramVerifier(password: string, salt: Buffer): string {
  if (!/^[\x20-\x7e]+$/.test(password)) {
    throw new RangeError("a password is empty or has characters that are not printable ASCII; make a new one");
  }
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
  const serverKey = hmac(salted, "Server Key");
  const [saltText, storedText, serverText] = [salt, storedKey, serverKey].map((bytes) => bytes.toString("base64"));
  return `SCRAM-SHA-256$${iterations}:${saltText}$${storedText}:${serverText}`;
}

/**
 * The salt of a role's verifier, from the role's name.
 *
 * A random salt would make another verifier in every run, and each would be a change to apply. It is not made from the
 * password, as the salt is public and one hash would then replace the 4096 that a guess costs. What a salt is for, that
 * equal passwords look different and tables can't be made in advance, matters for passwords that people choose; ours
 * are random.
 */
export const scramSalt = (role: string): Buffer =>
  createHash("sha256").update(`nusantara scram salt of ${role}`).digest().subarray(0, 16);
