import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  certificateRequest,
  locallySignedCertificate,
  selfSignedCertificate,
} from "../../../local/values/certificates.js";
import { privateKey } from "../../../local/values/keys.js";

const serverAuth = "1.3.6.1.5.5.7.3.1";
const year = 8760;

const keyOf = (inputs: object): string => String(privateKey(inputs).privateKeyPem);

interface Authority {
  privateKeyPem: string;
  certificatePem: string;
}

async function authority(key: object, commonName = "Test authority"): Promise<Authority> {
  const privateKeyPem = keyOf(key);
  const { certPem } = await selfSignedCertificate({
    privateKeyPem,
    subject: { commonName, organization: "NusantaraMart" },
    isCaCertificate: true,
    validityPeriodHours: 10 * year,
    allowedUses: ["cert_signing", "crl_signing", "digital_signature"],
  });
  return { privateKeyPem, certificatePem: String(certPem) };
}

async function serverCertificate(by: Authority, privateKeyPem: string) {
  const { certRequestPem } = await certificateRequest({
    privateKeyPem,
    subject: { commonName: "api.example.com", organization: "NusantaraMart" },
    dnsNames: ["api.example.com", "*.jakarta.example.com"],
    ipAddresses: ["10.10.0.1"],
  });
  return locallySignedCertificate({
    certRequestPem,
    caCertPem: by.certificatePem,
    caPrivateKeyPem: by.privateKeyPem,
    validityPeriodHours: 2160,
    earlyRenewalHours: 720,
    allowedUses: ["digital_signature", "key_encipherment", "server_auth"],
  });
}

describe.each([
  { algorithm: "ECDSA", ecdsaCurve: "P256" },
  { algorithm: "ECDSA", ecdsaCurve: "P384" },
  { algorithm: "RSA", rsaBits: 2048 },
  { algorithm: "ED25519" },
])("a server certificate by an authority with a key of %j", (key) => {
  let ca: Authority;
  let serverKey = "";
  let computed: Record<string, unknown> = {};
  let server: X509Certificate;
  let issuer: X509Certificate;
  beforeAll(async () => {
    ca = await authority(key);
    serverKey = keyOf(key);
    computed = await serverCertificate(ca, serverKey);
    server = new X509Certificate(String(computed.certPem));
    issuer = new X509Certificate(ca.certificatePem);
  });

  test("is verified by that authority, and by no other one of the same name", async () => {
    expect(server.checkIssued(issuer)).toBe(true);
    expect(server.verify(issuer.publicKey)).toBe(true);
    expect(issuer.verify(issuer.publicKey)).toBe(true);
    const other = new X509Certificate((await authority(key)).certificatePem);
    expect(server.verify(other.publicKey)).toBe(false);
  });

  test("belongs to the key that asked for it", () => {
    expect(server.checkPrivateKey(createPrivateKey(serverKey))).toBe(true);
    expect(server.checkPrivateKey(createPrivateKey(ca.privateKeyPem))).toBe(false);
  });

  test("is for the names and addresses that were asked for, and no others", () => {
    for (const host of ["api.example.com", "a.jakarta.example.com"]) expect(server.checkHost(host)).toBeDefined();
    expect(server.checkHost("api.example.org")).toBeUndefined();
    expect(server.checkIP("10.10.0.1")).toBe("10.10.0.1");
    expect(server.subject).toContain("CN=api.example.com");
    expect(server.issuer).toBe(issuer.subject);
  });

  test("serves TLS and issues nothing", () => {
    expect(issuer.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.keyUsage).toEqual([serverAuth]);
  });

  test("is valid from now on for as long as asked for, and says so to whoever renews it", () => {
    const [start, end] = [computed.validityStartTime, computed.validityEndTime].map((time) => new Date(String(time)));
    expect([new Date(server.validFrom), new Date(server.validTo)]).toEqual([start, end]);
    expect(Number(end) - Number(start)).toBe(2160 * 3_600_000);
    expect(Math.abs(Date.now() - Number(start))).toBeLessThan(60_000);
  });
});

test("two certificates never have the same serial number, and it is positive", async () => {
  const ca = await authority({ algorithm: "ECDSA" });
  const key = keyOf({ algorithm: "ECDSA" });
  const certificates = await Promise.all(Array.from({ length: 20 }, () => serverCertificate(ca, key)));
  const serials = certificates.map(({ certPem }) => new X509Certificate(String(certPem)).serialNumber);
  expect(new Set(serials).size).toBe(20);
  for (const serial of serials) expect(serial).toMatch(/^[0-9A-F]{1,40}$/);
});

test("a use that the provider does not know is refused", async () => {
  const inputs = { privateKeyPem: keyOf({ algorithm: "ECDSA" }), validityPeriodHours: 1, allowedUses: ["world_peace"] };
  await expect(selfSignedCertificate(inputs)).rejects.toThrow("allowedUses");
});
