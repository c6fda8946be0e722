import { isDeepStrictEqual } from "node:util";
import { certificateRequest, locallySignedCertificate, selfSignedCertificate } from "./certificates.js";
import { privateKey } from "./keys.js";
import { randomPassword } from "./random.js";
import type { StackState } from "./stateFile.js";

type Inputs = Record<string, unknown>;
type Computed = Record<string, unknown>;

/** What makes the values that a provider would have made, by resource type. */
const generators: Readonly<Record<string, (inputs: Inputs) => Promise<Computed> | Computed>> = {
  "random:index/randomPassword:RandomPassword": randomPassword,
  "tls:index/privateKey:PrivateKey": privateKey,
  "tls:index/selfSignedCert:SelfSignedCert": selfSignedCertificate,
  "tls:index/certRequest:CertRequest": certificateRequest,
  "tls:index/locallySignedCert:LocallySignedCert": locallySignedCertificate,
};

/** Resources whose inputs already are all there is to know about them. */
const nothingToCompute = /^(kubernetes:|pulumi:providers:)/;

/** When a certificate must be made anew: its end less the time before it that its inputs ask for. */
function isExpired({ computed }: StackState["values"][string], inputs: Inputs, now: Date): boolean {
  const end = computed.validityEndTime;
  if (typeof end !== "string") return false;
  const early = Number(inputs.earlyRenewalHours ?? 0) * 3_600_000;
  return now.getTime() >= new Date(end).getTime() - early;
}

/**
 * The computed properties of a resource: those of an earlier run as long as its inputs are the same and it has not
 * expired, else new ones, which are added to the state.
 *
 * @throws Error for a type that no generator knows.
 */
export async function generate(
  state: StackState,
  resource: { type: string; urn: string; inputs: Inputs },
  now: Date = new Date(),
): Promise<Computed> {
  const { type, urn, inputs } = resource;
  if (nothingToCompute.test(type)) return {};
  const generator = generators[type];
  if (!generator) {
    throw new Error(
      `${urn}: without the Pulumi CLI nothing makes a resource of type "${type}"; install the CLI, or add the type to local/values`,
    );
  }
  const known = state.values[urn];
  if (known && isDeepStrictEqual(known.inputs, inputs) && !isExpired(known, inputs, now)) return known.computed;
  const computed = await generator(inputs);
  state.values[urn] = { inputs: JSON.parse(JSON.stringify(inputs)) as unknown, computed };
  return computed;
}
