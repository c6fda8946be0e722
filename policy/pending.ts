import type { ResourceValidation } from "@pulumi/policy";

/** What is to be said of resources under the name of one policy, by URN, until the SDK comes to that policy. */
export class Pending {
  private readonly messages = new Map<string, readonly string[]>();

  /**
   * What the SDK is to call. It reads a resource anew for each function, which takes many times as long as judging it,
   * so there is a function only while there is something to say. The SDK looks when it comes to the policy.
   */
  readonly validations: ResourceValidation[] = [];

  private readonly say: ResourceValidation = ({ urn }, report) => {
    for (const message of this.messages.get(urn) ?? []) report(message, urn);
    this.put(urn, []);
  };

  /** Takes what is to be said of a resource, in place of what was. */
  put(urn: string, messages: readonly string[]): void {
    if (messages.length > 0) this.messages.set(urn, messages);
    else this.messages.delete(urn);
    // One list for ever: the SDK keeps the one that it was given.
    this.validations.length = 0;
    if (this.messages.size > 0) this.validations.push(this.say);
  }
}
