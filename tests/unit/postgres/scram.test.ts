import { createHash, createHmac } from "node:crypto";
import { scramSalt, scramVerifier } from "../../../components/postgres/configuration/index.js";

/** The exchange that RFC 7677 prints in section 3, for the password `pencil`. */
const rfc = {
  salt: "W22ZaJ0SNY7soEsUEjb6gQ==",
  authMessage:
    "n=user,r=rOprNGfwEbeRWgbNEkqO," +
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096," +
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  proof: "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  signature: "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};
const decode = (text: string | undefined): Buffer => Buffer.from(text ?? "", "base64");

test("a verifier accepts the proof of RFC 7677, and signs as its server does", () => {
  const verifier = scramVerifier("pencil", decode(rfc.salt));
  const [, salt, storedKey, serverKey] = /^SCRAM-SHA-256\$4096:([^$]+)\$([^:]+):(.+)$/.exec(verifier) ?? [];
  expect(salt).toBe(rfc.salt);

  const clientSignature = createHmac("sha256", decode(storedKey)).update(rfc.authMessage).digest();
  const clientKey = decode(rfc.proof).map((byte, place) => byte ^ (clientSignature[place] ?? 0));
  expect(createHash("sha256").update(clientKey).digest("base64")).toBe(storedKey);

  expect(createHmac("sha256", decode(serverKey)).update(rfc.authMessage).digest("base64")).toBe(rfc.signature);
});

test("roles with the same password have other verifiers, and each is the same every time", () => {
  expect(scramVerifier("pencil", scramSalt("order_a"))).toBe(scramVerifier("pencil", scramSalt("order_a")));
  expect(scramVerifier("pencil", scramSalt("order_a"))).not.toBe(scramVerifier("pencil", scramSalt("order_b")));
  expect(scramSalt("order_a")).toHaveLength(16);
});

test.each(["", "pässword", "line\nbreak"])("a password that needs preparation is refused: %j", (password) => {
  expect(() => scramVerifier(password, scramSalt("x"))).toThrow(
    new RangeError("a password is empty or has characters that are not printable ASCII; make a new one"),
  );
});
