/** Stands where a preview cannot know yet what an update will put. */
export const notKnown = Symbol("not known before the update");

/** An input of a resource as plain data, secrets included: a value must never become part of a message. */
export type Value =
  null | boolean | number | string | typeof notKnown | readonly Value[] | { readonly [key: string]: Value };

/** What a rule throws when it needs a value that it can't have. The message says where, never what. */
export abstract class UnjudgeableError extends Error {}

/** The value is there only after the update. */
export class NotKnownError extends UnjudgeableError {
  constructor(path: string) {
    super(`${path} is not known before the update`);
    this.name = "NotKnownError";
  }
}

/** The value has a form that the resource's type does not allow. */
export class MalformedError extends UnjudgeableError {
  constructor(path: string, expected: string) {
    super(`${path} is not ${expected}`);
    this.name = "MalformedError";
  }
}
