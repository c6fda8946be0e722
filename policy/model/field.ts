import { MalformedError, notKnown, NotKnownError, type Value } from "./value.js";

/**
 * A place within a resource's inputs, there or not. Whoever reads it gets its value, `undefined` where nothing is set
 * (null counts as nothing, as it does for providers), or one of the errors of `value.ts`: what can't be read can't be
 * taken for harmless by mistake.
 */
export class Field {
  constructor(
    private readonly value: Value | undefined,
    /** As people write it, e.g. `spec.containers[0].image`; empty for the inputs as a whole. */
    readonly path: string,
  ) {}

  /** @throws NotKnownError */
  private known(): Exclude<Value, typeof notKnown | null> | undefined {
    if (this.value === notKnown) throw new NotKnownError(this.path);
    return this.value ?? undefined;
  }

  /** Whether anything is set here. @throws NotKnownError */
  get isSet(): boolean {
    return this.known() !== undefined;
  }

  /** Whether something is set here, be it known yet or not: for values of which any will do. */
  get isGiven(): boolean {
    return this.value !== undefined && this.value !== null;
  }

  /** The place below, key by key. @throws NotKnownError | MalformedError when there is a value that has no keys. */
  at(...keys: readonly string[]): Field {
    return keys.reduce((field: Field, key) => field.below(key), this);
  }

  private below(key: string): Field {
    const path = this.path === "" ? key : `${this.path}.${key}`;
    return new Field(this.object()?.[key], path);
  }

  private object(): Readonly<Record<string, Value>> | undefined {
    const value = this.known();
    if (value === undefined) return undefined;
    if (typeof value !== "object" || isList(value)) throw new MalformedError(this.path, "an object");
    return value;
  }

  /** @throws NotKnownError | MalformedError */
  text(): string | undefined {
    const value = this.known();
    if (value !== undefined && typeof value !== "string") throw new MalformedError(this.path, "a text");
    return value;
  }

  /** @throws NotKnownError | MalformedError */
  number(): number | undefined {
    const value = this.known();
    if (value !== undefined && typeof value !== "number") throw new MalformedError(this.path, "a number");
    return value;
  }

  /** @throws NotKnownError | MalformedError */
  boolean(): boolean | undefined {
    const value = this.known();
    if (value !== undefined && typeof value !== "boolean") throw new MalformedError(this.path, "true or false");
    return value;
  }

  /** A boolean, or a text that says one: providers of clouds and parameters of volumes have both. */
  truth(): boolean | undefined {
    const value = this.known();
    if (value === "true" || value === "false") return value === "true";
    return this.boolean();
  }

  /** A count or a percentage, a quantity, a port: what Kubernetes lets people write either way. */
  numberOrText(): number | string | undefined {
    const value = this.known();
    if (value !== undefined && typeof value !== "number" && typeof value !== "string")
      throw new MalformedError(this.path, "a number or a text");
    return value;
  }

  /** The entries of a list; none where it is not set. @throws NotKnownError | MalformedError */
  list(): Field[] {
    const value = this.known();
    if (value === undefined) return [];
    if (!isList(value)) throw new MalformedError(this.path, "a list");
    return value.map((item, index) => new Field(item, `${this.path}[${index}]`));
  }

  /** A list of texts. @throws NotKnownError | MalformedError */
  texts(): string[] {
    return this.list().map((item) => item.required("a text", item.text()));
  }

  /** The entries of an object by key; none where it is not set. @throws NotKnownError | MalformedError */
  entries(): [string, Field][] {
    return Object.keys(this.object() ?? {}).map((key) => [key, this.below(key)]);
  }

  /** An object of texts, such as labels. @throws NotKnownError | MalformedError */
  textsByKey(): Record<string, string> {
    return Object.fromEntries(this.entries().map(([key, item]) => [key, item.required("a text", item.text())]));
  }

  private required<Result>(expected: string, value: Result | undefined): Result {
    if (value === undefined) throw new MalformedError(this.path, expected);
    return value;
  }
}

const isList = (value: unknown): value is readonly Value[] => Array.isArray(value);
